"""Questions that ask nearly the same: by meaning while there is a model, by words otherwise.

The stems of a bank all lie close together for a model, since all are questions on enforcement. Taking their mean away
before the cosine tells them apart (Mu and Viswanath, "All-but-the-Top", 2018). A stem of the 490 shipped questions that
is said in other words then scores 0.85 and more; two pairs of them score over 0.75, and these ask one rule twice.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.bank.models import Status, StemVector
from app.bank.queries import Held, words_of
from app.db import insert
from indexer.encoder import Vectors
from quizzes.check import letter_pairs, likeness
from quizzes.question import Question

SAME = 0.75  # as good as the same question
ALIKE = 0.45  # on the same point
SAME_WORDS, ALIKE_WORDS = 0.5, 0.25  # likewise for shared pairs of letters
FITS = 0.15  # the least that a search lists
FEW = 20  # stems below which their mean says nothing, so that words are compared
AT_ONCE = 40  # stems encoded at once, about a second
CHARS = 500  # of a stem; a model reads no more


class Model(Protocol):
    """What encodes: `app.index.LiveIndex`."""

    @property
    def fingerprint(self) -> str | None:
        """Names the model; None while there is none."""

    def encode(self, text: str) -> Vectors:
        """Vector (1, dimension) of a text."""


@dataclass(frozen=True, slots=True)
class Near:
    """A question that is near to a text; `score` is 0 to 1."""

    question: Question
    status: Status
    score: float
    is_same: bool

    @property
    def percent(self) -> int:
        """The score as shown."""
        return round(self.score * 100)


class Similar:
    """The questions of a bank, ready to be compared with texts. `fresh` are vectors made just now, to be kept."""

    def __init__(self, session: Session, held: Mapping[str, Held], model: Model) -> None:
        self._held = list(held.values())
        self._model = model
        self.fresh: dict[str, Vectors] = {}
        self._vectors: dict[int, Vectors] = {}
        if model.fingerprint:
            self._read(session, model.fingerprint)

    @property
    def is_whole(self) -> bool:
        """Whether every stem is known by its meaning, or none can be."""
        return not self._model.fingerprint or len(self._vectors) == len(self._held)

    def _read(self, session: Session, fingerprint: str) -> None:
        shas = [sha_of(known.question.stem) for known in self._held]
        query = sa.select(StemVector.sha, StemVector.vector).where(StemVector.fingerprint == fingerprint)
        kept = {sha: np.frombuffer(vector, np.float32) for sha, vector in session.execute(query)}
        for place, sha in enumerate(shas):
            if sha not in kept and len(self.fresh) < AT_ONCE:
                kept[sha] = self.fresh[sha] = self._encode(self._held[place].question.stem)
            if sha in kept:
                self._vectors[place] = kept[sha]

    def _encode(self, text: str) -> Vectors:
        vector: Vectors = self._model.encode(text[:CHARS])[0]
        return vector

    def to(self, text: str, *, without: Collection[str] = (), most: int = 5, by_meaning: bool = True) -> list[Near]:
        """The questions on the point of a stem, the nearest first; never those with the keys `without`."""
        words, meanings = self._by_words(text), self._by_meaning(text) if by_meaning else {}
        found = []
        for place, known in enumerate(self._held):
            word, meaning = words[place], meanings.get(place, 0.0)
            is_same = meaning >= SAME or word >= SAME_WORDS
            if (meaning >= ALIKE or word >= ALIKE_WORDS) and known.question.key not in without:
                found.append(Near(known.question, known.status, max(meaning, word), is_same))
        return sorted(found, key=lambda near: (-near.score, near.question.key))[:most]

    def search(self, text: str, most: int) -> list[str]:
        """Keys of the questions that fit a few words, the best first: by meaning, and by which of the words occur."""
        pairs, meanings = letter_pairs(text), self._by_meaning(text)
        ranked = []
        for place, known in enumerate(self._held):
            share = len(pairs & _pairs(words_of(known.question))) / len(pairs) if pairs else 0.0
            ranked.append((-meanings.get(place, 0.0) - share / 2, known.question.key))
        return [key for score, key in sorted(ranked)[:most] if score <= -FITS]

    def _by_words(self, text: str) -> Sequence[float]:
        pairs = _pairs(text[:CHARS])
        return [likeness(pairs, _pairs(known.question.stem[:CHARS])) for known in self._held]

    def _by_meaning(self, text: str) -> dict[int, float]:
        if len(self._vectors) < FEW or not text.strip():
            return {}
        matrix = np.stack(list(self._vectors.values()))
        mean = matrix.mean(axis=0)
        scores = _unit(matrix - mean) @ _unit((self._encode(text) - mean)[None])[0]
        return {place: min(1.0, max(0.0, float(score))) for place, score in zip(self._vectors, scores, strict=True)}


def _unit(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = rows / np.maximum(lengths, 1e-9)
    return unit


@lru_cache(maxsize=20_000)
def _pairs(text: str) -> frozenset[str]:
    return letter_pairs(text)


def sha_of(stem: str) -> str:
    """Names a stem as encoded."""
    return hashlib.sha256(stem[:CHARS].encode()).hexdigest()


def keep_vectors(session: Session, fingerprint: str, fresh: Mapping[str, Vectors]) -> None:
    """Keep vectors for the next time; what another process has kept meanwhile stays."""
    for sha, vector in fresh.items():
        row = {"fingerprint": fingerprint, "sha": sha, "vector": vector.astype(np.float32).tobytes()}
        session.execute(insert(session, StemVector).values(row).on_conflict_do_nothing())
