"""Search one generation: citation route, vectors and keywords, fusion, results grouped by document."""

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.citations import Target, parse_query
from corpus.document import Audience, Kind, page_path
from indexer.encoder import Vectors
from indexer.generation import GenerationError, Generations, verify
from indexer.keywords import KeywordIndex
from indexer.query import SearchQuery
from indexer.snippets import Segment, make_snippet
from indexer.store import Store, StoredDocument
from indexer.vectors import VectorIndex

POOL = 1000  # chunks each route may contribute
SEMANTIC_WEIGHT = 0.6  # convex combination: beats rank fusion in and out of domain (Bruch et al., TOIS 2023)
HITS_PER_RESULT = 3
MAX_RESULTS = 100
RELEVANT = 0.45  # share of the best chunk's score below which a document is not shown
RELEVANT_FIRST = 0.3  # the same for the first document of a kind, so that a case or a guide at hand is offered
MATTER_LIFT = 0.5  # share of a matter's score that its articles, guide parts and cases gain
LIFTING_MATTERS = 3  # how many matters lift

# A query that shares no word with the texts and comes no nearer than this to any passage is answered with nothing.
# Unrelated questions reach .88 with multilingual-e5-small, related ones .89 and more.
NOTHING_FITS_BELOW = 0.88

Scores = NDArray[np.float32]


