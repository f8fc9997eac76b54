"""The rule of the standings, against plain recounts and under every change that must not matter."""

import datetime as dt
from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from app.contests.standings import Result, rule, standings

T0 = dt.datetime(2026, 11, 28, 2, 0, tzinfo=dt.UTC)


def result(team: int, user: int, score, seconds: int = 600, finished: int | None = None) -> Result:
    at = T0 + dt.timedelta(seconds=seconds if finished is None else finished)
    return Result(team, user, Decimal(score), seconds, at)


def order(rows) -> list[tuple[int, int]]:
    return [(row.team_id, row.rank) for row in rows]


def test_a_hand_worked_board():
    """Best two of each: A 90+80, B 85+85, C 170 from one member, D nobody."""
    rows = standings(
        [1, 2, 3, 4],
        [
            result(1, 11, 90, 500), result(1, 12, 80, 700), result(1, 13, 70, 10),
            result(2, 21, 85, 600), result(2, 22, 85, 500),
            result(3, 31, 100, 100),
        ],
        2,
    )  # fmt: skip
    assert order(rows) == [(2, 1), (1, 2), (3, 3), (4, 4)], "equal scores: B took 1100 s, A 1200 s"
    assert [row.score for row in rows] == [Decimal(85), Decimal(85), Decimal(50), Decimal(0)]
    assert [row.seconds for row in rows] == [1100, 1200, 100, 0]
    assert {r.user_id for r in rows[1].counted} == {11, 12}, "who does not count has no part in the time"


def test_ties_are_broken_by_members_then_time_then_the_last_hand_in_and_then_shared():
    fewer = standings([1, 2], [result(1, 11, 100, 10), result(2, 21, 50, 900), result(2, 22, 50, 900)], 2)
    assert order(fewer) == [(2, 1), (1, 2)]
    earlier = standings([1, 2], [result(1, 11, 80, 600, 2000), result(2, 21, 80, 600, 1000)], 1)
    assert order(earlier) == [(2, 1), (1, 2)]
    equal = standings([1, 2, 3], [result(1, 11, 80), result(2, 21, 80), result(3, 31, 70)], 1)
    assert order(equal) == [(1, 1), (2, 1), (3, 3)]


def test_the_mean_is_rounded_half_up_and_ranks_by_the_exact_sum():
    rows = standings([1, 2], [result(1, 11, "10.00"), result(2, 21, "10.01")], 3)
    assert [(row.team_id, row.score) for row in rows] == [(2, Decimal("3.34")), (1, Decimal("3.33"))]


def test_the_rule_says_how_many_count():
    assert "最好的 3 名" in rule(3) and "总分除以 3" in rule(3)


RESULTS = st.lists(
    st.tuples(
        st.integers(1, 4), st.integers(0, 40).map(lambda n: Decimal(n) / 2), st.integers(0, 9), st.integers(0, 9)
    ),
    max_size=14,
).map(lambda rows: [result(team, n, score, sec, sec + late) for n, (team, score, sec, late) in enumerate(rows)])
TEAMS = [1, 2, 3, 4]
N = st.integers(1, 4)


@given(RESULTS, N, st.randoms())
def test_the_order_of_arrival_never_matters(results, n, dice):
    shuffled = list(results)
    dice.shuffle(shuffled)
    assert standings(reversed(TEAMS), shuffled, n) == standings(TEAMS, results, n)


@given(RESULTS, N)
def test_a_team_gets_the_best_sum_that_any_n_of_its_members_have(results, n):
    for row in standings(TEAMS, results, n):
        scores = [r.score for r in results if r.team_id == row.team_id]
        best = max((sum(some) for k in range(n + 1) for some in combinations(scores, k)), default=0)
        assert sum(r.score for r in row.counted) == best
        assert abs(row.score - Decimal(best) / n) <= Decimal("0.005")
        assert len(row.counted) == min(n, len(scores))


@given(RESULTS, N)
def test_a_rank_is_one_more_than_the_teams_that_are_strictly_ahead(results, n):
    rows = standings(TEAMS, results, n)

    def key(row):
        last = max((r.finished_at for r in row.counted), default=T0)
        return (-sum((r.score for r in row.counted), Decimal(0)), -len(row.counted), row.seconds, last)

    assert sorted(row.team_id for row in rows) == TEAMS
    assert [key(row) for row in rows] == sorted(key(row) for row in rows)
    for row in rows:
        assert row.rank == 1 + sum(key(other) < key(row) for other in rows)


@given(RESULTS.filter(bool), N, st.data())
def test_a_better_score_never_costs_a_team_its_rank(results, n, data):
    index = data.draw(st.integers(0, len(results) - 1))
    one = results[index]
    better = Result(one.team_id, one.user_id, one.score + 1, one.seconds, one.finished_at)
    rank = {row.team_id: row.rank for row in standings(TEAMS, results, n)}
    after = {row.team_id: row.rank for row in standings(TEAMS, [*results[:index], better, *results[index + 1 :]], n)}
    assert after[one.team_id] <= rank[one.team_id]


@given(RESULTS, N, st.integers(1, 4), st.integers(0, 40))
def test_handing_in_never_costs_a_team_its_rank(results, n, team, score):
    rank = {row.team_id: row.rank for row in standings(TEAMS, results, n)}
    more = [*results, result(team, 99, Decimal(score), 5000, 9000)]
    assert {row.team_id: row.rank for row in standings(TEAMS, more, n)}[team] <= rank[team]
