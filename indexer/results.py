"""From scores of passages to results: documents by their best passage, and what is shown of each.

What is shown of a result is made when somebody looks at it: a page shows twenty of some hundred.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from corpus.citations import Target
from corpus.document import Audience, Kind, page_path
from indexer.chunks import Chunk
from indexer.evidence import Floats
from indexer.query import SearchQuery
from indexer.snippets import Segment, Terms, make_snippet
from indexer.store import Store, StoredDocument

HITS_PER_RESULT = 3
MAX_RESULTS = 100  # of one kind, so that many of one never crowd out another
RELEVANT = 0.45  # share of its kind's best score below which a document is not shown
RELEVANT_KIND = 0.22  # share of the best score of all below which a whole kind is not shown
RELEVANT_MATTERS = 0.75  # the same for matters, which stand first: a question of procedure is about none
LEAST = 1e-6  # a score that counts as none
NEVER = dt.date.max.toordinal()

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. `url` opens the page at it."""

    anchor: str
    heading_path: tuple[str, ...]
    snippet: tuple[Segment, ...]
    score: float
    url: str


@dataclass(frozen=True, eq=False)
class Result:
    """A document, or a matter, with its best hits, best first."""

    document: StoredDocument
    score: float
    find: Callable[[], tuple[Hit, ...]] = field(repr=False)
    is_cited: bool = False

    @cached_property
    def hits(self) -> tuple[Hit, ...]:
        """The passages found in it, at most HITS_PER_RESULT."""
        return self.find()

    @property
    def url(self) -> str:
        """Opens the page at the best hit."""
        return self.hits[0].url

    @property
    def kind(self) -> Kind:
        """Kind of the document found."""
        return self.document.kind


