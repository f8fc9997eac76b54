"""What a week, month or quarter brought, for a branch: the figures of the printable report."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.queries import branch
from app.clock import LOCAL
from app.training.models import Attempt, AttemptState, Standing
from app.training.weakest import Period

SPANS = {"week": "周", "month": "月", "quarter": "季"}


@dataclass(frozen=True)
class Activity:
    """What happened to one assignment in a period: attempts finished, passed, their mean, and people completing it."""

    attempts: int = 0
    passed: int = 0
    percent: Decimal | None = None
    completed: int = 0


def first_day(span: str, on: dt.date) -> dt.date:
    """First day of the week (Monday), month or quarter that `on` lies in."""
    if span == "week":
        return on - dt.timedelta(days=on.weekday())
    return on.replace(day=1, month=on.month if span == "month" else on.month - (on.month - 1) % 3)


def next_day(span: str, first: dt.date) -> dt.date:
    """First day of the span that follows the one beginning with `first`."""
    if span == "week":
        return first + dt.timedelta(days=7)
    months = first.month - 1 + (1 if span == "month" else 3)
    return first.replace(year=first.year + months // 12, month=months % 12 + 1)


def period(first: dt.date, end: dt.date) -> Period:
    """Days in Jinhua as instants."""
    midnight = dt.time(tzinfo=LOCAL)
    return Period(
        dt.datetime.combine(first, midnight).astimezone(dt.UTC), dt.datetime.combine(end, midnight).astimezone(dt.UTC)
    )  # fmt: skip


def span_name(span: str, first: dt.date) -> str:
    """2026年11月, 2026年第4季度, 2026年第47周（11月16日起）."""
    if span == "week":
        year, week, _ = first.isocalendar()
        return f"{year}年第{week}周（{first.month}月{first.day}日起）"
    return f"{first.year}年{first.month}月" if span == "month" else f"{first.year}年第{(first.month + 2) // 3}季度"


def activity(session: Session, unit_id: int, assignment_ids: Collection[int], within: Period) -> dict[int, Activity]:
    """What people of a branch did in a period, for each of these assignments."""
    people = sa.select(User.id).where(User.unit_id.in_(branch(unit_id)))
    finished = (
        sa.select(
            Attempt.assignment_id, sa.func.count(), sa.func.sum(sa.case((Attempt.is_passed.is_(True), 1), else_=0)),
            sa.func.sum(Attempt.percent),
        )
        .where(Attempt.state != AttemptState.OPEN, Attempt.assignment_id.in_(assignment_ids))
        .where(Attempt.user_id.in_(people), Attempt.finished_at >= within.start, Attempt.finished_at < within.end)
        .group_by(Attempt.assignment_id)
    )  # fmt: skip
    completed = (
        sa.select(Standing.assignment_id, sa.func.count())
        .where(Standing.assignment_id.in_(assignment_ids), Standing.user_id.in_(people))
        .where(Standing.done_at >= within.start, Standing.done_at < within.end)
        .group_by(Standing.assignment_id)
    )
    done = dict(session.execute(completed).all())
    rows = {id: (n, passed, percent) for id, n, passed, percent in session.execute(finished)}
    return {
        id: Activity(*_means(rows.get(id)), completed=done.get(id, 0))
        for id in assignment_ids
        if id in rows or id in done
    }


def _means(row: tuple[int, int, Decimal] | None) -> tuple[int, int, Decimal | None]:
    if row is None:
        return 0, 0, None
    number, passed, percent = row
    return number, int(passed), (percent / number).quantize(Decimal("0.1"))
