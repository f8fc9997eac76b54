"""Build a generation: check, render, chunk, reuse known vectors, encode the rest, write aside, verify, publish."""

import datetime as dt
import hashlib
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from corpus.check import check_corpus
from corpus.document import Audience
from corpus.problems import CorpusError
from corpus.reader import Corpus, read_corpus
from indexer.encoder import Encoder, Progress, Vectors
from indexer.generation import GenerationError, Generations, code_sum, content_sum, file_sum, verify, write_manifest
from indexer.journal import Journal
from indexer.keywords import write_keywords
from indexer.prepare import Prepared, prepare
from indexer.store import Store, write_store
from indexer.vectors import VectorIndex, write_vectors

KEEP_GENERATIONS = 3
MADE_FROM = "made_from"  # file: one sum over what an audience's folder was made from


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `chunks` counts the officers' index; `seconds` is the whole of `build_index`."""

    generation: str
    documents: int
    chunks: int
    reused: int
    encoded: int
    seconds: float
    published: bool


def sources_sum(corpus_root: Path, fingerprint: str) -> str:
    """One sum over all a generation is made from: the texts, the code that reads and cuts them, the model."""
    total = hashlib.sha256(f"{fingerprint} {code_sum()}".encode())
    for path in sorted(p for p in corpus_root.rglob("*") if p.suffix in (".md", ".yaml")):
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
        return BuildReport(name, documents, chunks, chunks, 0, round(time.monotonic() - started, 2), False)
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
    generations = Generations(root)
    journal = Journal(root, encoder.fingerprint)
    with generations.building() as aside:
        kept = Kept.open(None if full else generations.current())
        prepared = prepare_all(corpus, now.date(), kept)
        known = kept.vectors | ({} if full else journal.read())
        reusable = frozenset(known)
        _encode_missing(prepared, encoder, known, journal, progress)
        for audience, texts in prepared.items():
            write_audience(aside / audience, texts, encoder.fingerprint, known, kept.folders.get(audience))
        name, published = _publish(generations, aside, encoder, now)
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
        published=published,
    )


@dataclass(frozen=True)
class Kept:
    """What a build may take from the current generation; empty when there is none, or when it is damaged."""

    folders: dict[Audience, Path]
    stores: dict[Audience, Store]
    vectors: dict[str, Vectors]  # by chunk key

    @classmethod
    def open(cls, current: Path | None) -> "Kept":
        """Open the generation `current` after checking its sums."""
        if current is None or verify_contents(current) is None:
            return cls({}, {}, {})
        folders = {audience: current / audience for audience in Audience}
        stores = {audience: Store(folder) for audience, folder in folders.items()}
        vectors: dict[str, Vectors] = {}
        for audience, store in stores.items():
            vectors.update(zip(store.keys(), VectorIndex(folders[audience]).all(), strict=True))
        return cls(folders, stores, vectors)


def prepare_all(corpus: Corpus, today: dt.date, kept: Kept) -> dict[Audience, Prepared]:
    """Every audience's texts. Regulations are public as a whole, so all share their titles."""
    titles = corpus.titles()
    current = {id(regulation) for regulation in corpus.current_regulations(today)}
    readable = {Audience.PUBLIC: corpus.for_public(), Audience.OFFICER: corpus}
    return {a: prepare(texts, titles, current, kept.stores.get(a)) for a, texts in readable.items()}


def _publish(generations: Generations, aside: Path, encoder: Encoder, now: dt.datetime) -> tuple[str, bool]:
    """Publish what was built, unless the current generation holds just that; its name, and whether it is new."""
    sums = {audience.value: content_sum(aside / audience) for audience in Audience}
    current = generations.current()
    if current is not None and verify_contents(current) == sums:
        return current.name, False
    facts = {
        "fingerprint": encoder.fingerprint,
        "floor": encoder.floor,
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


def _encode_missing(
    prepared: dict[Audience, Prepared],
    encoder: Encoder,
    known: dict[str, Vectors],
    journal: Journal,
    progress: Progress | None,
) -> None:
    """Encode what `known` lacks into it and into the journal."""
    missing: dict[str, str] = {}
    for texts in prepared.values():
        for chunk in texts.chunks:
            key = chunk.key(encoder.fingerprint)
            if key not in known:
                missing[key] = chunk.embedded_text
    if not missing:
        return

    def kept(vectors: Iterable[Vectors], total: int) -> Iterable[Vectors]:
        drawn = progress(vectors, total) if progress else vectors
        return journal.keep(list(missing)[len(missing) - total :], drawn)

    known.update(zip(missing, encoder.encode_documents(list(missing.values()), kept), strict=True))


def write_audience(
    folder: Path, texts: Prepared, fingerprint: str, known: dict[str, Vectors], kept: Path | None
) -> None:
    """Write store, vectors and keywords of one audience; their rows agree.

    When `kept`, this audience's folder in the current generation, was made from just this, it is copied.
    """
    made_from = f"{fingerprint} {texts.contents()}"
    if kept and (kept / MADE_FROM).read_text() == made_from:
        shutil.copytree(kept, folder)
        return
    folder.mkdir()
    keys = [chunk.key(fingerprint) for chunk in texts.chunks]
    write_store(folder, texts.documents, zip(texts.chunks, keys, strict=True), texts.citations, texts.laws)
    write_vectors(folder, np.asarray([known[key] for key in keys], dtype=np.float32))
    write_keywords(folder, [chunk.embedded_text for chunk in texts.chunks], texts.lexicon, kept)
    (folder / MADE_FROM).write_text(made_from)
