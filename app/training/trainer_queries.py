"""Assignments as trainers find them: those of their branch, and those from above that reach into it."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Unit, User
from app.accounts.queries import branch
from app.training.models import Assignment, AssignmentTarget, Attempt, Extension, State
from app.training.reach import chain


def _seen_from(unit_id: int) -> sa.ColumnElement[bool]:
    """Assignments of this branch, and published ones that reach into it."""
    above, below = chain(), branch(unit_id)
    by_unit = (
        sa.select(AssignmentTarget.assignment_id)
        .join(above, above.c.top_id == AssignmentTarget.unit_id)
        .where(above.c.unit_id.in_(below))
    )
    by_name = (
        sa.select(AssignmentTarget.assignment_id)
        .join(User, User.id == AssignmentTarget.user_id)
        .where(User.unit_id.in_(below))
    )
    reaching_in = sa.or_(Assignment.id.in_(by_unit), Assignment.id.in_(by_name))
    return sa.or_(Assignment.unit_id.in_(below), sa.and_(Assignment.state != State.DRAFT, reaching_in))


def assignments_seen(session: Session, unit_id: int, state: State | None = None) -> Sequence[Assignment]:
    """Assignments a trainer of this unit sees, the newest first."""
    query = sa.select(Assignment).where(_seen_from(unit_id)).options(joinedload(Assignment.unit))
    if state:
        query = query.where(Assignment.state == state)
    return session.scalars(query.order_by(Assignment.opens_at.desc(), Assignment.id.desc())).all()


def assignment_seen(session: Session, assignment_id: int, unit_id: int) -> Assignment | None:
    """One of `assignments_seen`."""
    return session.scalar(sa.select(Assignment).where(Assignment.id == assignment_id, _seen_from(unit_id)))


def assignment_owned(session: Session, assignment_id: int, unit_id: int) -> Assignment | None:
    """An assignment that trainers of this unit may change: it belongs to their branch."""
    return session.scalar(
        sa.select(Assignment).where(Assignment.id == assignment_id, Assignment.unit_id.in_(branch(unit_id)))
    )


def has_attempts(session: Session, assignment_id: int) -> bool:
    """Whether anybody has begun."""
    return session.scalar(sa.select(sa.exists().where(Attempt.assignment_id == assignment_id))) or False


def units_below(session: Session, unit_id: int) -> Sequence[Unit]:
    """A unit and all below it, by code."""
    return session.scalars(sa.select(Unit).where(Unit.id.in_(branch(unit_id))).order_by(Unit.code)).all()


def people_by_username(session: Session, usernames: Sequence[str], unit_id: int) -> Mapping[str, int]:
    """Ids of the active people with these usernames within a branch."""
    query = sa.select(User.username, User.id).where(
        User.username.in_(usernames), User.is_active, User.unit_id.in_(branch(unit_id))
    )
    return dict(session.execute(query).all())


def usernames(session: Session, user_ids: Sequence[int]) -> Sequence[str]:
    """Usernames of these people, in order."""
    return session.scalars(sa.select(User.username).where(User.id.in_(user_ids)).order_by(User.username)).all()


def extensions(session: Session, assignment_id: int, unit_id: int) -> Sequence[Extension]:
    """Extensions within a branch, the newest first."""
    below = branch(unit_id)
    query = (
        sa.select(Extension)
        .outerjoin(Extension.user)
        .options(joinedload(Extension.unit), joinedload(Extension.user))
        .where(Extension.assignment_id == assignment_id)
        .where(sa.or_(Extension.unit_id.in_(below), User.unit_id.in_(below)))
    )
    return session.scalars(query.order_by(Extension.created_at.desc())).all()


def person_seen(session: Session, user_id: int, unit_id: int) -> User | None:
    """A person within a branch."""
    query = sa.select(User).options(joinedload(User.unit)).where(User.id == user_id, User.unit_id.in_(branch(unit_id)))
    return session.scalar(query)


def unit_choices(units: Sequence[Unit]) -> dict[int, str]:
    """Units for a list, each below its parent and indented."""
    below: dict[int | None, list[Unit]] = {}
    known = {unit.id for unit in units}
    for unit in units:
        below.setdefault(unit.parent_id if unit.parent_id in known else None, []).append(unit)

    def named(parent: int | None, depth: int) -> dict[int, str]:
        names: dict[int, str] = {}
        for unit in below.get(parent, []):
            names[unit.id] = "\u3000" * depth + unit.name
            names |= named(unit.id, depth + 1)
        return names

    return named(None, 0)


def branch_ids(session: Session, unit_id: int) -> Sequence[int]:
    """Ids of a unit and all below it."""
    query: sa.Select[Any] = branch(unit_id)
    return session.scalars(query).all()


def target_names(session: Session, assignment: Assignment) -> dict[str, list[str]]:
    """Names of whom an assignment is for: units, roles, levels, people."""
    rows = assignment.targets
    units = session.scalars(
        sa.select(Unit.name).where(Unit.id.in_([t.unit_id for t in rows if t.unit_id])).order_by(Unit.code)
    )
    people = session.scalars(
        sa.select(User.name).where(User.id.in_([t.user_id for t in rows if t.user_id])).order_by(User.username)
    )
    return {
        "units": list(units.all()),
        "roles": [t.role for t in rows if t.role],
        "levels": [t.level for t in rows if t.level],
        "people": list(people.all()),
    }


def attempts_by_assignment(session: Session, user_id: int, assignment_ids: Sequence[int]) -> dict[int, list[Attempt]]:
    """A person's attempts at these assignments."""
    query = sa.select(Attempt).where(Attempt.user_id == user_id, Attempt.assignment_id.in_(assignment_ids))
    found: dict[int, list[Attempt]] = {}
    for attempt in session.scalars(query.order_by(Attempt.number)):
        found.setdefault(attempt.assignment_id, []).append(attempt)
    return found
