"""Where the teams stand: pure, from the results handed in.

Rule: a team's score is the sum of its best N members' scores divided by N; who has not handed in counts nothing.
Among equal scores the team with more members counted is ahead, then the one whose counted members took less time
together, then the one whose last counted member handed in earlier. Teams equal in all of this share a rank.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
RULE = (
    "每队取成绩最好的 {n} 名队员，总分除以 {n} 为团队得分，没交卷的不计分；"
    "得分相同的，依次比较计入人数（多的在前）、计入队员的总用时（少的在前）、最后一份计入答卷的交卷时间（早的在前），"
    "全部相同的名次并列。队内得分相同的，先取用时少、交卷早的。"
)


@dataclass(frozen=True)
class Result:
    """One member's paper, handed in."""

    team_id: int
    user_id: int
    score: Decimal
    seconds: int
    finished_at: dt.datetime

    @property
    def merit(self) -> tuple[Decimal, int, dt.datetime, int]:
        """Sorts a team's results, the best first."""
        return (-self.score, self.seconds, self.finished_at, self.user_id)


@dataclass(frozen=True)
class Standing:
    """Where a team stands; `score` to a hundredth, `seconds` of those counted together."""

    team_id: int
    rank: int
    score: Decimal
    counted: tuple[Result, ...]
    seconds: int


def rule(best_of: int) -> str:
    """The rule in words."""
    return RULE.format(n=best_of)


def standings(team_ids: Iterable[int], results: Iterable[Result], best_of: int) -> list[Standing]:
    """All teams, the best first; those that share a rank by id."""
    by_team: dict[int, list[Result]] = {id: [] for id in team_ids}
    for result in results:
        by_team[result.team_id].append(result)
    counted = {id: tuple(sorted(rows, key=lambda row: row.merit)[:best_of]) for id, rows in by_team.items()}
    keys = {id: _key(rows) for id, rows in counted.items()}
    order = sorted(by_team, key=lambda id: (*keys[id], id))
    return [
        Standing(id, 1 + sum(keys[other] < keys[id] for other in order), _score(counted[id], best_of), counted[id],
                 sum(row.seconds for row in counted[id]))
        for id in order
    ]  # fmt: skip


def _key(counted: Sequence[Result]) -> tuple[Decimal, int, int, float]:
    last = max((row.finished_at.timestamp() for row in counted), default=0.0)
    return (-sum((row.score for row in counted), Decimal(0)), -len(counted), sum(r.seconds for r in counted), last)


def _score(counted: Sequence[Result], best_of: int) -> Decimal:
    total = sum((row.score for row in counted), Decimal(0))
    return (total / best_of).quantize(CENT, ROUND_HALF_UP)
