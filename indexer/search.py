"""Search one generation: citation route, vectors and keywords, fusion, results grouped by document."""

import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from corpus.citations import Titles, parse_query
from corpus.document import Audience, Kind
from indexer.adapter import FILE as ADAPTER_FILE
from indexer.adapter import QueryAdapter
from indexer.encoder import Vectors
from indexer.evidence import WEIGHTS_FILE, Floats, read_weights
from indexer.generation import GenerationError, Generations, verify
from indexer.keywords import KeywordIndex
from indexer.learn import Example
from indexer.query import SearchQuery
from indexer.results import Result, Shelf
from indexer.scoring import Signals, Tuning
from indexer.snippets import Terms
from indexer.store import Store
from indexer.vectors import VectorIndex

POOL = 1000  # passages ranked for measuring


class Route(StrEnum):
    """Ways to score: as the site does, or by one signal alone (to compare with)."""

    FUSED = "fused"
    KEYWORDS = "keywords"
    VECTORS = "vectors"


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

    def __init__(self, folder: Path, audience: Audience, contents: str, tuning: Tuning) -> None:
        self.contents = contents
        self.store = Store(folder)
        self.vectors = VectorIndex(folder)
        self.keywords = KeywordIndex(folder)
        self.shelf = Shelf(self.store, audience)
        self.signals = Signals(self.store, self.vectors, self.keywords, tuning)
        if self.vectors.count != len(self.store.chunks):
            raise GenerationError(f"索引 {folder.parent.name} 的向量数与段落数不符，请运行 flask index build --full")


class Index:
    """An opened generation. Immutable: a new generation is a new Index."""

    def __init__(self, name: str, parts: dict[Audience, AudienceIndex]) -> None:
        self.name = name
        self._parts = parts

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
        return cls(folder.name, {a: AudienceIndex(folder / a, a, contents[a.value], tuning) for a in Audience})

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
            scores = part.signals.fused(query, vector, allowed=part.shelf.allowed(query.field, query.on))
            ranked = part.shelf.results(scores, Terms.of(part.keywords.tokenizer.tokens(query.words)))
            ranked = _cited_first(part.shelf, query, part.store.titles, ranked)
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


def _cited_first(shelf: Shelf, query: SearchQuery, titles: Titles, ranked: list[Result]) -> list[Result]:
    """Put the article a query names (城镇燃气管理条例第46条) before everything else."""
    cited = [result for target in parse_query(query.text, titles) if (result := shelf.cited(target, query))]
    named = {result.document.id for result in cited}
    return cited + [result for result in ranked if result.document.id not in named]
