"""Search one generation: citation route, vectors and keywords, fusion, results grouped by document."""

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.citations import Target, parse_query
from corpus.document import Audience, Kind, page_path
from indexer.adapter import FILE as ADAPTER_FILE
from indexer.adapter import QueryAdapter
from indexer.encoder import Vectors
from indexer.evidence import WEIGHTS_FILE, Floats, read_weights
from indexer.generation import GenerationError, Generations, verify
from indexer.keywords import KeywordIndex
from indexer.learn import Example
from indexer.query import SearchQuery
from indexer.scoring import Signals, Tuning
from indexer.snippets import Segment, make_snippet
from indexer.store import Store, StoredDocument
from indexer.vectors import VectorIndex

POOL = 1000  # passages ranked for measuring
HITS_PER_RESULT = 3
MAX_RESULTS = 100  # of one kind, so that many of one never crowd out another
RELEVANT = 0.45  # share of its kind's best score below which a document is not shown
RELEVANT_KIND = 0.22  # share of the best score of all below which a whole kind is not shown
RELEVANT_MATTERS = 0.75  # the same for matters, which stand first: a question of procedure is about none

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

    def __init__(self, folder: Path, contents: str, tuning: Tuning) -> None:
        self.contents = contents
        self.store = Store(folder)
        self.vectors = VectorIndex(folder)
        self.keywords = KeywordIndex(folder)
        self.own = {(c.document, c.anchor): c for c in reversed(self.store.chunks) if not c.is_said}
        self.signals = Signals(self.store, self.vectors, self.keywords, tuning)
        if self.vectors.count != len(self.store.chunks):
            raise GenerationError(f"索引 {folder.parent.name} 的向量数与段落数不符，请运行 flask index build --full")


class Index:
    """An opened generation. Immutable: a new generation is a new Index."""

    def __init__(self, name: str, parts: dict[Audience, AudienceIndex], adapter: QueryAdapter | None = None) -> None:
        self.name = name
        self._parts = parts
        self._adapter = adapter

    @classmethod
    def open(cls, root: Path, *, adapted: bool = True) -> "Index":
        """Open the current generation below `root`, every file checked first, with the query adapter if there is one.

        Raises GenerationError when there is none, or when it is damaged or half written.
        """
        folder = Generations(root).current()
        if folder is None or not folder.is_dir():
            raise GenerationError("还没有索引，请先运行 flask index build")
        manifest = verify(folder)
        learned = read_weights(root / WEIGHTS_FILE) if (root / WEIGHTS_FILE).is_file() else None
        adapter = QueryAdapter.read(root / ADAPTER_FILE) if adapted else None
        tuning = Tuning(learned, adapter, manifest.get("floor"))
        contents = manifest["contents"]
        return cls(folder.name, {a: AudienceIndex(folder / a, contents[a.value], tuning) for a in Audience})

    def store(self, audience: Audience) -> Store:
        """Texts this audience may read."""
        return self._parts[audience].store

    def part(self, audience: Audience) -> AudienceIndex:
        """Store, vectors and keywords of this audience."""
        return self._parts[audience]

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
            scores = np.where(_allowed(part, query), part.signals.fused(query, vector), 0.0)
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

    def example(self, query: SearchQuery, vector: Vectors, judged: dict[str, int]) -> Example | None:
        """What officers' evidence says to a judged query; None when no matter is judged."""
        signals = self._parts[Audience.OFFICER].signals
        grades = np.asarray([judged.get(key, 0) for key in signals.evidence.keys], dtype=np.float32)
        if not grades.any():
            return None
        field = self.store(Audience.OFFICER).current(signals.evidence.keys[int(grades.argmax())])
        return Example(signals.features(query, vector), grades, field.fields[0] if field else "")

    def rows(
        self, query: SearchQuery, vector: Vectors, judged: dict[str, int], near: int
    ) -> tuple[list[int], list[int]]:
        """Rows of the judged articles, and those of the `near` nearest articles that are not judged; to learn from."""
        part = self._parts[Audience.OFFICER]
        scores = part.signals.fused(query, vector)[part.signals.articles]
        best = part.signals.articles[np.argsort(-scores, kind="stable")[:near]]
        chunks = part.store.chunks
        answers = [int(r) for r in part.signals.articles if f"{chunks[r].document}#{chunks[r].anchor}" in judged]
        return answers, [int(row) for row in best if row not in answers]

    def passages(self) -> Vectors:
        """Vectors of officers' passages."""
        return self._parts[Audience.OFFICER].vectors.all()

    def weights(self) -> Floats:
        """The weights of evidence in use."""
        return self._parts[Audience.OFFICER].signals.evidence.weights

    def rank(
        self,
        query: SearchQuery,
        vector: Vectors,
        route: Route,
        *,
        audience: Audience,
        adapter: QueryAdapter | None = None,
    ) -> list[str]:
        """Places found, best first: the id of a matter, guide or case, and `regulation#article`; for measuring."""
        part = self._parts[audience]
        if route is Route.KEYWORDS:
            scores = part.signals.words(query)
        elif route is Route.VECTORS:
            scores = part.signals.cosines(vector)
        else:
            scores = part.signals.fused(query, vector, adapter=adapter)
        best = np.argsort(-scores, kind="stable")[:POOL]
        chunks = [part.store.chunks[row] for row in best if scores[row] > 0]
        places = [f"{c.document}#{c.anchor}" if c.kind is Kind.REGULATION else c.document for c in chunks]
        return list(dict.fromkeys(places))


