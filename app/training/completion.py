"""Completion 完成情况: people × assignments, those without an attempt included, as one SQL statement.

`details` goes person by person; `tally.tally` counts the same by unit.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager

from app.accounts.models import Unit, User
from app.accounts.queries import branch
from app.training.models import Assignment, AssignmentTarget, Extension, Standing
from app.training.queries import TaskState
from app.training.reach import Rows, chain, groups, pairs

PER_PAGE = 50


@dataclass(frozen=True)
class Cell:
    """How one person stands with one assignment that reaches them."""

    assignment_id: int
    user_id: int
    state: TaskState
    attempts: int
    percent: Decimal | None
    is_passed: bool
    done_at: dt.datetime | None
    due_at: dt.datetime


@dataclass(frozen=True)
class PeopleFilter:
    """Whose rows are wanted; empty values narrow nothing."""

    unit_id: int
    assignment_ids: Sequence[int]
    text: str = ""
    state: TaskState | None = None


@dataclass(frozen=True)
class PeoplePage:
    """One page of people, by unit and username."""

    people: Sequence[User]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def unit_dues(above: sa.CTE) -> sa.Subquery:
    """The latest extended due instant of each (assignment, unit) that has one."""
    query = (
        sa.select(Extension.assignment_id, above.c.unit_id, sa.func.max(Extension.due_at).label("due_at"))
        .join(above, above.c.top_id == Extension.unit_id)
        .where(Extension.due_at.is_not(None))
        .group_by(Extension.assignment_id, above.c.unit_id)
    )
    return query.subquery("unit_due")


def details(now: dt.datetime, assignment_ids: Collection[int], person: sa.ColumnElement[bool]) -> Rows:
    """One row for each assignment of these and each person it reaches, whether they have begun or not."""
    pair = pairs(AssignmentTarget.assignment_id.in_(assignment_ids), person).subquery("pair")
    unit_due, own = unit_dues(chain()), aliased(Extension)
    dues = [Assignment.due_at, sa.func.coalesce(unit_due.c.due_at, Assignment.due_at),
            sa.func.coalesce(own.due_at, Assignment.due_at)]  # fmt: skip
    due = _latest(*dues)
    state = sa.case(
        (Standing.is_done, TaskState.DONE.value),
        (Assignment.opens_at > now, TaskState.UPCOMING.value),
        (due >= now, TaskState.DUE.value),
        (Assignment.is_required, TaskState.OVERDUE.value),
        else_=TaskState.MISSED.value,
    )
    return (
        sa.select(
            pair.c.assignment_id, pair.c.user_id, state.label("state"),
            sa.func.coalesce(Standing.attempts, 0).label("attempts"), Standing.percent,
            sa.func.coalesce(Standing.is_passed, sa.false()).label("is_passed"), Standing.done_at, due.label("due_at"),
        )
        .join(User, User.id == pair.c.user_id)
        .join(Assignment, Assignment.id == pair.c.assignment_id)
        .outerjoin(
            Standing, sa.and_(Standing.assignment_id == pair.c.assignment_id, Standing.user_id == pair.c.user_id)
        )
        .outerjoin(
            unit_due,
            sa.and_(unit_due.c.assignment_id == pair.c.assignment_id, unit_due.c.unit_id == User.unit_id),
        )
        .outerjoin(own, sa.and_(own.assignment_id == pair.c.assignment_id, own.user_id == pair.c.user_id))
    )  # fmt: skip


def _latest(first: Any, *others: Any) -> Any:
    """The latest of instants that are all there (SQLite and PostgreSQL name that function differently)."""
    for other in others:
        first = sa.case((other > first, other), else_=first)
    return first


def cells(
    session: Session, now: dt.datetime, assignment_ids: Collection[int], person: sa.ColumnElement[bool]
) -> list[Cell]:
    """The rows of `details`."""
    rows = session.execute(details(now, assignment_ids, person))
    return [Cell(row[0], row[1], TaskState(row[2]), row[3], row[4], bool(row[5]), row[6], row[7]) for row in rows]


def people(wanted: PeopleFilter, now: dt.datetime) -> sa.Select[User]:
    """People of a branch whom any of the assignments reaches, by unit and username."""
    ids = AssignmentTarget.assignment_id.in_(wanted.assignment_ids)
    below = branch(wanted.unit_id)
    group = groups(chain(), ids, Unit.id.in_(below))
    by_name = sa.select(AssignmentTarget.user_id).where(ids, AssignmentTarget.user_id.is_not(None))
    reached = sa.or_(
        sa.tuple_(User.unit_id, User.role).in_(sa.select(group.c.unit_id, group.c.role).distinct()),
        User.id.in_(by_name),
    )
    query = sa.select(User).join(User.unit).where(User.is_active, User.unit_id.in_(below), reached)
    if wanted.text:
        fits = [c.icontains(wanted.text, autoescape=True) for c in (User.name, User.username)]
        query = query.where(sa.or_(*fits))
    if wanted.state:
        rows = details(now, wanted.assignment_ids, User.unit_id.in_(below)).subquery("detail")
        query = query.where(User.id.in_(sa.select(rows.c.user_id).where(rows.c.state == wanted.state.value)))
    return query.options(contains_eager(User.unit)).order_by(Unit.code, User.username)


def people_page(session: Session, wanted: PeopleFilter, page: int, now: dt.datetime) -> PeoplePage:
    """One page of `people`, counted in the same pass over their ids."""
    every = people(wanted, now).with_only_columns(User.id, sa.func.count().over())
    rows = session.execute(every.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all()
    if not rows and page > 1:
        return people_page(session, wanted, 1, now)
    shown = (
        sa.select(User).join(User.unit).options(contains_eager(User.unit)).where(User.id.in_([id for id, _ in rows]))
    )
    found = session.scalars(shown.order_by(Unit.code, User.username)).all()
    return PeoplePage(found, rows[0][1] if rows else 0, page)
