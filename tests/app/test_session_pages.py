"""Sessions in the browser: who sees what, the form, series, materials, reminders, and the life of one session."""

import datetime as dt
import io
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from session_fakes import AFTER, ENDS, SIGN_UP, STARTS, Bureau
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app import clock
from app.access import Role
from app.db import db, writing
from app.demo import load_demo
from app.experts.models import ExpertBooking
from app.notices.models import Notice
from app.notices.reminders import remind as remind_all
from app.sessions import enrolment_operations, operations, queries
from app.sessions.models import Enrolment, Material, Series, TrainingSession
from app.sessions.outcome_models import HoursEntry, SurveyAnswer
from app.sessions.refusals import Refused
from app.sessions.reminders import remind
from app.sessions.shelf import MAX_BYTES

PDF = b"%PDF-1.7\n%"


@pytest.fixture
def at(monkeypatch):
    """Sets the clock."""

    def move(now: dt.datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: now.astimezone(dt.UTC))

    move(SIGN_UP)
    return move


@pytest.fixture
def bureau(indexed, auth, at) -> Bureau:
    return Bureau(indexed, auth)


@pytest.fixture
def enter(auth, client):
    """Signs a person in, whoever was signed in before."""

    def sign_in(username: str):
        client.delete_cookie("session")
        assert auth.sign_in(username).status_code == 302
        return client

    return sign_in


def form(**changes) -> dict:
    """What a trainer fills in."""
    return {
        "title": "燃气执法培训", "starts_at": "2027-03-12T09:00", "ends_at": "2027-03-12T12:00", "hours": "4",
        "capacity": "2", "sign_up_from_at": "2027-03-02T09:00", "sign_up_until_at": "2027-03-11T09:00", "place": "教室",
        "check_in_minutes": "30", "quiz_before": "0", "quiz_after": "0",
    } | changes  # fmt: skip


def test_the_life_of_a_session_from_draft_to_hours(bureau, auth, enter, at, client, app):
    """Two officers, one place: sign-up, waiting, cancel, promotion, attendance, hours once, survey, certificate."""
    bureau.officer("wang"), bureau.officer("li")
    enter("trainer")
    made = auth.post("/sessions/new", form(unit=bureau.county, units=bureau.county, capacity=1, matters="M-0101"))
    assert made.status_code == 302, made.text
    path = made.location
    with app.app_context():
        row = db.session.scalars(sa.select(TrainingSession)).one()
        assert (row.fields, row.matters, row.state) == (["城镇燃气"], ["m-0101"], "draft")
    enter("wang")
    assert client.get(path).status_code == 404  # a draft is its trainers' own
    enter("trainer")
    auth.post(f"{path}/publish")
    enter("wang")
    assert "燃气执法培训" in client.get("/sessions").text
    auth.post(f"{path}/sign-up")
    assert "您已报上名" in client.get(path).text
    enter("li")
    assert "名额已满，可以候补" in client.get(path).text
    auth.post(f"{path}/sign-up")
    assert "候补第 <strong>1</strong> 位" in client.get(path).text
    enter("wang")
    auth.post(f"{path}/leave")
    enter("li")
    assert "您已报上名" in client.get(path).text and "候补成功" in client.get("/notices").text
    at(STARTS)
    enter("trainer")
    page = client.get(f"{path}/attendance").text
    (li,) = re.findall(r'name="present" value="(\d+)"', page)
    auth.post(f"{path}/attendance", {"present": li})
    at(AFTER)
    enter("trainer")
    assert "确认已举办" in client.get(f"{path}/attendance").text
    for _ in range(2):
        auth.post(f"{path}/hold")
    at(AFTER + dt.timedelta(minutes=5))
    enter("li")
    assert "<strong>4</strong> 学时" in client.get("/sessions/hours").text
    assert "燃气执法培训" in client.get("/sessions/hours.csv").text
    answers = {"useful": 5, "level": 4, "organised": 3, "comment": "好"}
    missing = auth.post(f"{path}/survey", answers | {"useful": ""})
    assert "请选一项。" in missing.text and '<p class="error"' in missing.text
    for _ in range(2):
        auth.post(f"{path}/survey", answers)
    certificate = auth.post(f"{path}/certificate")
    assert "4 学时" in client.get(certificate.location).text
    with app.app_context():
        assert len(db.session.scalars(sa.select(HoursEntry)).all()) == 1
        assert len(db.session.scalars(sa.select(SurveyAnswer)).all()) == 1


