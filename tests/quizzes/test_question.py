"""What makes a question one that can be asked, and its record."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from quiz_fakes import case, fill_in, multiple, questions, single, true_false
from quizzes.question import Blank, Option, QuestionType, find_flaws, find_gaps, from_record, to_record


def flaws(question):
    return [(flaw.place, flaw.message) for flaw in find_flaws(question)]


@pytest.mark.parametrize("question", [single(), multiple(), true_false(), fill_in(), case()])
def test_a_sound_question_has_neither_flaws_nor_gaps(question):
    assert flaws(question) == [] and list(find_gaps(question)) == []


@given(questions())
def test_any_question_of_the_strategies_is_sound_and_survives_its_record(question):
    assert flaws(question) == []
    assert from_record(json.loads(json.dumps(to_record(question)))) == question


def option(text, is_right=False):
    return Option(text, "理由", is_right)


@pytest.mark.parametrize(
    ("question", "place", "words"),
    [
        (single(right=9), ("options",), "有且只有一个"),
        (replace(single(), options=(option("甲", True), option("乙", True))), ("options",), "现在是 2 个"),
        (replace(single(), options=(option("甲", True),)), ("options",), "2 到 6"),
        (multiple(rights=(1,)), ("options",), "至少两个"),
        (multiple(rights=(0, 1, 2, 3)), ("options",), "一个错误"),
        (single(texts=("甲", "乙", "甲 ")), ("options", 2, "text"), "选项 A 和 C 相同"),
        (replace(true_false(), options=(option("对", True), option("错"))), ("options",), "依次是"),
        (replace(fill_in(), stem="只有____一处"), ("stem",), "题干里有 1 处"),
        (replace(fill_in(), blanks=(Blank(()), Blank(("甲",)))), ("blanks", 0, "accepts"), "第 1 空没有答案"),
        (replace(case(), parts=()), ("parts",), "至少要有一个小题"),
        (replace(case(), parts=(case(),)), ("parts", 0, "type"), "不能又是案例"),
        (case(parts=(single(right=7),)), ("parts", 0, "options"), "有且只有一个"),
        (replace(single(), parts=(single(),)), ("parts",), "只有案例"),
        (replace(single(), blanks=(Blank(("甲",)),)), ("blanks",), "只有填空"),
        (replace(single(), stem=""), ("stem",), "没有填写"),
        (replace(single(), stem=" 题干"), ("stem",), "多余的空白"),
        (replace(single(), stem="题\x07干"), ("stem",), "控制字符"),
        (replace(single(), stem="长" * 4001), ("stem",), "超过 4000"),
        (replace(single(), difficulty=6), ("difficulty",), "1 到 5"),
        (replace(single(), key="Q 1"), ("key",), "小写字母"),
        (replace(single(), cites=("",)), ("cites",), "没有填写"),
    ],
)
def test_a_flaw_is_told_with_its_place(question, place, words):
    assert any(at == place and words in message for at, message in flaws(question))


def test_gaps_are_what_an_officer_would_miss():
    bare = replace(single(), cites=(), explanation="", options=(Option("甲", "", True), option("乙")))
    assert [gap.place for gap in find_gaps(bare)] == [("cites",), ("explanation",), ("options", 0, "why")]
    part = replace(fill_in(), blanks=(Blank(("五千",)), Blank(("五万",), "因为")), explanation="")
    assert [gap.place for gap in find_gaps(case(parts=(part,)))] == [("parts", 0, "blanks", 0, "why")]


def test_parts_share_what_the_case_says_once():
    whole = case(key="q-0199", difficulty=5, matter="m-0103")
    assert [part.key for part in whole.leaves] == ["q-0199.1", "q-0199.2", "q-0199.3", "q-0199.4"]
    assert {(part.difficulty, part.field, part.matter, part.guide) for part in whole.parts} == {
        (5, "城镇燃气", "m-0103", "guide-01")
    }
    assert single().leaves == (single(),) and whole.type is QuestionType.CASE
