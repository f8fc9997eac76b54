import pytest

from corpus.periods import find_periods


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("三日内", {(3, "日")}),
        ("３日", {(3, "日")}),
        ("3天内", {(3, "日")}),
        ("七个工作日", {(7, "工作日")}),
        ("二十四小时", {(24, "小时")}),
        ("六个月", {(6, "月")}),
        ("一百八十日", {(180, "日")}),
        ("一年以上三年以下有期徒刑", {(1, "年"), (3, "年")}),
        ("三至七日", {(3, "日"), (7, "日")}),
        ("三到五个工作日", {(3, "工作日"), (5, "工作日")}),
        ("不满十八周岁", {(18, "周岁")}),
        ("四月三十日起三十日内", {(30, "日")}),
    ],
)
def test_a_period_in_every_manner_of_writing(text, expected):
    assert {(figure.value, figure.unit) for figure in find_periods(text)} == expected


@pytest.mark.parametrize(
    "text",
    [
        "2025年9月15日",
        "二〇二六年",
        "9月22日",
        "4月三十日",
        "2026年3月",
        "第三日",
        "近几年",
        "当日",
        "读两天水表",
        "3月9日前",
    ],
)
def test_dates_and_rough_words_are_no_periods(text):
    assert find_periods(text) == frozenset()