def test_a_session_is_seen_by_its_audience_its_people_and_its_trainers_only(bureau, auth, enter, client, app):
    id = bureau.session(units=(bureau.town,))
    bureau.officer("near"), bureau.officer("upstairs", bureau.county), bureau.officer("far", bureau.other)
    auth.user("city", Role.TRAINER, unit_id=bureau.city)
    auth.user("stranger", Role.TRAINER, unit_id=bureau.other)
    auth.user("boss", Role.ADMIN, unit_id=bureau.city)
    own = [f"/sessions/{id}", f"/sessions/{id}/calendar.ics"]
    trainers = [f"/sessions/{id}/{page}" for page in ("edit", "people", "people.csv", "attendance", "code", "result",
                                                       "corrections", "materials", "cancel")]  # fmt: skip
    for who, sees, manages in (
        ("near", True, False), ("upstairs", False, False), ("far", False, False), ("trainer", True, True),
        ("city", True, True), ("stranger", False, False), ("boss", False, False),
    ):  # fmt: skip
        enter(who)
        assert {client.get(path).status_code for path in own} == {200 if sees else 404}, who
        assert {client.get(path).status_code for path in trainers} == {200 if manages else 404}, who
        assert auth.post(f"/sessions/{id}/sign-up").status_code == (302 if sees else 404)
        for act in ("publish", "discard", "hold", "people"):
            assert auth.post(f"/sessions/{id}/{act}").status_code == (302 if manages else 404), (who, act)
    assert list(bureau.standings(id).values()) == ["enrolled"]
    assert (client.get("/sessions/999").status_code, auth.post("/sessions/999/sign-up").status_code) == (404, 404)


def test_who_has_a_place_still_sees_the_session_when_the_audience_changes(bureau, enter, client):
    id, wang = bureau.session(), bureau.officer("wang")
    bureau.sign_up(id, wang)
    bureau.change(id, units=(bureau.other,))
    assert "您已报上名" in enter("wang").get(f"/sessions/{id}").text


def test_a_trainer_writes_for_the_own_branch_only(bureau, auth, enter):
    enter("trainer")
    answer = auth.post("/sessions/new", form(unit=bureau.other, units=bureau.county))
    assert answer.status_code == 200 and "请从列表中选择" in answer.text
    answer = auth.post("/sessions/new", form(unit=bureau.county, units=bureau.other))
    assert answer.status_code == 200 and "请从列表中选择" in answer.text


FAULTS = [
    ({"title": ""}, "请填写名称"),
    ({"title": "长" * 61}, "名称最多 60 个字"),
    ({"starts_at": "明天"}, "开始时间要写成 2027-03-12 09:00 这样"),
    ({"ends_at": "2027-03-12T09:00"}, "结束时间要晚于开始时间"),
    ({"ends_at": "2027-05-12T09:00"}, "最长 31 天"),
    ({"sign_up_until_at": "2027-03-01T09:00"}, "报名截止要晚于报名开始"),
    ({"sign_up_until_at": "2027-03-12T10:00"}, "报名截止不能晚于开班时间"),
    ({"hours": "四"}, "学时要是数字"),
    ({"hours": "NaN"}, "学时要是数字"),
    ({"hours": "0"}, "学时要在 0.5 到 99.5 之间"),
    ({"hours": "1.3"}, "最小到 0.5"),
    ({"capacity": "0"}, "名额要是 1 到 2000 的整数"),
    ({"capacity": "许多"}, "名额要是 1 到 2000 的整数"),
    ({"units": []}, "请至少选一个单位"),
    ({"place": ""}, "请填写地点"),
    ({"link": "javascript:alert(1)"}, "链接要以 https:// 或 http:// 开头"),
    ({"matters": "m-9999、m-0101"}, "没有这个执法事项：m-9999"),
]


def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_lost(bureau, auth, enter, app):
    enter("trainer")
    for changes, words in FAULTS:
        typed = form(unit=bureau.county, units=bureau.county, about="写了很久的介绍") | changes
        answer = auth.post("/sessions/new", typed)
        assert answer.status_code == 200 and words in answer.text and "写了很久的介绍" in answer.text, words
    with app.app_context():
        assert db.session.scalars(sa.select(TrainingSession)).all() == []


