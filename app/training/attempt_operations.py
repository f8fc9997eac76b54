"""Attempts: starting, saving answers, handing in. Time is the server's; the database guards what a race could break.

Starting twice gives the same attempt, saving an older answer changes nothing, handing in twice is once.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.answers import Save
from app.db import insert_of
from app.learning.operations import note_grade
from app.training import papers
from app.training.models import Answer, Assignment, Attempt, AttemptState, State
from app.training.queries import Allowance, saved
from app.training.standings import keep_standing
from quizzes.grading import grade

GRACE = dt.timedelta(seconds=10)  # for a save or a hand-in that was on its way when time ran out
TRIES = 5


# Built once: thousands start and save within seconds.
_MINE = (Attempt.assignment_id == sa.bindparam("assignment_id"), Attempt.user_id == sa.bindparam("user_id"))
_BEGUN = sa.select(Attempt.id, Attempt.state, Attempt.deadline_at).where(*_MINE).order_by(Attempt.number)
_TAKING = (
    sa.select(Attempt.user_id, Attempt.state, Attempt.deadline_at, Attempt.paper)
    .where(Attempt.id == sa.bindparam("id"))
    .with_for_update(read=True)  # a hand-in waits until this answer is kept
)


@cache
def _new_attempt(dialect: str) -> sa.Executable:
    return insert_of(dialect, Attempt).on_conflict_do_nothing().returning(Attempt.id)


@cache
def _newer_answer(dialect: str) -> sa.Executable:
    """Keeps an answer unless a newer one is kept; returns its key when it was kept."""
    made = insert_of(dialect, Answer)
    return made.on_conflict_do_update(
        index_elements=[Answer.attempt_id, Answer.key],
        set_={name: made.excluded[name] for name in ("chosen", "seq", "saved_at")},
        where=made.excluded.seq > Answer.seq,
    ).returning(Answer.key)


class CannotStart(Exception):
    """An attempt that the rules forbid; says why in Chinese."""


class Closed(Exception):
    """The attempt takes no more answers: handed in, or its time is over."""


def is_over(deadline: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether the time of an attempt has run out, grace included."""
    return deadline is not None and now > deadline + GRACE


def refusal(assignment: Assignment, allowed: Allowance, used: int, now: dt.datetime) -> str:
    """Why a new attempt may not be started now, in Chinese; empty when it may."""
    if assignment.state != State.PUBLISHED:
        return "这次布置已撤回，不用再答。"
    if now < assignment.opens_at:
        return "还没到开始时间。"
    if now > allowed.due_at and not assignment.is_late_allowed:
        return "已过截止时间，不能再开始。需要延期请联系布置的培训管理员。"
    if used >= allowed.attempts:
        return f"{allowed.attempts} 次机会已经用完。"
    return ""


def start(
    session: Session,
    assignment: Assignment,
    user_id: int,
    allowed: Allowance,
    drawn: papers.Drawn,
    *,
    now: dt.datetime,
) -> int:
    """The id of the person's open attempt, or of a new one on the paper `drawn`. Raises CannotStart."""
    for _ in range(TRIES):
        begun = session.execute(_BEGUN, {"assignment_id": assignment.id, "user_id": user_id}).all()
        last = begun[-1] if begun else None
        if last and last.state == AttemptState.OPEN:
            if not is_over(last.deadline_at, now):
                return int(last.id)
            finish(session, session.get_one(Attempt, last.id, with_for_update=True), now=now)
        if reason := refusal(assignment, allowed, len(begun), now):
            raise CannotStart(reason)
        values = {
            "assignment_id": assignment.id, "user_id": user_id, "number": len(begun) + 1, "paper": drawn.paper,
            "total": drawn.total, "state": AttemptState.OPEN.value, "started_at": now,
            "deadline_at": _deadline(assignment, allowed, now),
        }  # fmt: skip
        # another request may have been quicker: then its attempt is the one
        id: int | None = session.scalar(_new_attempt(session.get_bind().dialect.name), values)
        if id is not None:
            return id
    raise CannotStart("同时有太多请求，请再点一次。")


