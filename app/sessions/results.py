"""What came of one session, for its trainers' page."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from app.sessions import outcome_queries, queries
from app.sessions.models import Standing, TrainingSession
from app.sessions.operations import booking_key
from app.sessions.outcome_queries import SMALLEST_GROUP, SurveyReport


@dataclass(frozen=True)
class Result:
    """Figures of a session; the mean rating of an expert is None while fewer than three have rated."""

    enrolled: int
    attended: int
    hours: Decimal
    survey: SurveyReport
    experts: list[tuple[str, float | None]]

    @property
    def rate(self) -> int:
        """Attendance in whole per cent."""
        return round(100 * self.attended / self.enrolled) if self.enrolled else 0


def results(session: Session, row: TrainingSession) -> Result:
    """What came of a session."""
    return Result(
        enrolled=len(queries.user_ids(session, row.id, Standing.ENROLLED)),
        attended=len(outcome_queries.attendances(session, row.id)),
        hours=sum(outcome_queries.credits(session, row.id).values(), Decimal(0)),
        survey=outcome_queries.survey_report(session, row.id),
        experts=[(line.expert.name, _rating(session, row.id, line.expert_id)) for line in row.experts],
    )


def _rating(session: Session, id: int, expert_id: int) -> float | None:
    scores = outcome_queries.scores(session, booking_key(id, expert_id))
    return round(sum(scores) / len(scores), 2) if len(scores) >= SMALLEST_GROUP else None