def test_an_expert_who_is_taken_is_refused_by_name_and_cancelling_frees_them(bureau, auth, enter, app):
    expert = bureau.expert()
    first = bureau.session(experts=(expert,))
    enter("trainer")
    clash = form(unit=bureau.county, units=bureau.county, experts=expert, title="撞车的班")
    answer = auth.post("/sessions/new", clash)
    assert "周教授（示例）" in answer.text and "已有安排" in answer.text
    with app.app_context():
        assert len(db.session.scalars(sa.select(TrainingSession)).all()) == 1
    bureau.do(operations.cancel_session, first, "停电")
    assert auth.post("/sessions/new", clash).status_code == 302
    with app.app_context():
        states = db.session.execute(sa.select(ExpertBooking.source_key, ExpertBooking.state)).all()
    assert sorted(states) == [
        (f"session:{first}:expert:{expert}", "released"),
        (f"session:{first + 1}:expert:{expert}", "booked"),
    ]


def test_moving_a_session_moves_the_booking_and_leaving_the_expert_out_frees_it(bureau, app):
    expert = bureau.expert()
    id = bureau.session(experts=(expert,))
    later = STARTS + dt.timedelta(days=7)
    bureau.change(id, experts=(expert,), starts_at=later, ends_at=later + dt.timedelta(hours=3))
    with app.app_context():
        assert db.session.scalars(sa.select(ExpertBooking)).one().starts_at == later
    bureau.change(id, starts_at=later, ends_at=later + dt.timedelta(hours=3))
    with app.app_context():
        assert db.session.scalars(sa.select(ExpertBooking)).one().state == "released"


def test_a_move_is_told_to_all_who_mean_to_come_and_clashes_show_on_the_list(bureau, enter, app):
    later = {"starts_at": ENDS, "ends_at": ENDS + dt.timedelta(hours=2)}
    moved, other = bureau.session(capacity=1), bureau.session(title="下午的班", **later)
    wang, li = bureau.officer("wang"), bureau.officer("li")
    for who in (wang, li):
        bureau.sign_up(moved, who)
    bureau.sign_up(other, wang)
    bureau.change(moved, capacity=1, **later)
    with app.app_context():
        rows = db.session.execute(
            sa.select(Notice.user_id, Notice.body).where(Notice.title.startswith("班次有变动"))
        ).all()
    assert {user_id for user_id, _ in rows} == {wang, li} and "12:00—14:00" in rows[0][1]
    assert "同一时间还有《下午的班》" in enter("trainer").get(f"/sessions/{moved}/people").text


def test_a_series_is_made_from_one_template_and_published_at_once(bureau, auth, enter, client, app):
    enter("trainer")
    wrong = auth.post(
        "/sessions/series/new", form(unit=bureau.county, units=bureau.county, others="2027-04-09 09:00\n下个月")
    )
    assert "第 2 行“下个月”不是时间" in wrong.text
    others = "2027-04-09 09:00\n2027/05/14 14:00\n2027-06-11 09:00"
    made = auth.post(
        "/sessions/series/new", form(unit=bureau.county, units=bureau.county, title="骨干培训", others=others)
    )
    assert made.status_code == 302
    with app.app_context():
        series = db.session.scalars(sa.select(Series)).one()
        rows = series.sessions
        assert [row.title for row in rows] == [f"骨干培训（第 {n} 期）" for n in (1, 2, 3, 4)]
        assert {row.starts_at - row.sign_up_until_at for row in rows} == {dt.timedelta(days=1)}
        assert {row.ends_at - row.starts_at for row in rows} == {dt.timedelta(hours=3)}
        assert rows[2].starts_at == dt.datetime(2027, 5, 14, 6, tzinfo=dt.UTC)
        id = series.id
    assert client.get("/sessions/series").text.count("草稿") >= 4
    auth.post(f"/sessions/series/{id}/publish")
    with app.app_context():
        assert set(db.session.scalars(sa.select(TrainingSession.state))) == {"published"}
    auth.user("stranger", Role.TRAINER, unit_id=bureau.other)
    enter("stranger")
    assert auth.post(f"/sessions/series/{id}/publish").status_code == 404


