"""Completion counted by unit, as one SQL statement.

A city has 320,000 cells of people × assignments, so groups of people are counted instead of single ones: reached and
done by (assignment, unit, role). People reached by name, and those whose own extension still runs, are few and are
corrected one by one. A test holds it together with `completion.details`, which goes person by person.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Role
from app.accounts.models import Unit, User
from app.accounts.queries import branch
from app.training.completion import unit_dues
from app.training.models import Assignment, AssignmentTarget, Extension, Standing
from app.training.reach import Rows, chain, children, groups


@dataclass(frozen=True)
class Count:
    """How many people an assignment reaches in a unit and below, how many are done and how many overdue."""

    assignment_id: int
    unit_id: int
    reached: int
    done: int
    overdue: int


@dataclass(frozen=True)
class Sum:
    """Counts added up."""

    reached: int = 0
    done: int = 0
    overdue: int = 0

    @property
    def rate(self) -> int | None:
        """Done in per cent of reached, rounded down: 100 means everybody. None when nobody is reached."""
        return self.done * 100 // self.reached if self.reached else None

    def __add__(self, other: "Sum") -> "Sum":
        return self.plus(other)

    def plus(self, count: "Count | Sum") -> "Sum":
        """With another count."""
        return Sum(self.reached + count.reached, self.done + count.done, self.overdue + count.overdue)


def by_assignment(counts: Collection[Count]) -> dict[int, Sum]:
    """Counts added up for each assignment."""
    sums: dict[int, Sum] = {}
    for count in counts:
        sums[count.assignment_id] = sums.get(count.assignment_id, Sum()).plus(count)
    return sums


def by_unit(counts: Collection[Count]) -> dict[int, Sum]:
    """Counts added up for each unit."""
    sums: dict[int, Sum] = {}
    for count in counts:
        sums[count.unit_id] = sums.get(count.unit_id, Sum()).plus(count)
    return sums


def tally(session: Session, unit_id: int, assignment_ids: Collection[int], now: dt.datetime) -> list[Count]:
    """Counts for each assignment of these and each unit directly below `unit_id`, with all that is below it.

    People of `unit_id` itself are counted under it.
    """
    above = chain()
    scope = sa.select(branch(unit_id).subquery("scope")).cte("scope")
    here = User.unit_id.in_(sa.select(scope.c.id))
    group = groups(above, AssignmentTarget.assignment_id.in_(assignment_ids), Unit.id.in_(sa.select(scope.c.id)))
    dues = unit_dues(above)
    parts = sa.union_all(
        _by_group(group, dues, here, now), _by_name(group, dues, here, now, assignment_ids),
        _excused(group, dues, here, now, assignment_ids),
    ).subquery("part")  # fmt: skip
    child = children(above, unit_id).subquery("child")
    sums = [sa.func.sum(parts.c[name]) for name in ("reached", "done", "overdue")]
    query = (
        sa.select(parts.c.assignment_id, child.c.child_id, *sums)
        .join(child, child.c.unit_id == parts.c.unit_id)
        .group_by(parts.c.assignment_id, child.c.child_id)
    )
    return [Count(*map(int, row)) for row in session.execute(query)]


def _is_late(dues: sa.Subquery, now: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether people of a unit are overdue who are not done."""
    over = sa.or_(dues.c.due_at.is_(None), dues.c.due_at < now)
    return sa.and_(Assignment.is_required, Assignment.due_at < now, over)


def _packed(unit_id: Any, role: Any, assignment_id: Any) -> sa.ColumnElement[int]:
    """(assignment, unit, role) as one whole number: SQLite groups by it in half the time it takes for three columns."""
    number = sa.case({role.value: number for number, role in enumerate(Role)}, value=role)
    packed: sa.ColumnElement[int] = (sa.cast(unit_id, sa.BigInteger) * 10 + number) * 100_000_000 + assignment_id
    return packed


