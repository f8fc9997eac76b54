"""What happens on the day and after: attendance 签到, hours 学时, survey 满意度.

The rule of hours: a session says how many hours it gives; whoever attended has them credited once, when the trainer
confirms that it was held. What is found wrong later is put right by a correction with its reason; nothing is erased.
"""

import datetime as dt
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import record
from app.certificates import operations as certificates
from app.certificates.models import Certificate, Kind
from app.experts import operations as experts
from app.sessions import outcome_queries, queries
from app.sessions.check_in import window
from app.sessions.models import Standing, State, TrainingSession
from app.sessions.operations import booking_key
from app.sessions.outcome_models import Attendance, EntryKind, HoursEntry, SurveyAnswer, SurveyDone, Way
from app.sessions.refusals import Refused
from app.sessions.telling import plain, tell

NOT_ON_THE_LIST = "您不在这个班次的正式名单里，不能签到。请找现场的培训老师。"
SURVEY_OPEN = dt.timedelta(days=30)


def check_in_window(row: TrainingSession) -> tuple[dt.datetime, dt.datetime]:
    """From when until when one may check oneself in."""
    return window(row.starts_at, row.ends_at, row.check_in_minutes)


def check_in(session: Session, id: int, user_id: int, device: str, *, now: dt.datetime) -> Attendance:
    """A person checks themselves in with a good ticket; a second time changes nothing. Raises Refused."""
    row = queries.locked(session, id)
    enrolment = queries.enrolment(session, id, user_id)
    if enrolment is None or enrolment.standing != Standing.ENROLLED:
        raise Refused(NOT_ON_THE_LIST)
    if present := outcome_queries.attendance(session, id, user_id):
        return present
    opens_at, closes_at = check_in_window(row)
    if row.state != State.PUBLISHED or not opens_at <= now < closes_at:
        raise Refused("现在不在签到时间内。已经到场的，请找现场的培训老师登记。")
    attendance = Attendance(session_id=id, user_id=user_id, at=now, way=Way.CODE.value, device=device)
    session.add(attendance)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("这部手机已经为别人签过到。一部手机只能给一个人签到，请用自己的手机。") from error
    return attendance


def mark(
    session: Session, id: int, present: Collection[int], shown: Collection[int], *, actor_id: int, now: dt.datetime
) -> tuple[int, int]:
    """Take over a trainer's list: `present` are ticked, `shown` were ticked when the list was opened.

    Only what the trainer changed is changed, so nobody who checked in meanwhile is lost. Returns how many were added
    and removed. Raises Refused once the session is confirmed as held.
    """
    row = queries.locked(session, id)
    if row.state != State.PUBLISHED:
        raise Refused("已经确认举办的班次，请用“更正”修改签到。")
    enrolled = set(queries.user_ids(session, id, Standing.ENROLLED))
    there = outcome_queries.attendances(session, id)
    added = (set(present) - set(shown) - there.keys()) & enrolled
    removed = (set(shown) - set(present)) & there.keys()
    for user_id in sorted(added):
        _be_there(session, id, user_id, actor_id, now)
    for user_id in sorted(removed):
        session.delete(there[user_id])
    session.flush()
    if added or removed:
        detail = f"added {sorted(added)}, removed {sorted(removed)}"
        record(session, "sessions.attendance_marked", f"session {id}", actor_id=actor_id, now=now, detail=detail)
    return len(added), len(removed)


def _be_there(session: Session, id: int, user_id: int, actor_id: int, now: dt.datetime) -> None:
    session.add(Attendance(session_id=id, user_id=user_id, at=now, way=Way.TRAINER.value, marked_by_id=actor_id))


