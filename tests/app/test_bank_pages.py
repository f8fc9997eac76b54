"""The pages of the bank: who may, what the list narrows, statuses and four eyes, likeness, drafts from an article."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app import clock
from app.access import Role
from app.audit import AuditEntry
from app.bank import filling, operations, queries, similar
from app.bank.models import STATUS_NAMES, Status, StemVector
from app.bank.operations import MOVES, Decision, Refused
from app.db import db, writing
from fakes import FakeEncoder
from quiz_fakes import case, fill_in, multiple, single, true_false
from quizzes.question import Question

pytestmark = pytest.mark.usefixtures("indexed")


def add(app, *questions: Question, status: Status = Status.READY, author: int | None = None) -> None:
    with app.app_context(), writing() as session:
        operations.add_questions(session, questions, status, author, clock.now())


def status_of(app, key: str) -> str:
    with app.app_context():
        return queries.by_key(db.session, key).status


def listed(page: str) -> list[str]:
    """Keys in the order of the list."""
    table = page[page.index("<table") : page.index("</table>")] if "<table" in page else ""
    return re.findall(r'href="/bank/questions/([\w-]+)"', table)


def move(auth, key: str, status: Status, version: int = 1, reason: str = "有出入"):
    sent = {"version": str(version), "status": status.value, "reason": reason}
    return auth.post(f"/bank/questions/{key}/status", sent)


PATHS = ("/bank", "/bank/add", "/bank/questions/q-0101", "/bank/questions/q-0101/edit", "/bank/import",
         "/bank/questions/q-0101/history", "/bank/export", "/bank/template", "/bank/drafts", "/bank/citations")  # fmt: skip


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMIN])
def test_to_others_the_bank_does_not_exist(app, auth, client, role):
    add(app, single())
    auth.be(role)
    assert {client.get(path).status_code for path in PATHS} == {404}
    posts = ("/bank/add", "/bank/questions/q-0101/edit", "/bank/questions/q-0101/status", "/bank/approve",
             "/bank/import", "/bank/import/confirm", "/bank/drafts/accept")  # fmt: skip
    assert {auth.post(path).status_code for path in posts} == {404}
    assert 'href="/bank"' not in client.get("/training").text


@pytest.mark.parametrize("role", [Role.TRAINER, Role.EDITOR])
def test_trainers_and_editors_reach_the_bank_from_training(app, auth, client, role):
    add(app, single())
    auth.be(role)
    assert 'href="/bank"' in client.get("/training").text
    assert {client.get(path).status_code for path in PATHS} == {200}


def test_a_question_that_is_not_there_is_not_found(auth, client):
    auth.be(Role.EDITOR)
    for path in ("", "/edit", "/history"):
        assert client.get(f"/bank/questions/q-9999{path}").status_code == 404


@pytest.fixture
def bank(app):
    add(app, single(difficulty=1), multiple(matter="m-0101"), true_false(field="犬类管理", guide=""))
    add(app, fill_in(), status=Status.DRAFT)
    return app


@pytest.mark.parametrize(
    ("narrowed", "keys"),
    [
        ("", ["q-0101", "q-0102", "q-0103", "q-0104"]),
        ("q=十万元", ["q-0101"]),
        ("q=罚多少 五十万", ["q-0101"]),
        ("q=q-0103", ["q-0103"]),
        ("q=100%25", []),
        ("field=城镇燃气", ["q-0101", "q-0102", "q-0104"]),
        ("guide=guide-01&type=multiple", ["q-0102"]),
        ("matter=m-0101", ["q-0102"]),
        ("difficulty=1", ["q-0101"]),
        ("status=draft", ["q-0104"]),
        ("status=nonsense&difficulty=x&type='--", ["q-0101", "q-0102", "q-0103", "q-0104"]),
        ("page=99", ["q-0101", "q-0102", "q-0103", "q-0104"]),
        ("page=-3", ["q-0101", "q-0102", "q-0103", "q-0104"]),
    ],
)
def test_the_list_is_narrowed(bank, auth, client, narrowed, keys):
    auth.be(Role.TRAINER)
    assert sorted(listed(client.get(f"/bank?{narrowed}").text)) == keys


def test_the_list_counts_each_status_and_goes_by_pages(app, auth, client):
    add(app, *(replace(single(), key=f"q-{number:04}") for number in range(45)))
    add(app, fill_in("d-1"), status=Status.DRAFT)
    auth.be(Role.EDITOR)
    page = client.get("/bank?page=3").text
    assert "全部 46" in page and "草稿 1" in page and "可用 45" in page
    assert len(listed(page)) == 6 and "第 3 页，共 3 页" in page
    seen = {key for number in (1, 2, 3) for key in listed(client.get(f"/bank?page={number}").text)}
    assert len(seen) == 46


def test_the_list_and_a_question_ask_the_database_little(app, auth, client, count_queries):
    add(app, *(replace(single(), key=f"q-{number:04}") for number in range(60)))
    auth.be(Role.TRAINER)
    for path in ("/bank", "/bank/questions/q-0001"):
        client.get(path)
    with count_queries() as seen:
        client.get("/bank?page=2")
    assert len(seen) <= 6, seen  # session, user and unit, unread notices; counts, rows
    with count_queries() as seen:
        client.get("/bank/questions/q-0002")
    assert len(seen) <= 12, seen


@pytest.mark.both_databases
def test_a_draft_is_approved_by_somebody_else(app, auth):
    author = auth.be(Role.TRAINER)
    add(app, single(), status=Status.DRAFT, author=author)
    page = move(auth, "q-0101", Status.READY).text
    assert "这一版是您写的" in page and status_of(app, "q-0101") == Status.DRAFT
    auth.be(Role.EDITOR)
    assert move(auth, "q-0101", Status.READY).status_code == 302
    with app.app_context():
        assert [q.key for q in queries.ready_questions(db.session)] == ["q-0101"]
        entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "bank.status")).one()
        assert entry.detail == "draft → ready：有出入" and entry.actor_id != author


def test_a_setting_lets_authors_approve_their_own(app, auth):
    app.config["BANK_FOUR_EYES"] = False
    add(app, single(), status=Status.DRAFT, author=auth.be(Role.TRAINER))
    assert move(auth, "q-0101", Status.READY).status_code == 302
    assert status_of(app, "q-0101") == Status.READY


@pytest.mark.parametrize(
    "lacking",
    [single(explanation=""), single(cites=()), single(cites=("《城镇燃气管理条例》第九百条",)), single(field="")],
)
def test_what_lacks_something_is_not_approved(app, auth, lacking):
    add(app, lacking, status=Status.DRAFT)
    auth.be(Role.EDITOR)
    assert "还有没补齐的内容" in move(auth, "q-0101", Status.READY).text
    assert status_of(app, "q-0101") == Status.DRAFT


def test_a_decision_on_a_text_that_has_changed_meanwhile_is_not_taken(app, auth):
    add(app, single(), status=Status.DRAFT)
    with app.app_context(), writing() as session:
        changed = replace(single(), explanation="改了")
        operations.save_version(session, "q-0101", 1, changed, actor_id=None, now=clock.now())
    auth.be(Role.EDITOR)
    answer = move(auth, "q-0101", Status.READY, version=1)
    assert answer.status_code == 409 and 'name="version" value="2"' in answer.text and "有出入" in answer.text
    assert status_of(app, "q-0101") == Status.DRAFT


def test_only_the_moves_of_the_table_are_made(app, auth):
    actor = auth.user()
    for before in Status:
        for after in Status:
            key = f"m-{before}-{after}".replace("_", "")
            add(app, replace(single(), key=key), status=before)
            with app.app_context(), writing() as session:
                decision = Decision(1, after, "有理由")
                if after in MOVES[before]:
                    operations.move(session, key, decision, actor_id=actor, now=clock.now())
                    continue
                with pytest.raises(Refused, match=STATUS_NAMES[before]):
                    operations.move(session, key, decision, actor_id=actor, now=clock.now())


def test_holding_and_retiring_need_a_reason_that_is_shown(app, auth, client):
    add(app, single())
    auth.be(Role.TRAINER)
    assert "请写明为什么暂停" in move(auth, "q-0101", Status.ON_HOLD, reason=" ").text
    move(auth, "q-0101", Status.ON_HOLD, reason="条例改了")
    assert "条例改了" in client.get("/bank/questions/q-0101").text
    assert "条例改了" in client.get("/bank/questions/q-0101/history").text


def test_ticked_drafts_are_approved_and_the_others_named(app, auth, client):
    own = auth.be(Role.TRAINER)
    add(app, single(), multiple(explanation=""), status=Status.DRAFT)
    add(app, true_false(), status=Status.DRAFT, author=own)
    ticked = ["q-0101:1", "q-0102:1", "q-0103:1", "q-9999:1", "q-0101:x"]
    page = auth.post("/bank/approve", {"ticked": ticked}, follow_redirects=True).text
    assert "通过 1 道" in page
    assert "q-0102：还有没补齐的内容" in page and "q-0103：这一版是您写的" in page
    assert [status_of(app, f"q-010{number}") for number in (1, 2, 3)] == [Status.READY, Status.DRAFT, Status.DRAFT]


@pytest.mark.both_databases
def test_a_changed_law_holds_questions_and_releases_only_those_it_held(app):
    add(app, single(), multiple())
    add(app, true_false(), status=Status.DRAFT)
    with app.app_context():
        now, reason = clock.now(), "《城镇燃气管理条例》修订" * 20
        with writing() as session:
            operations.hold(session, ["q-0102"], "答案有争议", actor_id=None, now=now)
            assert operations.hold(session, ["q-0101", "q-0102", "q-0103"], reason, actor_id=None, now=now) == 1
        assert queries.ready_questions(db.session) == []
        with writing() as session:
            assert operations.release(session, ["q-0101", "q-0102"], reason, actor_id=None, now=now) == 1
        assert [q.key for q in queries.ready_questions(db.session)] == ["q-0101"]


WORDS = ("古树", "消防通道", "噪声", "渣土车", "遛狗", "燃气报警器", "毛竹", "车位", "水表", "招牌", "气瓶", "鱼塘")


@pytest.fixture
def many(app):
    """A bank large enough for meanings."""
    stems = [f"关于{word}，第{number}种情形怎样处理？" for word in WORDS for number in ("一", "二")]
    add(app, *(replace(single(), key=f"q-{n:04}", stem=stem) for n, stem in enumerate(stems)))
    return app


def test_questions_of_a_like_meaning_come_first_and_vectors_are_kept(many, auth, client):
    auth.be(Role.TRAINER)
    page = client.get("/bank?q=气瓶怎样处理&by=meaning").text
    with many.app_context():
        best = queries.present(db.session, queries.by_key(db.session, listed(page)[0]))
        assert "气瓶" in best.stem
        assert db.session.scalar(sa.select(sa.func.count()).select_from(StemVector)) == 2 * len(WORDS)
        again = filling.prepare(db.session, FakeModel())
        assert again.fresh == {} and again.is_whole


class FakeModel:
    """The fake encoder as the site's index offers it."""

    fingerprint: str | None = "fake"

    def encode(self, text):
        assert self.fingerprint
        return FakeEncoder().encode_queries([text])