def _by_group(group: sa.CTE, dues: sa.Subquery, here: sa.ColumnElement[bool], now: dt.datetime) -> Rows:
    heads = (
        sa.select(User.unit_id, User.role, sa.func.count().label("number"))
        .where(User.is_active, here)
        .group_by(User.unit_id, User.role)
        .subquery("heads")
    )
    key = _packed(User.unit_id, User.role, Standing.assignment_id).label("key")
    finished = (
        sa.select(key, sa.func.count().label("number"))
        .select_from(User)
        .join(Standing, Standing.user_id == User.id)
        .where(User.is_active, here, Standing.is_done)
        .group_by(key)
        .subquery("finished")
    )
    done = sa.func.coalesce(finished.c.number, 0)
    same = finished.c.key == _packed(group.c.unit_id, group.c.role, group.c.assignment_id)
    return (
        sa.select(
            group.c.assignment_id, group.c.unit_id, heads.c.number.label("reached"), done.label("done"),
            sa.case((_is_late(dues, now), heads.c.number - done), else_=0).label("overdue"),
        )
        .join(heads, sa.and_(heads.c.unit_id == group.c.unit_id, heads.c.role == group.c.role))
        .join(Assignment, Assignment.id == group.c.assignment_id)
        .outerjoin(finished, same)
        .outerjoin(
            dues, sa.and_(dues.c.assignment_id == group.c.assignment_id, dues.c.unit_id == group.c.unit_id)
        )
    )  # fmt: skip


def _in_group(group: sa.CTE, assignment_id: Any) -> sa.ColumnElement[bool]:
    """Whether a person (User) is reached by their unit."""
    return sa.exists().where(
        group.c.assignment_id == assignment_id, group.c.unit_id == User.unit_id, group.c.role == User.role
    )


def _one_by_one(query: Rows, table: Any, dues: sa.Subquery, here: sa.ColumnElement[bool]) -> Rows:
    """Joins what tells whether the person of a row of `table` is done or late."""
    return (
        query.join(User, User.id == table.user_id)
        .join(Assignment, Assignment.id == table.assignment_id)
        .outerjoin(Standing, sa.and_(Standing.assignment_id == table.assignment_id, Standing.user_id == User.id))
        .outerjoin(dues, sa.and_(dues.c.assignment_id == table.assignment_id, dues.c.unit_id == User.unit_id))
        .where(User.is_active, here)
    )


def _by_name(
    group: sa.CTE, dues: sa.Subquery, here: sa.ColumnElement[bool], now: dt.datetime, ids: Collection[int]
) -> Rows:
    done = sa.case((Standing.is_done, 1), else_=0)
    overdue = sa.case((sa.and_(_is_late(dues, now), done == 0), 1), else_=0)
    query = sa.select(AssignmentTarget.assignment_id, User.unit_id, sa.literal(1), done, overdue).select_from(
        AssignmentTarget
    )
    return _one_by_one(query, AssignmentTarget, dues, here).where(
        AssignmentTarget.assignment_id.in_(ids), ~_in_group(group, AssignmentTarget.assignment_id)
    )


def _excused(
    group: sa.CTE, dues: sa.Subquery, here: sa.ColumnElement[bool], now: dt.datetime, ids: Collection[int]
) -> Rows:
    """Those counted as overdue above whose own extension still runs."""
    none = sa.literal(0)
    query = sa.select(Extension.assignment_id, User.unit_id, none, none, sa.literal(-1)).select_from(Extension)
    by_name = sa.exists().where(
        AssignmentTarget.assignment_id == Extension.assignment_id, AssignmentTarget.user_id == User.id
    )
    return _one_by_one(query, Extension, dues, here).where(
        Extension.assignment_id.in_(ids), Extension.due_at >= now, _is_late(dues, now),
        sa.or_(Standing.is_done.is_(None), ~Standing.is_done),
        sa.or_(_in_group(group, Extension.assignment_id), by_name),
    )  # fmt: skip
