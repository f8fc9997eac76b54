"""Hours are credited once and corrected with a reason; surveys are once, anonymous, and shown from three on."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import sqlalchemy as sa
from session_fakes import AFTER, ENDS, OPENS, SIGN_UP, STARTS, Bureau
from sqlalchemy.exc import IntegrityError

from app.audit import AuditEntry
from app.certificates.models import Certificate
from app.db import db, writing
from app.experts.models import ExpertRating
from app.notices.models import Notice
from app.sessions import enrolment_operations, operations, outcome_operations, outcome_queries, queries
from app.sessions.outcome_models import Attendance, HoursEntry, SurveyAnswer, SurveyDone
from app.sessions.outcome_operations import Correction, Survey
from app.sessions.refusals import Refused
from app.sessions.results import Gain, results
from app.training.models import Assignment, Attempt, Standing

LATER = AFTER + dt.timedelta(days=1)


@pytest.fixture
def bureau(app, auth) -> Bureau:
    return Bureau(app, auth)


@pytest.fixture
def held(bureau):
    """A session of five, of whom the first four came; its id and the five people."""
    id = bureau.session(capacity=5)
    people = [bureau.officer(f"p{n}") for n in range(5)]
    for who in people:
        bureau.sign_up(id, who)
    bureau.held(id, people[:4])
    return id, people


def test_after_it_was_held_nobody_leaves_or_is_taken_out(held, bureau):
    id, people = held
    with pytest.raises(Refused, match="已经举办"):
        bureau.leave(id, people[0], now=LATER)
    with pytest.raises(Refused, match="已经举办"):
        bureau.do(enrolment_operations.decline, id, people[0], "迟到", now=LATER)
    assert set(bureau.standings(id).values()) == {"enrolled"}


def test_who_checked_in_does_not_leave_and_who_is_taken_out_was_not_there(bureau, app):
    id, wang, li = bureau.session(), bureau.officer("wang"), bureau.officer("li")
    early = STARTS - dt.timedelta(minutes=5)
    for who in (wang, li):
        bureau.sign_up(id, who)
        with app.app_context(), writing() as session:
            outcome_operations.check_in(session, id, who, f"{who:064}", now=early)
    with pytest.raises(Refused, match="已经签到"):
        bureau.leave(id, wang, now=early)
    bureau.do(enrolment_operations.decline, id, li, "代签", now=STARTS)
    assert bureau.do(outcome_operations.hold, id, now=AFTER) == 1
    assert hours(app, id) == {wang: Decimal(4)}


def test_the_quizzes_before_and_after_show_the_gain_of_those_who_came_and_took_both(held, bureau, app):
    id, people = held
    with app.app_context(), writing() as session:
        before, after = (_assignment(session, bureau, title) for title in ("课前", "课后"))
        marks = {people[0]: (40, 70), people[1]: (60, 80), people[2]: (50, None), people[4]: (0, 100)}
        for who, (first, second) in marks.items():
            _take(session, before, who, first)
            if second is not None:
                _take(session, after, who, second)
        row = queries.locked(session, id)
        assert results(session, row).gain is None
        row.quiz_before_id, row.quiz_after_id = before, after
        assert results(session, row).gain == Gain(2, 50.0, 75.0)  # people[4] did not come, people[2] took one only


def _assignment(session, bureau, title: str) -> int:
    row = Assignment(
        title=title, note="", unit_id=bureau.county, blueprint=[], opens_at=OPENS, due_at=LATER, is_late_allowed=False,
        max_attempts=1, keep="best", pass_mark=60, bands=[], is_required=False, rule="passed", min_attempts=1,
        answers_shown="submit", created_at=OPENS, updated_at=OPENS,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _take(session, assignment_id: int, user_id: int, percent: int) -> None:
    attempt = Attempt(
        assignment_id=assignment_id, user_id=user_id, number=1, state="submitted", paper={}, started_at=AFTER,
        finished_at=AFTER, score=Decimal(percent), total=Decimal(100), percent=Decimal(percent), is_passed=percent >= 60,
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    session.add(
        Standing(
            assignment_id=assignment_id, user_id=user_id, attempts=1, kept_id=attempt.id, percent=Decimal(percent),
            is_passed=percent >= 60, is_done=False,
        )
    )  # fmt: skip
    session.flush()


def hours(app, id: int) -> dict[int, Decimal]:
    with app.app_context():
        return outcome_queries.credits(db.session, id)


def test_whoever_attended_is_credited_once_and_others_not_at_all(held, bureau, app):
    id, people = held
    assert hours(app, id) == {who: Decimal(4) for who in people[:4]}
    with pytest.raises(Refused, match="已经确认过"):
        bureau.do(outcome_operations.hold, id, now=LATER)
    assert len(hours(app, id)) == 4


@pytest.mark.both_databases
def test_confirmed_twice_at_once_is_credited_once(bureau, app):
    id, wang = bureau.session(), bureau.officer("wang")
    bureau.sign_up(id, wang)
    bureau.do(outcome_operations.mark, id, [wang], [], now=STARTS)

    def confirm(_: int) -> bool:
        try:
            return bool(bureau.do(outcome_operations.hold, id, now=AFTER))
        except Refused:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(confirm, range(4))) == [False, False, False, True]
    assert hours(app, id) == {wang: Decimal(4)}


@pytest.mark.both_databases
def test_the_database_itself_refuses_a_second_credit_and_a_correction_without_reason(bureau, app):
    id, wang = bureau.session(), bureau.officer("wang")
    bureau.sign_up(id, wang)
    bureau.held(id, [wang])
    entry = {"session_id": id, "user_id": wang, "hours": Decimal(4), "at": AFTER, "kind": "credit", "reason": ""}
    for wrong in (entry, entry | {"kind": "correction"}, entry | {"kind": "correction", "reason": "x", "hours": 0}):
        with app.app_context(), pytest.raises(IntegrityError), writing() as session:
            session.add(HoursEntry(**wrong))


def test_a_session_is_confirmed_only_when_it_is_over_and_somebody_came(bureau):
    id, wang = bureau.session(), bureau.officer("wang")
    bureau.sign_up(id, wang)
    with pytest.raises(Refused, match="还没有人签到"):
        bureau.do(outcome_operations.hold, id, now=AFTER)
    bureau.do(outcome_operations.mark, id, [wang], [], now=STARTS)
    with pytest.raises(Refused, match="还没有结束"):
        bureau.do(outcome_operations.hold, id, now=ENDS - dt.timedelta(seconds=1))
    bureau.do(outcome_operations.hold, id, now=ENDS)
    with pytest.raises(Refused, match="更正"):
        bureau.do(outcome_operations.mark, id, [], [wang], now=LATER)
    with pytest.raises(Refused, match="已举办"):
        bureau.change(id)
    with pytest.raises(Refused):
        bureau.do(operations.cancel_session, id, "没有办")


def test_corrections_add_up_leave_what_was_and_are_told_and_audited(held, bureau, app):
    id, people = held

    def put_right(who: int, was_there: bool, hours: str | None, reason: str = "核对纸质签到表") -> None:
        what = Correction(who, was_there, Decimal(hours) if hours else None, reason)
        bureau.do(outcome_operations.correct, id, what, now=LATER)

    put_right(people[4], True, None)
    put_right(people[0], True, "2.5")
    put_right(people[1], False, None)
    put_right(people[2], False, None)
    put_right(people[2], True, None)
    assert hours(app, id) == {
        people[0]: Decimal("2.5"), people[1]: Decimal(0), people[2]: Decimal(4), people[3]: Decimal(4),
        people[4]: Decimal(4),
    }  # fmt: skip
    with app.app_context():
        lines = outcome_queries.ledger(db.session, people[2])
        assert [(line.kind, line.hours) for line in reversed(lines)] == [
            ("credit", Decimal(4)), ("correction", Decimal(-4)), ("correction", Decimal(4)),
        ]  # fmt: skip
        assert outcome_queries.by_year(lines) == {2027: Decimal(4)}
        notice = db.session.scalar(sa.select(Notice).where(Notice.title.startswith("学时更正")))
        assert notice.user_id == people[0] and "-1.5" in notice.body and "核对纸质签到表" in notice.body
        audited = db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.contains("corrected"))).all()
        assert len(audited) == 5
    for wrong in ((people[0], True, "2.5"), (people[0], True, "9"), (people[0], True, "0.3"), (people[1], False, None)):
        with pytest.raises(Refused):
            put_right(*wrong)
    with pytest.raises(Refused, match="理由"):
        put_right(people[3], True, "3", reason="")


def answer(app, id: int, who: int, survey: Survey, now: dt.datetime = AFTER) -> None:
    with app.app_context(), writing() as session:
        outcome_operations.answer_survey(session, id, who, survey, now=now)


def test_a_survey_is_for_those_who_came_once_and_within_a_month(held, app):
    id, people = held
    survey = Survey(5, 4, 3, "好", {})
    answer(app, id, people[0], survey)
    for who, now, words in (
        (people[0], AFTER, "已经填过"),
        (people[4], AFTER, "签到参加"),
        (people[1], AFTER + dt.timedelta(days=31), "截止"),
    ):
        with pytest.raises(Refused, match=words):
            answer(app, id, who, survey, now)


@pytest.mark.both_databases
def test_the_same_survey_sent_twice_at_once_is_kept_once(bureau, app):
    id, wang = bureau.session(), bureau.officer("wang")
    bureau.sign_up(id, wang)
    bureau.held(id, [wang])

    def send(_: int) -> bool:
        try:
            answer(app, id, wang, Survey(5, 5, 5, "", {}))
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(send, range(4))) == [False, False, False, True]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SurveyAnswer)) == 1


def test_a_survey_is_shown_from_three_on_and_bears_nothing_of_the_person(held, app):
    id, people = held
    for number, who in enumerate(people[:3]):
        with app.app_context():
            report = outcome_queries.survey_report(db.session, id)
            assert not report.is_shown and report.useful is None and report.comments == ()
        answer(app, id, who, Survey(5 - number, 4, 4, f"意见{number}", {}))
    with app.app_context():
        report = outcome_queries.survey_report(db.session, id)
        assert (report.answered, report.useful, report.level) == (3, 4.0, 4.0)
        assert set(report.comments) == {"意见0", "意见1", "意见2"}
        answers = {column.name for column in SurveyAnswer.__table__.columns}
        assert answers == {"key", "session_id", "useful", "level", "organised", "comment"}
        assert {column.name for column in SurveyDone.__table__.columns} == {"session_id", "user_id"}


def test_ratings_reach_the_expert_without_names_and_show_from_three_on(bureau, app):
    expert = bureau.expert()
    id = bureau.session(capacity=3, experts=(expert,))
    people = [bureau.officer(f"p{n}") for n in range(3)]
    for who in people:
        bureau.sign_up(id, who)
    bureau.held(id, people)
    for number, who in enumerate(people):
        with app.app_context():
            assert results(db.session, queries.locked(db.session, id)).experts == [("周教授（示例）", None)]
        answer(app, id, who, Survey(5, 5, 5, "", {expert: 5 - number}))
    with app.app_context():
        assert results(db.session, queries.locked(db.session, id)).experts == [("周教授（示例）", 4.0)]
        rows = db.session.scalars(sa.select(ExpertRating)).all()
        assert len({row.enrolment_key for row in rows}) == 3 and {row.rated_at for row in rows} == {ENDS}
        assert not any(str(who) == row.enrolment_key.split(":")[-1] for row in rows for who in people)


def test_a_certificate_is_given_once_to_those_who_came_and_withdrawn_when_they_had_not(held, bureau, app):
    id, people = held

    def ask(who: int) -> int:
        with app.app_context(), writing() as session:
            return outcome_operations.give_certificate(session, id, who, now=LATER).id

    assert ask(people[0]) == ask(people[0])
    with pytest.raises(Refused):
        ask(people[4])
    with app.app_context():
        certificate = db.session.scalars(sa.select(Certificate)).one()
        assert (certificate.subject, certificate.detail) == ("燃气执法培训", "4 学时")
    bureau.do(outcome_operations.correct, id, Correction(people[0], False, None, "代签"), now=LATER)
    with app.app_context():
        assert db.session.scalars(sa.select(Certificate)).one().withdrawn_at is not None


def test_what_the_annual_plan_counts_equals_a_hand_made_table(bureau, app, auth):
    """Two held sessions and one that was not; by session, by unit of the people, by field."""
    town, county = bureau.officer("t1"), bureau.officer("c1", bureau.county)
    both = bureau.session(capacity=5, fields=("城镇燃气", "养犬管理"), plan_item_id=7)
    second = bureau.session(
        capacity=5, title="第二班", fields=("城镇燃气",), hours=Decimal("1.5"),
        starts_at=STARTS + dt.timedelta(hours=4), ends_at=STARTS + dt.timedelta(hours=5),
    )  # fmt: skip
    bureau.session(capacity=5, title="没办", fields=("城镇燃气",))
    for who in (town, county):
        bureau.sign_up(both, who)
    bureau.sign_up(second, town)
    bureau.held(both, [town, county])
    bureau.do(outcome_operations.mark, second, [town], [], now=STARTS)
    bureau.do(outcome_operations.hold, second, now=STARTS + dt.timedelta(hours=6))
    year = dt.datetime(2027, 1, 1, tzinfo=dt.UTC), dt.datetime(2028, 1, 1, tzinfo=dt.UTC)
    with app.app_context():
        held = outcome_queries.held_sessions(db.session, *year)
        assert [(h.id, h.plan_item_id, h.attended, h.credited) for h in held] == [
            (both, 7, 2, Decimal(8)), (second, None, 1, Decimal("1.5")),
        ]  # fmt: skip
        share = outcome_queries.Share
        by_unit = outcome_queries.hours_by_unit(db.session, *year)
        assert by_unit == {bureau.county: share(1, 1, Decimal(4)), bureau.town: share(1, 2, Decimal("5.5"))}
        by_field = outcome_queries.hours_by_field(db.session, *year)
        assert by_field == {"养犬管理": share(2, 2, Decimal(8)), "城镇燃气": share(2, 3, Decimal("9.5"))}
        assert outcome_queries.hours_by_unit(db.session, year[1], year[1]) == {}


def test_cancelling_after_sign_up_tells_everyone_who_meant_to_come_once(bureau, app):
    id = bureau.session(capacity=1)
    first, second, left = (bureau.officer(name) for name in ("a1", "b1", "c1"))
    for who in (first, second, left):
        bureau.sign_up(id, who)
    bureau.leave(id, left)
    bureau.do(operations.cancel_session, id, "讲师来不了", now=SIGN_UP)
    with app.app_context():
        rows = db.session.execute(
            sa.select(Notice.user_id, Notice.body).where(Notice.title.startswith("班次取消"))
        ).all()
        assert {user_id for user_id, _ in rows} == {first, second} and "讲师来不了" in rows[0][1]
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Attendance)) == 0
    assert OPENS < SIGN_UP
    with pytest.raises(Refused):
        bureau.sign_up(id, left)
    with pytest.raises(Refused):
        bureau.do(enrolment_operations.approve, id, first)
