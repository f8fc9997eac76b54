"""Split-half reliability against an independent computation and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr

from quizzes.reliability import split_half


def test_it_equals_scipy_on_a_thousand_takers_to_1e_9():
    dice = np.random.default_rng(5)
    able = dice.normal(size=1000)
    first, second = able + dice.normal(size=1000), able + dice.normal(size=1000)
    r = pearsonr(first, second).statistic
    assert split_half(first, second) == pytest.approx(2 * r / (1 + r), abs=1e-9)


def test_by_hand():
    """Halves (0, .5, 1) and (0, 1, .5): r = .5, so 2 x .5 / 1.5."""
    assert split_half([0, 0.5, 1], [0, 1, 0.5]) == pytest.approx(2 / 3, abs=1e-12)


@pytest.mark.parametrize(
    ("first", "second"), [([], []), ([1, 0], [1, 0]), ([1, 1, 1], [0, 1, 0]), ([0, 0.5, 1], [1, 0.5, 0])]
)
def test_what_cannot_be_reckoned_is_none(first, second):
    assert split_half(first, second) is None


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=3, max_size=30))
def test_it_lies_between_nought_and_one_and_the_halves_may_change_places(pairs):
    first, second = [a / 10 for a, _ in pairs], [b / 10 for _, b in pairs]
    found = split_half(first, second)
    assert found is None or 0 <= found <= 1 + 1e-9
    assert found == pytest.approx(split_half(second, first))
