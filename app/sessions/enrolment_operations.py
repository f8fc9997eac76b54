"""Signing up 报名: places go in the order of arrival, the rest wait, and a freed place goes to the first waiting.

Everything that gives or frees a place first locks the session's row (on SQLite the write transaction is the lock), so
the count it reads is the count it writes. The check on `taken` is the database's own last word.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import record
from app.sessions import outcome_queries, queries
from app.sessions.models import Enrolment, Standing, State, TrainingSession
from app.sessions.refusals import Refused
from app.sessions.telling import tell, when, where


def sign_up(session: Session, id: int, user: User, *, now: dt.datetime) -> Enrolment:
    """Sign a person up: enrolled while there are places, else waiting; applied where approval is asked for.

    A second sign-up changes nothing. Raises Refused: outside the window, not meant for them, at another session then.
    """
    _hold(session, user.id)
    row = queries.locked(session, id)
    present = queries.enrolment(session, id, user.id)
    if present and present.is_active:
        return present
    if not row.is_open(now):
        raise Refused("现在不在报名时间内。")
    if not queries.is_meant_for(session, id, user):
        raise Refused("您不在这个班次的培训对象里。")
    if present and present.standing == Standing.DECLINED:
        raise Refused("报名没有通过审核，如有疑问请联系举办单位。")
    if other := queries.clash(session, user.id, row):
        raise Refused(f"同一时间您已报名《{other.session.title}》（{when(other.session)}），请先取消那个班次。")
    return _arrive(session, row, present or Enrolment(session_id=id, user_id=user.id, at=now), now)


def _hold(session: Session, user_id: int) -> None:
    """Two sign-ups of one person come one after the other. Weaker than FOR UPDATE: notices may still point at them."""
    session.execute(sa.select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def _arrive(session: Session, row: TrainingSession, enrolment: Enrolment, now: dt.datetime) -> Enrolment:
    row.last_number += 1
    enrolment.number, enrolment.at, enrolment.changed_at, enrolment.reason = row.last_number, now, now, ""
    if row.needs_approval:
        enrolment.standing = Standing.APPLIED.value
    elif row.free > 0:
        enrolment.standing = Standing.ENROLLED.value
        row.taken += 1
    else:
        enrolment.standing = Standing.WAITING.value
    session.add(enrolment)
    session.flush()
    return enrolment


def leave(session: Session, id: int, user_id: int, *, now: dt.datetime) -> Enrolment:
    """A person takes back their sign-up, until the session begins. Raises Refused."""
    row, enrolment = _both(session, id, user_id)
    if not enrolment.is_active:
        raise Refused("您没有报名这个班次。")
    if now >= row.starts_at:
        raise Refused("班次已经开始，不能取消报名了。不能到场请告诉举办单位。")
    if outcome_queries.attendance(session, id, user_id):
        raise Refused("您已经签到，不能取消报名。")
    _move(row, enrolment, Standing.LEFT, now)
    fill_places(session, row, now=now)
    return enrolment


def approve(session: Session, id: int, user_id: int, *, actor_id: int, now: dt.datetime) -> Enrolment:
    """Let an applicant in, or into the queue when the session is full. Raises Refused."""
    row, enrolment = _both(session, id, user_id)
    if enrolment.standing != Standing.APPLIED:
        raise Refused("这个报名已经处理过了。")
    is_in = row.free > 0
    _move(row, enrolment, Standing.ENROLLED if is_in else Standing.WAITING, now)
    session.flush()
    outcome = "通过了审核，请准时参加" if is_in else "通过了审核，名额已满，先排在候补里"
    body = f"您报名的《{row.title}》（{when(row)}，{where(row)}）{outcome}。"
    tell(session, row, [user_id], f"approved-{enrolment.number}", title=f"报名结果：{row.title}", body=body, now=now)
    record(session, "sessions.approved", f"session {id}", actor_id=actor_id, now=now, detail=f"user {user_id}")
    return enrolment


def decline(session: Session, id: int, user_id: int, reason: str, *, actor_id: int, now: dt.datetime) -> Enrolment:
    """Turn an applicant down, or take somebody out of a session, with the reason. Raises Refused."""
    row, enrolment = _both(session, id, user_id)
    if not enrolment.is_active:
        raise Refused("这个报名已经处理过了。")
    _move(row, enrolment, Standing.DECLINED, now)
    enrolment.reason = reason
    if present := outcome_queries.attendance(session, id, user_id):
        session.delete(present)
    session.flush()
    body = f"您报名的《{row.title}》（{when(row)}）没有通过。原因：{reason}"
    tell(session, row, [user_id], f"declined-{enrolment.number}", title=f"报名结果：{row.title}", body=body, now=now)
    record(
        session, "sessions.declined", f"session {id}", actor_id=actor_id, now=now, detail=f"user {user_id}: {reason}"
    )
    fill_places(session, row, now=now)
    return enrolment


def add_person(session: Session, id: int, user: User, *, actor_id: int, now: dt.datetime) -> Enrolment:
    """A trainer puts a person into a session that has a free place, window and queue aside. Raises Refused."""
    _hold(session, user.id)
    row = queries.locked(session, id)
    if row.state != State.PUBLISHED:
        raise Refused("只有已发布、还没有结束的班次可以加人。")
    enrolment = queries.enrolment(session, id, user.id) or Enrolment(session_id=id, user_id=user.id, at=now)
    if enrolment.standing == Standing.ENROLLED:
        raise Refused(f"{user.name}已经在名单里。", "username")
    if row.free <= 0:
        raise Refused("名额已满。请先增加名额，再加人。", "username")
    if other := queries.clash(session, user.id, row):
        raise Refused(f"{user.name}同一时间已报名《{other.session.title}》。", "username")
    row.last_number += 1
    enrolment.number, enrolment.changed_at, enrolment.reason = row.last_number, now, ""
    enrolment.standing = Standing.ENROLLED.value
    row.taken += 1
    session.add(enrolment)
    session.flush()
    body = f"举办单位把您加进了《{row.title}》：{when(row)}，{where(row)}。"
    tell(session, row, [user.id], f"added-{row.last_number}", title=f"您有一个培训：{row.title}", body=body, now=now)
    record(session, "sessions.person_added", f"session {id}", actor_id=actor_id, now=now, detail=f"user {user.id}")
    return enrolment


def fill_places(session: Session, row: TrainingSession, *, now: dt.datetime) -> list[int]:
    """Give free places of a session to those waiting, in order, and tell them; returns their ids.

    The row is locked by the caller. After the session has begun nobody is called up any more.
    """
    if row.state != State.PUBLISHED or now >= row.starts_at or row.free <= 0:
        return []
    waiting = (
        sa.select(Enrolment)
        .where(Enrolment.session_id == row.id, Enrolment.standing == Standing.WAITING.value)
        .order_by(Enrolment.number)
        .limit(row.free)
    )
    called = list(session.scalars(waiting))
    for enrolment in called:
        _move(row, enrolment, Standing.ENROLLED, now)
        session.flush()
        body = f"有人让出名额，您已从候补转为正式：《{row.title}》，{when(row)}，{where(row)}。不能来请及时取消。"
        title = f"候补成功：{row.title}"
        tell(session, row, [enrolment.user_id], f"promoted-{enrolment.number}", title=title, body=body, now=now)
    return [enrolment.user_id for enrolment in called]


def _both(session: Session, id: int, user_id: int) -> tuple[TrainingSession, Enrolment]:
    """A published session, locked, and a person's sign-up as it now is. Raises Refused when there is none."""
    row = queries.locked(session, id)
    if row.state != State.PUBLISHED:
        raise Refused("这个班次已经举办或者取消，报名不能再改。")
    enrolment = queries.enrolment(session, id, user_id)
    if enrolment is None:
        raise Refused("没有这个报名。")
    return row, enrolment


def _move(row: TrainingSession, enrolment: Enrolment, standing: Standing, now: dt.datetime) -> None:
    """The one place where a standing changes: the count of places taken changes with it."""
    row.taken += (standing is Standing.ENROLLED) - (enrolment.standing == Standing.ENROLLED)
    enrolment.standing, enrolment.changed_at = standing.value, now
