"""Assignments and attempts as their person finds them, and what each person is allowed."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Role
from app.accounts.models import User
from app.accounts.queries import branch
from app.answers import Save
from app.training.models import Answer, Assignment, Attempt, AttemptState, Extension, Standing, State
from app.training.reach import chain, reaching, who

NEW_FOR = dt.timedelta(days=7)


@dataclass(frozen=True)
class Allowance:
    """What an assignment allows one person, extensions included. `minutes` is None without a time limit."""

    due_at: dt.datetime
    attempts: int
    minutes: int | None


class TaskState(StrEnum):
    """How a task stands for its person."""

    OVERDUE = "overdue"
    DUE = "due"
    UPCOMING = "upcoming"
    MISSED = "missed"  # optional, and its time is over
    DONE = "done"


TASK_NAMES = {
    TaskState.OVERDUE: "逾期", TaskState.DUE: "待完成", TaskState.UPCOMING: "未开始", TaskState.MISSED: "未做",
    TaskState.DONE: "已完成",
}  # fmt: skip


@dataclass(frozen=True)
class Task:
    """An assignment as one person has it."""

    assignment: Assignment
    allowed: Allowance
    standing: Standing | None
    open_attempt: Attempt | None
    state: TaskState
    is_new: bool

    @property
    def used(self) -> int:
        """Attempts begun."""
        return (self.standing.attempts if self.standing else 0) + (1 if self.open_attempt else 0)


def combine(assignment: Assignment, extensions: Sequence[Extension]) -> Allowance:
    """The most generous of what applies."""
    due = max([assignment.due_at, *(e.due_at for e in extensions if e.due_at)])
    attempts = assignment.max_attempts + max((e.extra_attempts for e in extensions), default=0)
    minutes = assignment.minutes and assignment.minutes + max((e.extra_minutes for e in extensions), default=0)
    return Allowance(due, attempts, minutes)


def _extensions_of_one() -> sa.Select[Extension]:
    """Extensions for the person whom `who` describes, or for a unit above them."""
    above = chain()
    units = sa.select(above.c.top_id).where(above.c.unit_id == sa.bindparam("my_unit_id"))
    return sa.select(Extension).where(sa.or_(Extension.user_id == sa.bindparam("my_id"), Extension.unit_id.in_(units)))


def _assignment_of_one() -> sa.Select[Assignment]:
    mine = reaching().subquery("mine")
    begun = sa.select(Attempt.assignment_id).where(Attempt.user_id == sa.bindparam("my_id"))
    is_mine = sa.or_(Assignment.id.in_(sa.select(mine.c.assignment_id)), Assignment.id.in_(begun))
    return sa.select(Assignment).where(Assignment.id == sa.bindparam("id"), Assignment.state != State.DRAFT, is_mine)


# Built once: thousands ask these within seconds when a quiz begins.
_EXTENSIONS = _extensions_of_one()
_EXTENSIONS_TO = _EXTENSIONS.where(Extension.assignment_id == sa.bindparam("assignment_id"))
_ASSIGNMENT = _assignment_of_one()
_ATTEMPT = sa.select(Attempt).where(Attempt.id == sa.bindparam("id"), Attempt.user_id == sa.bindparam("user_id"))
_SAVED = sa.select(Answer.key, Answer.chosen, Answer.seq).where(Answer.attempt_id == sa.bindparam("attempt_id"))


def allowance(session: Session, assignment: Assignment, user: User) -> Allowance:
    """What this person may do."""
    wanted = who(user) | {"assignment_id": assignment.id}
    return combine(assignment, session.scalars(_EXTENSIONS_TO, wanted).all())


def attempts_of(session: Session, assignment_id: int, user_id: int) -> Sequence[Attempt]:
    """A person's attempts, the first first."""
    query = sa.select(Attempt).where(Attempt.assignment_id == assignment_id, Attempt.user_id == user_id)
    return session.scalars(query.order_by(Attempt.number)).all()


def attempt_of(session: Session, attempt_id: int, user_id: int) -> Attempt | None:
    """One of this person's attempts."""
    return session.scalar(_ATTEMPT, {"id": attempt_id, "user_id": user_id})


