"""Checking in: the rotating code is pure, a passed-on one is refused with a plain reason, a phone checks in one person."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from session_fakes import ENDS, STARTS, Bureau

from app import clock
from app.db import db
from app.sessions import check_in as codes
from app.sessions import operations, outcome_operations
from app.sessions.check_in import Verdict
from app.sessions.outcome_models import Attendance

SECOND = dt.timedelta(seconds=1)
START_OF_TIME = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
INSTANTS = st.integers(0, 9 * 365 * 86_400 * 1000).map(lambda ms: START_OF_TIME + dt.timedelta(milliseconds=ms))


@given(INSTANTS, st.floats(0, 120))
def test_a_code_is_good_while_shown_and_ten_seconds_longer_and_never_again(now, later):
    step = codes.step_at(now)
    shown_for = step * 30 + 30 - now.timestamp()
    verdict = codes.judge("k", 1, step, codes.code("k", 1, step), now + later * SECOND)
    if later < shown_for + 9.9:
        assert verdict is Verdict.GOOD
    elif later > shown_for + 10.1:
        assert verdict is Verdict.OLD


@given(INSTANTS)
def test_a_code_fits_one_session_one_step_and_one_site_only(now):
    step = codes.step_at(now)
    right = codes.code("k", 1, step)
    assert codes.judge("k", 2, step, right, now) is Verdict.WRONG
    assert codes.judge("k", 1, step + 1, right, now) is Verdict.WRONG
    assert codes.judge("other", 1, step, right, now) is Verdict.WRONG
    assert codes.judge("k", 1, step + 1, codes.code("k", 1, step + 1), now) is Verdict.OLD  # not before it is shown
    assert 1 <= codes.seconds_left(now) <= 30


@given(INSTANTS)
def test_a_ticket_is_one_persons_on_one_phone_for_three_minutes(now):
    ticket = codes.ticket("k", 1, 7, "phone", now)
    assert codes.is_ticket_good("k", 1, 7, "phone", ticket, now + 170 * SECOND)
    assert not codes.is_ticket_good("k", 1, 7, "phone", ticket, now + 181 * SECOND)
    assert not codes.is_ticket_good("k", 1, 7, "phone", ticket, now - 2 * SECOND)
    for id, user_id, device in ((2, 7, "phone"), (1, 8, "phone"), (1, 7, "another")):
        assert not codes.is_ticket_good("k", id, user_id, device, ticket, now)
    made, signature = ticket.split("-")
    for forged in (f"{int(made) + 1}-{signature}", f"{made}-{signature[:-1]}", "", "-", "x-y", f"{made}-签"):
        assert not codes.is_ticket_good("k", 1, 7, "phone", forged, now)


@pytest.fixture
def bureau(app, auth) -> Bureau:
    return Bureau(app, auth)


@pytest.fixture
def at(monkeypatch):
    """Sets the clock."""

    def move(now: dt.datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: now.astimezone(dt.UTC))

    return move


@pytest.fixture
def phone(app, auth):
    """Signs a person in on a phone of their own."""

    def sign_in(username: str):
        client = app.test_client()
        assert auth.sign_in(username, client=client).status_code == 302
        return client

    return sign_in


def address(id: int, now: dt.datetime, of: int | None = None) -> str:
    """What the code shown now leads to; `of` makes it another session's code."""
    step = codes.step_at(now)
    return f"/sessions/{id}/check-in?s={step}&c={codes.code('k', of or id, step)}"


def confirm(auth, client, id: int, page: str):
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    assert ticket, page
    return auth.post(f"/sessions/{id}/check-in", {"ticket": ticket[1]}, client)


@pytest.fixture
def day(bureau, at, phone):
    """Two officers in a session, at the hour it starts."""
    at(STARTS)
    id = bureau.session(capacity=2)
    for name in ("wang", "li"):
        bureau.sign_up(id, bureau.officer(name))
    return id


def test_scanning_and_confirming_is_one_check_in_however_often(day, auth, phone, app):
    client = phone("wang")
    scanned = client.get(address(day, STARTS))
    assert scanned.status_code == 200 and "确认签到" in scanned.text and "学员wang" in scanned.text
    done = confirm(auth, client, day, scanned.text)
    assert done.status_code == 302
    assert "已签到" in client.get(done.location).text
    assert "已签到" in confirm_again(auth, client, day, scanned.text).text
    with app.app_context():
        rows = db.session.scalars(sa.select(Attendance)).all()
        assert [(row.way, len(row.device or "")) for row in rows] == [("code", 64)]


def confirm_again(auth, client, id, page):
    return auth.post(f"/sessions/{id}/check-in", {"ticket": re.search(r'ticket" value="([^"]+)"', page)[1]}, client)


def refused(response, words: str) -> None:
    assert response.status_code == 403 and "没有签到" in response.text and words in response.text
    assert "确认签到" not in response.text


