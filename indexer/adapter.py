"""The query adapter: a linear map that moves a lay question's vector towards the articles that answer it.

One matrix over the question's vector, zero at the start, so that an adapter that learned nothing changes nothing; the
passages stay as they are. Learned by the contrastive loss InfoNCE (van den Oord et al., Representation Learning with
Contrastive Predictive Coding, 2018) against hard negatives and the other questions' answers, by Adam (Kingma and Ba,
ICLR 2015). Applied at part strength: at full strength it loses on questions whose articles were never in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.encoder import Vectors

FILE = "adapter.npy"
STRENGTH = 0.75
EPOCHS = 20
BATCH = 64
NEGATIVES = 24
TEMPERATURE = 0.03
RATE = 2e-3
DECAY = 3e-3
SEED = 20261124


@dataclass(frozen=True)
class Pair:
    """A question with the rows of the passages that answer it and of near ones that do not."""

    question: Vectors  # (dimension,)
    answers: Sequence[int]
    negatives: Sequence[int]  # at least NEGATIVES


class QueryAdapter:
    """Adapts vectors of questions; `matrix` is (dimension, dimension)."""

    def __init__(self, matrix: Vectors, strength: float = STRENGTH) -> None:
        self.matrix = matrix
        self.strength = strength

    def adapt(self, questions: Vectors) -> Vectors:
        """Unit vectors (count, dimension) moved, and of unit length again."""
        return _unit(questions + self.strength * (questions @ self.matrix))

    def write(self, path: Path) -> None:
        """Keep the adapter; a reader sees the old one or the new."""
        aside = path.with_name(f".{path.name}.part")
        with aside.open("wb") as file:
            np.save(file, self.matrix.astype(np.float32))
        aside.replace(path)

    @classmethod
    def read(cls, path: Path) -> "QueryAdapter | None":
        """The adapter at `path`; None when there is none."""
        return cls(np.load(path, allow_pickle=False)) if path.is_file() else None


def learn_adapter(pairs: Sequence[Pair], passages: Vectors) -> QueryAdapter:
    """Learn from `pairs`, whose rows are those of `passages`; the same pairs give the same adapter."""
    chance = np.random.default_rng(SEED)
    dimension = passages.shape[1]
    matrix = np.zeros((dimension, dimension), dtype=np.float32)
    mean, square = np.zeros_like(matrix), np.zeros_like(matrix)
    step = 0
    for _ in range(EPOCHS):
        for batch in np.array_split(chance.permutation(len(pairs)), max(1, round(len(pairs) / BATCH))):
            step += 1
            slope = _gradient([pairs[i] for i in batch], passages, matrix, chance) + 2 * DECAY * matrix
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope * slope - square)
            matrix -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return QueryAdapter(matrix)


def _gradient(batch: list[Pair], passages: Vectors, matrix: Vectors, chance: np.random.Generator) -> Vectors:
    """Gradient of the mean InfoNCE loss over a batch with respect to the matrix."""
    plain = np.stack([pair.question for pair in batch])
    moved = plain + plain @ matrix
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    questions = moved / lengths
    answers = np.asarray([chance.choice(pair.answers) for pair in batch])
    hard = passages[np.stack([chance.choice(pair.negatives, NEGATIVES) for pair in batch])]
    others = questions @ passages[answers].T
    is_answer = np.asarray([[row in pair.answers for row in answers] for pair in batch])
    others[is_answer & ~np.eye(len(batch), dtype=bool)] = -np.inf  # another answer of the same question
    near = np.einsum("bd,bnd->bn", questions, hard)
    odds = np.concatenate([others, near], axis=1) / TEMPERATURE
    odds = np.exp(odds - odds.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    pull = odds[:, : len(batch)] @ passages[answers] + np.einsum("bn,bnd->bd", odds[:, len(batch) :], hard)
    slope = (pull - passages[answers]) / TEMPERATURE / len(batch)
    slope -= (slope * questions).sum(axis=1, keepdims=True) * questions  # of the normalisation
    gradient: Vectors = plain.T @ (slope / lengths)
    return gradient


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit.astype(np.float32)
