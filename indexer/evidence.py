"""Which matter 执法事项 a question is about: all that speaks for a matter, weighed.

Street words meet a matter in many places: how people say it, its name, its elements of proof, the guide's part on it,
the articles it rests on, its cases. Each place gives two features, the nearest passage by meaning and the best one by
words; a linear model weighs them. The weights are learned from judged queries (`indexer.learn`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

GROUPS = ("said", "name", "penalty", "proof", "guide_part", "scene", "guide", "law", "case")
TOP = 3  # the mean of this many ways of saying it counts beside the best
FAR = 0.12  # cosine below the best at which a passage says nothing
SCALE = 10.0  # brings differences of cosines, some hundredths, to the size of the other features
FEATURES = tuple(f"{route}:{group}" for group in GROUPS for route in ("meaning", "words")) + (
    "meaning:said_top",
    "words:said_top",
)
WEIGHTS_FILE = "weights.json"


@dataclass(frozen=True)
class Group:
    """One kind of evidence: `rows` of chunks, those of the i-th matter of `matters` from `starts[i]` on."""

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    matters: NDArray[np.int64]

    @classmethod
    def of(cls, rows: list[list[int]]) -> "Group":
        """From the rows of each matter; matters without any are left out."""
        some = [(i, sorted(set(found))) for i, found in enumerate(rows) if found]
        starts = np.cumsum([0, *(len(found) for _, found in some)])[:-1]
        flat = [row for _, found in some for row in found]
        return cls(np.asarray(flat, np.int64), starts.astype(np.int64), np.asarray([i for i, _ in some], np.int64))

    def best(self, values: Floats, missing: float, count: int) -> Floats:
        """The largest value of each of `count` matters; `missing` for a matter without such evidence."""
        found = np.full(count, missing, dtype=np.float32)
        if len(self.rows):
            found[self.matters] = np.maximum.reduceat(values[self.rows], self.starts)
        return found

    def top(self, values: Floats, missing: float, count: int) -> Floats:
        """The mean of the `TOP` largest values of each matter."""
        found = np.full(count, missing, dtype=np.float32)
        if not len(self.rows):
            return found
        sizes = np.diff(np.append(self.starts, len(self.rows)))
        owner = np.repeat(np.arange(len(sizes)), sizes)
        order = np.lexsort((-values[self.rows], owner))
        is_top = np.arange(len(order)) - self.starts[owner] < TOP
        sums = np.bincount(owner[is_top], weights=values[self.rows][order][is_top])
        found[self.matters] = sums / np.minimum(sizes, TOP)
        return found


class Evidence:
    """The evidence of one audience's index. `keys` are the matters, in the order of all arrays here."""

    def __init__(self, rows: Mapping[str, Mapping[str, list[int]]], weights: Floats | None = None) -> None:
        """`rows`: for each matter the chunk rows of each group."""
        self.keys = sorted(rows)
        self.groups = {group: Group.of([list(rows[key].get(group, ())) for key in self.keys]) for group in GROUPS}
        self.weights = default_weights() if weights is None else weights

    def features(self, cosines: Floats | None, words: Floats) -> Floats:
        """Features of every matter, shape (matters, features); without `cosines` those of meaning are 0.

        `cosines` and `words` are the scores of every chunk. Both routes count relative to the best chunk.
        """
        count = len(self.keys)
        best_words = max(float(words.max(initial=0.0)), 1e-6)
        table = np.zeros((count, len(FEATURES)), dtype=np.float32)
        best = float(cosines.max(initial=0.0)) if cosines is not None else 0.0
        for place, group in enumerate(self.groups.values()):
            if cosines is not None:
                table[:, 2 * place] = (group.best(cosines, best - FAR, count) - best) * SCALE
            table[:, 2 * place + 1] = group.best(words, 0.0, count) / best_words
        said = self.groups["said"]
        if cosines is not None:
            table[:, -2] = (said.top(cosines, best - FAR, count) - best) * SCALE
        table[:, -1] = said.top(words, 0.0, count) / best_words
        return table

    def scores(self, cosines: Floats | None, words: Floats) -> Floats:
        """How much speaks for each matter; comparable within one query."""
        return self.features(cosines, words) @ self.weights


@cache
def default_weights() -> Floats:
    """Weights that come with the project."""
    return read_weights(Path(__file__).with_name(WEIGHTS_FILE))


def read_weights(path: Path) -> Floats:
    """Weights by feature name. Raises ValueError naming the file when they are not those of this version."""
    values = json.loads(path.read_text(encoding="utf-8"))
    if set(values) != set(FEATURES):
        raise ValueError(f"{path}：权重的名称与这个版本不符，请重新学习")
    return np.asarray([values[name] for name in FEATURES], dtype=np.float32)