class Shelf:
    """One audience's documents with their passages. All arrays go by the document's number."""

    def __init__(self, store: Store, audience: Audience) -> None:
        self._store = store
        self._audience = audience
        numbers: dict[tuple[str, str], int] = {}
        places = [numbers.setdefault((c.document, c.version), len(numbers)) for c in store.chunks]
        self._documents = [store.version(id, version) for id, version in numbers]
        self._owner: Rows = np.asarray(places, dtype=np.int64)
        self._rows: Rows = np.argsort(self._owner, kind="stable")
        self._starts: Rows = np.searchsorted(self._owner[self._rows], np.arange(len(numbers)))
        kinds = list(Kind)
        self._kinds: Rows = np.asarray([kinds.index(d.kind) for d in self._documents], dtype=np.int64)
        spans = _spans(self._documents)
        self._begins: Rows = np.asarray([begin for begin, _ in spans], dtype=np.int64)
        self._ends: Rows = np.asarray([end for _, end in spans], dtype=np.int64)
        self._numbers = numbers
        self._own = {(c.document, c.version, c.anchor): c for c in reversed(store.chunks) if not c.is_said}
        self.allowed = lru_cache(maxsize=100)(self._allowed)

    @cached_property
    def is_current(self) -> Mask:
        """Passages of current documents."""
        current: Mask = np.asarray([d.is_current for d in self._documents], dtype=bool)[self._owner]
        return current

    def _allowed(self, field: str | None, on: dt.date | None) -> Mask:
        """Passages of this field (None: any) that are law on this day (None: every version there is)."""
        fits = np.asarray([not field or field in d.fields for d in self._documents], dtype=bool)
        if on is not None:
            fits &= (self._begins <= on.toordinal()) & (on.toordinal() < self._ends)
        passages: Mask = fits[self._owner]
        return passages

    def results(self, scores: Floats, terms: Terms) -> list[Result]:
        """Documents by their best passage, near the best of their kind, of kinds near the best of all."""
        if not len(self._documents):
            return []
        best: Floats = np.maximum.reduceat(scores[self._rows], self._starts)
        order = np.argsort(-best, kind="stable")
        order = order[best[order] > LEAST]
        least = max(RELEVANT * RELEVANT_KIND * float(best.max()), LEAST)
        chosen = self._relevant(order, best)
        return [
            Result(self._documents[n], round(float(best[n]), 6), partial(self._hits, n, scores, terms, least))
            for n in chosen
        ]

    def _relevant(self, order: Rows, best: Floats) -> list[int]:
        """Numbers of the documents to show, best first; not more than MAX_RESULTS of a kind."""
        chosen: list[int] = []
        for place, kind in enumerate(Kind):
            of_kind = order[self._kinds[order] == place]
            if not len(of_kind):
                continue
            top = float(best[of_kind[0]])
            share = RELEVANT_MATTERS if kind is Kind.MATTER else RELEVANT_KIND
            if top >= share * float(best[order[0]]):
                chosen += of_kind[best[of_kind] >= RELEVANT * top][:MAX_RESULTS].tolist()
        return sorted(chosen, key=lambda n: (-best[n], n))

    def _hits(self, number: int, scores: Floats, terms: Terms, least: float) -> tuple[Hit, ...]:
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._rows)
        rows = self._rows[self._starts[number] : end]
        page = self._page(self._documents[number])
        hits: dict[str, Hit] = {}
        for row in rows[np.lexsort((rows, -scores[rows]))]:
            chunk = self._store.chunks[row]
            if scores[row] < least or len(hits) == HITS_PER_RESULT:
                break
            if chunk.anchor not in hits:
                hits[chunk.anchor] = self._hit(chunk, round(float(scores[row]), 6), page, terms)
        return tuple(hits.values())

    def _hit(self, chunk: Chunk, score: float, page: str, terms: Terms) -> Hit:
        # What people say only led here; what is shown is what the text says.
        own = self._own.get((chunk.document, chunk.version, chunk.anchor), chunk) if chunk.is_said else chunk
        url = f"{page}#{chunk.anchor}" if chunk.anchor else page
        return Hit(chunk.anchor, chunk.path, make_snippet(own.text, terms), score, url)

    def _page(self, document: StoredDocument) -> str:
        page = page_path(document.kind, document.id, self._audience)
        return page if document.is_current else f"{page}?version={document.version}"

    def cited(self, target: Target, query: SearchQuery) -> Result | None:
        """The article a query names, in the version that is law on the day asked for, else in the current one."""
        versions = self._store.versions(target.regulation)
        in_force = (d for d in versions if query.on and self._is_law(d, query.on))
        document = next(in_force, None) or self._store.document(Kind.REGULATION, target.regulation)
        if document is None:
            return None
        chunk = self._own.get((document.id, document.version, target.article))
        if chunk is None:
            return None
        url = f"{self._page(document)}#{target.anchor}"
        hit = Hit(target.anchor, chunk.path, make_snippet(chunk.text, Terms.of(())), 1.0, url)
        return Result(document, 1.0, lambda: (hit,), is_cited=True)

    def _is_law(self, document: StoredDocument, on: dt.date) -> bool:
        number = self._numbers.get((document.id, document.version))
        return number is not None and bool(self._begins[number] <= on.toordinal() < self._ends[number])


def _spans(documents: list[StoredDocument]) -> list[tuple[int, int]]:
    """First day and first day no longer, as ordinals, on which each document is law; always for what is not a law.

    A version ends where the next one of the same regulation begins, or where it is repealed.
    """
    begins: dict[str, list[int]] = {}
    for document in documents:
        if document.kind is Kind.REGULATION:
            begins.setdefault(document.id, []).append(_ordinal(document.version))
    spans = []
    for document in documents:
        if document.kind is not Kind.REGULATION:
            spans.append((0, NEVER))
            continue
        begin = _ordinal(document.version)
        after = [day for day in begins[document.id] if day > begin]
        repealed = document.front.get("repealed_on")
        spans.append((begin, min([*after, _ordinal(repealed) if repealed else NEVER])))
    return spans


def _ordinal(day: str) -> int:
    return dt.date.fromisoformat(day).toordinal()
