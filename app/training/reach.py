"""Whom an assignment reaches, as SQL. Asked anew each time, so that who joins a unit is reached at once.

An assignment reaches the active users of its units and of all below them whose role and whose unit's level it names,
and each active person it names. `groups` are the first as (assignment, unit, role); `pairs` are all, person by person.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Unit, User
from app.training.models import AssignmentTarget

Condition = sa.ColumnElement[bool]
Pairs = sa.CompoundSelect[int, int]
Rows = sa.Select[*tuple[Any, ...]]  # a query of several columns


def chain() -> sa.CTE:
    """Every unit with itself and each unit above it: (unit_id, top_id)."""
    own = sa.select(Unit.id.label("unit_id"), Unit.id.label("top_id")).cte(recursive=True)
    above = sa.select(own.c.unit_id, Unit.parent_id).join(Unit, Unit.id == own.c.top_id)
    return own.union_all(above.where(Unit.parent_id.is_not(None)))


def children(units_above: sa.CTE, top_id: int) -> sa.Select[int, int]:
    """(unit_id, child_id): for each unit of a branch the unit directly below its top that it belongs to, or the top."""
    is_child = sa.or_(Unit.parent_id == top_id, sa.and_(Unit.id == top_id, units_above.c.unit_id == top_id))
    return (
        sa.select(units_above.c.unit_id, units_above.c.top_id.label("child_id"))
        .join(Unit, Unit.id == units_above.c.top_id)
        .where(is_child)
    )


def groups(units_above: sa.CTE, *conditions: Condition) -> sa.CTE:
    """(assignment_id, unit_id, role) of those reached by unit; `conditions` may speak of AssignmentTarget and Unit."""
    level, role = aliased(AssignmentTarget), aliased(AssignmentTarget)
    query = (
        sa.select(AssignmentTarget.assignment_id, units_above.c.unit_id, role.role)
        .join(units_above, units_above.c.top_id == AssignmentTarget.unit_id)
        .join(Unit, Unit.id == units_above.c.unit_id)
        .join(level, sa.and_(level.assignment_id == AssignmentTarget.assignment_id, level.level == Unit.level))
        .join(role, sa.and_(role.assignment_id == AssignmentTarget.assignment_id, role.role.is_not(None)))
        .where(*conditions)
        .distinct()
    )
    return query.cte()


def pairs(assignment: Condition | None = None, person: Condition | None = None) -> Pairs:
    """(assignment_id, user_id) of all reached, each once.

    `assignment` narrows AssignmentTarget, `person` narrows User.
    """
    wanted = [] if assignment is None else [assignment]
    who = [User.is_active] + ([] if person is None else [person])
    group = groups(chain(), *wanted)
    by_unit = (
        sa.select(group.c.assignment_id, User.id.label("user_id"))
        .join(User, sa.and_(User.unit_id == group.c.unit_id, User.role == group.c.role))
        .where(*who)
    )
    by_name = (
        sa.select(AssignmentTarget.assignment_id, User.id)
        .join(User, User.id == AssignmentTarget.user_id)
        .where(*wanted, *who)
    )
    return by_unit.union(by_name)


def reached_by(assignment_id: int) -> sa.Select[int]:
    """Ids of the people an assignment reaches."""
    found = pairs(AssignmentTarget.assignment_id == assignment_id).subquery("reached")
    return sa.select(found.c.user_id)


def count_reached(session: Session, assignment_id: int) -> int:
    """How many people an assignment reaches now."""
    return session.scalar(sa.select(sa.func.count()).select_from(reached_by(assignment_id).subquery())) or 0


def reaching() -> Pairs:
    """(assignment_id, user_id) of the assignments that reach one person: by unit, level and role, or by name.

    A query to be built once: `who` gives the parameters of a person.
    """
    above, level, role = chain(), aliased(AssignmentTarget), aliased(AssignmentTarget)
    me = sa.bindparam("my_id", type_=sa.Integer)
    by_unit = (
        sa.select(AssignmentTarget.assignment_id, me.label("user_id"))
        .join(
            above,
            sa.and_(above.c.top_id == AssignmentTarget.unit_id, above.c.unit_id == sa.bindparam("my_unit_id")),
        )
        .join(
            level,
            sa.and_(level.assignment_id == AssignmentTarget.assignment_id, level.level == sa.bindparam("my_level")),
        )
        .join(
            role,
            sa.and_(role.assignment_id == AssignmentTarget.assignment_id, role.role == sa.bindparam("my_role")),
        )
    )
    by_name = sa.select(AssignmentTarget.assignment_id, me.label("user_id")).where(AssignmentTarget.user_id == me)
    return by_unit.union(by_name)


def who(user: User) -> dict[str, Any]:
    """The parameters of `reaching` for this person."""
    return {"my_id": user.id, "my_unit_id": user.unit_id, "my_level": user.unit.level, "my_role": user.role}
