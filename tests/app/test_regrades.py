"""Item analysis of assignments, and marking anew with a corrected key."""

from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app.access import Role
from app.accounts.models import Level
from app.audit import AuditEntry
from app.bank.models import Status
from app.db import db, writing
from app.learning.models import WrongQuestion
from app.notices.models import Notice
from app.statistics import items, operations, regrading, views
from app.statistics.models import Regrade, RegradeChange
from app.statistics.operations import Refused
from app.training.models import Answer, Assignment, Attempt, Standing
from learning_fakes import DAY, NOW, add_bank, assign, attempt_facts, new_version, rightly, take, wrongly
from quiz_fakes import case, multiple, single, true_false
from quizzes.paper import Draw
from quizzes.question import QuestionType

DRAWS = [Draw(QuestionType.SINGLE, 1, Decimal(60)), Draw(QuestionType.TRUE_FALSE, 1, Decimal(40))]
CORRECTED = single("q-0101", right=3, matter="m-0101")  # 五万元, not 十万元


def choosing(place):
    """Answers the single question with one original option, the other one rightly."""
    return lambda leaf: [place] if leaf.question.key == "q-0101" else rightly(leaf)


@pytest.fixture
def taken(app, auth):
    """An assignment whose question q-0101 has a wrong key; three people chose 十万元, 五万元 and 一千元."""
    add_bank(app)
    id = assign(app, auth.unit(), DRAWS)
    people = [auth.user(f"u{place}") for place in (1, 3, 0)]
    attempts = [take(app, id, user, choosing(place)) for user, place in zip(people, (1, 3, 0), strict=True)]
    return id, people, attempts


def propose(app, assignment_id, actor_id, key="q-0101", reason="答案标错了"):
    with app.app_context(), writing() as session:
        assignment = session.get_one(Assignment, assignment_id)
        return operations.propose(session, assignment, key, reason, actor_id=actor_id, now=NOW).id


def approve(app, id, actor_id, now=NOW):
    with app.app_context():
        with writing() as session:
            operations.approve(session, id, actor_id=actor_id, now=now)
        pending = regrading.pending(db.session, db.session.get(Regrade, id))
        with writing() as session:
            return operations.apply(session, id, pending, now=now)


def scores(app, attempts):
    return [attempt_facts(app, id)[0] for id in attempts]


@pytest.mark.both_databases
def test_a_corrected_key_marks_everybody_anew_and_keeps_what_was(app, auth):
    add_bank(app)
    id = assign(app, auth.unit(), DRAWS)
    people = [auth.user(f"u{place}") for place in (1, 3, 0)]
    attempts = [take(app, id, user, choosing(place)) for user, place in zip(people, (1, 3, 0), strict=True)]
    editor, admin = auth.user("bian", Role.EDITOR), auth.user("guan", Role.ADMIN)
    assert scores(app, attempts) == [100, 40, 40]
    new_version(app, CORRECTED)
    regrade = propose(app, id, editor)
    assert scores(app, attempts) == [100, 40, 40]
    assert approve(app, regrade, admin) == 2
    assert scores(app, attempts) == [40, 100, 40]
    assert [attempt_facts(app, a)[1:] for a in attempts] == [(40, False), (100, True), (40, False)]
    with app.app_context():
        kept = db.session.scalars(sa.select(RegradeChange).order_by(RegradeChange.attempt_id)).all()
        assert [(c.score_before, c.score_after, c.item_before, c.item_after) for c in kept] == [
            (100, 40, 60, 0), (40, 100, 0, 60), (40, 40, 0, 0),
        ]  # fmt: skip
        assert [(c.was_passed, c.is_passed) for c in kept] == [(True, False), (False, True), (False, False)]
        standing = {s.user_id: (s.percent, s.is_done) for s in db.session.scalars(sa.select(Standing))}
        assert standing == {people[0]: (40, False), people[1]: (100, True), people[2]: (40, False)}
        told = db.session.scalars(sa.select(Notice).where(Notice.key == f"regrade-{regrade}")).all()
        assert sorted(n.user_id for n in told) == sorted(people[:2]) and "成绩更正" in told[0].title
        book = {row.user_id: row.left_at for row in db.session.scalars(sa.select(WrongQuestion))}
        assert book == {people[0]: None, people[1]: NOW, people[2]: None}