def test_a_passed_on_code_is_refused_once_it_is_old(day, phone, at):
    passed_on = address(day, STARTS)
    at(STARTS + 41 * SECOND)
    refused(phone("wang").get(passed_on), "已经换了")


def test_a_code_of_another_session_or_a_made_up_one_is_refused(day, phone):
    client = phone("wang")
    refused(client.get(address(day, STARTS, of=day + 1)), "不是本班次")
    refused(client.get(f"/sessions/{day}/check-in?s={codes.step_at(STARTS)}&c=abc"), "不是本班次")
    for query in ("", "?s=&c=", "?s=x&c=y", "?s=١&c=1", f"?s={'9' * 40}&c=1", "?s=-1&c=1"):
        refused(client.get(f"/sessions/{day}/check-in{query}"), "二维码")


def test_who_is_not_on_the_list_is_refused_and_who_may_not_see_it_finds_nothing(day, bureau, phone):
    bureau.officer("waiting"), bureau.officer("far", bureau.other)
    refused(phone("waiting").get(address(day, STARTS)), "不在这个班次的正式名单里")
    assert phone("far").get(address(day, STARTS)).status_code == 404


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (STARTS - dt.timedelta(minutes=31), False),
        (STARTS - dt.timedelta(minutes=30), True),
        (STARTS + dt.timedelta(minutes=30) - SECOND, True),
        (STARTS + dt.timedelta(minutes=30), False),
        (ENDS, False),
    ],
)
def test_the_code_works_only_in_its_window_and_the_screen_shows_none_outside(day, auth, phone, at, now, is_open):
    at(now)
    client = phone("wang")
    answer = confirm(auth, client, day, client.get(address(day, now)).text)
    screen = phone("trainer").get(f"/sessions/{day}/code")
    if is_open:
        assert answer.status_code == 302
        assert "data:image/svg" in screen.text and 1 <= int(screen.headers["Refresh"]) <= 30
        assert "已签到 <strong>1</strong>" in screen.text and "学员wang" in screen.text
    else:
        refused(answer, "签到时间")
        assert "data:image/svg" not in screen.text


def test_one_phone_checks_in_one_person(day, auth, phone, app):
    client = phone("wang")
    confirm(auth, client, day, client.get(address(day, STARTS)).text)
    client.delete_cookie("session")
    auth.sign_in("li", client=client)  # the same phone, a colleague's account
    refused(confirm(auth, client, day, client.get(address(day, STARTS)).text), "这部手机已经为别人签过到")
    own = phone("li")
    assert confirm(auth, own, day, own.get(address(day, STARTS)).text).status_code == 302


def test_a_ticket_passed_on_or_kept_is_refused(day, auth, phone, at):
    wang, li = phone("wang"), phone("li")
    page = wang.get(address(day, STARTS)).text
    refused(confirm(auth, li, day, page), "不是在这部手机上扫的")
    li.get(address(day, STARTS))  # li's phone has a mark of its own now
    refused(confirm(auth, li, day, page), "不是在这部手机上扫的")
    at(STARTS + dt.timedelta(minutes=3))
    refused(confirm(auth, wang, day, page), "3 分钟")


def test_a_visitor_is_asked_to_sign_in_and_comes_back_to_the_code(day, client):
    answer = client.get(address(day, STARTS))
    assert answer.status_code == 302 and answer.location.startswith("/sign-in?next=/sessions/")
    assert "c%3D" in answer.location or "c=" in answer.location


def test_who_left_or_whose_session_is_off_cannot_check_in(day, bureau, auth, phone, at):
    client = phone("wang")
    page = client.get(address(day, STARTS)).text
    bureau.do(operations.cancel_session, day, "停电", now=STARTS)
    refused(confirm(auth, client, day, page), "签到时间")


def test_the_trainers_list_changes_only_what_the_trainer_changed(day, bureau, auth, phone, app):
    """The list is opened, then somebody checks in by the code, then the list is sent."""
    trainer, wang = phone("trainer"), phone("wang")
    ids = list(bureau.standings(day))
    trainer.get(f"/sessions/{day}/attendance")
    confirm(auth, wang, day, wang.get(address(day, STARTS)).text)
    auth.post(f"/sessions/{day}/attendance", {"present": [ids[1]], "shown": []}, trainer)
    with app.app_context():
        ways = dict(db.session.execute(sa.select(Attendance.user_id, Attendance.way)).all())
    assert ways == {ids[0]: "code", ids[1]: "trainer"}
    auth.post(f"/sessions/{day}/attendance", {"present": [ids[0]], "shown": ids}, trainer)
    with app.app_context():
        assert set(db.session.scalars(sa.select(Attendance.user_id))) == {ids[0]}


def test_a_stranger_on_the_list_sent_is_not_marked(day, bureau, app):
    stranger = bureau.officer("stranger")
    assert bureau.do(outcome_operations.mark, day, [stranger, 99_999], [], now=STARTS) == (0, 0)
