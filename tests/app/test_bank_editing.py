"""Writing questions in the browser: every type, errors by field, doubles, versions, two people at once."""

import re
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app import clock
from app.access import Role
from app.bank import operations, queries
from app.bank.models import BankQuestion, QuestionVersion, Status
from app.bank.operations import Conflict
from app.db import db, writing
from quiz_fakes import CITES, case, fill_in, multiple, single, true_false
from quizzes.question import Question, QuestionType

pytestmark = pytest.mark.usefixtures("indexed")
KEY = re.compile(r"/bank/questions/([\w-]+)$")


def fields(question: Question, prefix: str = "") -> dict[str, object]:
    """A question as the form sends it."""
    sent: dict[str, object] = {f"{prefix}stem": question.stem, f"{prefix}explanation": question.explanation}
    sent[f"{prefix}cites"] = "\r\n".join(question.cites)
    sent[f"{prefix}right"] = [str(index) for index in question.right]
    for index, option in enumerate(question.options):
        sent |= {f"{prefix}options-{index}-text": option.text, f"{prefix}options-{index}-why": option.why}
    for index, blank in enumerate(question.blanks):
        sent[f"{prefix}blanks-{index}-accepts"] = "\r\n".join(blank.accepts)
        sent[f"{prefix}blanks-{index}-why"] = blank.why
    for index, part in enumerate(question.parts):
        sent |= {f"parts-{index}-type": part.type.value} | fields(part, f"parts-{index}-")
    if not prefix:
        sent |= {name: getattr(question, name) for name in ("difficulty", "field", "guide", "matter")}
        sent |= {"type": question.type.value, "action": "save"}
    return sent


def stored(app, key: str) -> Question:
    with app.app_context():
        return queries.present(db.session, queries.by_key(db.session, key))


def row(app, key: str) -> BankQuestion:
    with app.app_context():
        return queries.by_key(db.session, key)


def add(app, *questions: Question, status: Status = Status.READY) -> None:
    with app.app_context(), writing() as session:
        operations.add_questions(session, questions, status, None, clock.now())


@pytest.mark.parametrize("made", [single(), multiple(), true_false(), fill_in(), case()], ids=list(QuestionType))
def test_a_question_of_every_type_is_kept_as_it_was_written(app, auth, made):
    auth.be(Role.TRAINER)
    answer = auth.post("/bank/add", fields(made))
    assert answer.status_code == 302, re.findall(r'class="error".*?</p>', answer.text)
    key = KEY.search(answer.location)[1]
    kept = stored(app, key)
    assert replace(kept, key="", parts=()) == replace(made, key="", parts=())
    assert [replace(part, key="") for part in kept.parts] == [
        replace(part, key="", difficulty=made.difficulty, field=made.field, guide=made.guide) for part in made.parts
    ]
    assert row(app, key).status == Status.DRAFT


def test_the_form_shows_what_is_stored_and_saving_it_unchanged_makes_no_version(app, auth, client):
    add(app, case())
    auth.be(Role.EDITOR)
    page = client.get("/bank/questions/q-0105/edit").text
    assert 'name="base" value="1"' in page and "小题 4（填空）" in page
    assert auth.post("/bank/questions/q-0105/edit", fields(case()) | {"base": "1"}).status_code == 302
    assert row(app, "q-0105").version == 1 and row(app, "q-0105").status == Status.READY


def test_a_change_is_a_new_version_and_a_draft_again_with_both_texts_in_the_history(app, auth, client):
    add(app, single())
    auth.be(Role.TRAINER)
    changed = fields(replace(single(), explanation="记住新的上限。")) | {"base": "1", "note": "上限改了"}
    assert auth.post("/bank/questions/q-0101/edit", changed).status_code == 302
    assert (row(app, "q-0101").version, row(app, "q-0101").status) == (2, Status.DRAFT)
    page = client.get("/bank/questions/q-0101/history").text
    assert "上限改了" in page and "<ins>新的</ins>" in page and "内容有修改" in page
    with app.app_context():
        assert queries.ready_questions(db.session) == []


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(app, auth):
    auth.be(Role.TRAINER)
    sent = fields(multiple()) | {"right": ["0"], "options-1-text": "甲", "stem": "", "explanation": "写了很久的解析"}
    page = auth.post("/bank/add", sent).text
    for name in ("stem", "options", "options-1-text"):
        assert f'id="{name}-error"' in page
    assert 'aria-describedby="stem-error"' in page and "写了很久的解析" in page and 'value="0" checked' in page
    with app.app_context():
        assert queries.keys(db.session) == set()


def test_buttons_add_rows_and_parts_without_script(auth):
    auth.be(Role.TRAINER)
    page = auth.post("/bank/add", fields(single()) | {"action": "more:options"}).text
    assert page.count('-text" name=') == 5
    sent = fields(case()) | {"action": "part:multiple"}
    page = auth.post("/bank/add", sent).text
    assert "小题 5（多选）" in page
    page = auth.post("/bank/add", sent | {"action": "drop:0"}).text
    assert "小题 3（填空）" in page and "小题 4" not in page


def test_rows_left_empty_are_dropped_and_the_right_ones_stay_right(app, auth):
    auth.be(Role.TRAINER)
    sent = fields(single()) | {"options-0-text": "", "options-0-why": "", "right": ["3"]}
    key = KEY.search(auth.post("/bank/add", sent).location)[1]
    assert [option.text for option in stored(app, key).options] == ["十万元", "五十万元", "五万元"]
    assert stored(app, key).right == (2,)


