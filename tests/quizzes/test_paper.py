"""Drawing: the same in every process, no question twice, all draws filled when they can be."""

import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from quiz_fakes import case, fill_in, multiple, single, true_false
from quizzes.paper import Blueprint, Draw, NotEnough, Paper, draw, split_points
from quizzes.presets import PRESETS
from quizzes.question import Option, QuestionType
from quizzes.sharing import share_out

BANK = [
    *(single(f"q-1{n:02}", field="甲" if n < 10 else "乙", difficulty=1 + n % 5) for n in range(30)),
    *(multiple(f"q-2{n:02}") for n in range(12)),
    *(true_false(f"q-3{n:02}") for n in range(16)),
    *(fill_in(f"q-4{n:02}") for n in range(4)),
    *(case(f"q-5{n:02}") for n in range(3)),
]
MIXED = Blueprint(
    "综合",
    (
        Draw(QuestionType.SINGLE, 5, Decimal(2)),
        Draw(QuestionType.CASE, 1, Decimal(10)),
        Draw(QuestionType.MULTIPLE, 3, Decimal(3)),
        Draw(QuestionType.FILL_IN, 2, Decimal(1)),
    ),
)


def keys(paper):
    return [item.question.key for item in paper.items]


def test_a_paper_follows_its_blueprint():
    paper = draw(MIXED, BANK, 7)
    assert Counter(item.question.type for item in paper.items) == {d.type: d.count for d in MIXED.draws}
    assert paper.total == MIXED.total == Decimal(31) and len(set(keys(paper))) == 11


def test_the_order_of_the_bank_does_not_matter_but_the_seed_does():
    assert draw(MIXED, BANK, 7) == draw(MIXED, reversed(BANK), 7)
    assert len({tuple(keys(draw(MIXED, BANK, seed))) for seed in range(20)}) == 20


def test_the_same_seed_gives_the_same_paper_in_another_process():
    script = (
        "import sys; sys.path[:0] = ['tests', 'tests/quizzes', '.']\n"
        "import json, importlib.util as u\n"
        "spec = u.spec_from_file_location('t', 'tests/quizzes/test_paper.py'); t = u.module_from_spec(spec)\n"
        "spec.loader.exec_module(t); print(json.dumps(t.draw(t.MIXED, t.BANK, 7).to_record()))"
    )
    expected = json.loads(json.dumps(draw(MIXED, BANK, 7).to_record()))
    for hash_seed in ("1", "2"):
        result = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env={"PYTHONHASHSEED": hash_seed}, capture_output=True, check=True
        )
        assert json.loads(result.stdout) == expected


def test_a_record_makes_the_same_paper():
    paper = draw(MIXED, BANK, 3)
    assert Paper.from_record(json.loads(json.dumps(paper.to_record()))) == paper


def test_shown_options_are_the_banks_options_in_the_order_told():
    by_key = {question.key: question for question in BANK}
    orders = set()
    for item in draw(MIXED, BANK, 11).items:
        source = by_key[item.question.key]
        assert item.question.options == tuple(source.options[index] for index in item.order)
        orders |= {item.order} if item.question.type is QuestionType.SINGLE else set()
    assert len(orders) > 1


def test_true_and_false_and_options_that_speak_of_others_keep_their_places():
    above = single("q-9", texts=("甲", "乙", "丙", "以上都对"), right=3)
    letters = single("q-8", texts=("甲", "乙", "丙", "A和B"), right=3)
    blueprint = Blueprint("", (Draw(QuestionType.SINGLE, 2, Decimal(1)), Draw(QuestionType.TRUE_FALSE, 1, Decimal(1))))
    for seed in range(10):
        for item in draw(blueprint, [above, letters, true_false()], seed).items:
            assert item.order == tuple(range(len(item.question.options)))


def test_filters_hold():
    kind = Draw(QuestionType.SINGLE, 2, Decimal(1), field="乙", difficulty=3)
    for item in draw(Blueprint("", (kind,)), BANK, 1).items:
        assert (item.question.field, item.question.difficulty) == ("乙", 3)
    matter = Draw(QuestionType.SINGLE, 1, Decimal(1), matter="m-0103")
    with pytest.raises(NotEnough):
        draw(Blueprint("", (matter,)), BANK, 1)


def test_too_few_questions_are_told_with_what_there_is():
    with pytest.raises(NotEnough, match="要抽 9 道填空题，题库里只有 4 道可用") as caught:
        draw(Blueprint("", (Draw(QuestionType.FILL_IN, 9, Decimal(1)),)), BANK, 1)
    assert caught.value.have == 4


def test_a_draw_open_to_all_leaves_the_rare_ones_to_the_draw_that_needs_them():
    wide, narrow = Draw(QuestionType.SINGLE, 20, Decimal(1)), Draw(QuestionType.SINGLE, 10, Decimal(1), field="甲")
    for seed in range(10):
        assert len(set(keys(draw(Blueprint("", (wide, narrow)), BANK, seed)))) == 30


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), min_size=1, max_size=4), st.integers(1, 3))
def test_sharing_out_satisfies_everyone_whenever_that_is_possible(wishes, count):
    shares = share_out(wishes, [count] * len(wishes))
    given_out = [thing for share in shares for thing in share]
    assert len(given_out) == len(set(given_out))
    assert all(set(share) <= set(wanted) for share, wanted in zip(shares, wishes, strict=True))
    # Hall's condition: every group of takers wishes for at least as many things as it is to get.
    groups = [[w for n, w in enumerate(wishes) if mask >> n & 1] for mask in range(1, 2 ** len(wishes))]
    possible = all(len(set().union(*group)) >= count * len(group) for group in groups)
    assert possible == all(len(share) == count for share in shares)


def test_every_option_is_drawn_about_as_often_in_every_place():
    places = Counter(item.order.index(0) for seed in range(400) for item in draw(
        Blueprint("", (Draw(QuestionType.SINGLE, 1, Decimal(1)),)), BANK[:1], seed).items)  # fmt: skip
    assert all(70 <= places[place] <= 130 for place in range(4))


@given(st.integers(1, 5000), st.integers(1, 7))
def test_split_points_add_up(cents, count):
    points = Decimal(cents) / 100
    shares = split_points(points, count)
    assert sum(shares) == points and max(shares) - min(shares) <= Decimal("0.01")


def test_sections_are_numbered_through_as_printed():
    sections = draw(MIXED, BANK, 7).sections
    assert [(s.title, s.start, len(s.items), s.points) for s in sections] == [
        ("一、单项选择题", 1, 5, 10), ("二、多项选择题", 6, 3, 9), ("三、填空题", 9, 2, 2), ("四、案例分析题", 11, 1, 10),
    ]  # fmt: skip


def test_presets_name_their_source_and_can_be_drawn():
    exam = PRESETS[0]
    assert (exam.minutes, exam.attempts, exam.takes_best) == (90, 3, True) and exam.blueprint.total == 100
    assert [exam.band(Decimal(p)) for p in ("90", "89.99", "60", "59.99", "0")] == [
        "优秀", "良好", "合格", "不合格", "不合格",
    ]  # fmt: skip
    for preset in PRESETS:
        assert preset.source
        assert draw(preset.blueprint, BANK, 1).total == preset.blueprint.total


def test_right_letters_follow_the_shown_order():
    item = draw(Blueprint("", (Draw(QuestionType.SINGLE, 1, Decimal(1)),)), BANK[:1], 5).items[0]
    assert item.question.options["ABCD".index(item.right_letters[0])] == Option("十万元", "十万元的理由", True)
