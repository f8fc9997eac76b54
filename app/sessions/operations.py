"""What trainers do with a session: write, publish, change, cancel, throw away; and series of them.

Signing up is in enrolment_operations.py, what happens on the day and after in outcome_operations.py.
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from app.audit import record
from app.clock import LOCAL
from app.experts import operations as experts
from app.sessions import queries
from app.sessions.enrolment_operations import fill_places
from app.sessions.facts import Facts, check, fill_in
from app.sessions.models import ACTIVE, Series, SessionExpert, State, TrainingSession
from app.sessions.refusals import Refused
from app.sessions.telling import plain, tell, when, where

MOST_IN_SERIES = 20
SHOWN_IN_CALENDARS = ("title", "place", "link", "starts_at", "ends_at", "sign_up_from_at", "sign_up_until_at")
WORTH_TELLING = ("place", "link", "starts_at", "ends_at")


def add_session(
    session: Session, facts: Facts, unit_id: int, *, actor_id: int | None, now: dt.datetime, is_sample: bool = False
) -> TrainingSession:
    """A new draft of a unit. Raises Refused, also when an expert cannot come."""
    check(facts)
    row = TrainingSession(
        uid=secrets.token_hex(16), unit_id=unit_id, created_by_id=actor_id, created_at=now, updated_at=now
    )
    row.is_sample = is_sample
    fill_in(row, facts)
    session.add(row)
    session.flush()
    _book(session, row, facts.experts, actor_id, now)
    record(session, "sessions.added", f"session {row.id}", actor_id=actor_id, now=now, detail=row.title)
    return row


def change_session(session: Session, id: int, facts: Facts, *, actor_id: int, now: dt.datetime) -> TrainingSession:
    """Change a draft or a published session; people in it are told when time or place changes. Raises Refused."""
    row = queries.locked(session, id)
    if row.state not in (State.DRAFT, State.PUBLISHED):
        raise Refused("已举办或者已取消的班次不能再改。")
    check(facts)
    if facts.capacity < row.taken:
        raise Refused(f"已经有 {row.taken} 人报上名，名额不能再少。", "capacity")
    before = {name: getattr(row, name) for name in SHOWN_IN_CALENDARS}
    fill_in(row, facts)
    row.updated_at = now
    changed = [name for name in SHOWN_IN_CALENDARS if getattr(row, name) != before[name]]
    row.sequence += bool(changed)
    session.flush()
    _book(session, row, facts.experts, actor_id, now)
    if row.state == State.PUBLISHED:
        if set(changed) & set(WORTH_TELLING):
            _tell_of_move(session, row, now)
        fill_places(session, row, now=now)
    detail = f"changed: {', '.join(changed)}" if changed else ""
    record(session, "sessions.changed", f"session {id}", actor_id=actor_id, now=now, detail=detail)
    return row


def publish_session(session: Session, id: int, *, actor_id: int | None, now: dt.datetime) -> TrainingSession:
    """Open a draft to its audience and tell them. Raises Refused."""
    row = queries.locked(session, id)
    if row.state != State.DRAFT:
        raise Refused("这个班次已经发布过了。")
    if row.sign_up_until_at <= now:
        raise Refused("报名截止时间已经过去，请先改好时间再发布。", "sign_up_until_at")
    row.state, row.updated_at = State.PUBLISHED.value, now
    session.flush()
    closes = f"报名截止：{row.sign_up_until_at.astimezone(LOCAL):%m-%d %H:%M}。"
    body = f"{when(row)}，{where(row)}，{plain(row.hours)} 学时，名额 {row.capacity} 人。{closes}"
    audience = queries.audience_ids(session, row)
    tell(session, row, audience, "published", title=f"新的培训班次：{row.title}", body=body, now=now, mail=False)
    record(session, "sessions.published", f"session {id}", actor_id=actor_id, now=now, detail=row.title)
    return row


def cancel_session(session: Session, id: int, reason: str, *, actor_id: int, now: dt.datetime) -> TrainingSession:
    """Call a published session off: experts are free again, and all who meant to come are told. Raises Refused."""
    row = queries.locked(session, id)
    if row.state != State.PUBLISHED:
        raise Refused("只有已发布、还没有举办的班次可以取消。")
    row.state, row.cancel_reason, row.updated_at = State.CANCELLED.value, reason, now
    row.sequence += 1
    session.flush()
    _release(session, row, [line.expert_id for line in row.experts], actor_id, now)
    body = f"原定{when(row)}的《{row.title}》取消了。原因：{reason}"
    everyone = queries.user_ids(session, id, *ACTIVE)
    tell(session, row, everyone, "cancelled", title=f"班次取消：{row.title}", body=body, now=now)
    record(session, "sessions.cancelled", f"session {id}", actor_id=actor_id, now=now, detail=reason)
    return row


def discard_draft(session: Session, id: int, *, actor_id: int, now: dt.datetime) -> list[str]:
    """Throw a draft away. Returns the names of its kept files, for the caller to remove. Raises Refused."""
    row = queries.locked(session, id)
    if row.state != State.DRAFT:
        raise Refused("发布过的班次不能删除，只能取消。")
    _release(session, row, [line.expert_id for line in row.experts], actor_id, now)
    materials = queries.materials(session, id)
    for material in materials:
        session.delete(material)
    session.flush()
    record(session, "sessions.discarded", f"session {id}", actor_id=actor_id, now=now, detail=row.title)
    session.delete(row)
    session.flush()
    return [material.stored_name for material in materials if material.stored_name]


def add_series(  # noqa: PLR0913 - a template, a name, and when
    session: Session,
    title: str,
    facts: Facts,
    starts: Sequence[dt.datetime],
    unit_id: int,
    *,
    actor_id: int | None,
    now: dt.datetime,
    is_sample: bool = False,
) -> Series:
    """Drafts from one template, one for each of `starts`; sign-up moves with them. Raises Refused."""
    if not 2 <= len(starts) <= MOST_IN_SERIES:
        raise Refused(f"一个系列要有 2 到 {MOST_IN_SERIES} 期，请每行写一个开始时间。", "starts")
    if len(set(starts)) < len(starts):
        raise Refused("有两期的开始时间一样，请检查。", "starts")
    series = Series(title=title, unit_id=unit_id, created_by_id=actor_id, created_at=now)
    session.add(series)
    session.flush()
    for number, starts_at in enumerate(sorted(starts), start=1):
        one = replace(facts.moved_to(starts_at), title=f"{title}（第 {number} 期）")
        row = add_session(session, one, unit_id, actor_id=actor_id, now=now, is_sample=is_sample)
        row.series_id, row.series_number = series.id, number
    session.flush()
    return series


def booking_key(id: int, expert_id: int) -> str:
    """How a session names its booking of an expert."""
    return f"session:{id}:expert:{expert_id}"


def _book(
    session: Session, row: TrainingSession, wanted: Sequence[int], actor_id: int | None, now: dt.datetime
) -> None:
    """Take the time of the experts wanted, in the order of their ids, and give back that of the others."""
    present = {line.expert_id: line for line in row.experts}
    _release(session, row, [id for id in present if id not in wanted], actor_id, now)
    for id in sorted(wanted):
        key = booking_key(row.id, id)
        try:
            times = row.starts_at, row.ends_at
            experts.book(session, id, times, title=row.title, source_key=key, actor_id=actor_id, now=now)
        except experts.Refused as refusal:
            raise Refused(refusal.message, "experts") from refusal
    row.experts = [present.get(id) or SessionExpert(expert_id=id) for id in dict.fromkeys(wanted)]
    session.flush()


def _release(
    session: Session, row: TrainingSession, expert_ids: Sequence[int], actor_id: int | None, now: dt.datetime
) -> None:
    for id in sorted(expert_ids):
        experts.release(session, booking_key(row.id, id), actor_id=actor_id, now=now)


def _tell_of_move(session: Session, row: TrainingSession, now: dt.datetime) -> None:
    body = f"《{row.title}》的时间或者地点改了，现在是：{when(row)}，{where(row)}。不能来的请在班次页取消报名。"
    everyone = queries.user_ids(session, row.id, *ACTIVE)
    tell(session, row, everyone, f"moved-{row.sequence}", title=f"班次有变动：{row.title}", body=body, now=now)
