"""Who fits a topic best: a pure function of what profiles say, calendars, load and ratings.

Meaning and words are fused sentence by sentence by a convex combination of normalised scores, as search does (Bruch,
Gai and Ingber, TOIS 2023). What a profile lists (a field, a matter) adds to that; load and rating multiply it. Who
cannot come is left out, however well they fit.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.experts.availability import Obstacle, Timetable, Wanted, load, obstacle
from app.experts.models import Kind

Floats = NDArray[np.float32]
SPREAD_RULE = "得分 × (1 − 0.25 × 当年已排场次 ÷ 年度上限)：合适的人里，先请当年讲得少的"
RATING_RULE = "评分高低最多让得分上下 15%；评分少时按 4 分看待"


@dataclass(frozen=True, slots=True)
class Weights:
    """The numbers of the ranking, chosen on the development half of the judged topics.

    `meaning`: share of meaning in a sentence's score. `spread`: cosine below the best sentence at which meaning counts
    nothing. `second`: what a second sentence that fits adds. `field`, `matter`: what a field or matter of the topic
    that the profile lists adds. `load`: what a full year takes off. `rating`: what a point of rating gives or takes;
    `prior` ratings of `usual` are added to those there are.
    """

    meaning: float = 0.85
    spread: float = 0.12
    second: float = 0.2
    field: float = 0.3
    matter: float = 0.2
    load: float = 0.25
    rating: float = 0.05
    prior: int = 5
    usual: float = 4.0


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Topic:
    """What an expert is wanted for. `texts` say it in words; `fields` and `matters` are those it is about."""

    title: str
    texts: tuple[str, ...]
    fields: frozenset[str] = frozenset()
    matters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expert as the ranking sees one; `ratings` is their number and sum."""

    key: str
    kind: Kind
    fields: frozenset[str]
    matters: frozenset[str]
    sentences: tuple[str, ...]
    timetable: Timetable
    ratings: tuple[int, int] = (0, 0)

    @property
    def rating(self) -> float | None:
        """The mean of the ratings, when there are any."""
        return round(self.ratings[1] / self.ratings[0], 1) if self.ratings[0] else None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near each sentence of each candidate is to the topic: BM25, and cosine (None without a model)."""

    words: tuple[Floats, ...]
    cosines: tuple[Floats, ...] | None


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate with the score they are ranked by, the score before load and rating, and the sentence that fits."""

    candidate: Candidate
    score: float
    fit: float
    reason: str
    load: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Those who can come, best first; those left out, how well they fit and why.

    `left_out` serves to say how many there are and on which other days to look; nobody in it is offered.
    """

    matches: tuple[Match, ...]
    left_out: tuple[tuple[float, Candidate, Obstacle], ...]

    @property
    def reasons(self) -> dict[Obstacle, int]:
        """How many were left out for each reason, in the order of the reasons."""
        counts = Counter(why for _, _, why in self.left_out)
        return {why: counts[why] for why in Obstacle if counts[why]}

    @property
    def best_fit(self) -> float:
        """How well the best of all fits, whether able to come or not."""
        return max([match.fit for match in self.matches] + [fit for fit, _, _ in self.left_out], default=0.0)


def rank(
    topic: Topic,
    candidates: Sequence[Candidate],
    likeness: Likeness,
    wanted: Wanted,
    *,
    kind: Kind | None = None,
    weights: Weights = WEIGHTS,
) -> Ranking:
    """Rank the candidates of a kind (None: all) who can come when they are wanted."""
    found, left_out = [], []
    for candidate, sentences in zip(candidates, _sentence_scores(likeness, weights), strict=True):
        if kind and candidate.kind is not kind:
            continue
        fit = _fit(topic, candidate, sentences, weights)
        if why := obstacle(candidate.timetable, wanted):
            left_out.append((fit, candidate, why))
            continue
        taken = load(candidate.timetable, wanted.day.year)
        score = fit * _spread(taken, candidate, weights) * _liked(candidate, weights)
        reason = candidate.sentences[int(sentences.argmax())] if len(sentences) else ""
        found.append(Match(candidate, round(score, 4), round(fit, 4), reason, taken))
    ordered = sorted(found, key=lambda match: (-match.score, match.candidate.key))
    return Ranking(tuple(ordered), tuple(left_out))


def _sentence_scores(likeness: Likeness, weights: Weights) -> list[Floats]:
    """Score of every sentence, 0 to 1 for the best of all."""
    most = max((float(row.max(initial=0)) for row in likeness.words), default=0.0) or 1.0
    words = [row / most for row in likeness.words]
    if likeness.cosines is None:
        return words
    best = max((float(row.max(initial=-1)) for row in likeness.cosines), default=0.0)
    near = [np.clip((row - best) / weights.spread + 1, 0, 1) for row in likeness.cosines]
    share = weights.meaning
    return [(share * n + (1 - share) * w).astype(np.float32) for n, w in zip(near, words, strict=True)]


def _fit(topic: Topic, candidate: Candidate, sentences: Floats, weights: Weights) -> float:
    best = sorted(map(float, sentences), reverse=True)[:2] + [0.0, 0.0]
    listed = weights.field * bool(topic.fields & candidate.fields)
    listed += weights.matter * bool(topic.matters & candidate.matters)
    return best[0] + weights.second * best[1] + listed


def _spread(taken: int, candidate: Candidate, weights: Weights) -> float:
    return 1 - weights.load * taken / candidate.timetable.yearly_cap


def _liked(candidate: Candidate, weights: Weights) -> float:
    count, total = candidate.ratings
    mean = (weights.prior * weights.usual + total) / (weights.prior + count)
    return 1 + weights.rating * (mean - weights.usual)