def test_regrading_twice_changes_nothing(app, auth, taken):
    id, _, attempts = taken
    editor, admin = auth.user("bian", Role.EDITOR), auth.user("guan", Role.ADMIN)
    new_version(app, CORRECTED)
    regrade = propose(app, id, editor)
    approve(app, regrade, admin)
    before = scores(app, attempts)
    assert approve(app, regrade, admin) == 0
    assert scores(app, attempts) == before
    with pytest.raises(Refused, match="没有按旧版本评分"):
        propose(app, id, editor)
    with app.app_context():
        actions = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.startswith("statistics")))
        assert list(actions) == ["statistics.regrade_proposed", "statistics.regrade_approved"]
        assert db.session.scalar(sa.select(sa.func.count(Notice.id))) == 2


def test_a_regrade_there_and_back_gives_the_first_scores(app, auth, taken):
    id, _, attempts = taken
    editor, admin = auth.user("bian", Role.EDITOR), auth.user("guan", Role.ADMIN)
    first = scores(app, attempts)
    for text in (CORRECTED, single("q-0101", matter="m-0101")):
        new_version(app, text)
        approve(app, propose(app, id, editor), admin)
    assert scores(app, attempts) == first


def test_the_same_proposal_twice_is_one_and_nobody_decides_their_own(app, auth, taken):
    id, _, attempts = taken
    editor = auth.user("bian", Role.EDITOR)
    new_version(app, CORRECTED)
    regrade = propose(app, id, editor)
    assert propose(app, id, editor) == regrade
    with pytest.raises(Refused, match="另一位"):
        approve(app, regrade, editor)
    assert scores(app, attempts) == [100, 40, 40]


def test_a_draft_or_a_version_changed_since_is_not_applied(app, auth, taken):
    id, _, _ = taken
    editor, admin = auth.user("bian", Role.EDITOR), auth.user("guan", Role.ADMIN)
    new_version(app, CORRECTED, status=Status.DRAFT)
    regrade = propose(app, id, editor)
    with pytest.raises(Refused, match="草稿"):
        approve(app, regrade, admin)
    new_version(app, single("q-0101", right=2))
    with pytest.raises(Refused, match="又改过"):
        approve(app, regrade, admin)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (replace(multiple("q-0101", texts=("一千元", "十万元", "五十万元", "五万元")), key="q-0101"), "题型"),
        (single("q-0101", texts=("一千元", "十万元", "五十万元")), "选项数"),
        (single("q-0101", texts=("十万元", "一千元", "五十万元", "五万元")), "次序"),
    ],
)
def test_answers_that_cannot_be_carried_over_are_refused(app, auth, taken, text, why):
    new_version(app, text)
    with pytest.raises(Refused, match=why):
        propose(app, taken[0], auth.user("bian", Role.EDITOR))


def test_a_wording_may_change_with_the_key(app, auth, taken):
    id, _, attempts = taken
    new_version(app, single("q-0101", right=3, texts=("一千元", "十万元", "五十万元", "5万元")))
    approve(app, propose(app, id, auth.user("bian", Role.EDITOR)), auth.user("guan", Role.ADMIN))
    assert scores(app, attempts) == [40, 100, 40]


def test_an_attempt_still_open_is_marked_with_the_corrected_key_when_handed_in(app, auth, taken):
    id, _, _ = taken
    late = auth.user("late")
    attempt = take(app, id, late, choosing(3), is_open=True)
    new_version(app, CORRECTED)
    approve(app, propose(app, id, auth.user("bian", Role.EDITOR)), auth.user("guan", Role.ADMIN))
    take(app, id, late, lambda _leaf: [])
    assert attempt_facts(app, attempt)[0] == 100


def test_a_part_of_a_case_is_marked_anew_and_the_rest_stays(app, auth):
    add_bank(app)
    id = assign(app, auth.unit(), [Draw(QuestionType.CASE, 1, Decimal(40))])
    attempt = take(app, id, auth.user("li"), rightly)
    parts = (single(right=0), multiple(), true_false(), *case().parts[3:])
    new_version(app, case("q-0105", parts=parts, matter="m-0102"))
    approve(app, propose(app, id, auth.user("bian", Role.EDITOR), "q-0105"), auth.user("guan", Role.ADMIN))
    assert attempt_facts(app, attempt)[0] == 30