def _deadline(assignment: Assignment, allowed: Allowance, now: dt.datetime) -> dt.datetime | None:
    ends = [now + dt.timedelta(minutes=allowed.minutes)] if allowed.minutes else []
    if not assignment.is_late_allowed:
        ends.append(allowed.due_at)
    return min(ends, default=None)


def save(
    session: Session, attempt_id: int, user_id: int, saves: Mapping[str, Save], *, now: dt.datetime
) -> dict[str, Save] | None:
    """Keep answers that are newer than those kept; returns what is now kept for each of these questions.

    None when this person has no such attempt. Raises Closed; raises KeyError for a question that is not on the paper.
    """
    attempt = session.execute(_TAKING, {"id": attempt_id}).one_or_none()
    if attempt is None or attempt.user_id != user_id:
        return None
    if attempt.state != AttemptState.OPEN or is_over(attempt.deadline_at, now):
        raise Closed
    if unknown := set(saves) - set(papers.keys(attempt.paper)):
        raise KeyError(min(unknown))
    newer, stored = _newer_answer(session.get_bind().dialect.name), set()
    for key, one in sorted(saves.items()):  # in one order, so that two requests do not wait for each other
        row = {"attempt_id": attempt_id, "key": key, "chosen": one.chosen, "seq": one.seq, "saved_at": now}
        if session.scalar(newer, row) is not None:
            stored.add(key)
    return {key: saves[key] for key in stored} | _kept(session, attempt_id, set(saves) - stored)


def _kept(session: Session, attempt_id: int, keys: set[str]) -> dict[str, Save]:
    kept = saved(session, attempt_id) if keys else {}
    return {key: kept[key] for key in keys}


def submit(session: Session, attempt_id: int, user_id: int, *, now: dt.datetime) -> Attempt | None:
    """Hand an attempt in and mark it; a second time changes nothing. None when this person has no such attempt."""
    query = sa.select(Attempt).where(Attempt.id == attempt_id, Attempt.user_id == user_id)
    attempt = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if attempt is not None:
        finish(session, attempt, now=now)
    return attempt


def finish(session: Session, attempt: Attempt, *, now: dt.datetime) -> None:
    """Mark an open attempt with what was saved. One whose time had run out counts as finished at that instant."""
    if attempt.state != AttemptState.OPEN:
        return
    rows = {row.key: row for row in session.scalars(sa.select(Answer).where(Answer.attempt_id == attempt.id))}
    paper = papers.unpack(session, attempt.paper)
    grading = grade(paper, {key: row.chosen for key, row in rows.items()})
    for mark in grading.marks:
        row = rows.get(mark.key)
        if row is None:
            row = Answer(attempt_id=attempt.id, key=mark.key, chosen=[], seq=0, saved_at=now)
            session.add(row)
        row.points, row.score, row.original = mark.points, mark.score, list(mark.original_chosen)
    late = is_over(attempt.deadline_at, now)
    in_time = not late and attempt.assignment.state == State.PUBLISHED
    attempt.state = (AttemptState.SUBMITTED if in_time else AttemptState.EXPIRED).value
    attempt.finished_at = attempt.deadline_at if late else now
    attempt.score, attempt.percent = grading.score, grading.percent
    attempt.is_passed = grading.percent >= attempt.assignment.pass_mark
    session.flush()
    keep_standing(session, attempt.assignment, attempt.user)
    note_grade(session, attempt.user_id, grading, paper, attempt.finished_at or now)


def close_overdue(session: Session, *, now: dt.datetime, user_id: int | None = None, most: int = 100) -> int:
    """Finish open attempts whose time has run out or whose assignment was withdrawn; how many that were.

    Of everyone, or of one person.
    """
    over = sa.or_(Attempt.deadline_at < now - GRACE, Assignment.state == State.WITHDRAWN)
    query = sa.select(Attempt).join(Attempt.assignment).where(Attempt.state == AttemptState.OPEN, over)
    if user_id is not None:
        query = query.where(Attempt.user_id == user_id)
    attempts = session.scalars(query.limit(most).with_for_update(of=Attempt, skip_locked=True)).all()
    for attempt in attempts:
        finish(session, attempt, now=now)
    return len(attempts)
