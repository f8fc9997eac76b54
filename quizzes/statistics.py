"""Item analysis by classical test theory: how hard a question is, whether it tells the able from the others, whom its
wrong options draw, and how far a score can be relied on.

`scores` are takers × items in points, NaN where a taker's paper did not hold the item. Sources: F. M. Lord and
M. R. Novick, Statistical Theories of Mental Test Scores (1968); R. L. Ebel and D. A. Frisbie, Essentials of Educational
Measurement (5th ed., 1991); each function names its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Choices = NDArray[np.bool_]

GROUP = 0.27
FEWEST = 30
"""Takers below which chance says more than any figure here; nothing is called doubtful then."""
EASY, HARD, POOR, UNUSED = 0.95, 0.20, 0.20, 0.05


@dataclass(frozen=True, slots=True)
class Item:
    """What is known of a question beforehand. `options` 0 for blanks; `right` are indexes of options."""

    key: str
    points: float
    options: int = 0
    right: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OptionUse:
    """How an option was chosen: share of all takers, of the upper and of the lower group."""

    share: float
    upper: float
    lower: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One question's figures; None where they cannot be reckoned. `doubts` say in Chinese why to look at it."""

    key: str
    takers: int
    facility: float | None
    discrimination: float | None
    correlation: float | None
    options: tuple[OptionUse, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """A paper's figures. Scores in points; `alpha`, `kr20` and `error` need all takers to have met all items."""

    takers: int
    mean: float | None
    deviation: float | None
    alpha: float | None
    kr20: float | None
    error: float | None
    items: tuple[ItemStatistics, ...]


def analyse(items: Sequence[Item], scores: Scores, chosen: Sequence[Choices | None]) -> Statistics:
    """All figures. `chosen` holds for each item takers × options, or None for one without options."""
    totals = np.nansum(scores, axis=1)
    points = np.array([item.points for item in items])
    possible = np.where(np.isnan(scores), 0.0, points).sum(axis=1)
    alpha = cronbach_alpha(scores)
    deviation = float(np.std(totals, ddof=1)) if len(totals) > 1 else None
    return Statistics(
        takers=len(scores),
        mean=float(totals.mean()) if len(totals) else None,
        deviation=deviation,
        alpha=alpha,
        kr20=kr20(scores / points) if len(items) else None,
        error=standard_error(deviation, alpha),
        items=tuple(_item(item, scores[:, n], totals, possible, chosen[n]) for n, item in enumerate(items)),
    )


def _item(item: Item, own: Scores, gained: Scores, possible: Scores, chosen: Choices | None) -> ItemStatistics:
    """Figures of one item: `own` scores on it, points `gained` and `possible` on all items met, each by taker."""
    met = ~np.isnan(own)
    own, gained, possible = own[met], gained[met], possible[met]
    rest = _shares(gained - own, possible - item.points)
    lower, upper = groups(_shares(gained, possible))
    use = option_use(chosen[met], lower, upper, item.right) if chosen is not None else ()
    figures = (facility(own, item.points), upper_lower(own, lower, upper, item.points), correlation(own, rest))
    return ItemStatistics(item.key, int(met.sum()), *figures, use, _doubts(int(met.sum()), *figures, use))


def _shares(gained: Scores, possible: Scores) -> Scores:
    """Each taker's share of the points to be had, 0 to 1; 0 where there were none."""
    some = possible > 1e-9
    return np.where(some, gained / np.where(some, possible, 1.0), 0.0)


def facility(own: Scores, points: float) -> float | None:
    """Facility index 难度系数: mean score over the points to be had; 1 is easiest (Ebel and Frisbie, ch. 13)."""
    return float(own.mean() / points) if len(own) else None


def correlation(own: Scores, rest: Scores) -> float | None:
    """Corrected item-total correlation: Pearson's r of the item with the rest of the test, the item left out.

    For an item marked right or wrong this is the corrected point-biserial (S. Henrysson, Psychometrika 28, 1963). None
    when one of the two does not vary.
    """
    if len(own) < 2:
        return None
    x, y = own - own.mean(), rest - rest.mean()
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / spread if spread > 1e-12 else None


def groups(totals: Scores) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Takers of the lower and upper 27 % by total (T. L. Kelley, J. Educ. Psychol. 30, 1939), rounded, at least one.

    Takers with the same total stand in the order of the matrix.
    """
    size = max(1, int(np.floor(GROUP * len(totals) + 0.5)))
    order = np.argsort(totals, kind="stable")
    return order[:size], order[len(order) - size :]


def upper_lower(own: Scores, lower: NDArray[np.intp], upper: NDArray[np.intp], points: float) -> float | None:
    """Discrimination index D 区分度: facility in the upper group less that in the lower (Kelley; Ebel and Frisbie)."""
    if len(own) < 2:
        return None
    return float((own[upper].mean() - own[lower].mean()) / points)


def option_use(
    chosen: Choices, lower: NDArray[np.intp], upper: NDArray[np.intp], right: Sequence[int]
) -> tuple[OptionUse, ...]:
    """How each option was chosen: T. M. Haladyna and S. M. Downing, Educ. Psychol. Meas. 53 (1993)."""
    if not len(chosen):
        return ()
    columns = zip(chosen.mean(axis=0), chosen[upper].mean(axis=0), chosen[lower].mean(axis=0), strict=True)
    return tuple(
        OptionUse(float(share), float(high), float(low), index in right)
        for index, (share, high, low) in enumerate(columns)
    )


def cronbach_alpha(scores: Scores) -> float | None:
    """Reliability α = k/(k−1)·(1 − Σs²ᵢ/s²): L. J. Cronbach, Psychometrika 16 (1951). Sample variances (n−1)."""
    takers, items = scores.shape
    if items < 2 or takers < 2 or np.isnan(scores).any():
        return None
    of_total = float(scores.sum(axis=1).var(ddof=1))
    return items / (items - 1) * (1 - float(scores.var(axis=0, ddof=1).sum()) / of_total) if of_total > 0 else None


def kr20(shares: Scores) -> float | None:
    """Reliability of right-or-wrong items, k/(k−1)·(1 − Σpq/σ²): formula 20 of G. F. Kuder and M. W. Richardson,
    Psychometrika 2 (1937). Population variance. None unless every share is 0 or 1.
    """
    takers, items = shares.shape
    if items < 2 or takers < 2 or not np.isin(shares, (0.0, 1.0)).all():
        return None
    p = shares.mean(axis=0)
    of_total = float(shares.sum(axis=1).var())
    return items / (items - 1) * (1 - float((p * (1 - p)).sum()) / of_total) if of_total > 0 else None


def standard_error(deviation: float | None, reliability: float | None) -> float | None:
    """Standard error of measurement s·√(1−α) in points (Lord and Novick, 1968, § 3.8)."""
    if deviation is None or reliability is None:
        return None
    return deviation * float(np.sqrt(max(0.0, 1 - reliability)))


def _doubts(
    takers: int, ease: float | None, index: float | None, r: float | None, use: Sequence[OptionUse]
) -> tuple[str, ...]:
    """Why a person should look at the question. Bounds: D and r below .20 are poor (Ebel and Frisbie); a wrong option
    that under 5 % choose does no work (Haladyna and Downing)."""
    if takers < FEWEST or ease is None:
        return ()
    doubts = []
    if ease >= EASY:
        doubts.append("几乎人人答对，太容易")
    elif ease <= HARD:
        doubts.append("很少有人答对，太难或者答案有误")
    if r is not None and r < 0:
        doubts.append("总分高的人反而更容易答错，答案可能有误")
    elif index is not None and index < POOR and ease < EASY:
        doubts.append("区分度低，分不出会与不会")
    return (*doubts, *_option_doubts(use, ease))


def _option_doubts(use: Sequence[OptionUse], ease: float) -> list[str]:
    doubts = []
    best_right = max((option.upper for option in use if option.is_right), default=1.0)
    for letter, option in zip("ABCDEF", use, strict=False):
        if option.is_right:
            continue
        if option.upper > best_right:
            doubts.append(f"高分组选错误选项 {letter} 的比选正确选项的多，答案可能有误")
        elif option.share < UNUSED and ease < EASY:
            doubts.append(f"错误选项 {letter} 几乎没人选，不起作用")
    return doubts
