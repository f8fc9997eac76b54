"""Drafts from an article: the key stands in it, no wrong option does, and the same seed gives the same drafts."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ROOT
from quizzes.drafts import PhraseKind, draft, find_phrases
from quizzes.numerals import fold
from quizzes.question import BLANK, QuestionType, find_flaws, to_record

ARTICLE = (
    "违反本条例规定，占用城市道路的，由市政工程行政主管部门责令限期改正，可以处二万元以下罚款；造成损失的，应当自收到"
    "通知之日起十五日内赔偿。\n（一）情节严重的，由公安机关没收违法所得。"
)
SIBLINGS = [
    "处五千元以上三万元以下罚款，七日内履行，由城市规划主管部门责令停止违法行为。",
    "由上一级人民政府吊销许可证，三十日内告知，处一万元罚款，二万元除外。",
    "六个月内由综合行政执法部门查封，扣押，并处十万元罚款。",
]
CITE = "《城市道路管理条例》第四十二条"


def test_phrases_are_found_with_their_kind_and_place():
    found = find_phrases(ARTICLE)
    assert [(p.kind, p.text) for p in found] == [
        (PhraseKind.BODY, "市政工程行政主管部门"),
        (PhraseKind.PROCEDURE, "责令限期改正"),
        (PhraseKind.AMOUNT, "二万元"),
        (PhraseKind.TIME, "十五日"),
        (PhraseKind.BODY, "公安机关"),
        (PhraseKind.PROCEDURE, "没收违法所得"),
    ]
    assert all(ARTICLE[p.start : p.end] == p.text for p in found)


def test_dates_and_article_numbers_are_no_time_limits():
    assert [p.text for p in find_phrases("2026年3月1日起施行，依照第三十日的规定，第十五条，三年内。")] == ["三年"]


def test_every_phrase_becomes_a_draft():
    made = draft(ARTICLE, SIBLINGS, CITE, seed=1)
    assert {d.answer for d in made} == {p.text for p in find_phrases(ARTICLE)}
    assert {d.status for d in made} == {"draft"}
    by_answer = {d.answer: d.question for d in made}
    amount = by_answer["二万元"]
    assert amount.type is QuestionType.SINGLE and amount.cites == (CITE,)
    assert amount.stem.startswith("违反本条例规定") and f"可以处{BLANK}以下罚款" in amount.stem
    assert {o.text for o in amount.options if not o.is_right} <= {"五千元", "三万元", "一万元", "十万元"}
    assert by_answer["没收违法所得"].stem.startswith("情节严重的")


@pytest.mark.parametrize("seed", range(20))
def test_keys_stand_in_the_article_and_wrong_options_do_not(seed):
    for made in draft(ARTICLE, SIBLINGS, CITE, seed):
        question = made.question
        assert list(find_flaws(question)) == []
        keys = [o.text for o in question.options if o.is_right] or [b.accepts[0] for b in question.blanks]
        assert keys == [made.answer] and made.answer in ARTICLE and made.answer not in question.stem
        wrong = [o.text for o in question.options if not o.is_right]
        assert all(text not in ARTICLE and any(text in sibling for sibling in SIBLINGS) for text in wrong)


def test_without_rivals_a_phrase_becomes_a_blank():
    made = draft(ARTICLE, [], CITE, seed=3)
    assert {d.question.type for d in made} == {QuestionType.FILL_IN} and len(made) == 6


def test_what_the_stem_tells_elsewhere_is_not_asked():
    assert draft("处五万元罚款，五万元上缴。", SIBLINGS, CITE, seed=1) == []


def test_another_way_of_writing_the_key_is_no_wrong_option():
    for seed in range(10):
        (made,) = draft("处20000元罚款。", ["二万元、三万元。四万元。五万元。"], CITE, seed)
        assert fold("二万元") not in {fold(o.text) for o in made.question.options if not o.is_right}


def test_seeds_differ_and_most_is_kept():
    assert len(draft(ARTICLE, SIBLINGS, CITE, seed=1, most=2)) == 2
    orders = {tuple(d.answer for d in draft(ARTICLE, SIBLINGS, CITE, seed)) for seed in range(8)}
    assert len(orders) > 1


def test_the_same_seed_gives_the_same_drafts_in_another_process():
    script = (
        "import sys, json; from quizzes.drafts import draft; from quizzes.question import to_record\n"
        "a = json.loads(sys.argv[1]); print(json.dumps([to_record(d.question) for d in draft(*a)]))"
    )
    argument = json.dumps([ARTICLE, SIBLINGS, CITE, 5])
    expected = [to_record(d.question) for d in draft(ARTICLE, SIBLINGS, CITE, 5)]
    for hash_seed in ("1", "2"):
        command = [sys.executable, "-c", script, argument]
        result = subprocess.run(command, cwd=ROOT, env={"PYTHONHASHSEED": hash_seed}, capture_output=True, check=True)
        assert json.loads(result.stdout) == expected


@given(
    st.text("一二三十百万元日个月倍处由内责令改正警告，。；\n（）人民政府公安机关第年的", max_size=60), st.integers()
)
def test_any_article_gives_sound_drafts(article, seed):
    for made in draft(article, SIBLINGS, CITE, seed):
        assert list(find_flaws(made.question)) == [] and made.answer in article
        assert all(o.is_right or o.text not in article for o in made.question.options)
