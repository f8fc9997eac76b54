"""Build a generation: check, render, chunk, reuse known vectors, encode the rest, write aside, verify, publish."""

import datetime as dt
import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import corpus as corpus_package
from corpus.check import check_corpus
from corpus.citations import LawName, Titles, find_citations, resolve
from corpus.document import Audience, Kind, Regulation
from corpus.matters import Matter
from corpus.problems import CorpusError
from corpus.reader import Corpus, read_corpus
from corpus.render import render_article, render_section
from indexer.chunks import Chunk, chunk_matter, chunk_saying, chunk_sections
from indexer.encoder import Encoder, Progress, Vectors
from indexer.generation import GenerationError, Generations, content_sum, file_sum, verify, write_manifest
from indexer.journal import Journal
from indexer.keywords import write_keywords
from indexer.store import SCHEMA_VERSION, Store, StoredCitation, StoredDocument, stored_keys, write_store
from indexer.vectors import VectorIndex, write_vectors

KEEP_GENERATIONS = 3


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `chunks` counts the officers' index; `seconds` is the whole of `build_index`."""

    generation: str
    documents: int
    chunks: int
    reused: int
    encoded: int
    seconds: float
    model_seconds: float
    published: bool


@dataclass(frozen=True)
class Prepared:
    """One audience's texts, rendered and cut."""

    documents: list[StoredDocument]
    chunks: list[Chunk]
    fields: dict[str, tuple[str, ...]]
    citations: list[StoredCitation]
    laws: list[LawName]
    lexicon: list[str]


def sources_sum(corpus_root: Path, fingerprint: str) -> str:
    """One sum over all a generation is made from: the texts, the code that reads and cuts them, the model."""
    total = hashlib.sha256(fingerprint.encode())
    code = [Path(__file__).parent, Path(corpus_package.__file__).parent]
    files = [p for folder in code for p in folder.rglob("*.py")]
    files += [p for p in corpus_root.rglob("*") if p.suffix in (".md", ".yaml")]
    for path in sorted(set(files)):
        total.update(f"{path}\0{file_sum(path)}\n".encode())
    return total.hexdigest()


