"""An expert's time is taken once, whoever asks at the same moment."""

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.audit import AuditEntry
from app.db import db, writing
from app.experts import operations, pool_operations, queries
from app.experts.demo import read_samples
from app.experts.models import Expert, ExpertAbsence, ExpertBooking, ExpertRating, ExpertTerm
from app.experts.operations import Refused
from app.experts.profile import write_profile, write_slots

NOW = dt.datetime(2027, 1, 4, 1, tzinfo=dt.UTC)
NINE, NOON = (dt.datetime(2027, 3, 12, hour, tzinfo=dt.UTC) for hour in (1, 4))


def new_expert(session, key="e-001", **values):
    facts = {
        "key": key, "name": "郑示例", "kind": "practitioner", "organisation": "某执法队（示例）", "post": "", "courses": "",
        "specialities": "燃气安全检查。", "yearly_cap": 3, "consented_on": dt.date(2026, 1, 1), "created_at": NOW, "version": 1,
        "terms": [ExpertTerm(starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2027, 12, 31))],
    }  # fmt: skip
    expert = Expert(**(facts | values))
    session.add(expert)
    session.flush()
    return expert.id


def book(session, expert_id, start=NINE, end=NOON, source="session:1"):
    return operations.book(session, expert_id, (start, end), title="燃气班", source_key=source, actor_id=None, now=NOW)


@pytest.fixture
def expert_id(app):
    with app.app_context(), writing() as session:
        return new_expert(session)


@pytest.mark.both_databases
def test_of_twenty_who_book_the_same_hour_one_gets_it(app, expert_id):
    booked, refused, other = [], [], []
    start = threading.Barrier(20)

    def try_to(number):
        with app.app_context():
            start.wait()
            shift = dt.timedelta(minutes=number)
            try:
                with writing() as session:
                    book(session, expert_id, NINE + shift, NOON + shift, f"session:{number}")
                booked.append(number)
            except Refused:
                refused.append(number)
            except BaseException as error:
                other.append(error)

    threads = [threading.Thread(target=try_to, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert other == []
    assert (len(booked), len(refused)) == (1, 19)
    with app.app_context():
        assert len(queries.bookings(db.session, [expert_id])) == 1


@pytest.mark.both_databases
@pytest.mark.parametrize("how", ["insert", "move", "take again"])
def test_the_database_itself_refuses_two_bookings_that_overlap(app, expert_id, how):
    with app.app_context():
        with writing() as session:
            book(session, expert_id)
            after = dt.timedelta(hours=3) if how == "move" else dt.timedelta(hours=1)
            row = ExpertBooking(
                expert_id=expert_id, starts_at=NINE + after, ends_at=NOON + after, title="", source_key="b",
                state="released" if how == "take again" else "booked",
            )  # fmt: skip
            if how != "insert":
                session.add(row)
        row.state, row.starts_at = "booked", NINE + dt.timedelta(hours=1)
        with pytest.raises(IntegrityError), writing() as session:
            session.add(row)


@pytest.mark.both_databases
def test_bookings_that_touch_and_bookings_of_others_are_no_clash(app, expert_id):
    with app.app_context(), writing() as session:
        other = new_expert(session, "e-002")
        book(session, expert_id)
        book(session, expert_id, NOON, NOON + dt.timedelta(hours=1), "session:2")
        book(session, other, source="session:3")
        assert len(queries.bookings(session, [expert_id, other])) == 3


@pytest.mark.both_databases
def test_a_source_moves_its_booking_over_its_own_old_time_and_gives_it_back(app, expert_id):
    with app.app_context():
        with writing() as session:
            first = book(session, expert_id)
            moved = book(session, expert_id, NINE + dt.timedelta(hours=1), NOON + dt.timedelta(hours=1))
            assert moved.id == first.id
            operations.release(session, "session:1", actor_id=None, now=NOW)
            operations.release(session, "session:1", actor_id=None, now=NOW)
            operations.release(session, "never booked", actor_id=None, now=NOW)
        assert queries.bookings(db.session, [expert_id]) == []
        actions = db.session.scalars(sa.select(AuditEntry.action)).all()
        assert actions == ["experts.booked", "experts.booked", "experts.released"]
        with writing() as session:
            assert book(session, expert_id, source="session:9").id != first.id


def refusal(session, expert_id, *times):
    with pytest.raises(Refused) as caught:
        book(session, expert_id, *times, source="session:new")
    return caught.value.message


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"retired_at": NOW}, "退出"),
        ({"consented_on": None}, "同意"),
        ({"terms": [ExpertTerm(starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2027, 3, 11))]}, "聘期"),
        ({"absences": [ExpertAbsence(starts_on=dt.date(2027, 3, 12), ends_on=dt.date(2027, 3, 12))]}, "不便"),
    ],
)
def test_who_cannot_come_is_not_booked(app, values, told):
    with app.app_context(), writing() as session:
        assert told in refusal(session, new_expert(session, **values))