def attempt_seen(session: Session, attempt_id: int, viewer: User) -> Attempt | None:
    """An attempt of one's own; for a trainer also those of people in their branch."""
    mine = Attempt.user_id == viewer.id
    if viewer.role == Role.TRAINER:
        people = sa.select(User.id).where(User.unit_id.in_(branch(viewer.unit_id)))
        mine = sa.or_(mine, Attempt.user_id.in_(people))
    return session.scalar(sa.select(Attempt).where(Attempt.id == attempt_id, mine))


def saved(session: Session, attempt_id: int) -> dict[str, Save]:
    """The answers kept of an attempt, by the key of their question."""
    rows = session.execute(_SAVED, {"attempt_id": attempt_id})
    return {key: Save(chosen, seq) for key, chosen, seq in rows}


def has_overdue_attempt(session: Session, user_id: int, before: dt.datetime) -> bool:
    """Whether a person has an open attempt that ended `before`, or whose assignment was withdrawn."""
    query = sa.select(Attempt.id).join(Attempt.assignment).where(
        Attempt.user_id == user_id, Attempt.state == AttemptState.OPEN,
        sa.or_(Attempt.deadline_at < before, Assignment.state == State.WITHDRAWN),
    )  # fmt: skip
    return session.scalar(query.limit(1)) is not None


def standing(session: Session, assignment_id: int, user_id: int) -> Standing | None:
    """Where a person stands; None before their first finished attempt."""
    return session.get(Standing, (assignment_id, user_id))


def tasks(session: Session, user: User, now: dt.datetime, *, withdrawn: bool = False) -> list[Task]:
    """All published assignments that reach this person, the next due first; on demand also the withdrawn ones."""
    states = [State.PUBLISHED, State.WITHDRAWN] if withdrawn else [State.PUBLISHED]
    mine = reaching().subquery("mine")
    query = (
        sa.select(Assignment, Standing, Attempt)
        .join(mine, mine.c.assignment_id == Assignment.id)
        .outerjoin(Standing, sa.and_(Standing.assignment_id == Assignment.id, Standing.user_id == user.id))
        .outerjoin(
            Attempt,
            sa.and_(
                Attempt.assignment_id == Assignment.id, Attempt.user_id == user.id, Attempt.state == AttemptState.OPEN
            ),
        )
        .where(Assignment.state.in_(states))
    )
    rows = session.execute(query, who(user)).all()
    extensions: dict[int, list[Extension]] = {}
    for extension in session.scalars(_EXTENSIONS, who(user)) if rows else ():
        extensions.setdefault(extension.assignment_id, []).append(extension)
    found = [
        _task(assignment, extensions.get(assignment.id, []), standing, attempt, now)
        for assignment, standing, attempt in rows
    ]
    return sorted(found, key=lambda task: (task.allowed.due_at, task.assignment.id))


def _task(
    assignment: Assignment,
    extensions: Sequence[Extension],
    standing: Standing | None,
    attempt: Attempt | None,
    now: dt.datetime,
) -> Task:
    allowed = combine(assignment, extensions)
    is_new = standing is None and attempt is None and now - (assignment.published_at or now) < NEW_FOR
    state = _state(assignment, allowed, standing, now)
    return Task(assignment, allowed, standing, attempt, state, is_new and state is not TaskState.MISSED)


def _state(assignment: Assignment, allowed: Allowance, standing: Standing | None, now: dt.datetime) -> TaskState:
    if standing and standing.is_done:
        return TaskState.DONE
    if now < assignment.opens_at:
        return TaskState.UPCOMING
    if now <= allowed.due_at:
        return TaskState.DUE
    return TaskState.OVERDUE if assignment.is_required else TaskState.MISSED


def assignment_for(session: Session, assignment_id: int, user: User) -> Assignment | None:
    """An assignment that this person has: published or withdrawn, and reaching them or begun by them."""
    return session.scalar(_ASSIGNMENT, who(user) | {"id": assignment_id})
