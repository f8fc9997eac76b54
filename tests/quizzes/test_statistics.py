"""Item statistics against an independent computation by scipy and pandas on simulated takers, and by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from quizzes.statistics import Item, analyse, correlation, cronbach_alpha, groups, kr20

TAKERS, ITEMS, OPTIONS = 1000, 30, 4


def simulated(seed=5, partial=False):
    """Takers answer by a two-parameter logistic model; who fails takes a wrong option at random."""
    dice = np.random.default_rng(seed)
    ability, hardness = dice.normal(size=(TAKERS, 1)), dice.normal(size=ITEMS)
    slope = dice.uniform(0.3, 2, ITEMS)
    right = dice.random((TAKERS, ITEMS)) < 1 / (1 + np.exp(-slope * (ability - hardness)))
    picked = np.where(right, 0, dice.integers(1, OPTIONS, (TAKERS, ITEMS)))
    points = np.where(np.arange(ITEMS) % 3 == 0, 4.0, 2.0)
    gained = np.where(right, points, (points / 2) * (dice.random((TAKERS, ITEMS)) < 0.3) if partial else 0.0)
    items = [Item(f"q-{n}", points[n], OPTIONS, (0,)) for n in range(ITEMS)]
    return items, gained, [np.eye(OPTIONS, dtype=bool)[picked[:, n]] for n in range(ITEMS)], picked


@pytest.mark.parametrize("partial", [False, True])
def test_figures_equal_an_independent_computation(partial):
    items, scores, chosen, picked = simulated(partial=partial)
    ours = analyse(items, scores, chosen)
    frame = pd.DataFrame(scores, columns=[item.key for item in items])
    share = frame.div([item.points for item in items])
    totals = frame.sum(axis=1)
    ranked = totals.sort_values(kind="stable").index
    low, high = ranked[:270], ranked[-270:]
    for n, item in enumerate(items):
        mine = ours.items[n]
        others = frame.drop(columns=item.key).sum(axis=1)
        assert mine.facility == pytest.approx(share[item.key].mean(), abs=1e-9)
        assert mine.correlation == pytest.approx(stats.pearsonr(frame[item.key], others).statistic, abs=1e-9)
        assert mine.discrimination == pytest.approx(
            share.loc[high, item.key].mean() - share.loc[low, item.key].mean(), abs=1e-9
        )
        if not partial:
            r = stats.pointbiserialr(share[item.key].astype(bool), others).statistic
            assert mine.correlation == pytest.approx(r, abs=1e-9)
        letters = pd.Series(picked[:, n])
        for group, name in ((letters, "share"), (letters[high], "upper"), (letters[low], "lower")):
            counted = group.value_counts(normalize=True).reindex(range(OPTIONS), fill_value=0)
            assert [getattr(use, name) for use in mine.options] == pytest.approx(list(counted), abs=1e-9)
    covariance = frame.cov()
    alpha = ITEMS / (ITEMS - 1) * (1 - np.trace(covariance) / covariance.to_numpy().sum())
    assert ours.alpha == pytest.approx(alpha, abs=1e-9)
    assert ours.mean == pytest.approx(totals.mean(), abs=1e-9)
    assert ours.deviation == pytest.approx(stats.tstd(totals), abs=1e-9)
    assert ours.error == pytest.approx(stats.tstd(totals) * (1 - alpha) ** 0.5, abs=1e-9)
    if partial:
        assert ours.kr20 is None
    else:
        spread = stats.tvar(share.sum(axis=1)) * (TAKERS - 1) / TAKERS
        expected = ITEMS / (ITEMS - 1) * (1 - (share.mean() * (1 - share.mean())).sum() / spread)
        assert ours.kr20 == pytest.approx(expected, abs=1e-9)


def test_kr20_is_alpha_for_items_marked_right_or_wrong_with_equal_points():
    dice = np.random.default_rng(1)
    scores = (dice.random((200, 12)) < dice.random((200, 1))).astype(float)
    assert kr20(scores) == pytest.approx(cronbach_alpha(scores), abs=1e-9)


def test_a_small_test_by_hand():
    scores = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=float)
    ours = analyse([Item(f"q-{n}", 1) for n in range(3)], scores, [None] * 3)
    # p = .75 .5 .25, Σpq = .625; totals 3 2 1 0: variance 1.25; KR-20 = 1.5 · (1 − .625/1.25) = .75
    assert ours.kr20 == pytest.approx(0.75) and ours.alpha == pytest.approx(0.75)
    assert [item.facility for item in ours.items] == [0.75, 0.5, 0.25]
    assert [item.discrimination for item in ours.items] == [1, 1, 1]  # one taker in each group
    # item 1: 1 1 1 0 with the rest 2 1 0 0: r = .75 / √(.75 · 2.75)
    assert ours.items[0].correlation == pytest.approx(0.75 / np.sqrt(0.75 * 2.75))


def test_papers_drawn_from_a_bank_are_compared_by_what_each_taker_met():
    items, scores, chosen, _ = simulated()
    hidden = np.random.default_rng(2).random(scores.shape) < 0.3
    drawn = np.where(hidden, np.nan, scores)
    ours = analyse(items, drawn, chosen)
    assert (ours.alpha, ours.kr20, ours.error) == (None, None, None)
    frame, points = pd.DataFrame(drawn), np.array([item.points for item in items])
    for n in (0, 7):
        met = frame[n].notna()
        others = frame.drop(columns=n)
        possible = others.notna().mul(np.delete(points, n)).sum(axis=1)
        r = stats.pearsonr(frame.loc[met, n], (others.sum(axis=1) / possible)[met]).statistic
        assert ours.items[n].takers == met.sum() and ours.items[n].correlation == pytest.approx(r, abs=1e-9)
        assert ours.items[n].facility == pytest.approx(frame[n].mean() / points[n], abs=1e-9)


def test_groups_are_27_per_cent_and_ties_keep_their_order():
    lower, upper = groups(np.array([5.0, 1, 1, 1, 9, 9, 5, 5, 5, 5]))
    assert (list(lower), list(upper)) == ([1, 2, 3], [9, 4, 5])
    assert [len(group) for group in groups(np.arange(100.0))] == [27, 27]


def test_a_wrong_key_is_told_and_a_sound_item_is_not():
    items, scores, chosen, picked = simulated()
    wrong = np.where(picked[:, 0] == 1, 4.0, 0.0)  # the key says B, the able answer A
    ours = analyse([Item("q-0", 4.0, OPTIONS, (1,)), *items[1:]], np.column_stack([wrong, scores[:, 1:]]), chosen)
    told = "".join(ours.items[0].doubts)
    assert "答案可能有误" in told and "错误选项 A" in told and ours.items[0].correlation < 0
    sound = [item for item in ours.items[1:] if item.correlation > 0.3 and 0.3 < item.facility < 0.9]
    assert sound and all(item.doubts == () for item in sound)


def test_easy_hard_and_idle_are_told():
    dice = np.random.default_rng(3)
    able = dice.random(100) < 0.5
    picked = np.where(able, 0, 1)
    scores = np.column_stack([np.ones(100), dice.random(100) < 0.1, able]).astype(float)
    chosen = [None, None, np.eye(3, dtype=bool)[picked]]
    easy, hard, idle = analyse([Item("a", 1), Item("b", 1), Item("c", 1, 3, (0,))], scores, chosen).items
    assert easy.correlation is None and "太容易" in "".join(easy.doubts)
    assert "太难" in "".join(hard.doubts) and any("错误选项 C 几乎没人选" in doubt for doubt in idle.doubts)


def test_few_takers_raise_no_doubts_and_none_at_all_no_errors():
    item = [Item("a", 1.0, 2, (0,))]
    few = analyse(item, np.zeros((29, 1)), [np.tile([False, True], (29, 1))])
    assert few.items[0].doubts == () and few.items[0].facility == 0
    none = analyse(item, np.zeros((0, 1)), [np.zeros((0, 2), dtype=bool)])
    assert (none.mean, none.items[0].facility, none.items[0].options) == (None, None, ())
    assert correlation(np.array([1.0]), np.array([1.0])) is None


def test_scores_that_do_not_vary_have_no_reliability():
    assert (
        cronbach_alpha(np.ones((10, 3))) is None and kr20(np.ones((10, 3))) is None and kr20(np.ones((10, 1))) is None
    )