def test_a_booking_over_two_days_asks_both_and_midnight_is_the_day_before(app):
    with app.app_context(), writing() as session:
        id = new_expert(session, absences=[ExpertAbsence(starts_on=dt.date(2027, 3, 13), ends_on=dt.date(2027, 3, 13))])
        midnight = dt.datetime(2027, 3, 12, 16, tzinfo=dt.UTC)
        assert "不便" in refusal(session, id, NINE, midnight + dt.timedelta(hours=2))
        assert book(session, id, NINE, midnight).id


def test_no_more_sessions_than_the_cap_of_the_year(app, expert_id):
    with app.app_context(), writing() as session:
        for week in range(3):
            shift = dt.timedelta(weeks=week)
            book(session, expert_id, NINE + shift, NOON + shift, f"session:{week}")
        month = dt.timedelta(weeks=5)
        assert "场次已满" in refusal(session, expert_id, NINE + month, NOON + month)
        shift = dt.timedelta(weeks=4)
        assert book(session, expert_id, NINE + shift, NOON + shift, "session:2")  # moving is no new session
        assert "写反" in refusal(session, expert_id, NOON, NINE)


@pytest.mark.both_databases
def test_a_rating_is_for_a_session_that_is_over_and_the_last_word_counts(app, expert_id):
    later = NOON + dt.timedelta(minutes=1)
    with app.app_context():
        with writing() as session:
            book(session, expert_id)
            for key, when, score in (("session:1", NINE, 5), ("session:2", later, 5), ("session:1", later, 6)):
                with pytest.raises(Refused):
                    operations.rate(session, key, "enrolment:1", score, now=when)
            operations.rate(session, "session:1", "enrolment:1", 2, now=later)
            operations.rate(session, "session:1", "enrolment:1", 4, comment="案例很实", now=later)
            operations.rate(session, "session:1", "enrolment:2", 5, now=later)
        assert queries.ratings(db.session) == {expert_id: queries.Rating(4.5, 2)}
        assert [rating.comment for rating in queries.comments(db.session, expert_id)] == ["案例很实"]
        booking_id = queries.booking(db.session, "session:1").id
        twice = {"booking_id": booking_id, "enrolment_key": "enrolment:1", "comment": "", "rated_at": later}
        with pytest.raises(IntegrityError), writing() as session:
            session.add(ExpertRating(score=1, **twice))


@pytest.mark.both_databases
def test_a_profile_lives_through_all_changes_on_both_databases(app):
    sample, other = list(read_samples().values())[:2]
    acting = {"actor_id": None, "now": NOW}
    with app.app_context():
        with writing() as session:
            expert = pool_operations.add_expert(session, sample, **acting)
            changed = pool_operations.change_expert(session, expert, other, version=1, **acting)
            assert {"name", "slots", "terms", "specialities"} <= set(changed)
            assert pool_operations.change_expert(session, expert, other, version=2, **acting) == []
            pool_operations.renew(session, expert, (dt.date(2027, 3, 1), dt.date(2028, 2, 28)), **acting)
            pool_operations.retire(session, expert, "调离", **acting)
            pool_operations.restore(session, expert, **acting)
        expert = queries.expert(db.session, "e-001")
        texts = write_profile(expert, queries.internal(db.session, expert.id))
        assert texts["terms"] == "2026-03-01至2027-02-28；2027-03-01至2028-02-28"
        assert (texts["slots"], expert.fields) == (write_slots(other.slots), other.fields)
        assert queries.ending_terms(db.session, dt.date(2028, 2, 28)) == [(expert, dt.date(2028, 2, 28))]
        assert queries.fields_in_use(db.session) == sorted(other.fields)
        assert [row.key for row, _ in queries.with_internal(db.session)] == ["e-001"]
        assert queries.timetables(db.session, [expert])[expert.id].terms[1][1] == dt.date(2028, 2, 28)
