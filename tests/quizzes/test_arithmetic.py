"""Sums written out are reckoned again."""

from fractions import Fraction

import pytest

from quizzes.arithmetic import find_sums


@pytest.mark.parametrize(
    ("text", "value", "claimed"),
    [
        ("80×120＝9600元", 9600, 9600),
        ("80瓶×120元＝9600元", 9600, 9600),
        ("60×120＋1800＋1000＝10000元", 10_000, 10_000),
        ("100×20＋（60＋90）×32＝6800元", 6800, 6800),
        ("（20＋25－5）×398=15920", 15_920, 15_920),
        ("3000000×1%＝30000元", 30_000, 30_000),
        ("5万×3倍=15万", 150_000, 150_000),
        ("1,200×2＝2,400", 2400, 2400),
        ("400÷0.8＝500", 500, 500),
        ("8×12＝90", 96, 90),
        ("1÷3＝0.33", Fraction(1, 3), Fraction(33, 100)),
    ],
)
def test_a_sum_is_found_and_reckoned(text, value, claimed):
    (found,) = find_sums(text)
    assert (found.value, found.claimed) == (value, claimed)


def test_several_sums_in_one_text_are_each_found():
    assert [s.claimed for s in find_sums("400÷0.8＝500，500－400＝100，装前167×3＝501")] == [500, 100, 501]


@pytest.mark.parametrize("text", ["", "2026-03-01", "a=b", "第1项=第2项", "1÷0=3", "(1+2=3", "罚款＝五倍"])
def test_what_cannot_be_reckoned_is_no_sum(text):
    assert list(find_sums(text)) == []