def test_an_applicant_is_let_in_or_turned_down_and_a_person_added(bureau, auth, enter, client):
    id = bureau.session(needs_approval=True, capacity=3)
    wang, li = bureau.officer("wang"), bureau.officer("li")
    bureau.officer("guest"), bureau.officer("far", bureau.other)
    for who in (wang, li):
        bureau.sign_up(id, who)
    enter("trainer")
    assert "待审核（2）" in client.get(f"/sessions/{id}/people").text
    auth.post(f"/sessions/{id}/people/{wang}/approve")
    auth.post(f"/sessions/{id}/people/{li}/decline", {"reason": ""})
    assert bureau.standings(id)[li] == "applied"
    auth.post(f"/sessions/{id}/people/{li}/decline", {"reason": "本期名额留给新人"})
    auth.post(f"/sessions/{id}/people", {"username": "guest"})
    auth.post(f"/sessions/{id}/people", {"username": "far"})
    assert "您管理的单位里没有这个用户名" in client.get(f"/sessions/{id}/people").text
    assert list(bureau.standings(id).values()) == ["enrolled", "declined", "enrolled"]
    assert "=学员" not in client.get(f"/sessions/{id}/people.csv").text
    assert "学员guest" in client.get(f"/sessions/{id}/people.csv").text


def upload(auth, id: int, content: bytes, name: str, **values):
    page = auth.client.get(f"/sessions/{id}/materials").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    data = {"csrf_token": token, "title": "", "location": ""} | values
    data |= {"file": FileStorage(io.BytesIO(content), name)} if name else {}
    boundary, body = encode_multipart(data)
    kind = f'multipart/form-data; boundary="{boundary}"'
    return auth.client.post(f"/sessions/{id}/materials", data=body, content_type=kind)


def test_a_file_is_kept_under_a_name_of_ours_and_given_to_the_audience_as_a_download(bureau, auth, enter, client, app):
    id = bureau.session()
    bureau.officer("wang"), bureau.officer("far", bureau.other)
    enter("trainer")
    assert upload(auth, id, PDF, "../../课件 一.pdf").status_code == 302
    with app.app_context():
        row = db.session.scalars(sa.select(Material)).one()
        name, stored = row.title, row.stored_name
    assert name == "课件 一" and re.fullmatch(r"[0-9a-f]{32}\.pdf", stored)
    kept = Path(app.config["INSTANCE_DIR"]) / "materials" / stored
    assert kept.read_bytes() == PDF
    path = f"/sessions/{id}/materials/{row.id}"
    answer = enter("wang").get(path)
    assert answer.data == PDF and answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.mimetype == "application/octet-stream"
    answer.close()
    assert enter("far").get(path).status_code == 404
    enter("trainer")
    auth.post(f"{path}/delete")
    assert not kept.exists() and client.get(path).status_code == 404


BAD_FILES = [
    (b"<script>", "a.html", "只能上传"),
    (b"<script>", "a.pdf", "文件内容不是 .pdf 格式"),
    (b"", "a.pdf", "文件是空的"),
    (b"PK\x03\x04", "a.docx.exe", "只能上传"),
    (PDF + b"0" * MAX_BYTES, "a.pdf", "20 MB"),
    (PDF + b"0" * (MAX_BYTES + 200_000), "a.pdf", "20 MB"),
    (b"", "", "两样选一样"),
]


def test_an_upload_that_is_not_what_it_says_is_refused_and_nothing_is_kept(bureau, auth, enter, app):
    id = bureau.session()
    enter("trainer")
    for content, name, words in BAD_FILES:
        answer = upload(auth, id, content, name)
        assert answer.status_code in (200, 413) and words in answer.text, (name, words)
    with app.app_context():
        assert db.session.scalars(sa.select(Material)).all() == []
    assert not (Path(app.config["INSTANCE_DIR"]) / "materials").exists()


def test_a_material_of_the_library_links_to_its_place(bureau, auth, enter, client):
    id = bureau.session()
    bureau.officer("wang")
    enter("trainer")
    assert "资料库里没有这份文档" in upload(auth, id, b"", "", location="/guides/guide-99").text
    assert upload(auth, id, b"", "", location="/regulations/ranqi-tiaoli#art-49").status_code == 302
    assert upload(auth, id, b"", "", location="guide-01", title="先看这个").status_code == 302
    page = enter("wang").get(f"/sessions/{id}").text
    assert '<a href="/regulations/ranqi-tiaoli#art-49">' in page and '<a href="/guides/guide-01">先看这个</a>' in page


