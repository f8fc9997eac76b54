"""Assignments that have been taken, regrades, and who may see or decide them.

A trainer sees what reaches their branch, and only its people; a regrade belongs to the branch that the assignment
belongs to. Editors and administrators see all: editors because the bank is theirs, without names of people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.access import Role
from app.accounts.models import User
from app.accounts.queries import branch
from app.statistics.models import Regrade, RegradeChange, RegradeState
from app.training.models import Assignment, Attempt, AttemptState, State
from app.training.trainer_queries import assignment_owned, assignment_seen, assignments_seen


@dataclass(frozen=True)
class Taken:
    """An assignment with how many people have finished an attempt."""

    assignment: Assignment
    takers: int


def scope(user: User) -> int | None:
    """The unit whose branch a person's figures are of; None for everybody."""
    return user.unit_id if user.role == Role.TRAINER else None


def taken(session: Session, user: User) -> list[Taken]:
    """Assignments a person sees that somebody has finished, the newest first."""
    if user.role == Role.TRAINER:
        found = list(assignments_seen(session, user.unit_id))
    else:
        query = sa.select(Assignment).where(Assignment.state != State.DRAFT).options(joinedload(Assignment.unit))
        found = list(session.scalars(query.order_by(Assignment.opens_at.desc(), Assignment.id.desc())))
    counts = _takers(session, scope(user))
    return [Taken(assignment, counts[assignment.id]) for assignment in found if assignment.id in counts]


def _takers(session: Session, unit_id: int | None) -> dict[int, int]:
    query = sa.select(Attempt.assignment_id, sa.func.count(sa.distinct(Attempt.user_id)))
    query = query.where(Attempt.state != AttemptState.OPEN).group_by(Attempt.assignment_id)
    if unit_id is not None:
        query = query.where(Attempt.user_id.in_(sa.select(User.id).where(User.unit_id.in_(branch(unit_id)))))
    return dict(session.execute(query).all())


def assignment_for(session: Session, id: int, user: User) -> Assignment | None:
    """An assignment whose figures a person may see."""
    is_trainer = user.role == Role.TRAINER
    found = assignment_seen(session, id, user.unit_id) if is_trainer else session.get(Assignment, id)
    return found if found is not None and found.state != State.DRAFT else None


def may_regrade(session: Session, assignment_id: int, user: User) -> bool:
    """Whether a person may propose and decide regrades of an assignment."""
    if user.role in (Role.EDITOR, Role.ADMIN):
        return True
    return user.role == Role.TRAINER and assignment_owned(session, assignment_id, user.unit_id) is not None


def _whole() -> sa.Select[Regrade]:
    loaded = (Regrade.assignment, Regrade.question, Regrade.proposer, Regrade.decider)
    return sa.select(Regrade).options(*map(joinedload, loaded))


def regrade_for(session: Session, id: int, user: User) -> Regrade | None:
    """A regrade a person may decide, or has decided or proposed."""
    found = session.scalar(_whole().where(Regrade.id == id))
    return found if found is not None and may_regrade(session, found.assignment_id, user) else None


def regrades_of(session: Session, assignment_id: int) -> Sequence[Regrade]:
    """The regrades of an assignment, the newest first."""
    return session.scalars(_whole().where(Regrade.assignment_id == assignment_id).order_by(Regrade.id.desc())).all()


def waiting(session: Session, user: User) -> Sequence[Regrade]:
    """The regrades a person may decide on or has proposed, that are not decided."""
    query = _whole().where(Regrade.state == RegradeState.PROPOSED)
    if user.role == Role.TRAINER:
        own = sa.select(Assignment.id).where(Assignment.unit_id.in_(branch(user.unit_id)))
        query = query.where(Regrade.assignment_id.in_(own))
    return session.scalars(query.order_by(Regrade.id)).all()


def applied_changes(session: Session, regrade_id: int) -> Sequence[tuple[RegradeChange, User]]:
    """What a regrade did, with whose attempt it was."""
    query = (
        sa.select(RegradeChange, User)
        .join(Attempt, Attempt.id == RegradeChange.attempt_id)
        .join(User, User.id == Attempt.user_id)
        .where(RegradeChange.regrade_id == regrade_id)
        .order_by(User.username, RegradeChange.attempt_id)
    )
    return session.execute(query).all()


def corrections(session: Session, attempt_id: int) -> Sequence[RegradeChange]:
    """The regrades that changed an attempt's score, the first first."""
    moved = RegradeChange.score_before != RegradeChange.score_after
    query = sa.select(RegradeChange).where(RegradeChange.attempt_id == attempt_id, moved)
    return session.scalars(query.options(joinedload(RegradeChange.regrade)).order_by(RegradeChange.regrade_id)).all()