def _allowed(part: AudienceIndex, query: SearchQuery) -> NDArray[np.bool_]:
    """Passages of the field asked for."""
    fields = part.store.chunk_fields
    return np.fromiter((not query.field or query.field in f for f in fields), dtype=bool, count=len(fields))


def _results(part: AudienceIndex, query: SearchQuery, scores: Scores, audience: Audience) -> list[Result]:
    """Documents by their best chunk, each with its best passages."""
    rows = np.flatnonzero(scores >= max(RELEVANT * RELEVANT_KIND * float(scores.max(initial=0.0)), 1e-6))
    order = rows[np.lexsort((rows, -scores[rows]))]
    grouped: dict[str, list[int]] = {}
    for row in order:
        grouped.setdefault(part.store.chunks[row].document, []).append(int(row))
    terms = part.keywords.tokenizer.tokens(query.words)
    chosen = _relevant(part, list(grouped.values()), scores)
    return [_result(part, found, scores, terms, audience) for found in chosen]


def _relevant(part: AudienceIndex, groups: list[list[int]], scores: Scores) -> list[list[int]]:
    """Documents near the best of their kind, of kinds near the best of all; not more than MAX_RESULTS of a kind."""
    best: dict[Kind, float] = {}
    for rows in groups:
        best.setdefault(part.store.chunks[rows[0]].kind, float(scores[rows[0]]))
    share = {kind: RELEVANT_MATTERS if kind is Kind.MATTER else RELEVANT_KIND for kind in best}
    floor = {kind: RELEVANT * score for kind, score in best.items() if score >= share[kind] * max(best.values())}
    left = dict.fromkeys(floor, MAX_RESULTS)
    chosen = []
    for rows in groups:
        kind = part.store.chunks[rows[0]].kind
        if left.get(kind) and scores[rows[0]] >= floor[kind]:
            left[kind] -= 1
            chosen.append(rows)
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
            # What people say only led here; what is shown is what the text says.
            own = part.own.get((chunk.document, chunk.anchor), chunk) if chunk.is_said else chunk
            snippet = make_snippet(own.text, terms)
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
    chunk = part.own.get((target.regulation, target.article))
    if document is None or chunk is None:
        return None
    url = f"{page_path(Kind.REGULATION, target.regulation, audience)}#{target.anchor}"
    hit = Hit(target.anchor, chunk.path, make_snippet(chunk.text, ()), 1.0, url)
    return Result(document, (hit,), 1.0, url, is_cited=True)