def test_a_draft_is_thrown_away_with_its_files_and_a_published_one_is_not(bureau, auth, enter, client, app):
    draft, published = bureau.session(is_draft=True), bureau.session(title="已发布")
    enter("trainer")
    upload(auth, draft, PDF, "a.pdf")
    auth.post(f"/sessions/{draft}/discard")
    auth.post(f"/sessions/{published}/discard")
    assert "不能删除，只能取消" in client.get("/sessions/manage").text
    with app.app_context():
        assert list(db.session.scalars(sa.select(TrainingSession.id))) == [published]
    assert list((Path(app.config["INSTANCE_DIR"]) / "materials").iterdir()) == []


def test_reminders_go_once_to_those_with_a_place_and_again_when_it_moves(bureau, app):
    id = bureau.session(capacity=1)
    wang, li = bureau.officer("wang"), bureau.officer("li")
    for who in (wang, li):
        bureau.sign_up(id, who)

    def run(now: dt.datetime, all_of_them=remind) -> int:
        with app.app_context(), writing() as session:
            return all_of_them(session, now.astimezone(dt.UTC))

    days = dt.timedelta(days=1)
    outcome = [run(STARTS - before * days) for before in (4, 3, 2.5, 1, 0.5, 0)]
    assert outcome == [0, 1, 0, 1, 0, 0]
    assert [run(AFTER + n * days, remind_all) for n in (0, 1, 2)] == [0, 1, 0]
    with app.app_context():
        rows = db.session.execute(sa.select(Notice.user_id, Notice.title).order_by(Notice.id)).all()
    reminders = [(user_id, title) for user_id, title in rows if "培训：" in title or "确认" in title]
    assert reminders == [
        (wang, "3 天后有培训：燃气执法培训"), (wang, "明天有培训：燃气执法培训"),
        (bureau.trainer, "请确认班次：燃气执法培训"),
    ]  # fmt: skip
    later = STARTS + 5 * days
    bureau.change(id, starts_at=later, ends_at=later + dt.timedelta(hours=3), capacity=1)
    assert run(later - days) == 1


def test_a_reminder_run_late_tells_only_the_nearest(bureau, app):
    id = bureau.session()
    bureau.sign_up(id, bureau.officer("wang"))
    with app.app_context(), writing() as session:
        assert remind(session, STARTS - dt.timedelta(hours=20)) == 1
    assert id


def test_the_samples_are_the_bureaus_year_and_load_once(app):
    now = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
    for _ in range(2):
        with app.app_context(), writing() as session:
            load_demo(session, now)
    with app.app_context():
        rows = db.session.scalars(sa.select(TrainingSession)).all()
        assert len(rows) == 6 and all(row.is_sample and "示例" in row.title for row in rows)
        assert sorted(len(series.sessions) for series in db.session.scalars(sa.select(Series))) == [2, 4]
        assert sum(row.is_open(now) for row in rows) == 1
        for row in rows:
            taken = sa.select(sa.func.count()).where(Enrolment.session_id == row.id, Enrolment.standing == "enrolled")
            assert row.taken == db.session.scalar(taken)


@pytest.mark.parametrize("weekday", [4, 5])  # the days before a weekend move most
def test_the_samples_load_before_a_weekend_too(app, weekday):
    now = dt.datetime(2026, 11, 16 + weekday, 23, tzinfo=dt.UTC)
    with app.app_context(), writing() as session:
        load_demo(session, now)
    with app.app_context():
        rows = db.session.scalars(sa.select(TrainingSession)).all()
        assert sum(row.is_open(now) for row in rows) == 1 and sum(row.state == "held" for row in rows) == 3


def test_the_lists_ask_the_database_the_same_however_many_sessions_there_are(bureau, enter, client, count_queries):
    def cost(path: str) -> int:
        client.get(path)
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    paths = ("/sessions", "/sessions/manage", "/sessions/mine")
    bureau.session(title="一")
    wang = bureau.officer("wang")
    enter("trainer")
    few = [cost(path) for path in paths]
    for number in range(8):
        start = STARTS + dt.timedelta(days=number + 1)
        bureau.session(
            title=f"班{number}",
            starts_at=start,
            ends_at=start + dt.timedelta(hours=1),
            sign_up_until_at=SIGN_UP + dt.timedelta(days=1),
        )
    assert [cost(path) for path in paths] == few and max(few) <= 12
    with pytest.raises(Refused):
        bureau.do(enrolment_operations.approve, 1, wang)
    assert queries.PER_PAGE