class Route(StrEnum):
    """Ways to score: as the site does, or by one signal alone (to compare with)."""

    FUSED = "fused"
    KEYWORDS = "keywords"
    VECTORS = "vectors"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. `url` opens the page at it."""

    anchor: str
    heading_path: tuple[str, ...]
    snippet: tuple[Segment, ...]
    score: float
    url: str


@dataclass(frozen=True, slots=True)
class Result:
    """A document, or a matter, with its best hits."""

    document: StoredDocument
    hits: tuple[Hit, ...]
    score: float
    url: str
    is_cited: bool = False

    @property
    def kind(self) -> Kind:
        """Kind of the document found."""
        return self.document.kind


@dataclass(frozen=True, slots=True)
class SearchResults:
    """What a search found. `counts` are results by kind before the kind filter; `matters` come first on the page."""

    query: SearchQuery
    generation: str
    matters: tuple[Result, ...]
    results: tuple[Result, ...]
    counts: dict[Kind, int]
    is_semantic: bool
    ms: float

    @property
    def total(self) -> int:
        """Number of results of all kinds, matters included."""
        return sum(self.counts.values())


class AudienceIndex:
    """Store, vectors and keywords of one audience."""

    def __init__(self, folder: Path, contents: str) -> None:
        self.contents = contents
        self.store = Store(folder)
        self.vectors = VectorIndex(folder)
        self.keywords = KeywordIndex(folder)
        self.matter_rows = {key: np.unique(rows).astype(np.int64) for key, rows in self.store.matter_rows().items()}
        if self.vectors.count != len(self.store.chunks):
            raise GenerationError(f"索引 {folder.parent.name} 的向量数与段落数不符，请运行 flask index build --full")


class Index:
    """An opened generation. Immutable: a new generation is a new Index."""

    def __init__(self, name: str, parts: dict[Audience, AudienceIndex]) -> None:
        self.name = name
        self._parts = parts

    @classmethod
    def open(cls, root: Path) -> "Index":
        """Open the current generation below `root`, every file checked first.

        Raises GenerationError when there is none, or when it is damaged or half written.
        """
        folder = Generations(root).current()
        if folder is None or not folder.is_dir():
            raise GenerationError("还没有索引，请先运行 flask index build")
        contents = verify(folder)["contents"]
        return cls(folder.name, {a: AudienceIndex(folder / a, contents[a.value]) for a in Audience})

    def store(self, audience: Audience) -> Store:
        """Texts this audience may read."""
        return self._parts[audience].store

    def contents(self, audience: Audience) -> str:
        """Sum over what this audience may read; changes only when that changes."""
        return self._parts[audience].contents

    def search(self, query: SearchQuery, vector: Vectors | None, *, audience: Audience) -> SearchResults:
        """Search what `audience` may read.

        `vector` is the encoded query (1, dimension); None searches by keywords only (`is_semantic` is then False).
        """
        started = time.monotonic()
        part = self._parts[audience]
        ranked: list[Result] = []
        if query.is_searchable:
            scores = _fused_scores(part, query, vector)
            ranked = _results(part, query, scores, audience)
            ranked = _cited_first(part, query, ranked, audience)
        counts = {kind: sum(result.kind is kind for result in ranked) for kind in Kind}
        return SearchResults(
            query=query,
            generation=self.name,
            matters=tuple(r for r in ranked if r.kind is Kind.MATTER and query.kind in (None, Kind.MATTER)),
            results=tuple(r for r in ranked if r.kind is not Kind.MATTER and query.kind in (None, r.kind)),
            counts=counts,
            is_semantic=vector is not None,
            ms=round((time.monotonic() - started) * 1000, 1),
        )

    def rank(self, query: SearchQuery, vector: Vectors, route: Route, *, audience: Audience) -> list[str]:
        """Places found, best first: the id of a matter, guide or case, and `regulation#article`; for measuring."""
        part = self._parts[audience]
        if route is Route.KEYWORDS:
            scores = part.keywords.scores(query.text)
        elif route is Route.VECTORS:
            rows, cosines = part.vectors.search(vector, POOL, None)
            scores = np.zeros(len(part.store.chunks), dtype=np.float32)
            scores[rows] = cosines
        else:
            scores = _fused_scores(part, query, vector)
        best = np.argsort(-scores, kind="stable")[:POOL]
        chunks = [part.store.chunks[row] for row in best if scores[row] > 0]
        places = [f"{c.document}#{c.anchor}" if c.kind is Kind.REGULATION else c.document for c in chunks]
        return list(dict.fromkeys(places))


def _fused_scores(part: AudienceIndex, query: SearchQuery, vector: Vectors | None) -> Scores:
    """Score of every chunk, 0 to 1; 0 for chunks outside the field asked for or found by neither route."""
    count = len(part.store.chunks)
    allowed = np.ones(count, dtype=bool)
    if query.field:
        allowed = np.fromiter((query.field in f for f in part.store.chunk_fields), dtype=bool, count=count)
    words = np.where(allowed, part.keywords.scores(query.text), 0.0)
    words = words / words.max() if words.any() else words
    if vector is None:
        return _lift(part, words, allowed)
    rows, cosines = part.vectors.search(vector, POOL, np.flatnonzero(allowed) if query.field else None)
    meaning = np.zeros(count, dtype=np.float32)
    if len(rows) and (words.any() or cosines[0] >= NOTHING_FITS_BELOW):
        spread = max(float(cosines[0] - cosines[-1]), 1e-6)
        meaning[rows] = (cosines - cosines[-1]) / spread
    return _lift(part, SEMANTIC_WEIGHT * meaning + (1 - SEMANTIC_WEIGHT) * words, allowed)


def _lift(part: AudienceIndex, scores: Scores, allowed: NDArray[np.bool_]) -> Scores:
    """Let the best matters lift what hangs on them, so that a street question also brings the law and the cases.

    Street words meet a matter; statutes are written in other words and seldom meet the question themselves.
    """
    best: dict[str, float] = {}
    for row in np.argsort(-scores, kind="stable")[:POOL]:
        chunk = part.store.chunks[row]
        if chunk.kind is Kind.MATTER and scores[row] >= RELEVANT * scores.max(initial=0.0) > 0:
            best.setdefault(chunk.document, float(scores[row]))
    lifted = scores.copy()
    for key, score in list(best.items())[:LIFTING_MATTERS]:
        rows = part.matter_rows[key]
        lifted[rows] = np.maximum(lifted[rows], scores[rows] + MATTER_LIFT * score)
    return np.where(allowed, lifted / max(1.0, float(lifted.max(initial=0.0))), 0.0).astype(np.float32)


def _results(part: AudienceIndex, query: SearchQuery, scores: Scores, audience: Audience) -> list[Result]:
    """Documents by their best chunk, each with its best passages."""
    best = float(scores.max(initial=0.0))
    rows = np.flatnonzero((scores >= RELEVANT_FIRST * best) & (scores > 0))
    order = rows[np.lexsort((rows, -scores[rows]))]
    grouped: dict[str, list[int]] = {}
    for row in order:
        grouped.setdefault(part.store.chunks[row].document, []).append(int(row))
    terms = part.keywords.tokenizer.tokens(query.text)
    chosen = _relevant(part, list(grouped.values()), scores, RELEVANT * best)
    return [_result(part, found, scores, terms, audience) for found in chosen[:MAX_RESULTS]]


def _relevant(part: AudienceIndex, groups: list[list[int]], scores: Scores, floor: float) -> list[list[int]]:
    """Documents above `floor`, and the first of each kind."""
    seen: set[Kind] = set()
    chosen = []
    for rows in groups:
        kind = part.store.chunks[rows[0]].kind
        if kind not in seen or scores[rows[0]] >= floor:
            chosen.append(rows)
        seen.add(kind)
    return chosen


def _result(part: AudienceIndex, rows: list[int], scores: Scores, terms: list[str], audience: Audience) -> Result:
    first = part.store.chunks[rows[0]]
    document = part.store.document(first.kind, first.document)
    assert document is not None
    page = page_path(first.kind, first.document, audience)
    hits: dict[str, Hit] = {}
    for row in rows:
        chunk = part.store.chunks[row]
        if chunk.anchor not in hits and len(hits) < HITS_PER_RESULT:
            url = f"{page}#{chunk.anchor}" if chunk.anchor else page
            snippet = make_snippet(chunk.text, terms)
            hits[chunk.anchor] = Hit(chunk.anchor, chunk.path, snippet, round(float(scores[row]), 6), url)
    found = tuple(hits.values())
    return Result(document, found, found[0].score, found[0].url)


def _cited_first(part: AudienceIndex, query: SearchQuery, ranked: list[Result], audience: Audience) -> list[Result]:
    """Put the article a query names (城镇燃气管理条例第46条) before everything else."""
    targets = parse_query(query.text, part.store.titles)
    cited = [r for target in targets if (r := _cited_result(part, target, audience))]
    named = {result.document.id for result in cited}
    return cited + [result for result in ranked if result.document.id not in named]


def _cited_result(part: AudienceIndex, target: Target, audience: Audience) -> Result | None:
    document = part.store.document(Kind.REGULATION, target.regulation)
    chunk = next((c for c in part.store.chunks if c.document == target.regulation and c.anchor == target.article), None)
    if document is None or chunk is None:
        return None
    url = f"{page_path(Kind.REGULATION, target.regulation, audience)}#{target.anchor}"
    hit = Hit(target.anchor, chunk.path, make_snippet(chunk.text, ()), 1.0, url)
    return Result(document, (hit,), 1.0, url, is_cited=True)
