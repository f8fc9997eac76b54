"""Calendar files and feeds, opened by an independent parser: zone, stable UID, rising SEQUENCE, cancellation."""

import datetime as dt

import pytest
import vobject
from session_fakes import CLOSES, ENDS, OPENS, SIGN_UP, STARTS, Bureau

from app import clock
from app.access import Role
from app.accounts.models import User
from app.db import db, writing
from app.sessions import operations, outcome_operations


@pytest.fixture
def bureau(app, auth, monkeypatch) -> Bureau:
    monkeypatch.setattr(clock, "now", lambda: SIGN_UP.astimezone(dt.UTC))
    return Bureau(app, auth)


def events(response) -> dict[str, object]:
    """Entries of an .ics by UID, as vobject reads them; every time must stand in the zone of Jinhua."""
    assert response.status_code == 200 and response.headers["Content-Type"].startswith("text/calendar")
    calendar = vobject.readOne(response.text)
    assert calendar.vtimezone.tzid.value == "Asia/Shanghai"
    assert response.text.count("TZID=Asia/Shanghai") == 2 * response.text.count("BEGIN:VEVENT")
    assert "BEGIN:STANDARD" in response.text and "TZOFFSETTO:+0800" in response.text
    return {event.uid.value: event for event in getattr(calendar, "vevent_list", [])}


@pytest.fixture
def signed_in(auth, client):
    def enter(username: str):
        client.delete_cookie("session")
        assert auth.sign_in(username).status_code == 302
        return client

    return enter


def feed(auth, client, scope: str = "own") -> str:
    """Make or renew a feed; its address."""
    assert auth.post(f"/sessions/calendar/{scope}").status_code == 302
    page = client.get("/sessions/calendar").text
    name = f'id="feed-{scope}" type="text" readonly value="'
    return page[page.index(name) + len(name) :].split('"')[0]


def test_a_sessions_file_holds_the_session_and_its_sign_up_window(bureau, signed_in):
    id = bureau.session(about="带执法证\n和记录仪", link="https://example.org/live")
    bureau.officer("wang")
    found = events(signed_in("wang").get(f"/sessions/{id}/calendar.ics"))
    uid = bureau.row(id).uid
    assert set(found) == {f"session-{uid}@youshu", f"sign-up-{uid}@youshu"}
    session, window = found[f"session-{uid}@youshu"], found[f"sign-up-{uid}@youshu"]
    assert (session.dtstart.value, session.dtend.value) == (STARTS, ENDS)
    assert session.dtstart.value.utcoffset() == dt.timedelta(hours=8)
    assert (window.dtstart.value, window.dtend.value) == (OPENS, CLOSES)
    assert session.summary.value == "燃气执法培训" and session.location.value == "培训教室"
    assert "带执法证\n和记录仪" in session.description.value
    assert "https://example.org/live" not in session.description.value  # only who is in the session sees the link
    assert session.url.value.endswith(f"/sessions/{id}") and session.status.value == "CONFIRMED"


def test_a_move_raises_the_sequence_keeps_the_uid_and_a_cancellation_is_carried(bureau, app, auth, client, signed_in):
    id, _ = bureau.session(), bureau.officer("wang")
    signed_in("wang")
    auth.post(f"/sessions/{id}/sign-up")
    address = feed(auth, client)
    visitor = app.test_client()
    uid = f"session-{bureau.row(id).uid}@youshu"
    seen = [events(visitor.get(address))[uid]]
    bureau.change(id, about="只改介绍")
    seen.append(events(visitor.get(address))[uid])
    bureau.change(id, place="另一个教室")
    seen.append(events(visitor.get(address))[uid])
    later = STARTS + dt.timedelta(days=1)
    bureau.change(id, place="另一个教室", starts_at=later, ends_at=later + dt.timedelta(hours=3))
    seen.append(events(visitor.get(address))[uid])
    bureau.do(operations.cancel_session, id, "讲师来不了")
    seen.append(events(visitor.get(address))[uid])
    assert [int(event.sequence.value) for event in seen] == [0, 0, 1, 2, 3]
    assert seen[2].location.value == "另一个教室" and seen[3].dtstart.value == later
    assert [event.status.value for event in seen] == ["CONFIRMED"] * 4 + ["CANCELLED"]
    assert "讲师来不了" in seen[4].description.value


def test_ones_own_feed_holds_ones_sessions_and_the_windows_one_may_still_use(bureau, app, auth, client, signed_in):
    mine = bureau.session(title="我的", link="https://example.org/live")
    after = {"starts_at": ENDS, "ends_at": ENDS + dt.timedelta(hours=1)}
    open_one = bureau.session(title="可以报的", **after)
    bureau.session(title="不是给我的", units=(bureau.other,))
    bureau.session(title="草稿", is_draft=True)
    bureau.officer("wang"), bureau.officer("li")
    full = bureau.session(
        title="满的", capacity=1, starts_at=ENDS + dt.timedelta(hours=2), ends_at=ENDS + dt.timedelta(hours=3)
    )
    signed_in("li")
    auth.post(f"/sessions/{full}/sign-up")
    signed_in("wang")
    for id in (mine, full):
        auth.post(f"/sessions/{id}/sign-up")
    address = feed(auth, client)
    found = {event.summary.value: event for event in events(app.test_client().get(address)).values()}
    assert set(found) == {"我的", "（候补）满的", "报名：可以报的"}
    assert "https://example.org/live" in found["我的"].description.value
    auth.post(f"/sessions/{mine}/leave")
    assert "我的" not in {e.summary.value for e in events(app.test_client().get(address)).values()}
    assert open_one


def test_a_units_feed_shows_what_its_person_may_see(bureau, app, auth, client, signed_in):
    bureau.session(title="本县的"), bureau.session(title="草稿", is_draft=True)
    bureau.session(title="只给培训管理员", roles=("trainer",))
    bureau.session(title="邻县办的", units=(bureau.other,))
    bureau.officer("wang")
    signed_in("wang")
    found = events(app.test_client().get(feed(auth, client, "unit")))
    assert {event.summary.value for event in found.values()} == {"本县的", "报名：本县的"}


def test_an_address_is_secret_can_be_renewed_and_closes_with_the_person(bureau, app, auth, client, signed_in):
    wang = bureau.officer("wang")
    signed_in("wang")
    visitor = app.test_client()
    old = feed(auth, client)
    assert visitor.get(old).status_code == 200
    new = feed(auth, client)
    assert new != old and visitor.get(old).status_code == 404
    head, _, tail = new.rpartition("/")
    for wrong in (
        f"{head}/{'0' * 32}.ics",
        f"{head}/x.ics",
        new.replace(f"{head}/", f"{head}9/"),
        f"{head}/{tail[1:]}",
    ):
        assert visitor.get(wrong).status_code == 404
    with app.app_context(), writing() as session:
        session.get_one(User, wang).is_active = False
    assert visitor.get(new).status_code == 404
    with app.app_context():
        db.session.rollback()


def test_a_scope_that_is_not_offered_and_a_draft_have_no_calendar(bureau, auth, signed_in):
    draft = bureau.session(is_draft=True)
    bureau.officer("wang")
    signed_in("wang")
    assert auth.post("/sessions/calendar/everything").status_code == 404
    signed_in("trainer")
    assert auth.client.get(f"/sessions/{draft}/calendar.ics").status_code == 404
    assert Role.TRAINER and outcome_operations
