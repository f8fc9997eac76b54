"""Passages like a passage, by the stored vectors, within one audience."""

from dataclasses import dataclass

from corpus.document import Audience, Kind, page_path
from indexer.search import Index
from indexer.store import StoredDocument

POOL = 200


@dataclass(frozen=True, slots=True)
class SimilarPassage:
    """A passage of another document. `cosine` says how near it is, 1 for the same words."""

    document: StoredDocument
    heading_path: tuple[str, ...]
    text: str
    url: str
    cosine: float


def similar(
    index: Index, document: StoredDocument, anchor: str, kind: Kind, *, audience: Audience, limit: int = 10
) -> list[SimilarPassage]:
    """The nearest passage of each other document of `kind`, nearest first; empty when the anchor is not searched."""
    part = index.part(audience)
    chunks = part.store.chunks
    current = part.shelf.is_current
    own = (r for r, c in enumerate(chunks) if c.document == document.id and current[r] and not c.is_said)
    start = next((row for row in own if chunks[row].anchor == anchor), None)
    if start is None:
        return []
    others = ((r, c) for r, c in enumerate(chunks) if c.kind is kind and c.document != document.id)
    allowed = [r for r, c in others if current[r] and not c.is_said]
    cosines = part.vectors.cosines(part.vectors.one(start))
    nearest: dict[str, SimilarPassage] = {}
    for row in sorted(allowed, key=lambda r: -cosines[r])[:POOL]:
        chunk = chunks[row]
        found = part.store.document(chunk.kind, chunk.document)
        if found and chunk.document not in nearest and len(nearest) < limit:
            page = page_path(chunk.kind, chunk.document, audience)
            url = f"{page}#{chunk.anchor}" if chunk.anchor else page
            nearest[chunk.document] = SimilarPassage(found, chunk.path, chunk.text, url, round(float(cosines[row]), 3))
    return list(nearest.values())
