from fractions import Fraction

import pytest

from corpus.figures import find_figures, find_penalty_figures


def values(figures):
    return [(figure.value, figure.unit) for figure in figures]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("五万元", 50_000, "元"),
        ("5万元", 50_000, "元"),
        ("５０，０００元", 50_000, "元"),
        ("一万五千元", 15_000, "元"),
        ("两千元", 2_000, "元"),
        ("1.5万元", 15_000, "元"),
        ("三倍", 3, "倍"),
        ("零点五倍", Fraction(1, 2), "倍"),
        ("百分之五", Fraction(1, 20), "比例"),
        ("5%", Fraction(1, 20), "比例"),
        ("百分之零点五", Fraction(1, 200), "比例"),
        ("千分之三", Fraction(3, 1000), "比例"),
        ("株数一倍", 1, "倍"),
    ],
)
def test_one_figure_in_every_manner_of_writing(text, value, unit):
    assert values(find_figures(text)) == [(value, unit)]


@pytest.mark.parametrize("text", ["几十万元以下", "两三百元以上", "数十万元罚款", "上千元"])
def test_rough_amounts_are_no_figures(text):
    assert [f for f in find_figures(text) if f.words == text] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("处五千元以上三万元以下罚款", [(5000, "元"), (30000, "元")]),
        ("5到50万元", [(50_000, "元"), (500_000, "元")]),
        ("罚二百到一千元", [(200, "元"), (1000, "元")]),
        ("二至十倍", [(2, "倍"), (10, "倍")]),
        ("处二千元以上二万以下罚款", [(2000, "元"), (20_000, "元")]),
        ("单价三千元，买了两台", []),
    ],
)
def test_penalty_figures_are_ends_of_ranges_and_what_stands_beside_the_penalty(text, expected):
    assert values(find_penalty_figures(text)) == expected


def test_in_a_case_only_the_words_of_the_law_speak_of_the_law():
    text = "罚款八千元，比下限高三千元；条文是五千元以上三万元以下"
    assert values(find_penalty_figures(text, is_case=True)) == [(5000, "元"), (30000, "元")]
