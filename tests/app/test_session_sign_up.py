"""Signing up: places in the order of arrival, the waiting list, approval, clashes; and many at once."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from session_fakes import CLOSES, OPENS, SIGN_UP, STARTS, Bureau
from sqlalchemy.exc import IntegrityError

from app.access import Role
from app.accounts.models import User
from app.db import db, writing
from app.notices.models import Notice
from app.sessions import enrolment_operations, operations
from app.sessions.models import Enrolment, TrainingSession
from app.sessions.refusals import Refused

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def bureau(app, auth) -> Bureau:
    return Bureau(app, auth)


def told(app, user_id: int) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Notice.title).where(Notice.user_id == user_id).order_by(Notice.id)))


@pytest.mark.both_databases
def test_of_200_officers_at_once_exactly_50_get_a_place_and_the_rest_wait_in_order(bureau, app):
    """Sixteen threads with real transactions of their own, as the site's workers have."""
    id, people = bureau.session(capacity=50), bureau.officers(200)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda user_id: db_ready(app), range(16)))
        began = time.perf_counter()
        outcome = list(threads.map(lambda user_id: bureau.sign_up(id, user_id), people))
        seconds = time.perf_counter() - began
    print(f"200 sign-ups in {seconds:.2f} s")
    assert sorted(outcome) == ["enrolled"] * 50 + ["waiting"] * 150
    with app.app_context():
        rows = db.session.execute(
            sa.select(Enrolment.number, Enrolment.standing, Enrolment.user_id)
            .where(Enrolment.session_id == id)
            .order_by(Enrolment.number)
        ).all()
        row = db.session.get_one(TrainingSession, id)
        assert (row.taken, row.last_number) == (50, 200)
    assert [number for number, _, _ in rows] == list(range(1, 201))
    assert [standing for _, standing, _ in rows] == ["enrolled"] * 50 + ["waiting"] * 150
    assert {user_id for _, _, user_id in rows} == set(people)


def db_ready(app) -> None:
    """Have the thread's connection open before the clock starts."""
    with app.app_context():
        db.session.execute(sa.select(sa.literal(1)))


@pytest.mark.both_databases
def test_when_many_leave_at_once_those_waiting_move_up_in_order(bureau, app):
    id, people = bureau.session(capacity=10), bureau.officers(30)
    for user_id in people:
        bureau.sign_up(id, user_id)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda user_id: bureau.leave(id, user_id), people[:8]))
    standings = bureau.standings(id)
    assert [user_id for user_id, standing in standings.items() if standing == "enrolled"] == people[8:18]
    assert [user_id for user_id, standing in standings.items() if standing == "waiting"] == people[18:]
    assert bureau.row(id).taken == 10


@pytest.mark.both_databases
def test_the_same_person_twice_at_once_has_one_place(bureau, app):
    id, wang = bureau.session(), bureau.officer("wang")
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: bureau.sign_up(id, wang), range(8))) == {"enrolled"}
    assert bureau.standings(id) == {wang: "enrolled"} and bureau.row(id).taken == 1


@pytest.mark.both_databases
def test_one_person_at_once_in_two_sessions_at_the_same_time_gets_one(bureau, app):
    ids, wang = [bureau.session(title=f"班{n}") for n in range(4)], bureau.officer("wang")

    def attempt(id: int) -> str:
        try:
            return bureau.sign_up(id, wang)
        except Refused as refusal:
            return refusal.message

    with ThreadPoolExecutor(4) as threads:
        outcome = list(threads.map(attempt, ids))
    assert outcome.count("enrolled") == 1
    assert sum("同一时间您已报名" in text for text in outcome) == 3


@pytest.mark.both_databases
def test_the_database_itself_refuses_more_people_than_places(bureau, app):
    id = bureau.session(capacity=2)
    with app.app_context(), pytest.raises(IntegrityError), writing() as session:
        session.execute(sa.update(TrainingSession).where(TrainingSession.id == id).values(taken=3))


def test_a_second_sign_up_changes_nothing_and_who_comes_back_queues_anew(bureau):
    id = bureau.session(capacity=1)
    first, second, third = (bureau.officer(name) for name in ("a1", "b1", "c1"))
    assert [bureau.sign_up(id, who) for who in (first, second, third, second)] == [
        "enrolled", "waiting", "waiting", "waiting",
    ]  # fmt: skip
    bureau.leave(id, first)
    assert bureau.standings(id) == {first: "left", second: "enrolled", third: "waiting"}
    assert bureau.sign_up(id, first) == "waiting"
    bureau.leave(id, second)
    assert bureau.standings(id)[third] == "enrolled"


def test_whoever_moves_up_is_told_once(bureau, app):
    id = bureau.session(capacity=1)
    first, second = bureau.officer("a1"), bureau.officer("b1")
    for who in (first, second):
        bureau.sign_up(id, who)
    assert told(app, second) == []
    bureau.leave(id, first)
    assert told(app, second) == ["候补成功：燃气执法培训"]
    assert told(app, first) == []


def test_more_places_let_the_first_waiting_in(bureau, app):
    id = bureau.session(capacity=1)
    people = [bureau.officer(f"p{n}") for n in range(4)]
    for who in people:
        bureau.sign_up(id, who)
    bureau.change(id, capacity=3)
    assert list(bureau.standings(id).values()) == ["enrolled", "enrolled", "enrolled", "waiting"]
    assert told(app, people[2]) == ["候补成功：燃气执法培训"]
    with pytest.raises(Refused, match="名额不能再少"):
        bureau.change(id, capacity=2)


