"""Where a person stands with an assignment: made of all their finished attempts, each time one is finished.

`completion` counts these rows; `recount` makes all of an assignment again, and finds the same.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import insert
from app.training import papers
from app.training.models import Answer, Assignment, Attempt, AttemptState, FieldScore, Keep, Rule, Standing
from app.training.queries import allowance


def kept(assignment: Assignment, finished: Sequence[Attempt]) -> Attempt:
    """The attempt that counts of these, given in the order of their numbers: the last, or the first of the best."""
    if assignment.keep == Keep.LAST:
        return finished[-1]
    return max(finished, key=lambda attempt: (attempt.percent or Decimal(0), -attempt.number))


def is_done(assignment: Assignment, attempts: int, finished: Sequence[Attempt]) -> bool:
    """Whether these attempts complete the assignment; `attempts` is how many the person has in all."""
    if assignment.rule == Rule.ATTEMPTS:
        return len(finished) >= assignment.min_attempts
    passed = (kept(assignment, finished).percent or 0) >= assignment.pass_mark
    return passed or (assignment.rule == Rule.EXHAUSTED and len(finished) >= attempts)


def done_at(assignment: Assignment, attempts: int, finished: Sequence[Attempt]) -> dt.datetime | None:
    """When the assignment was completed first, None while it is not."""
    if not is_done(assignment, attempts, finished):
        return None
    steps = range(1, len(finished) + 1)
    return next(finished[n - 1].finished_at for n in steps if is_done(assignment, attempts, finished[:n]))


def keep_standing(session: Session, assignment: Assignment, user: User) -> None:
    """Bring the person's row up to date with their attempts."""
    query = sa.select(Attempt).where(Attempt.assignment_id == assignment.id, Attempt.user_id == user.id)
    finished = session.scalars(query.where(Attempt.state != AttemptState.OPEN).order_by(Attempt.number)).all()
    if not finished:
        return
    attempts = allowance(session, assignment, user).attempts
    best, at = kept(assignment, finished), done_at(assignment, attempts, finished)
    row: dict[str, Any] = {
        "attempts": len(finished), "kept_id": best.id, "percent": best.percent, "is_done": at is not None,
        "is_passed": (best.percent or 0) >= assignment.pass_mark, "done_at": at,
    }  # fmt: skip
    keys = {"assignment_id": assignment.id, "user_id": user.id}
    made = insert(session, Standing).values(keys | row)
    session.execute(made.on_conflict_do_update(index_elements=[Standing.assignment_id, Standing.user_id], set_=row))
    _keep_fields(session, best)


def _keep_fields(session: Session, attempt: Attempt) -> None:
    """What the kept attempt earned in each field."""
    fields = {leaf.question.key: leaf.question.field for leaf in papers.unpack(session, attempt.paper).leaves}
    sums: dict[str, list[Decimal]] = {}
    query = sa.select(Answer.key, Answer.score, Answer.points).where(Answer.attempt_id == attempt.id)
    for key, score, points in session.execute(query):
        if score is not None and points is not None and fields.get(key):
            sum_ = sums.setdefault(fields[key], [Decimal(0), Decimal(0)])
            sum_[0], sum_[1] = sum_[0] + score, sum_[1] + points
    mine = {"user_id": attempt.user_id, "assignment_id": attempt.assignment_id}
    session.execute(sa.delete(FieldScore).filter_by(**mine))
    rows = [mine | {"field": field, "score": score, "points": points} for field, (score, points) in sums.items()]
    if rows:
        session.execute(sa.insert(FieldScore), rows)


def recount(session: Session, assignment: Assignment, user_ids: Sequence[int] | None = None) -> int:
    """Make the rows of an assignment again, of everyone or of these people; how many that were."""
    query = sa.select(User).where(User.id.in_(sa.select(Attempt.user_id).where(Attempt.assignment_id == assignment.id)))
    people = session.scalars(query if user_ids is None else query.where(User.id.in_(user_ids))).all()
    for user in people:
        keep_standing(session, assignment, user)
    return len(people)
