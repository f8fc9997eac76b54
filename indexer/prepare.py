"""What a generation says, before it is written: one audience's texts rendered and cut.

What the current generation has made from the same text by the same code is taken from it, not made again.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpus.citations import LawName, Titles, find_citations, resolve
from corpus.document import Case, Guide, Kind, Regulation
from corpus.matters import Matter
from corpus.reader import Corpus
from corpus.render import RenderedSection, render_article, render_section
from indexer.chunks import MAX_CHARS, Chunk, chunk_matter, chunk_saying, chunk_sections, version_of
from indexer.generation import code_sum
from indexer.store import Store, StoredCitation, StoredDocument


@dataclass(frozen=True)
class Prepared:
    """One audience's texts, rendered and cut."""

    documents: list[StoredDocument]
    chunks: list[Chunk]
    fields: dict[str, tuple[str, ...]]
    citations: list[StoredCitation]
    laws: list[LawName]
    lexicon: list[str]

    def contents(self) -> str:
        """One sum over all of it, and over the code that writes it."""
        documents = [replace(d, sections=()) for d in self.documents]  # `made_from` speaks for them
        parts = (documents, self.chunks, self.fields, sorted(map(repr, self.citations)), self.lexicon)
        return _sum(code_sum(), *map(_law, self.laws), *map(repr, parts))


def _sum(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _law(law: LawName) -> str:
    return repr((law.id, law.title, law.short_titles, law.level, sorted(law.anchors)))


def prepare(corpus: Corpus, titles: Titles, current: set[int], kept: Store | None = None) -> Prepared:
    """Render and cut one audience's texts; `kept` is this audience's store in the current generation.

    Current are the versions of regulations whose `id()` is in `current`; the others are searched only when asked for.
    """
    fields = fields_of(corpus, titles)
    documents: list[StoredDocument] = []
    chunks: list[Chunk] = []
    citations: list[StoredCitation] = []
    ground = _sum(code_sum(), *map(_law, titles.laws()))
    for text in corpus.documents():
        is_current = not isinstance(text, Regulation) or id(text) in current
        document = _stored(text, titles, fields[text.front.id], is_current, ground, kept)
        documents.append(document)
        if kept and kept.has(document):
            chunks += kept.chunks_of(document.id, document.version)
            citations += kept.cited_by(document.id)
        else:
            chunks += chunk_sections(text, tuple(document.sections))
            citations += _citations_of(text, titles)
    for matter in corpus.matters:
        documents.append(_stored_matter(matter, corpus))
        chunks += chunk_matter(matter)
        citations += _citations_in(matter.key, "", " ".join((*matter.violates, *matter.punishes)), titles)
    chunks += _sayings(corpus, titles, current)
    return Prepared(documents, chunks, fields, citations, titles.laws(), lexicon(corpus))


def _sayings(corpus: Corpus, titles: Titles, current: set[int]) -> Iterator[Chunk]:
    in_force = {r.front.id: r for r in corpus.regulations if id(r) in current}
    for saying in corpus.sayings:
        for citation in find_citations(saying.article):
            if target := resolve(citation, titles):
                yield from chunk_saying(saying, target.article, in_force[target.regulation])


def _stored(
    text: Guide | Case | Regulation,
    titles: Titles,
    fields: tuple[str, ...],
    is_current: bool,
    ground: str,
    kept: Store | None,
) -> StoredDocument:
    """A document as pages show it. `ground` sums up what its rendering rests on beside its own words."""
    front = text.front.model_dump(mode="json")
    version = version_of(text)
    parts = text.articles if isinstance(text, Regulation) else text.sections
    made_from = _sum(ground, json.dumps(front, ensure_ascii=False, sort_keys=True), str(is_current), repr(parts))
    known = kept.document(text.kind, text.front.id, version) if kept else None
    is_known = known is not None and known.made_from == made_from
    sections = known.sections if known and is_known else tuple(_rendered(text, titles))
    return StoredDocument(
        text.front.id, version, is_current, text.kind, text.front.title, fields, front, sections, made_from
    )


def _rendered(text: Guide | Case | Regulation, titles: Titles) -> Iterator[RenderedSection]:
    if isinstance(text, Regulation):
        yield from (render_article(article, text.front.id, titles) for article in text.articles)
    else:
        yield from (render_section(section, titles) for section in text.sections)


def _citations_of(text: Guide | Case | Regulation, titles: Titles) -> Iterator[StoredCitation]:
    """Citations of guides and cases, for the question who relies on an article."""
    if not isinstance(text, Regulation):
        for section in text.sections:
            yield from _citations_in(text.front.id, section.anchor, section.text, titles)


def _citations_in(source: str, anchor: str, text: str, titles: Titles) -> Iterator[StoredCitation]:
    for citation in find_citations(text):
        if target := resolve(citation, titles):
            yield StoredCitation(source, anchor, target.regulation, target.article)


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


def sample_texts(corpus: Corpus) -> list[str]:
    """Texts of every kind, as long as passages are, to compare two encoders on."""
    texts = [s.text for d in corpus.documents() if not isinstance(d, Regulation) for s in d.sections]
    texts += [a.text for r in corpus.regulations for a in r.articles]
    return [text[:MAX_CHARS] for text in texts if text.strip()]


def lexicon(corpus: Corpus) -> list[str]:
    """Domain words for the tokenizer: titles and short titles, fields, matters' short names, article headings."""
    words: set[str] = set()
    for regulation in corpus.regulations:
        words |= {regulation.front.title, *regulation.front.short_titles}
    words |= {matter.field for matter in corpus.matters}
    return sorted(word for word in words if 2 <= len(word) <= 20)
