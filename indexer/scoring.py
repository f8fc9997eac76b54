"""Score the passages of one index for a question: by meaning, by words, and by the matters the question is about.

Meaning and words are fused by a convex combination of normalised scores (Bruch, Gai and Ingber, An Analysis of Fusion
Functions for Hybrid Retrieval, TOIS 2023). Street words meet a matter; statutes are written in other words and seldom
meet the question themselves, so the matters found lift their articles, guide parts and cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpus.document import Kind
from indexer.adapter import QueryAdapter
from indexer.encoder import Vectors
from indexer.evidence import Evidence, Floats
from indexer.keywords import KeywordIndex
from indexer.query import SearchQuery
from indexer.store import Store
from indexer.vectors import VectorIndex

NOTHING_FITS_COVERED = 0.15  # share by words from which a passage fits, whatever the cosine


@dataclass(frozen=True, slots=True)
class Weights:
    """The numbers of the ranking, chosen on the development half of the judged queries.

    `meaning`: share of meaning in the fusion. `spread`: cosine below the best passage at which meaning counts nothing.
    `matter`, `law`, `guide`, `case`: what a matter that is certainly meant adds to its own passages, its articles, the
    guide's parts on it and its cases. `sharpness`: how fast that fades from the likeliest matter to the next.
    `doubt`: when what speaks for matters comes to no more than this share of the best passage, the question is one of
    procedure, and no matter lifts anything. `neighbour`: what the next article of the same law adds of its own score,
    the one after that half as much: articles that answer together stand together.
    """

    meaning: float = 0.75
    spread: float = 0.12
    matter: float = 0.75
    law: float = 0.85
    guide: float = 0.45
    case: float = 0.3
    sharpness: float = 0.75
    doubt: float = 0.6
    neighbour: float = 0.04


WEIGHTS = Weights()
LINKS = {  # which groups of evidence each weight lifts
    "matter": ("said", "name", "penalty", "proof"),
    "law": ("law",),
    "guide": ("guide_part", "scene"),
    "case": ("case",),
}


def fuse(cosines: Floats | None, words: Floats, weights: Weights = WEIGHTS) -> Floats:
    """Convex combination of both, 0 to 1; of words alone without `cosines`."""
    best = float(words.max(initial=0.0))
    by_words = words / best if best else words
    if cosines is None:
        return by_words
    near = np.clip((cosines - cosines.max()) / weights.spread + 1, 0, 1)
    fused: Floats = weights.meaning * near + (1 - weights.meaning) * by_words
    return fused


def smooth(scores: Floats, laws: NDArray[np.int64], share: float) -> Floats:
    """Scores with a share of those of the two rows before and after, where they are of the same law.

    `laws[i]` says of which law row i is an article, -1 for none.
    """
    found = scores.copy()
    for distance in (1, 2):
        together = (laws[distance:] == laws[:-distance]) & (laws[distance:] >= 0)
        part = np.where(together, share / distance, 0).astype(np.float32)
        found[distance:] += part * scores[:-distance]
        found[:-distance] += part * scores[distance:]
    return found


@dataclass(frozen=True, slots=True)
class Link:
    """Passages that hang on matters: `rows[i]` hangs on the matters `owners` from `starts[i]` to the next start."""

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    owners: NDArray[np.int64]

    @classmethod
    def of(cls, evidence: Mapping[str, Mapping[str, list[int]]], keys: list[str], groups: tuple[str, ...]) -> "Link":
        """From the rows of each matter's groups; owners are places in `keys`."""
        pairs = sorted({(row, i) for i, key in enumerate(keys) for group in groups for row in evidence[key][group]})
        table = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        rows, starts = np.unique(table[:, 0], return_index=True)
        return cls(rows, starts.astype(np.int64), table[:, 1])


