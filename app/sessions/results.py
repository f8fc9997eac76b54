"""What came of one session, for its trainers' page."""

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.sessions import outcome_queries, queries
from app.sessions.models import Standing as Place
from app.sessions.models import TrainingSession
from app.sessions.operations import booking_key
from app.sessions.outcome_models import Attendance
from app.sessions.outcome_queries import SMALLEST_GROUP, SurveyReport
from app.training.models import Standing


@dataclass(frozen=True)
class Gain:
    """Mean marks, in per cent, of those who attended and took both quizzes; both None when nobody did."""

    people: int
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Result:
    """Figures of a session; the mean rating of an expert is None while fewer than three have rated."""

    enrolled: int
    attended: int
    hours: Decimal
    survey: SurveyReport
    experts: list[tuple[str, float | None]]
    gain: Gain | None

    @property
    def rate(self) -> int:
        """Attendance in whole per cent."""
        return round(100 * self.attended / self.enrolled) if self.enrolled else 0


def results(session: Session, row: TrainingSession) -> Result:
    """What came of a session."""
    return Result(
        enrolled=len(queries.user_ids(session, row.id, Place.ENROLLED)),
        attended=len(outcome_queries.attendances(session, row.id)),
        hours=sum(outcome_queries.credits(session, row.id).values(), Decimal(0)),
        survey=outcome_queries.survey_report(session, row.id),
        experts=[(line.expert.name, _rating(session, row.id, line.expert_id)) for line in row.experts],
        gain=_gain(session, row) if row.quiz_before_id and row.quiz_after_id else None,
    )


def _gain(session: Session, row: TrainingSession) -> Gain:
    """What counts of each person's attempts, before and after."""
    before, after = aliased(Standing), aliased(Standing)
    query = (
        sa.select(sa.func.count(), sa.func.sum(before.percent), sa.func.sum(after.percent))
        .select_from(Attendance)
        .join(before, sa.and_(before.user_id == Attendance.user_id, before.assignment_id == row.quiz_before_id))
        .join(after, sa.and_(after.user_id == Attendance.user_id, after.assignment_id == row.quiz_after_id))
        .where(Attendance.session_id == row.id)
    )
    people, first, second = session.execute(query).one()
    return Gain(people, float(first / people), float(second / people)) if people else Gain(0, None, None)


def _rating(session: Session, id: int, expert_id: int) -> float | None:
    scores = outcome_queries.scores(session, booking_key(id, expert_id))
    return round(sum(scores) / len(scores), 2) if len(scores) >= SMALLEST_GROUP else None