def hold(session: Session, id: int, *, actor_id: int | None, now: dt.datetime) -> int:
    """Confirm that a session was held: credit its hours to those who attended. Returns how many. Raises Refused."""
    row = queries.locked(session, id)
    if row.state != State.PUBLISHED:
        raise Refused("这个班次已经确认过，或者没有发布。")
    if now < row.ends_at:
        raise Refused("班次还没有结束。")
    there = outcome_queries.attendances(session, id)
    if not there:
        raise Refused("还没有人签到。请先登记签到；没有举办的班次请取消。")
    row.state, row.held_at, row.updated_at = State.HELD.value, now, now
    for user_id in there:
        _credit(session, row, user_id, actor_id, now)
    session.flush()
    body = f"《{row.title}》已记 {plain(row.hours)} 学时。请花一分钟填写满意度调查，调查不记名。"
    title = f"学时已记：{row.title}"
    tell(session, row, there, "held", title=title, body=body, now=now, page="/survey")
    detail = f"{len(there)} people, {row.hours} hours each"
    record(session, "sessions.held", f"session {id}", actor_id=actor_id, now=now, detail=detail)
    return len(there)


def _credit(session: Session, row: TrainingSession, user_id: int, actor_id: int | None, now: dt.datetime) -> None:
    session.add(
        HoursEntry(
            session_id=row.id, user_id=user_id, kind=EntryKind.CREDIT.value, hours=row.hours, at=now, by_id=actor_id
        )
    )


@dataclass(frozen=True)
class Correction:
    """What a trainer puts right after a session was held: presence, or (when `hours` is given) hours."""

    user_id: int
    was_there: bool
    hours: Decimal | None
    reason: str


def correct(session: Session, id: int, what: Correction, *, actor_id: int, now: dt.datetime) -> None:
    """Put something right. Raises Refused."""
    values: dict[str, Any] = {"reason": what.reason, "actor_id": actor_id, "now": now}
    if what.hours is None:
        correct_attendance(session, id, what.user_id, was_there=what.was_there, **values)
    else:
        correct_hours(session, id, what.user_id, what.hours, **values)


def correct_attendance(
    session: Session, id: int, user_id: int, *, was_there: bool, reason: str, actor_id: int, now: dt.datetime
) -> None:
    """After a session was held: add somebody who was there, or take away somebody who was not, hours and all.

    Raises Refused.
    """
    row = queries.locked(session, id)
    _check_correction(row, reason)
    present = outcome_queries.attendance(session, id, user_id)
    if (present is not None) == was_there:
        raise Refused("签到已经是这样，没有改动。")
    enrolment = queries.enrolment(session, id, user_id)
    if was_there and (enrolment is None or enrolment.standing != Standing.ENROLLED):
        raise Refused("这个人不在正式名单里。")
    if present is None:
        _be_there(session, id, user_id, actor_id, now)
    else:
        session.delete(present)
        _withdraw_certificate(session, id, user_id, actor_id, now)
    session.flush()
    if was_there and not outcome_queries.has_credit(session, id, user_id):
        _credit(session, row, user_id, actor_id, now)
    else:
        has = outcome_queries.credited(session, id, user_id)
        _correct(session, row, user_id, (row.hours if was_there else Decimal(0)) - has, reason, actor_id, now)
    session.flush()
    detail = f"user {user_id} was_there {was_there}: {reason}"
    record(session, "sessions.attendance_corrected", f"session {id}", actor_id=actor_id, now=now, detail=detail)


def correct_hours(
    session: Session, id: int, user_id: int, hours: Decimal, *, reason: str, actor_id: int, now: dt.datetime
) -> None:
    """Make what an attendant has from a session `hours`, between none and twice its own. Raises Refused."""
    row = queries.locked(session, id)
    _check_correction(row, reason)
    if outcome_queries.attendance(session, id, user_id) is None:
        raise Refused("这个人没有签到，请先更正签到。")
    has = outcome_queries.credited(session, id, user_id)
    if not 0 <= hours <= 2 * row.hours or hours * 2 % 1:
        raise Refused(f"学时要在 0 到 {plain(2 * row.hours)} 之间，最小到 0.5。", "hours")
    if hours == has:
        raise Refused("学时已经是这个数，没有改动。", "hours")
    _correct(session, row, user_id, hours - has, reason, actor_id, now)
    session.flush()
    detail = f"user {user_id}: {has} to {hours}: {reason}"
    record(session, "sessions.hours_corrected", f"session {id}", actor_id=actor_id, now=now, detail=detail)