def update_index(
    corpus_root: Path,
    encoder: Encoder,
    root: Path,
    *,
    now: dt.datetime,
    full: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Build from the folder `corpus_root`, or find at once that nothing has changed since the last build.

    Raises as `build_index`, and FileNotFoundError when the folder is missing.
    """
    started = time.monotonic()
    generations = Generations(root)
    sources = sources_sum(corpus_root, encoder.fingerprint)
    name = None if full else generations.built_from(sources, now.date().isoformat())
    if name and verify_contents(root / name):
        store = Store(root / name / Audience.OFFICER)
        chunks, documents = len(store.chunks), store.count()
        return BuildReport(name, documents, chunks, chunks, 0, round(time.monotonic() - started, 2), 0.0, False)
    corpus = read_corpus(corpus_root)
    report = build_index(corpus, encoder, root, now=now, full=full, progress=progress)
    generations.note_sources(report.generation, sources, valid_until(corpus, now.date()))
    return replace(report, seconds=round(time.monotonic() - started, 2))


def valid_until(corpus: Corpus, today: dt.date) -> str | None:
    """The next day on which another version of some regulation is in force; None when no such day is known."""
    days = (day for r in corpus.regulations for day in (r.front.effective_on, r.front.repealed_on))
    return min((day.isoformat() for day in days if day and day > today), default=None)


def build_index(
    corpus: Corpus,
    encoder: Encoder,
    root: Path,
    *,
    now: dt.datetime,
    full: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Build and publish a generation below `root` from `corpus`; `full` encodes every chunk anew.

    Raises CorpusError when the texts have faults (nothing is built) and GenerationError when another build runs.
    """
    started = time.monotonic()
    if problems := check_corpus(corpus).problems:
        raise CorpusError(list(problems))
    titles = corpus.titles()  # all regulations are public, so both audiences share them
    readable = ((Audience.PUBLIC, corpus.for_public()), (Audience.OFFICER, corpus))
    prepared = {audience: prepare(texts, titles, now.date()) for audience, texts in readable}
    generations, journal = Generations(root), Journal(root, encoder.fingerprint)
    with generations.building() as aside:
        known = {} if full else known_vectors(generations.current()) | journal.read()
        reusable = frozenset(known)
        model_seconds = _encode_missing(prepared, encoder, known, journal, progress)
        for audience, texts in prepared.items():
            write_audience(aside / audience, texts, encoder.fingerprint, known)
        name, published = _publish(generations, aside, encoder.fingerprint, now)
    journal.end()
    officers = prepared[Audience.OFFICER]
    reused = sum(chunk.key(encoder.fingerprint) in reusable for chunk in officers.chunks)
    return BuildReport(
        generation=name,
        documents=len(officers.documents),
        chunks=len(officers.chunks),
        reused=reused,
        encoded=len(officers.chunks) - reused,
        seconds=round(time.monotonic() - started, 2),
        model_seconds=round(model_seconds, 2),
        published=published,
    )


def _publish(generations: Generations, aside: Path, fingerprint: str, now: dt.datetime) -> tuple[str, bool]:
    """Publish what was built, unless the current generation holds just that; its name, and whether it is new."""
    sums = {audience.value: content_sum(aside / audience) for audience in Audience}
    current = generations.current()
    if current is not None and verify_contents(current) == sums:
        return current.name, False
    facts = {
        "schema": SCHEMA_VERSION,
        "fingerprint": fingerprint,
        "contents": sums,
        "created_at": now.isoformat(timespec="seconds"),
    }
    write_manifest(aside, facts)
    name = generations.publish(aside, f"{now:%Y%m%dT%H%M%S}-{sums['officer'][:8]}").name
    generations.prune(KEEP_GENERATIONS)
    return name, True


def verify_contents(folder: Path) -> dict[str, str] | None:
    """Content sums of a sound generation; None for a damaged one (which a build replaces)."""
    try:
        contents: dict[str, str] = verify(folder)["contents"]
    except (GenerationError, KeyError):
        return None
    return contents


def known_vectors(current: Path | None) -> dict[str, Vectors]:
    """Vectors of the current generation by chunk key; empty when there is none or it is damaged."""
    if current is None or verify_contents(current) is None:
        return {}
    known: dict[str, Vectors] = {}
    for audience in Audience:
        folder = current / audience
        vectors = VectorIndex(folder).all()
        known.update(zip(stored_keys(folder), vectors, strict=True))
    return known


def _encode_missing(
    prepared: dict[Audience, Prepared],
    encoder: Encoder,
    known: dict[str, Vectors],
    journal: Journal,
    progress: Progress | None,
) -> float:
    """Encode what `known` lacks into it and into the journal; returns the seconds spent loading the model."""
    missing: dict[str, str] = {}
    for texts in prepared.values():
        for chunk in texts.chunks:
            key = chunk.key(encoder.fingerprint)
            if key not in known:
                missing[key] = chunk.embedded_text
    if not missing:
        return 0.0
    started = time.monotonic()
    encoder.prepare(len(missing))
    loaded = time.monotonic() - started

    def kept(vectors: Iterable[Vectors], total: int) -> Iterable[Vectors]:
        drawn = progress(vectors, total) if progress else vectors
        return journal.keep(list(missing)[len(missing) - total :], drawn)

    known.update(zip(missing, encoder.encode_documents(list(missing.values()), kept), strict=True))
    return loaded


def write_audience(folder: Path, texts: Prepared, fingerprint: str, known: dict[str, Vectors]) -> None:
    """Write store, vectors and keywords of one audience; their rows agree."""
    folder.mkdir()
    keys = [chunk.key(fingerprint) for chunk in texts.chunks]
    rows = ((c, key, texts.fields[c.document]) for c, key in zip(texts.chunks, keys, strict=True))
    write_store(folder, texts.documents, rows, texts.citations, texts.laws)
    write_vectors(folder, np.asarray([known[key] for key in keys], dtype=np.float32))
    write_keywords(folder, [chunk.embedded_text for chunk in texts.chunks], texts.lexicon)


def prepare(corpus: Corpus, titles: Titles, today: dt.date) -> Prepared:
    """Render and cut one audience's texts. Only versions of regulations in force today are searched."""
    fields = fields_of(corpus, titles)
    current = {id(r) for r in corpus.current_regulations(today)}
    documents: list[StoredDocument] = []
    chunks: list[Chunk] = []
    for text in corpus.documents():
        if isinstance(text, Regulation):
            rendered = tuple(render_article(article, text.front.id, titles) for article in text.articles)
        else:
            rendered = tuple(render_section(section, titles) for section in text.sections)
        version = text.front.effective_on.isoformat() if isinstance(text, Regulation) else ""
        is_current = not isinstance(text, Regulation) or id(text) in current
        front = text.front.model_dump(mode="json")
        of = fields[text.front.id]
        documents.append(
            StoredDocument(text.front.id, version, is_current, text.kind, text.front.title, of, front, rendered)
        )
        if is_current:
            chunks += chunk_sections(text, rendered)
    for matter in corpus.matters:
        documents.append(_stored_matter(matter, corpus))
        chunks += chunk_matter(matter)
    chunks += _sayings(corpus, titles, today)
    return Prepared(documents, chunks, fields, list(citations_of(corpus, titles)), titles.laws(), lexicon(corpus))


def _sayings(corpus: Corpus, titles: Titles, today: dt.date) -> Iterator[Chunk]:
    current = {r.front.id: r for r in corpus.current_regulations(today)}
    for saying in corpus.sayings:
        for citation in find_citations(saying.article):
            if target := resolve(citation, titles):
                yield from chunk_saying(saying, target.article, current[target.regulation])


def _stored_matter(matter: Matter, corpus: Corpus) -> StoredDocument:
    front = matter.model_dump(mode="json", exclude={"source", "line"})
    front["guide"] = next((g.front.id for g in corpus.guides if matter.key in g.front.matters), None)
    front["cases"] = [c.front.id for c in corpus.cases if c.front.matter == matter.key]
    front["short_name"] = matter.short_name
    return StoredDocument(matter.key, "", True, Kind.MATTER, matter.name, (matter.field,), front)


def fields_of(corpus: Corpus, titles: Titles) -> dict[str, tuple[str, ...]]:
    """Fields 领域 of every document and matter; of a regulation those of the matters that rest on it."""
    fields: dict[str, tuple[str, ...]] = {m.key: (m.field,) for m in corpus.matters}
    fields |= {g.front.id: (g.front.field,) for g in corpus.guides}
    fields |= {c.front.id: fields.get(c.front.matter, ()) for c in corpus.cases}
    resting: dict[str, set[str]] = {r.front.id: set() for r in corpus.regulations}
    for matter in corpus.matters:
        for text in (*matter.violates, *matter.punishes):
            for citation in find_citations(text):
                if target := resolve(citation, titles):
                    resting[target.regulation].add(matter.field)
    return fields | {key: tuple(sorted(names)) for key, names in resting.items()}


def citations_of(corpus: Corpus, titles: Titles) -> Iterator[StoredCitation]:
    """Every citation of guides, cases and matters, for the question who relies on an article."""
    texts: list[tuple[str, str, str]] = []
    for document in corpus.documents():
        if not isinstance(document, Regulation):
            texts += [(document.front.id, s.anchor, s.text) for s in document.sections]
    texts += [(m.key, "", " ".join((*m.violates, *m.punishes))) for m in corpus.matters]
    for source, anchor, text in texts:
        for citation in find_citations(text):
            if target := resolve(citation, titles):
                yield StoredCitation(source, anchor, target.regulation, target.article)


def lexicon(corpus: Corpus) -> list[str]:
    """Domain words for the tokenizer: titles and short titles, fields, matters' short names, article headings."""
    words: set[str] = set()
    for regulation in corpus.regulations:
        words |= {regulation.front.title, *regulation.front.short_titles}
    words |= {matter.field for matter in corpus.matters}
    return sorted(word for word in words if 2 <= len(word) <= 20)
