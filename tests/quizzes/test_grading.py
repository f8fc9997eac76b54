"""Marking against papers worked by hand, and what must hold for every paper."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz_fakes import case, fill_in, multiple, question_lists, single, true_false
from quizzes.grading import Rules, grade, is_accepted
from quizzes.numerals import fold
from quizzes.paper import Paper, PaperItem, show
from quizzes.question import LETTERS, Blank, QuestionType


def as_written(question, points):
    """An item whose options stand as in the bank."""

    class Still(random.Random):
        def shuffle(self, x):
            pass

    return show(question, Decimal(points), Still())


def paper_of(*pairs):
    return Paper(tuple(as_written(question, points) for question, points in pairs), 0)


PAPER = paper_of(
    (single("q-1", right=1), "2"),  # B
    (multiple("q-2", rights=(0, 1, 2)), "2"),  # ABC
    (true_false("q-3", is_true=False), "1"),  # B
    (fill_in("q-4", accepts=(("五千", "5000"), ("五万",), ("三日", "3日"))), "2"),
    (
        case("q-5", parts=(single(right=0), multiple(rights=(1, 2)), fill_in(accepts=(("十",),)))),
        "10",
    ),  # 3.34+3.33+3.33
)
RIGHT = {
    "q-1": ["B"],
    "q-2": ["A", "B", "C"],
    "q-3": ["B"],
    "q-4": ["5000", "50000", "3日"],
    "q-5.1": ["A"],
    "q-5.2": ["B", "C"],
    "q-5.3": ["10"],
}


def scores(answers, rules=Rules()):  # noqa: B008  frozen
    return {mark.key: str(mark.score) for mark in grade(PAPER, answers, rules).marks}


def test_all_right_is_the_whole_paper():
    result = grade(PAPER, RIGHT)
    assert (result.score, result.total, result.percent) == (Decimal("17.00"), Decimal(17), Decimal(100))
    assert all(mark.is_right for mark in result.marks)


def test_nothing_answered_is_nothing():
    result = grade(PAPER, {})
    assert result.score == 0 and not any(mark.is_right or mark.chosen for mark in result.marks)


@pytest.mark.parametrize(
    ("key", "answer", "partial", "exact"),
    [
        ("q-1", ["A"], "0.00", "0.00"),
        ("q-1", ["A", "B"], "0.00", "0.00"),
        ("q-2", ["A", "B"], "1.33", "0.00"),  # 2 × 2/3
        ("q-2", ["C"], "0.67", "0.00"),  # 2 × 1/3 half up
        ("q-2", ["A", "B", "C", "D"], "0.00", "0.00"),
        ("q-2", ["A", "D"], "0.00", "0.00"),
        ("q-2", ["C", "B", "A"], "2.00", "2.00"),
        ("q-3", ["A"], "0.00", "0.00"),
        ("q-4", ["五千元", "5万", "三天"], "2.00", "2.00"),
        ("q-4", ["五千", "五", "３日"], "1.33", "1.33"),  # 2 × 2/3
        ("q-4", ["", "", "三日"], "0.67", "0.67"),
        ("q-4", ["50000", "5000", "3"], "0.00", "0.00"),
        ("q-4", ["5000"], "0.67", "0.67"),
        ("q-5.1", ["A"], "3.34", "3.34"),
        ("q-5.2", ["C"], "1.67", "0.00"),  # 3.33 / 2 half up
        ("q-5.3", ["十"], "3.33", "3.33"),
        ("q-1", ["Z", "?"], "0.00", "0.00"),
    ],
)
def test_single_answers_by_hand(key, answer, partial, exact):
    assert scores({key: answer})[key] == partial
    assert scores({key: answer}, Rules(multiple="exact"))[key] == exact


def test_a_mark_tells_what_was_chosen_in_the_banks_order():
    question = multiple("q-2", rights=(0, 1, 2))
    shown = (3, 0, 2, 1)
    item = PaperItem(replace(question, options=tuple(question.options[i] for i in shown)), shown, Decimal(2))
    mark = grade(Paper((item,), 0), {"q-2": ["A", "B"]}).marks[0]
    assert (mark.chosen, mark.right, mark.original_chosen) == (("A", "B"), ("B", "C", "D"), (0, 3))
    blanks = grade(PAPER, {"q-4": ["一", "五万"]}).marks[3]
    assert (blanks.chosen, blanks.right) == (("一", "五万", ""), ("五千", "五万", "三日"))


@settings(max_examples=40, deadline=None)
@given(question_lists(), st.randoms(use_true_random=False), st.data())
def test_shuffling_never_changes_a_score(bank, dice, data):
    plain = paper_of(*((question, "3") for question in bank))
    choices = {
        leaf.question.key: sorted(data.draw(st.sets(st.sampled_from(range(len(leaf.question.options))))))
        if leaf.question.options
        else data.draw(st.lists(st.sampled_from(["五万", "5", "甲", ""]), max_size=4))
        for leaf in plain.leaves
    }

    def score(paper):
        answers = {
            leaf.question.key: [
                LETTERS[leaf.order.index(c)] if leaf.question.options else c for c in choices[leaf.question.key]
            ]
            for leaf in paper.leaves
        }
        for rules in (Rules(), Rules(multiple="exact")):
            result = grade(paper, answers, rules)
            assert 0 <= result.score <= result.total
            yield {mark.key: (mark.score, mark.is_right, mark.original_chosen) for mark in result.marks}

    items = [show(question, Decimal(3), dice) for question in bank]
    dice.shuffle(items)
    assert list(score(Paper(tuple(items), 1))) == list(score(plain))


@settings(max_examples=40, deadline=None)
@given(question_lists(), st.data())
def test_marking_again_changes_nothing(bank, data):
    paper = paper_of(*((question, "2.5") for question in bank))
    answers = {
        leaf.question.key: data.draw(st.lists(st.one_of(st.sampled_from(LETTERS), st.text(max_size=5)), max_size=6))
        for leaf in paper.leaves
    }
    first = grade(paper, answers)
    again = Paper.from_record(paper.to_record())
    assert grade(again, answers) == first
    assert grade(again, {mark.key: mark.chosen for mark in first.marks}) == first


def test_a_corrected_key_changes_only_the_question_it_belongs_to():
    wrong_key = PAPER.items[0].question
    options = tuple(replace(option, is_right=index == 2) for index, option in enumerate(wrong_key.options))
    corrected = replace(
        PAPER, items=(replace(PAPER.items[0], question=replace(wrong_key, options=options)), *PAPER.items[1:])
    )
    before, after = grade(PAPER, RIGHT), grade(corrected, RIGHT)
    assert [m.key for m, n in zip(before.marks, after.marks, strict=True) if m != n] == ["q-1"]
    assert grade(corrected, RIGHT | {"q-1": ["C"]}).score == before.score


@pytest.mark.parametrize(
    ("accepted", "given_text"),
    [
        ("五万", "5万"), ("五万", "50000"), ("五万", "５０，０００"), ("五万", "50000元"), ("五万", " 五 万 元整 "),
        ("一万五千", "1.5万"), ("15000", "一万五千元"), ("三日", "3日"), ("三日", "三天"), ("3个工作日", "三工作日"),
        ("百分之五", "5%"), ("百分之五", "５％"), ("二倍", "两倍"), ("零点五倍", "0.5倍"), ("第四十九条", "第49条"),
        ("听证", "听证。"), ("公安机关", "公安 机关"), ("二〇二六年", "2026年"), ("六个月", "6个月"), ("ABC", "abc"),
        ("一百零五", "105"), ("人民币五千元", "5000"), ("〇", "0"),
    ],
)  # fmt: skip
def test_one_answer_in_every_manner_of_writing(accepted, given_text):
    assert is_accepted(Blank((accepted,)), given_text)


@pytest.mark.parametrize(
    ("accepted", "given_text"),
    [
        ("五万", "五千"), ("五万", "五十万"), ("三日", "三个工作日"), ("三日", "三"), ("三个月", "三日"), ("五万", ""),
        ("五倍", "五"), ("百分之五", "五"), ("听证", "听证会"), ("1.5万", "15万"), ("0.5倍", "5倍"),
    ],
)  # fmt: skip
def test_other_answers_stay_others(accepted, given_text):
    assert not is_accepted(Blank((accepted,)), given_text)


@pytest.mark.parametrize(
    ("accepted", "given_text", "after", "is_right"),
    [
        ("三", "三日", "日内告知", True), ("三", "3天", "日内告知", True), ("三", "三日内", "日内告知", True),
        ("七", "7个工作日", "个工作日内", True), ("七", "七日", "个工作日内", False), ("一千", "1000元", "元以下", True),
        ("公安", "公安机关", "机关", True), ("三", "三月", "日内告知", False), ("三", "日", "日内告知", False),
        ("五", "五倍", "倍以下", True), ("三", "三日", "", False),
    ],
)  # fmt: skip
def test_a_unit_said_twice_is_forgiven(accepted, given_text, after, is_right):
    assert is_accepted(Blank((accepted,)), given_text, after) == is_right


@given(st.text(max_size=40))
def test_folding_never_fails_and_a_form_always_accepts_itself(text):
    assert is_accepted(Blank((text,)), text) == bool(fold(text))


@pytest.mark.parametrize("text", ["9" * 5000, "9" * 4000 + "亿" * 4000, "一" * 3000, "万" * 3000, "1." + "3" * 5000])
def test_folding_bears_long_numbers(text):
    fold(text)


def test_true_false_is_a_choice_of_two():
    assert PAPER.items[2].question.type is QuestionType.TRUE_FALSE and PAPER.items[2].right_letters == ("B",)