def give_certificate(session: Session, id: int, user_id: int, *, now: dt.datetime) -> Certificate:
    """The certificate of one who attended a session that was held; asked for again, the same. Raises Refused."""
    row = queries.locked(session, id)
    hours = outcome_queries.credited(session, id, user_id)
    if row.state != State.HELD or outcome_queries.attendance(session, id, user_id) is None or hours <= 0:
        raise Refused("签到参加并且记了学时的人，才能领取证书。")
    key, detail = outcome_queries.certificate_key(id, user_id), f"{plain(hours)} 学时"
    values = {"subject": row.title, "detail": detail, "source_key": key}
    return certificates.issue(session, user_id, kind=Kind.COMPLETED, **values, now=now)


def _withdraw_certificate(session: Session, id: int, user_id: int, actor_id: int, now: dt.datetime) -> None:
    issued = outcome_queries.certificate(session, id, user_id)
    if issued is not None and issued.withdrawn_at is None:
        certificates.withdraw(session, issued, "签到更正：本人没有到场", actor_id=actor_id, now=now)


def _check_correction(row: TrainingSession, reason: str) -> None:
    if row.state != State.HELD:
        raise Refused("班次还没有确认举办，请直接改签到名单。")
    if not reason:
        raise Refused("请写明更正的理由。", "reason")


def _correct(
    session: Session,
    row: TrainingSession,
    user_id: int,
    by: Decimal,
    reason: str,
    actor_id: int,
    now: dt.datetime,
) -> None:
    if not by:
        return
    session.add(
        HoursEntry(
            session_id=row.id,
            user_id=user_id,
            kind=EntryKind.CORRECTION.value,
            hours=by,
            reason=reason,
            at=now,
            by_id=actor_id,
        )
    )
    body = f"《{row.title}》给您记的学时更正了 {float(by):+g}。理由：{reason}"
    what = f"corrected-{now.timestamp():.6f}"
    tell(session, row, [user_id], what, title=f"学时更正：{row.title}", body=body, now=now)


@dataclass(frozen=True)
class Survey:
    """One filled-in survey; scores from 1 to 5, `experts` by expert id."""

    useful: int
    level: int
    organised: int
    comment: str
    experts: Mapping[int, int]


def answer_survey(session: Session, id: int, user_id: int, survey: Survey, *, now: dt.datetime) -> None:
    """Keep a survey of one who attended, once, without their name. Raises Refused."""
    row = queries.locked(session, id)
    if reason := no_survey(session, row, user_id, now):
        raise Refused(reason)
    key = secrets.token_hex(16)
    session.add(SurveyDone(session_id=id, user_id=user_id))
    session.add(
        SurveyAnswer(
            key=key,
            session_id=id,
            useful=survey.useful,
            level=survey.level,
            organised=survey.organised,
            comment=survey.comment,
        )
    )
    session.flush()
    for expert_id, score in sorted(survey.experts.items()):
        try:
            experts.rate(session, booking_key(id, expert_id), f"survey:{key}", score, now=row.ends_at)
        except experts.Refused as refusal:
            raise Refused(refusal.message) from refusal


def no_survey(session: Session, row: TrainingSession, user_id: int, now: dt.datetime) -> str:
    """Why a person cannot fill in the survey of a session; empty when they can."""
    if outcome_queries.attendance(session, row.id, user_id) is None:
        return "只有签到参加了的人能填写调查。"
    if row.state != State.HELD or row.held_at is None:
        return "培训老师确认班次举办以后，才能填写调查。"
    if now > row.held_at + SURVEY_OPEN:
        return f"调查已经在举办后 {SURVEY_OPEN.days} 天截止。"
    if outcome_queries.has_answered(session, row.id, user_id):
        return "您已经填过这个班次的调查，谢谢。"
    return ""