def test_another_assignment_is_not_touched(app, auth, taken):
    id, people, _ = taken
    other = assign(app, auth.unit(), DRAWS, title="另一次")
    attempt = take(app, other, people[0], choosing(1))
    new_version(app, CORRECTED)
    approve(app, propose(app, id, auth.user("bian", Role.EDITOR)), auth.user("guan", Role.ADMIN))
    assert attempt_facts(app, attempt)[0] == 100


def test_kept_answers_add_up_to_the_score_after_a_regrade(app, auth, taken):
    id, _, attempts = taken
    new_version(app, CORRECTED)
    approve(app, propose(app, id, auth.user("bian", Role.EDITOR)), auth.user("guan", Role.ADMIN))
    with app.app_context():
        for attempt in attempts:
            rows = db.session.scalars(sa.select(Answer).where(Answer.attempt_id == attempt)).all()
            assert sum(row.score for row in rows) == db.session.get(Attempt, attempt).score


def test_the_preview_says_what_will_be_and_changes_nothing(app, auth, taken):
    id, _, attempts = taken
    new_version(app, CORRECTED)
    regrade = propose(app, id, auth.user("bian", Role.EDITOR))
    with app.app_context():
        row = db.session.get(Regrade, regrade)
        found = regrading.changes(db.session, row)
        assert regrading.summary(found) == regrading.Summary(3, 1, 1, 1, 1)
        assert not db.session.dirty
    assert scores(app, attempts) == [100, 40, 40]


@pytest.fixture
def county(app, auth):
    """Two counties below the city, a trainer of each and of the city, and people of the first who took a test."""
    city = auth.unit()
    ids = {name: auth.unit(code, Level.COUNTY, "330700") for name, code in (("a", "330702"), ("b", "330703"))}
    for name, unit in {"city": city, **ids}.items():
        auth.user(f"t-{name}", Role.TRAINER, unit_id=unit)
    add_bank(app)
    person = auth.user("li", unit_id=ids["a"])
    of_city, of_county = assign(app, city, DRAWS), assign(app, ids["a"], DRAWS)
    for id in (of_city, of_county):
        take(app, id, person, wrongly)
    new_version(app, CORRECTED)
    return of_city, of_county


def sign_in(client, auth, username):
    client.delete_cookie("session")
    auth.sign_in(username)


@pytest.mark.parametrize(
    ("who", "of_city", "of_county", "may_city", "may_county"),
    [
        ("t-city", 200, 200, 303, 303),
        ("t-a", 200, 200, 404, 303),
        ("t-b", 200, 404, 404, 404),
        ("bian", 200, 200, 303, 303),
        ("guan", 200, 200, 303, 303),
        ("li", 404, 404, 404, 404),
    ],
)
@pytest.mark.usefixtures("indexed")
def test_who_sees_figures_and_who_may_regrade(client, auth, county, who, of_city, of_county, may_city, may_county):
    auth.user("bian", Role.EDITOR)
    auth.user("guan", Role.ADMIN)
    sign_in(client, auth, who)
    for id, seen, may in zip(county, (of_city, of_county), (may_city, may_county), strict=True):
        assert client.get(f"/training/assignments/{id}/statistics").status_code == seen
        sent = auth.post(f"/training/assignments/{id}/regrades", {"key": "q-0101", "reason": "标错"})
        assert sent.status_code == may
        if may == 303:
            assert sent.location.startswith("/training/regrades/")


@pytest.mark.usefixtures("indexed")
def test_a_regrade_of_the_city_is_not_there_for_a_county(app, client, auth, county):
    regrade = propose(app, county[0], auth.user("bian", Role.EDITOR))
    sign_in(client, auth, "t-a")
    assert client.get(f"/training/regrades/{regrade}").status_code == 404
    for act in ("approve", "refuse"):
        assert auth.post(f"/training/regrades/{regrade}/{act}", {"note": "x"}).status_code == 404
    sign_in(client, auth, "t-city")
    assert client.get(f"/training/regrades/{regrade}").status_code == 200


