"""Learn from judged queries how to weigh the evidence for a matter (`indexer.evidence`).

Listwise: the softmax over all matters should give the judged ones the probability (Cao et al., Learning to Rank: From
Pairwise Approach to Listwise Approach, ICML 2007), with L2 towards zero. Convex: the same pairs give the same weights.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.evidence import FEATURES, Floats

FOLDS = 5
REGULARISATION = 3e-3
STEPS = 400
RATE = 0.03
MOMENTUM = 0.9


@dataclass(frozen=True)
class Example:
    """A judged query: features (matters, features), grades (matters,), and the field its matters belong to."""

    features: Floats
    grades: Floats
    group: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned. `before` and `after` are hit@3 of matters over the examples by the old weights, and by weights
    learned without the field of each example (cross-validation)."""

    weights: Floats
    examples: int
    before: float
    after: float

    @property
    def is_better(self) -> bool:
        """Whether the new weights may take the place of the old ones."""
        return self.after > self.before


def learn(examples: Sequence[Example], current: Floats) -> Lesson:
    """Learn weights from `examples`. Raises ValueError when there are too few, or from fewer than two fields."""
    groups = sorted({example.group for example in examples})
    if len(examples) < 20 or len(groups) < 2:
        raise ValueError("判定过的检索词太少：至少 20 个，来自两个以上领域")
    fold_of = {group: i % FOLDS for i, group in enumerate(groups)}
    hits = []
    for fold in range(FOLDS):
        held = [e for e in examples if fold_of[e.group] == fold]
        rest = [e for e in examples if fold_of[e.group] != fold]
        if held and rest:
            weights = fit(rest)
            hits += [is_hit(e, weights) for e in held]
    before = float(np.mean([is_hit(e, current) for e in examples]))
    return Lesson(fit(examples), len(examples), before, float(np.mean(hits)))


def fit(examples: Sequence[Example]) -> Floats:
    """Weights (features,) that minimise the regularised listwise loss, by gradient descent with momentum."""
    weights = np.zeros(len(FEATURES))
    step = np.zeros_like(weights)
    for _ in range(STEPS):
        gradient = REGULARISATION * weights
        for example in examples:
            scores = example.features @ weights
            odds = np.exp(scores - scores.max())
            wanted = example.grades / example.grades.sum()
            gradient += example.features.T @ (odds / odds.sum() - wanted) / len(examples)
        step = MOMENTUM * step + gradient
        weights -= RATE * step
    return weights.astype(np.float32)


def is_hit(example: Example, weights: Floats) -> bool:
    """Whether a judged matter is among the first three."""
    first = np.argsort(-(example.features @ weights), kind="stable")[:3]
    return bool(example.grades[first].any())


def write_weights(path: Path, weights: Iterable[float]) -> None:
    """Write weights by feature name."""
    values = {name: round(float(value), 4) for name, value in zip(FEATURES, weights, strict=True)}
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    aside.replace(path)
