"""Learn from judged queries what an index can use: weights of evidence, and the query adapter.

A candidate is taken only when it finds more than what is in use, on fields it has not learned from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.document import Audience
from indexer.adapter import FILE as ADAPTER_FILE
from indexer.adapter import NEGATIVES, Pair, QueryAdapter, learn_adapter
from indexer.encoder import Vectors
from indexer.evaluate import evaluate
from indexer.evidence import WEIGHTS_FILE
from indexer.learn import FOLDS, Example, Lesson, learn, write_weights
from indexer.query import SearchQuery
from indexer.search import Index, Route

MIN_PAIRS = 100
NEAR = 4 * NEGATIVES  # passages looked at for hard negatives


@dataclass(frozen=True, slots=True)
class AdapterLesson:
    """Mean of recall@10 of articles and MRR@10 without an adapter, and with one learned from other fields."""

    pairs: int
    before: float
    after: float

    @property
    def is_better(self) -> bool:
        """Whether the adapter may be used."""
        return self.after > self.before


class Teacher:
    """Judged queries seen through one index that uses no adapter."""

    def __init__(self, index: Index, encode: Callable[[str], Vectors], queries: Mapping[str, str]) -> None:
        self.index = index
        self.queries = queries
        self.passages = index.passages()
        self.vectors = {key: encode(SearchQuery.parse(text).text) for key, text in queries.items()}

    def weights(self, qrels: Mapping[str, dict[str, int]]) -> Lesson:
        """Weights of evidence. Raises ValueError when too few queries are judged."""
        examples: list[Example] = []
        for key, judged in qrels.items():
            example = self.index.example(SearchQuery.parse(self.queries[key]), self.vectors[key], judged)
            examples += [example] if example else []
        return learn(examples, self.index.weights())

    def adapter(self, qrels: Mapping[str, dict[str, int]]) -> tuple[AdapterLesson, QueryAdapter | None]:
        """The adapter learned from all pairs, and what its kind does for fields it has not seen."""
        pairs = {key: pair for key, judged in qrels.items() if (pair := self._pair(key, judged))}
        if len(pairs) < MIN_PAIRS:
            return AdapterLesson(len(pairs), 0.0, 0.0), None
        fold_of = {key: i % FOLDS for i, group in enumerate(_groups(pairs)) for key in group}
        before, after = [], []
        for fold in range(FOLDS):
            held = {key: qrels[key] for key in pairs if fold_of[key] == fold}
            learned = learn_adapter([p for key, p in pairs.items() if fold_of[key] != fold], self.passages)
            before += [self._worth(held, None)] * len(held)
            after += [self._worth(held, learned)] * len(held)
        lesson = AdapterLesson(len(pairs), float(np.mean(before)), float(np.mean(after)))
        return lesson, learn_adapter(list(pairs.values()), self.passages)

    def _pair(self, key: str, judged: dict[str, int]) -> Pair | None:
        answers, near = self.index.rows(SearchQuery.parse(self.queries[key]), self.vectors[key], judged, NEAR)
        return Pair(self.vectors[key][0], answers, near) if answers and len(near) >= NEGATIVES else None

    def _worth(self, qrels: dict[str, dict[str, int]], adapter: QueryAdapter | None) -> float:
        by_text = {self.queries[key]: self.vectors[key] for key in qrels}

        def rank(text: str) -> list[str]:
            query = SearchQuery.parse(text)
            return self.index.rank(query, by_text[text], Route.FUSED, audience=Audience.OFFICER, adapter=adapter)

        found = evaluate(dict(self.queries), qrels, rank)
        return (found.recall_at_10 + found.mrr_at_10) / 2


def _groups(pairs: Mapping[str, Pair]) -> list[list[str]]:
    """Queries that share an answer belong together: an article is never on both sides of a fold."""
    owner: dict[int, int] = {}
    groups: list[list[str]] = []
    for key, pair in pairs.items():
        known = sorted({owner[row] for row in pair.answers if row in owner})
        place = known[0] if known else len(groups)
        if not known:
            groups.append([])
        groups[place].append(key)
        for other in known[1:]:
            groups[place] += groups[other]
            groups[other] = []
        owner.update({row: place for row, held in owner.items() if held in known})
        owner.update(dict.fromkeys(pair.answers, place))
    return [group for group in groups if group]


def teach(
    root: Path,
    index: Index,
    encode: Callable[[str], Vectors],
    queries: Mapping[str, str],
    qrels: Mapping[str, dict[str, int]],
) -> tuple[Lesson, AdapterLesson]:
    """Learn both and keep below `root` what is better than what is in use. `index` must be opened without adapter."""
    teacher = Teacher(index, encode, {key: queries[key] for key in qrels})
    weights = teacher.weights(qrels)
    if weights.is_better:
        write_weights(root / WEIGHTS_FILE, weights.weights)
    lesson, adapter = teacher.adapter(qrels)
    if adapter and lesson.is_better:
        adapter.write(root / ADAPTER_FILE)
    return weights, lesson