@pytest.mark.usefixtures("indexed")
def test_a_trainers_figures_are_of_their_own_people(app, client, auth, county):
    take(app, county[0], auth.user("zhao", unit_id=auth.unit("330703")), rightly)
    for who, count in (("t-a", 1), ("t-b", 1), ("t-city", 2)):
        sign_in(client, auth, who)
        assert f"{count} 人交过卷" in client.get(f"/training/assignments/{county[0]}/statistics").text


@pytest.mark.usefixtures("indexed")
def test_from_figures_to_approval_in_the_browser(app, client, auth, county):
    auth.user("guan", Role.ADMIN)
    sign_in(client, auth, "t-city")
    page = client.get(f"/training/assignments/{county[0]}/statistics").text
    assert "少于 30 人" in page and "题库里已有新版本" in page
    sent = auth.post(f"/training/assignments/{county[0]}/regrades", {"key": "q-0101", "reason": ""})
    assert "请写明理由" in client.get(sent.location).text
    sent = auth.post(f"/training/assignments/{county[0]}/regrades", {"key": "q-0101", "reason": "标错"})
    page = client.get(sent.location).text
    assert "由另一位有权限的人" in page.replace("要由", "由") and "同意并重评" not in page
    sign_in(client, auth, "guan")
    assert "待审核的重评" in client.get("/training/statistics").text
    assert "同意并重评" in client.get(sent.location).text
    done = auth.post(f"{sent.location}/approve")
    assert "已重评" in client.get(done.location).text
    with app.app_context():
        changed = db.session.scalars(sa.select(RegradeChange)).one()
        attempt_id, moved = changed.attempt_id, changed.score_before != changed.score_after
    sign_in(client, auth, "li")
    assert ("答案更正过" in client.get(f"/training/attempts/{attempt_id}/result").text) == moved


@pytest.mark.usefixtures("indexed")
def test_a_refused_regrade_says_why_and_stays_refused(app, client, auth, taken):
    id, _, attempts = taken
    new_version(app, CORRECTED)
    regrade = propose(app, id, auth.user("bian", Role.EDITOR))
    auth.be(Role.ADMIN)
    assert "请写明理由" in client.get(auth.post(f"/training/regrades/{regrade}/refuse").location).text
    page = client.get(auth.post(f"/training/regrades/{regrade}/refuse", {"note": "原答案没错"}).location).text
    assert "已退回" in page and "原答案没错" in page
    assert "已经退回" in client.get(auth.post(f"/training/regrades/{regrade}/approve").location).text
    assert scores(app, attempts) == [100, 40, 40]


@pytest.mark.usefixtures("indexed")
def test_editors_see_no_names(app, client, auth, taken):
    id, _, _ = taken
    new_version(app, CORRECTED)
    regrade = propose(app, id, auth.user("guan", Role.ADMIN))
    auth.be(Role.EDITOR)
    page = client.get(f"/training/regrades/{regrade}").text
    assert "第 1 人" in page and "u1" not in page and "u3" not in page


def analysed(app, assignment_id, unit_id=None):
    with app.app_context():
        return items.analysis(db.session, assignment_id, unit_id)


def test_figures_are_of_each_persons_first_attempt(app, auth, taken):
    id, people, _ = taken
    for user in people:
        take(app, id, user, rightly, NOW + DAY)
    found = analysed(app, id)
    line = next(line for line in found.lines if line.leaf.key == "q-0101")
    assert found.figures.takers == line.figures.takers == 3
    assert line.figures.facility == pytest.approx(1 / 3)
    assert [round(use.share, 4) for use in line.figures.options] == [0.3333, 0.3333, 0, 0.3333]
    assert found.figures.mean == pytest.approx(60)


