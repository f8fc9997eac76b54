"""A contest from its draft to its certificates, and what each person may see of it on the way."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask

from app import clock
from app.access import Role
from app.accounts.models import Level, User
from app.answers import Save
from app.bank.models import Status
from app.bank.operations import add_questions
from app.certificates.models import Certificate
from app.contests import entry_operations, operations, queries
from app.contests.entry_operations import CannotStart, Closed
from app.contests.models import Contest, Entry, EntryAnswer, Team
from app.contests.operations import Refused
from app.contests.reminders import remind
from app.db import db, writing
from app.notices.models import Notice
from quizzes.question import Option, Question, QuestionType

START = dt.datetime(2027, 3, 12, 1, 0, tzinfo=dt.UTC)
END = START + dt.timedelta(hours=2)
BEFORE = START - dt.timedelta(days=3)
MINUTE = dt.timedelta(minutes=1)
FIVE = [{"type": "single", "count": 5, "points": "10", "field": ""}]
pytestmark = pytest.mark.usefixtures("indexed")


def question(number: int) -> Question:
    options = (Option("对的", "因为对", is_right=True), Option("错的", "因为错"), Option("也错", "还是错"))
    return Question(f"q-{number:04}", QuestionType.SINGLE, f"第{number}问？", 2, ("《城镇燃气管理条例》第四十九条",), options, explanation="解析在此")  # fmt: skip


class Hall:
    """Three counties with two people each, a trainer of the city who holds a contest, and the clock."""

    def __init__(self, app: Flask, auth, monkeypatch) -> None:
        self.app, self.auth, self.monkeypatch = app, auth, monkeypatch
        auth.unit()
        self.units = [auth.unit(f"33070{n}", Level.COUNTY, "330700") for n in (2, 3, 4)]
        self.trainer = auth.user("he", Role.TRAINER, name="何训")
        self.people = [
            [auth.user(f"p{n}{m}", unit_id=unit, name=f"队员{n}{m}") for m in (1, 2)]
            for n, unit in enumerate(self.units)
        ]
        with app.app_context(), writing() as session:
            add_questions(session, [question(n) for n in range(8)], Status.READY, None, BEFORE)
        self.at(BEFORE)

    def at(self, now: dt.datetime) -> None:
        self.now = now
        self.monkeypatch.setattr(clock, "now", lambda: now)

    def do(self, act, *args, **values):
        """Call an operation on the contest in a transaction."""
        with self.app.app_context(), writing() as session:
            return act(session, session.get_one(Contest, self.id), *args, now=self.now, **values)

    def draft(self, **values) -> int:
        facts = {"title": "春季大比武", "note": "", "starts_at": START, "ends_at": END, "minutes": 30}
        facts |= {"freeze_minutes": 20, "best_of": 1, "awards": 1, "blueprint": FIVE} | values
        with self.app.app_context(), writing() as session:
            contest = Contest()
            operations.keep(session, contest, facts, actor=session.get_one(User, self.trainer), now=self.now)
            for number, unit in enumerate(self.units[:2]):
                team = operations.add_team(session, contest, f"第{number}队", unit)
                operations.add_members(session, contest, team, self.people[number])
            self.id = contest.id
        return self.id

    def publish(self, **values) -> int:
        self.draft(**values)
        with self.app.app_context(), writing() as session:
            bank = [question(n) for n in range(8)]
            contest = session.get_one(Contest, self.id)
            operations.publish(session, contest, bank, actor_id=self.trainer, now=self.now)
        return self.id

    def take(self, user_id: int, right: int, start: dt.datetime, end: dt.datetime) -> None:
        """A whole entry with `right` right answers."""
        with self.app.app_context(), writing() as session:
            contest = session.get_one(Contest, self.id)
            entry_operations.start(session, contest, user_id, now=start)
            paper = entry_operations.paper_of(contest)
            saves = {leaf.question.key: Save(list(leaf.right_letters), 1) for leaf in paper.leaves[:right]}
            if saves:
                entry_operations.save(session, contest, user_id, saves, now=start)
            entry_operations.hand_in(session, contest, user_id, now=end)

    def entry(self, user_id: int) -> SimpleNamespace:
        with self.app.app_context():
            row = queries.entry(db.session, self.id, user_id)
            names = ("started_at", "deadline_at", "finished_at", "score", "seconds", "is_open")
            return SimpleNamespace(**{name: getattr(row, name) for name in names})

    def keys(self) -> list[str]:
        with self.app.app_context():
            return db.session.get(Contest, self.id).keys

    def titles(self, user_id: int) -> list[str]:
        with self.app.app_context():
            mine = sa.select(Notice.title).where(Notice.user_id == user_id).order_by(Notice.id)
            return list(db.session.scalars(mine))

    def be(self, username: str) -> None:
        self.auth.client.delete_cookie("session")
        assert self.auth.sign_in(username).status_code == 302


@pytest.fixture
def hall(app, auth, monkeypatch) -> Hall:
    return Hall(app, auth, monkeypatch)


# setting up


def test_a_contest_needs_two_teams_with_members_and_a_start_to_come(hall):
    hall.draft()
    bank = [question(n) for n in range(8)]
    with pytest.raises(Refused, match="题库里只有 3 道"):
        hall.do(operations.publish, bank[:3], actor_id=hall.trainer)
    with hall.app.app_context(), writing() as session:
        session.execute(sa.delete(Entry).where(Entry.user_id.in_(hall.people[1])))
    with pytest.raises(Refused, match="还没有队员：第1队"):
        hall.do(operations.publish, bank, actor_id=hall.trainer)
    with hall.app.app_context(), writing() as session:
        session.execute(sa.delete(Team).where(Team.name == "第1队"))
    with pytest.raises(Refused, match="两个队"):
        hall.do(operations.publish, bank, actor_id=hall.trainer)
    hall.at(START)
    with pytest.raises(Refused, match="开始时间已经过了"):
        hall.do(operations.publish, bank, actor_id=hall.trainer)


@pytest.mark.both_databases
def test_the_paper_is_drawn_once_and_the_members_are_told(hall):
    hall.publish()
    assert len(hall.keys()) == 5
    assert hall.titles(hall.people[0][0]) == ["您参加大比武：春季大比武"]
    assert hall.titles(hall.people[2][0]) == []
    with pytest.raises(Refused, match="已经发布过"):
        hall.do(operations.publish, [], actor_id=hall.trainer)


def test_a_published_contest_is_changed_only_by_taking_it_back_before_it_starts(hall):
    hall.publish()
    with pytest.raises(Refused, match="只有草稿"):
        hall.do(operations.keep, {}, actor=SimpleNamespace(id=hall.trainer))
    hall.do(operations.unpublish, actor_id=hall.trainer)
    assert hall.keys() == []
    hall.do(operations.publish, [question(n) for n in range(8)], actor_id=hall.trainer)
    assert len(hall.titles(hall.people[0][0])) == 3, "published, taken back, published again"
    hall.at(START)
    with pytest.raises(Refused, match="已经开始"):
        hall.do(operations.unpublish, actor_id=hall.trainer)


@pytest.mark.both_databases
def test_a_person_is_in_one_team_and_from_the_teams_branch(hall):
    hall.draft()
    with hall.app.app_context(), writing() as session:
        contest = session.get_one(Contest, hall.id)
        first, second = queries.teams(session, hall.id)
        assert operations.add_members(session, contest, second, hall.people[0]) == 0, "another branch"
        city = operations.add_team(session, contest, "全市联队", contest.unit_id)
        assert operations.add_members(session, contest, city, hall.people[0] + hall.people[2]) == 2
        assert first.unit_id == hall.units[0]
    with pytest.raises(Refused, match="同名"), hall.app.app_context(), writing() as session:
        operations.add_team(session, session.get_one(Contest, hall.id), "第0队", hall.units[0])


def test_a_team_for_each_unit_below_comes_once(hall):
    hall.draft()
    with hall.app.app_context(), writing() as session:
        contest = session.get_one(Contest, hall.id)
        assert operations.add_unit_teams(session, contest) == 1
        assert operations.add_unit_teams(session, contest) == 0


# taking the paper


def test_before_the_start_and_after_the_end_nobody_opens_the_paper(hall):
    hall.publish()
    for now, why in ((START - MINUTE, "还没到"), (END, "已经结束")):
        hall.at(now)
        with pytest.raises(CannotStart, match=why):
            hall.do(entry_operations.start, hall.people[0][0])


@pytest.mark.both_databases
def test_opening_twice_starts_once_and_handing_in_twice_is_once(hall):
    hall.publish()
    me = hall.people[0][0]
    hall.at(START)
    hall.do(entry_operations.start, me)
    hall.at(START + MINUTE)
    hall.do(entry_operations.start, me)
    assert hall.entry(me).started_at == START
    hall.do(entry_operations.save, me, {hall.keys()[0]: Save(["A"], 1)})
    hall.do(entry_operations.hand_in, me)
    before = hall.entry(me)
    hall.at(START + 5 * MINUTE)
    hall.do(entry_operations.hand_in, me)
    assert hall.entry(me) == before and before.seconds == 60
    with pytest.raises(Closed):
        hall.do(entry_operations.save, me, {hall.keys()[0]: Save(["B"], 2)})


@pytest.mark.both_databases
def test_an_older_save_never_replaces_a_newer_one(hall):
    hall.publish()
    me, key = hall.people[0][0], hall.keys()[0]
    hall.at(START)
    hall.do(entry_operations.start, me)
    assert hall.do(entry_operations.save, me, {key: Save(["B"], 5)}) == {key: Save(["B"], 5)}
    assert hall.do(entry_operations.save, me, {key: Save(["A"], 4)}) == {key: Save(["B"], 5)}
    with pytest.raises(KeyError):
        hall.do(entry_operations.save, me, {"q-9999": Save(["A"], 1)})


def test_time_is_the_servers_with_grace_and_what_was_saved_counts(hall):
    hall.publish(minutes=30)
    early, late = hall.people[0]
    hall.at(START)
    hall.do(entry_operations.start, early)
    assert hall.entry(early).deadline_at == START + 30 * MINUTE
    hall.at(START + 30 * MINUTE + dt.timedelta(seconds=9))
    hall.do(entry_operations.save, early, {hall.keys()[0]: Save(["A"], 1)})
    hall.at(START + 31 * MINUTE)
    with pytest.raises(Closed):
        hall.do(entry_operations.save, early, {hall.keys()[0]: Save(["B"], 2)})
    assert hall.do(entry_operations.close_overdue) == 1
    assert hall.entry(early).finished_at == START + 30 * MINUTE
    hall.at(END - 10 * MINUTE)
    hall.do(entry_operations.start, late)
    assert hall.entry(late).deadline_at == END


def test_the_page_saves_without_script_and_shows_nothing_of_the_key(hall, client):
    hall.publish()
    hall.at(START)
    hall.be("p01")
    assert "打开试卷，开始答题" in client.get(f"/contests/{hall.id}").text
    page = hall.auth.post(f"/contests/{hall.id}/start", follow_redirects=True).text
    assert page.count("<fieldset") == 5
    for secret in ("因为对", "因为错", "解析在此", "is_right"):
        assert secret not in page
    key = hall.keys()[0]
    hall.auth.post(f"/contests/{hall.id}/paper", {f"s-{key}": "0", f"a-{key}": "B", "action": "save"})
    shown = client.get(f"/contests/{hall.id}/answers").json
    assert shown["answers"] == {key: {"chosen": ["B"], "seq": 1}} and shown["left"] == 1800
    sent = hall.auth.post(f"/contests/{hall.id}/paper", {f"s-{key}": "1", f"a-{key}": "B", "action": "submit"})
    assert sent.location.endswith("/confirm")
    assert "还有 4 题没有答" in client.get(sent.location).text
    done = hall.auth.post(f"/contests/{hall.id}/submit", follow_redirects=True).text
    assert "公布结果后" in done and "因为对" not in done
    assert client.get(f"/contests/{hall.id}/answers").status_code == 409


def post_json(hall, client, document):
    token = client.get(f"/contests/{hall.id}/answers").json["token"]
    return client.post(f"/contests/{hall.id}/answers", json=document, headers={"X-CSRFToken": token})


def test_the_script_saves_as_json_and_bad_answers_are_refused(hall, client):
    hall.publish()
    hall.at(START)
    hall.be("p01")
    hall.auth.post(f"/contests/{hall.id}/start")
    key = hall.keys()[1]
    kept = post_json(hall, client, {"answers": {key: {"chosen": ["C"], "seq": 1}}})
    assert kept.json == {"answers": {key: {"chosen": ["C"], "seq": 1}}}
    for bad in ({}, {"answers": {}}, {"answers": {key: {"chosen": "C", "seq": 1}}},
                {"answers": {key: {"chosen": ["C"], "seq": 0}}}, {"answers": {"x": {"chosen": [], "seq": 1}}}):  # fmt: skip
        assert post_json(hall, client, bad).status_code == 400
    with hall.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(EntryAnswer)) == 1


# the board


def board(hall, **values) -> list[tuple[str, int, Decimal]]:
    with hall.app.app_context():
        found = queries.board(db.session, db.session.get(Contest, hall.id), now=hall.now, **values)
        return [(row.team.name, row.standing.rank, row.standing.score) for row in found.rows]


@pytest.mark.both_databases
def test_from_the_freeze_on_members_see_the_standings_of_that_instant_and_trainers_the_live_ones(hall):
    hall.publish(freeze_minutes=20)
    freeze = END - 20 * MINUTE
    hall.take(hall.people[0][0], 3, START, freeze)
    hall.take(hall.people[1][0], 5, START + 90 * MINUTE, freeze + MINUTE)
    hall.at(freeze + 2 * MINUTE)
    frozen = [("第0队", 1, Decimal(30)), ("第1队", 2, Decimal(0))]
    live = [("第1队", 1, Decimal(50)), ("第0队", 2, Decimal(30))]
    assert board(hall, is_live=False) == frozen
    assert board(hall, is_live=True) == live
    hall.at(END + MINUTE)
    assert board(hall, is_live=False) == frozen, "until the results are announced"
    hall.do(operations.announce, actor_id=hall.trainer)
    assert board(hall, is_live=False) == live


def test_the_board_says_it_is_frozen_and_its_small_answer_too(hall, client):
    hall.publish()
    hall.take(hall.people[0][0], 3, START, START + MINUTE)
    hall.at(END - MINUTE)
    hall.be("p11")
    for text in (
        client.get(f"/contests/{hall.id}/board").text,
        client.get(f"/contests/{hall.id}/board.json").json["html"],
    ):
        assert "封榜" in text and "第0队" in text and "30.00" in text
    assert "每队取成绩最好的 1 名" in client.get(f"/contests/{hall.id}/board").text
    hall.be("he")
    assert "<strong>封榜" not in client.get(f"/contests/{hall.id}/board").text


def test_the_boards_answer_costs_few_queries_however_many_take_part(hall, client, count_queries):
    hall.publish()
    hall.at(START)
    hall.be("p01")
    client.get("/account")
    with count_queries() as seen:
        assert client.get(f"/contests/{hall.id}/board.json").status_code == 200
    assert len(seen) <= 6, seen


def test_looking_at_the_board_marks_those_whose_time_is_over(hall, client):
    hall.publish(minutes=30)
    hall.at(START)
    hall.do(entry_operations.start, hall.people[0][0])
    hall.at(START + 40 * MINUTE)
    hall.be("p11")
    assert "1/2" in client.get(f"/contests/{hall.id}/board").text
    assert hall.entry(hall.people[0][0]).finished_at == START + 30 * MINUTE


# the end


def test_results_are_announced_after_the_end_with_certificates_and_notices(hall, client):
    hall.publish(awards=1)
    winner, idle = hall.people[1]
    hall.take(hall.people[0][0], 2, START, START + MINUTE)
    hall.take(winner, 4, START, START + MINUTE)
    hall.at(END)
    with pytest.raises(Refused, match="结束后才能公布"):
        hall.do(operations.announce, actor_id=hall.trainer)
    hall.at(END + MINUTE)
    hall.be("he")
    assert "最终成绩" in hall.auth.post(f"/contests/{hall.id}/announce", follow_redirects=True).text
    with hall.app.app_context():
        rows = db.session.execute(sa.select(Certificate.user_id, Certificate.detail)).all()
    assert rows == [(winner, "团体第一名（第1队）")], "who did not hand in gets none"
    assert hall.titles(idle)[-1] == "大比武结果公布：春季大比武"
    hall.be("p11")
    page = client.get(f"/contests/{hall.id}/result").text
    assert "40.00" in page and page.count("result-line") == 5 and "因为对" in page and "解析在此" in page
    assert '<a href="/regulations/ranqi-tiaoli#art-49"' in page or "ranqi-tiaoli" in page


def test_cancelling_tells_why_and_closes_the_board(hall, client):
    hall.publish()
    hall.be("he")
    assert "请写明取消原因" in hall.auth.post(f"/contests/{hall.id}/cancel", {"reason": ""}).text
    hall.auth.post(f"/contests/{hall.id}/cancel", {"reason": "台风"})
    assert hall.titles(hall.people[0][0])[-1] == "大比武取消：春季大比武"
    hall.be("p01")
    assert "已取消：台风" in client.get(f"/contests/{hall.id}").text
    assert client.get(f"/contests/{hall.id}/board").status_code == 404


def test_members_are_reminded_once_on_the_day_before(hall):
    hall.publish()
    counts = []
    for now in (START - dt.timedelta(days=2), START - dt.timedelta(hours=20), START - dt.timedelta(hours=1)):
        with hall.app.app_context(), writing() as session:
            counts.append(remind(session, now))
    assert counts == [0, 4, 0]


# who may see what


def test_a_draft_is_the_trainers_and_a_contest_its_members(hall, client):
    hall.draft()
    paths = [f"/contests/{hall.id}", f"/contests/{hall.id}/board", f"/contests/{hall.id}/result"]
    hall.be("p01")
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]
    hall.do(operations.publish, [question(n) for n in range(8)], actor_id=hall.trainer)
    assert [client.get(path).status_code for path in paths] == [200, 200, 404]
    hall.be("p21")
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]
    assert "春季大比武" not in client.get("/contests").text
    assert hall.auth.post(f"/contests/{hall.id}/start").status_code == 404


@pytest.mark.usefixtures("indexed")
def test_the_home_page_names_a_contest_under_way_until_the_paper_is_handed_in(hall, client):
    hall.publish()
    hall.be("p01")
    assert "春季大比武" not in client.get("/").text
    hall.at(START)
    hall.be("p01")
    assert "春季大比武" in client.get("/").text
    hall.take(hall.people[0][0], 5, START, START + dt.timedelta(minutes=5))
    assert "春季大比武" not in client.get("/").text


def test_another_countys_trainer_reaches_nothing_and_a_teams_trainer_only_looks(hall, client):
    hall.publish()
    hall.auth.user("far", Role.TRAINER, unit_id=hall.units[2])
    hall.auth.user("near", Role.TRAINER, unit_id=hall.units[0])
    hall.be("far")
    assert client.get(f"/contests/{hall.id}").status_code == 404
    hall.be("near")
    assert client.get(f"/contests/{hall.id}").status_code == 200
    for path in ("edit", "teams", "cancel"):
        assert client.get(f"/contests/{hall.id}/{path}").status_code == 404
    for path in ("publish", "unpublish", "announce", "delete", "teams/units"):
        assert hall.auth.post(f"/contests/{hall.id}/{path}").status_code == 404
    hall.at(END - MINUTE)
    hall.be("near")
    assert "封榜" in client.get(f"/contests/{hall.id}/board").text


# the trainer's pages

FORM = {
    "title": "夏季大比武", "note": "", "starts_at": "2027-06-01T09:00", "ends_at": "2027-06-01T11:00", "minutes": "30",
    "freeze_minutes": "20", "best_of": "2", "awards": "3", "field": "", "single_count": "5", "single_points": "2",
    "multiple_count": "0", "multiple_points": "2", "true_false_count": "", "true_false_points": "2",
    "fill_in_count": "0", "fill_in_points": "2", "case_count": "0", "case_points": "10",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": " "}, "请填写名称"), ({"ends_at": "2027-06-01T08:00"}, "结束时间要晚于开始时间"),
        ({"freeze_minutes": "500"}, "封榜时间比整场比武还长"), ({"single_count": "0"}, "要有 1 到 150 道题"),
        ({"minutes": "abc"}, "请填整数"), ({"single_points": "1.55"}, "最多一位小数"),
        ({"starts_at": "明天"}, "时间的写法不对"), ({"best_of": "0"}, "要在 1 到 50 之间"),
    ],
)  # fmt: skip
def test_a_wrong_form_says_what_is_wrong_and_keeps_nothing(hall, client, wrong, said):
    hall.be("he")
    page = hall.auth.post("/contests/add", FORM | wrong).text
    assert said in page and "Not a valid" not in page
    with hall.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Contest)) == 0


def test_a_trainer_sets_a_contest_up_in_the_browser(hall, client):
    hall.be("he")
    page = hall.auth.post("/contests/add", FORM, follow_redirects=True)
    assert "2027-06-01 09:00 至 2027-06-01 11:00" in page.text
    path = page.request.path
    assert "各建一队" in hall.auth.post(f"{path}/teams/units", follow_redirects=True).text
    with hall.app.app_context():
        teams = [team.id for team in db.session.scalars(sa.select(Team).order_by(Team.id))]
    assert "队员01" in client.get(f"{path}/teams/{teams[0]}").text
    assert "队员02" not in client.get(f"{path}/teams/{teams[0]}?q=01").text
    for team, people in zip(teams, hall.people, strict=True):
        sent = hall.auth.post(f"{path}/teams/{team}/members", {"user": people}, follow_redirects=True)
        assert "已加入 2 人" in sent.text
    assert "已移出" in hall.auth.post(
        f"{path}/teams/{teams[0]}/members", {"remove": hall.people[0][1]}, follow_redirects=True
    ).text  # fmt: skip
    assert "已删除" in hall.auth.post(f"{path}/teams/{teams[2]}/delete", follow_redirects=True).text
    assert "已抽好试卷" in hall.auth.post(f"{path}/publish", follow_redirects=True).text
    assert "不能修改" in client.get(f"{path}/edit").text
    assert "撤回为草稿" in hall.auth.post(f"{path}/unpublish", follow_redirects=True).text
    changed = hall.auth.post(f"{path}/edit", FORM | {"title": "改名"}, follow_redirects=True).text
    assert "改名" in changed
    assert "草稿已删除" in hall.auth.post(f"{path}/delete", follow_redirects=True).text