def test_while_the_model_is_away_words_are_compared(many):
    with many.app_context():
        model = FakeModel()
        model.fingerprint = None
        away = similar.Similar(db.session, queries.all_present(db.session), model)
        assert away.search("关于渣土车", 1)[0] in ("q-0006", "q-0007")
        assert away.to("关于渣土车，第一种情形怎样处理？")[0].is_same
        assert away.to("") == [] and away.search("", 5) == [] and away.is_whole


def test_all_stems_are_encoded_beside_the_requests(many, monkeypatch):
    monkeypatch.setattr(similar, "AT_ONCE", 5)
    assert filling._filling.acquire(blocking=False)
    filling.fill(many)
    with many.app_context():
        assert filling.prepare(db.session, FakeModel()).is_whole
    assert filling._filling.acquire(blocking=False)
    filling._filling.release()


def test_drafts_of_an_article_are_taken_over_one_by_one_as_drafts(app, auth, client):
    auth.be(Role.TRAINER)
    page = client.get("/bank/drafts?regulation=ranqi-tiaoli&article=art-49").text
    assert "收下，去修改" in page and "城镇燃气管理条例" in page
    sent = {"regulation": "ranqi-tiaoli", "article": "art-49", "seed": "0", "number": "0"}
    answer = auth.post("/bank/drafts/accept", sent)
    key = re.search(r"/bank/questions/([\w-]+)/edit", answer.location)[1]
    assert status_of(app, key) == Status.DRAFT
    with app.app_context():
        kept = queries.present(db.session, queries.by_key(db.session, key))
        assert kept.cites == ("《城镇燃气管理条例》第四十九条",) and kept.field == "城镇燃气"
    assert "据《城镇燃气管理条例》第四十九条起草" in client.get(f"/bank/questions/{key}").text
    for wrong in ({"number": "99"}, {"number": "-1"}, {"article": "art-900"}, {"regulation": "x"}):
        assert auth.post("/bank/drafts/accept", sent | wrong).status_code == 404


def test_a_case_is_shown_with_all_its_parts(app, auth, client):
    add(app, case())
    auth.be(Role.EDITOR)
    page = client.get("/bank/questions/q-0105").text
    assert all(f"小题 {number}" in page for number in (1, 2, 3, 4)) and "第 1 空" in page and "也算对：5000" in page