def test_alpha_of_a_paper_equals_one_worked_out_by_hand(app, auth):
    """Four takers, two items of 10 points: totals 20, 10, 10, 0; item variances 100/3 each, of totals 200/3: α = 0."""
    add_bank(app)
    id = assign(app, auth.unit(), [Draw(QuestionType.SINGLE, 1, 10), Draw(QuestionType.TRUE_FALSE, 1, 10)])
    for number, (first, second) in enumerate([(1, 1), (1, 0), (0, 1), (0, 0)]):
        how = {"q-0101": rightly if first else wrongly, "q-0103": rightly if second else wrongly}
        take(app, id, auth.user(f"u{number}"), lambda leaf, how=how: how[leaf.question.key](leaf))
    figures = analysed(app, id).figures
    assert figures.alpha == pytest.approx(0, abs=1e-12) and figures.kr20 == pytest.approx(0, abs=1e-12)


def test_thirty_takers_of_whom_the_able_fail_make_a_question_doubtful(app, auth):
    add_bank(app)
    id = assign(app, auth.unit(), DRAWS)
    for number in range(30):
        able = number < 15
        how = {"q-0101": wrongly if able else rightly, "q-0103": rightly if able else wrongly}
        take(app, id, auth.user(f"u{number}"), lambda leaf, how=how: how[leaf.question.key](leaf))
    doubts = {line.leaf.key: line.figures.doubts for line in analysed(app, id).lines}
    assert any("答案可能有误" in doubt for doubt in doubts["q-0101"])


def test_papers_drawn_differently_have_the_reliability_of_their_halves(app, client, auth, indexed):
    add_bank(app, [single(f"q-01{n:02}") for n in range(1, 9)])
    id = assign(app, auth.unit(), [Draw(QuestionType.SINGLE, 3, 10)])
    for number in range(12):
        take(app, id, auth.user(f"u{number}"), rightly if number % 3 else wrongly)
    found = analysed(app, id)
    assert found.figures.alpha is None and found.split_half == pytest.approx(1)
    auth.be(Role.EDITOR)
    assert "折半信度 1.00（每人抽到的题不同" in client.get(f"/training/assignments/{id}/statistics").text


def test_nobody_yet_is_an_empty_page(app, client, auth, indexed):
    add_bank(app)
    id = assign(app, auth.unit(), DRAWS)
    auth.be(Role.ADMIN)
    assert "还没有人交过卷" in client.get(f"/training/assignments/{id}/statistics").text
    assert "还没有人交过卷" in client.get("/training/statistics").text


def test_figures_cost_the_same_queries_for_many_as_for_few(app, auth, client, count_queries, indexed):
    add_bank(app)
    id = assign(app, auth.unit(), DRAWS)
    for number in range(12):
        take(app, id, auth.user(f"u{number}"), rightly if number % 2 else wrongly)
    auth.be(Role.TRAINER)
    client.get(f"/training/assignments/{id}/statistics")
    with count_queries() as sent:
        client.get(f"/training/assignments/{id}/statistics")
    assert len(sent) <= 12, "\n".join(sent)


@pytest.mark.usefixtures("indexed")
def test_a_regrade_that_was_stopped_is_gone_on_with(app, client, auth, taken, monkeypatch):
    id, _, attempts = taken
    new_version(app, CORRECTED)
    regrade = propose(app, id, auth.user("bian", Role.EDITOR))
    auth.be(Role.ADMIN)
    monkeypatch.setattr(views, "BATCH", 1)
    monkeypatch.setattr(views, "SECONDS", 0.0)
    assert "还有 3 份没有改完" in client.get(auth.post(f"/training/regrades/{regrade}/approve").location).text
    with app.app_context(), writing() as session:
        operations.apply(session, regrade, attempts[:1], now=NOW)
    assert scores(app, attempts) == [40, 40, 40]
    monkeypatch.setattr(views, "SECONDS", 9.0)
    page = client.get(auth.post(f"/training/regrades/{regrade}/approve").location).text
    assert "没有改完" not in page and "3 份答卷重评，2 份得分有变化" in page
    assert scores(app, attempts) == [40, 100, 40]


def test_nothing_is_applied_before_the_approval(app, auth, taken):
    id, _, attempts = taken
    new_version(app, CORRECTED)
    regrade = propose(app, id, auth.user("bian", Role.EDITOR))
    with app.app_context(), pytest.raises(Refused, match="没有审核"), writing() as session:
        operations.apply(session, regrade, attempts, now=NOW)
