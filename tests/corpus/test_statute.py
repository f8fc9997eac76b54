import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statute import article_anchor, article_number, parse_statute, to_chinese, to_int


@given(st.integers(1, 1999))
def test_numerals_go_there_and_back(number):
    assert to_int(to_chinese(number)) == number


@given(st.integers(1, 1300), st.one_of(st.none(), st.integers(1, 9)))
def test_anchors_go_there_and_back(number, addition):
    anchor = f"art-{number}" + (f"-{addition}" if addition else "")
    text = article_number(anchor)
    assert text.startswith("第") and "条" in text
    numeral, _, rest = text[1:].partition("条")
    assert article_anchor(numeral, rest.removeprefix("之") or None) == anchor


@pytest.mark.parametrize(
    ("numeral", "number"), [("四十六", 46), ("46", 46), ("一百三十四", 134), ("一千二百六十", 1260)]
)
def test_numerals_as_statutes_write_them(numeral, number):
    assert to_int(numeral) == number


def test_structure_keeps_chapters_paragraphs_and_items():
    body = "## 第一章 总则\n\n第一条【目的】为了安全。\n## 第二章 责任\n### 第一节 一般\n第二条　有下列情形的：\n（一）甲；\n(二)乙。\n另一款。\n"
    articles, problems = parse_statute(body, "x.md", 10)
    assert problems == []
    first, second = articles
    assert (first.heading, first.path, first.line) == ("目的", ("第一章 总则",), 12)
    assert second.path == ("第二章 责任", "第一节 一般")
    assert [len(p.items) for p in second.paragraphs] == [2, 0]


def test_a_cross_reference_at_a_line_start_inside_text_is_told_when_it_repeats_an_article():
    _, problems = parse_statute("第一条 甲。\n第一条 乙。\n", "x.md", 1)
    assert [str(p) for p in problems] == ["x.md:2: 第一条出现了两次"]


def test_text_before_the_first_article_is_a_fault_with_its_line():
    _, problems = parse_statute("前言\n\n第一条 甲。", "x.md", 5)
    assert [(p.line, p.message) for p in problems] == [(5, "这一行不在任何一条之内")]


def test_an_article_without_words_is_a_fault():
    _, problems = parse_statute("第一条\n第二条 乙。", "x.md", 1)
    assert [p.message for p in problems] == ["第一条没有内容"]