def test_nobody_moves_up_after_the_session_has_begun(bureau):
    id = bureau.session(capacity=1)
    first, second = bureau.officer("a1"), bureau.officer("b1")
    for who in (first, second):
        bureau.sign_up(id, who)
    with pytest.raises(Refused, match="已经开始"):
        bureau.leave(id, first, now=STARTS)
    bureau.do(enrolment_operations.decline, id, first, "临时有任务", now=STARTS)
    assert bureau.standings(id)[second] == "waiting"


@pytest.mark.parametrize(
    ("now", "is_open"),
    [(OPENS - MINUTE, False), (OPENS, True), (CLOSES - MINUTE, True), (CLOSES, False)],
)
def test_the_window_opens_and_closes_to_the_minute(bureau, now, is_open):
    id, wang = bureau.session(), bureau.officer("wang")
    if is_open:
        assert bureau.sign_up(id, wang, now=now) == "enrolled"
    else:
        with pytest.raises(Refused, match="报名时间"):
            bureau.sign_up(id, wang, now=now)


def test_approval_comes_before_a_place(bureau, app):
    id = bureau.session(capacity=1, needs_approval=True)
    people = [bureau.officer(f"p{n}") for n in range(3)]
    assert {bureau.sign_up(id, who) for who in people} == {"applied"}
    assert bureau.row(id).taken == 0
    for who in people[:2]:
        bureau.do(enrolment_operations.approve, id, who)
    bureau.do(enrolment_operations.decline, id, people[2], "本期只面向新划转领域")
    assert list(bureau.standings(id).values()) == ["enrolled", "waiting", "declined"]
    with app.app_context():
        bodies = list(
            db.session.scalars(
                sa.select(Notice.body)
                .where(Notice.user_id.in_(people[:3]), Notice.title.startswith("报名结果"))
                .order_by(Notice.id)
            )
        )
    assert "通过了审核，请准时参加" in bodies[0] and "候补" in bodies[1] and "新划转" in bodies[2]
    with pytest.raises(Refused, match="没有通过审核"):
        bureau.sign_up(id, people[2])
    with pytest.raises(Refused, match="处理过"):
        bureau.do(enrolment_operations.approve, id, people[0])
    bureau.leave(id, people[0])
    assert bureau.standings(id)[people[1]] == "enrolled"


def test_two_sessions_at_once_are_refused_with_the_other_ones_name(bureau):
    first, wang = bureau.session(title="第一个班"), bureau.officer("wang")
    second = bureau.session(
        title="第二个班", starts_at=STARTS + dt.timedelta(hours=2), ends_at=STARTS + 5 * 60 * MINUTE
    )
    after = bureau.session(title="接着的班", starts_at=STARTS + 180 * MINUTE, ends_at=STARTS + 240 * MINUTE)
    bureau.sign_up(first, wang)
    with pytest.raises(Refused, match="同一时间您已报名《第一个班》"):
        bureau.sign_up(second, wang)
    assert bureau.sign_up(after, wang) == "enrolled"  # times that only touch do not clash
    bureau.do(operations.cancel_session, first, "讲师来不了")
    with pytest.raises(Refused, match="接着的班"):
        bureau.sign_up(second, wang)
    bureau.leave(after, wang)
    assert bureau.sign_up(second, wang) == "enrolled"


def test_only_the_audience_signs_up_by_unit_role_and_level(bureau):
    near, far = bureau.officer("near"), bureau.officer("far", bureau.other)
    editor = bureau.officer("editor", role=Role.EDITOR)
    county = bureau.officer("county", bureau.county)
    open_to_all = bureau.session(capacity=9)
    narrow = bureau.session(
        title="乡镇执法人员班", roles=("officer",), levels=("乡镇街道",), starts_at=STARTS + dt.timedelta(hours=3),
        ends_at=STARTS + dt.timedelta(hours=4),
    )  # fmt: skip
    for who in (near, editor, county):
        assert bureau.sign_up(open_to_all, who) == "enrolled"
    with pytest.raises(Refused, match="培训对象"):
        bureau.sign_up(open_to_all, far)
    assert bureau.sign_up(narrow, near) == "enrolled"
    for who in (editor, county, far):
        with pytest.raises(Refused, match="培训对象"):
            bureau.sign_up(narrow, who)


def test_a_trainer_adds_a_person_only_where_there_is_a_place(bureau, app):
    id = bureau.session(capacity=1)
    wang, li = bureau.officer("wang"), bureau.officer("li")
    with app.app_context(), writing() as session:
        people = [session.get_one(User, who) for who in (wang, li)]
        enrolment_operations.add_person(session, id, people[0], actor_id=bureau.trainer, now=STARTS)
        with pytest.raises(Refused, match="名额已满"):
            enrolment_operations.add_person(session, id, people[1], actor_id=bureau.trainer, now=STARTS)
        with pytest.raises(Refused, match="已经在名单里"):
            enrolment_operations.add_person(session, id, people[0], actor_id=bureau.trainer, now=STARTS)
    assert told(app, wang) == ["您有一个培训：燃气执法培训"]
    assert SIGN_UP < STARTS