def _laws(store: Store, own: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number of the law, in this version, of which each row is an article; -1 for other rows."""
    numbers: dict[tuple[str, str], int] = {}
    rows = zip(store.chunks, own, strict=True)
    laws = [numbers.setdefault((c.document, c.version), len(numbers)) if is_own else -1 for c, is_own in rows]
    return np.asarray(laws, dtype=np.int64)


def _runs(marks: NDArray[np.bool_]) -> list[tuple[slice, bool]]:
    """Runs of rows with the same mark; few, as documents of a kind stand together."""
    ends = [*np.flatnonzero(np.diff(marks)) + 1, len(marks)]
    return [(slice(int(a), int(b)), bool(marks[a])) for a, b in zip([0, *ends], ends, strict=False)]


@dataclass(frozen=True)
class Tuning:
    """What belongs to one model and one index: learned weights of evidence and query adapter (None: the defaults), and
    the least cosine that means anything under the model (None: not known)."""

    weights: Floats | None = None
    adapter: QueryAdapter | None = None
    floor: float | None = None


class Signals:
    """What scores the passages of one audience."""

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        keywords: KeywordIndex,
        tuning: Tuning,
    ) -> None:
        rows = store.evidence_rows()
        self._vectors = vectors
        self._keywords = keywords
        self._tuning = tuning
        own = np.asarray([c.kind is Kind.REGULATION and not c.is_said for c in store.chunks], dtype=bool)
        self.articles = np.flatnonzero(own)
        self._runs = _runs(own)
        self._laws = _laws(store, own)
        self.evidence = Evidence(rows, tuning.weights)
        self._links = {kind: Link.of(rows, self.evidence.keys, groups) for kind, groups in LINKS.items()}

    def words(self, query: SearchQuery) -> Floats:
        """BM25 of every passage."""
        return self._keywords.scores(query.words)

    def cosines(self, vector: Vectors, adapter: QueryAdapter | None = None) -> Floats:
        """Cosine of every passage with the question; an adapter moves the question only as articles see it."""
        adapter = adapter or self._tuning.adapter
        if adapter is None:
            return self._vectors.cosines(vector)
        moved = adapter.adapt(vector)
        return np.concatenate([self._vectors.cosines(moved if own else vector, run) for run, own in self._runs])

    def features(self, query: SearchQuery, vector: Vectors) -> Floats:
        """Features of every matter for this question, in the order of `evidence.keys`; to learn from."""
        return self.evidence.features(self.cosines(vector), self.words(query))

    def fused(
        self,
        query: SearchQuery,
        vector: Vectors | None,
        weights: Weights = WEIGHTS,
        adapter: QueryAdapter | None = None,
        allowed: NDArray[np.bool_] | None = None,
    ) -> Floats:
        """Score of every passage, 0 to 1; all 0 when nothing fits. By words alone without a `vector`.

        What is not `allowed` counts nowhere, as if it were not in the index.
        """
        words = self.words(query)
        cosines = None if vector is None else self.cosines(vector, adapter)
        if allowed is not None and not allowed.all():
            words = np.where(allowed, words, 0)
            cosines = None if cosines is None else np.where(allowed, cosines, cosines.min())
        best = float(words.max(initial=0.0))
        if not self._fits(query, cosines, best):
            return np.zeros_like(words)
        fused = smooth(fuse(cosines, words, weights), self._laws, weights.neighbour)
        strengths = self.strengths(cosines, words, weights) * self._certainty(fused, weights)
        lifted = self._lift(fused, strengths, weights)
        if allowed is not None:
            lifted *= allowed
        scaled: Floats = lifted / max(1.0, float(lifted.max(initial=0.0)))
        return scaled

    def _fits(self, query: SearchQuery, cosines: Floats | None, best: float) -> bool:
        """Whether anything answers: by meaning, by enough of its words, or by a synonym an editor gave."""
        floor = self._tuning.floor
        if cosines is None or floor is None:
            return best > 0
        if cosines.max(initial=0.0) >= floor or any(map(self._keywords.knows, query.also)):
            return True
        return best > 0 and self._keywords.coverage(query.text, best) >= NOTHING_FITS_COVERED

    def strengths(self, cosines: Floats | None, words: Floats, weights: Weights = WEIGHTS) -> Floats:
        """How surely each matter is meant, 1 for the likeliest."""
        if not self.evidence.keys:
            return np.zeros(0, dtype=np.float32)
        scores = self.evidence.scores(cosines, words)
        strengths: Floats = np.exp(weights.sharpness * (scores - scores.max()))
        return strengths

    def _certainty(self, fused: Floats, weights: Weights) -> float:
        """How sure it is that a matter is meant at all, 0 to 1: by how near its own passages come to the best."""
        direct = np.concatenate([self.evidence.groups[group].rows for group in ("said", "name")])
        if not len(direct):
            return 0.0
        share = float(fused[direct].max() / max(float(fused.max()), 1e-6))
        return float(np.clip((share - weights.doubt) / (1 - weights.doubt), 0, 1))

    def _lift(self, fused: Floats, strengths: Floats, weights: Weights) -> Floats:
        lifted = fused.copy()
        for kind, link in self._links.items():
            if len(link.rows):
                lifted[link.rows] += getattr(weights, kind) * np.maximum.reduceat(strengths[link.owners], link.starts)
        return lifted