def test_a_preview_keeps_nothing_and_shows_key_reasons_and_what_is_missing(app, auth):
    auth.be(Role.TRAINER)
    sent = fields(single()) | {"action": "preview", "explanation": "", "cites": "《城镇燃气管理条例》第九百条"}
    page = auth.post("/bank/add", sent).text
    assert "答案和理由" in page and "十万元的理由" in page and "没有写解析" in page and "找不到这一条" in page
    with app.app_context():
        assert queries.keys(db.session) == set()


def test_a_double_is_shown_before_it_is_kept_and_can_be_kept_all_the_same(app, auth):
    add(app, single())
    auth.be(Role.TRAINER)
    twin = replace(single(), explanation="另写的。")
    page = auth.post("/bank/add", fields(twin)).text
    assert "几乎相同" in page and "/bank/questions/q-0101" in page and "仍然保存" in page
    seen = re.search(r'name="seen" value="([^"]*)"', page)[1]
    assert auth.post("/bank/add", fields(twin) | {"seen": seen}).status_code == 302
    assert seen == "q-0101"


def test_a_double_not_yet_shown_is_shown_even_if_others_were_seen(app, auth):
    add(app, single())
    auth.be(Role.TRAINER)
    assert "几乎相同" in auth.post("/bank/add", fields(single()) | {"seen": "q-9999"}).text


@pytest.mark.both_databases
def test_the_second_of_two_people_loses_nothing_and_sees_what_the_first_changed(app, auth, client):
    add(app, single())
    auth.be(Role.TRAINER)
    first = fields(replace(single(), explanation="第一个人写的。")) | {"base": "1"}
    second = fields(replace(single(), explanation="第二个人写的。")) | {"base": "1"}
    assert auth.post("/bank/questions/q-0101/edit", first).status_code == 302
    answer = auth.post("/bank/questions/q-0101/edit", second)
    assert answer.status_code == 409
    assert "第二个人写的。" in answer.text and "<del>" in answer.text and 'name="base" value="2"' in answer.text
    assert stored(app, "q-0101").explanation == "第一个人写的。"
    assert auth.post("/bank/questions/q-0101/edit", second | {"base": "2"}).status_code == 302
    assert stored(app, "q-0101").explanation == "第二个人写的。"
    with app.app_context():
        numbers = db.session.scalars(sa.select(QuestionVersion.number).order_by(QuestionVersion.number)).all()
    assert numbers == [1, 2, 3]


@pytest.mark.both_databases
def test_of_many_who_save_at_the_same_moment_exactly_one_makes_the_version(app):
    add(app, single())
    outcomes, start = [], threading.Barrier(6)

    def save(number: int) -> None:
        with app.app_context():
            text = replace(single(), explanation=f"第 {number} 人")
            start.wait()
            try:
                with writing() as session:
                    operations.save_version(session, "q-0101", 1, text, actor_id=None, now=clock.now())
                outcomes.append("kept")
            except Conflict:
                outcomes.append("conflict")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 5 + ["kept"]
    assert row(app, "q-0101").version == 2


HOSTILE = [
    {"difficulty": "9" * 6000},
    {"difficulty": "²"},
    {"base": "9" * 6000},
    {"type": "nonsense"},
    {"parts-0-type": "case"},
    {"parts-99-type": "single", "options-77-text": "x"},
    {"right": ["-1", "99", "x"]},
    {"action": "part:case"},
    {"action": "drop:99"},
    {"action": "more:parts-9-options"},
    {"stem": "\x00\ud800".encode("utf-8", "surrogatepass")},
    {"stem": "x" * 50_000},
    {"field": "没有的领域" * 50},
    {"note": "长" * 500},
]


@pytest.mark.parametrize("extra", HOSTILE, ids=lambda extra: next(iter(extra)))
def test_what_no_form_would_send_is_answered_with_a_page(app, auth, extra):
    auth.be(Role.TRAINER)
    assert auth.post("/bank/add", fields(single()) | extra).status_code in (200, 302)
    assert auth.post("/bank/questions/q-9999/edit", fields(single()) | extra).status_code == 404


def test_markup_in_a_question_is_shown_as_text(app, auth, client):
    add(app, replace(single(), stem="<script>alert(1)</script>", explanation="<b>粗</b>"))
    auth.be(Role.EDITOR)
    for path in ("", "/edit", "/history"):
        page = client.get(f"/bank/questions/q-0101{path}").text
        assert "<script>alert" not in page and "<b>粗" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CITES[0], ("/regulations/ranqi-tiaoli#art-49-p1", "")),
        ("《城镇燃气管理条例》第九百条", ("", "找不到这一条")),
        ("《城镇燃气管理条例》第四十九条第九款", ("", "这一条里没有这一款、项")),
        ("《没有的法》第一条", ("", "找不到这部法规：没有的法")),
        ("guide-01#s-没有", ("", "指引里没有这一节")),
        ("guide-77#s-办案步骤", ("", "没有这份指引")),
        ("随便写写", ("", "写法认不出。写成《法名》第几条第几款，或者 guide-01#小节")),
    ],
)
def test_a_basis_is_looked_up_while_it_is_typed(auth, client, text, expected):
    auth.be(Role.TRAINER)
    found = client.get("/bank/citations", query_string={"text": f"\n{text}\n"}).json["citations"]
    assert [(one["url"], one["fault"]) for one in found] == [expected]
