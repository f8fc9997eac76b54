"""Questions about what came of sessions: attendance, hours, surveys; for the session's own pages and for others.

`held_sessions`, `hours_by_unit` and `hours_by_field` are what the annual plan counts with.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import User
from app.certificates.models import Certificate
from app.clock import LOCAL
from app.experts.models import ExpertBooking, ExpertRating
from app.sessions.models import SessionTopic, State, TopicKind, TrainingSession
from app.sessions.outcome_models import Attendance, HoursEntry, SurveyAnswer, SurveyDone

SMALLEST_GROUP = 3  # fewer surveys than this are not shown: one could tell whose they are


def attendances(session: Session, id: int) -> dict[int, Attendance]:
    """Who was at a session, by user id."""
    query = sa.select(Attendance).where(Attendance.session_id == id).options(joinedload(Attendance.user))
    return {row.user_id: row for row in session.scalars(query.order_by(Attendance.at, Attendance.id))}


def attendance(session: Session, id: int, user_id: int) -> Attendance | None:
    """A person's presence at a session."""
    return session.scalar(sa.select(Attendance).where(Attendance.session_id == id, Attendance.user_id == user_id))


def attended_ids(session: Session, user_id: int) -> set[int]:
    """Ids of the sessions a person was at."""
    return set(session.scalars(sa.select(Attendance.session_id).where(Attendance.user_id == user_id)))


def credited(session: Session, id: int, user_id: int) -> Decimal:
    """What a person has from a session now: credit and corrections."""
    total = sa.select(sa.func.sum(HoursEntry.hours)).where(HoursEntry.session_id == id, HoursEntry.user_id == user_id)
    return session.scalar(total) or Decimal(0)


def credits(session: Session, id: int) -> dict[int, Decimal]:
    """What everyone has from a session, by user id."""
    rows = session.execute(
        sa.select(HoursEntry.user_id, sa.func.sum(HoursEntry.hours))
        .where(HoursEntry.session_id == id)
        .group_by(HoursEntry.user_id)
    )
    return {user_id: hours for user_id, hours in rows}


def has_credit(session: Session, id: int, user_id: int) -> bool:
    """Whether the one credit of this session and person is in the ledger."""
    rows = sa.select(HoursEntry.id).where(
        HoursEntry.session_id == id, HoursEntry.user_id == user_id, HoursEntry.kind == "credit"
    )
    return session.scalar(rows) is not None


def ledger(session: Session, user_id: int) -> Sequence[HoursEntry]:
    """A person's lines, the newest first."""
    query = (
        sa.select(HoursEntry)
        .where(HoursEntry.user_id == user_id)
        .options(joinedload(HoursEntry.session).joinedload(TrainingSession.unit))
    )
    return session.scalars(query.order_by(HoursEntry.at.desc(), HoursEntry.id.desc())).all()


def by_year(lines: Sequence[HoursEntry]) -> dict[int, Decimal]:
    """A person's hours by the year, in Jinhua, in which the session began; the latest year first."""
    totals: dict[int, Decimal] = {}
    for line in lines:
        year = line.session.starts_at.astimezone(LOCAL).year
        totals[year] = totals.get(year, Decimal(0)) + line.hours
    return dict(sorted(totals.items(), reverse=True))


def corrections(session: Session, id: int) -> Sequence[HoursEntry]:
    """Corrections of a session, the newest first."""
    query = sa.select(HoursEntry).where(HoursEntry.session_id == id, HoursEntry.kind == "correction")
    query = query.options(joinedload(HoursEntry.user))
    return session.scalars(query.order_by(HoursEntry.at.desc(), HoursEntry.id.desc())).all()


@dataclass(frozen=True)
class SurveyReport:
    """What people thought: means from 1 to 5 and comments. None of it when fewer than SMALLEST_GROUP answered."""

    answered: int
    useful: float | None = None
    level: float | None = None
    organised: float | None = None
    comments: tuple[str, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether enough people answered for none to be recognised."""
        return self.answered >= SMALLEST_GROUP


def survey_report(session: Session, id: int) -> SurveyReport:
    """The survey of a session. Comments come in the order of their random keys."""
    answers = session.scalars(
        sa.select(SurveyAnswer).where(SurveyAnswer.session_id == id).order_by(SurveyAnswer.key)
    ).all()
    if len(answers) < SMALLEST_GROUP:
        return SurveyReport(len(answers))
    means = {
        name: round(sum(getattr(answer, name) for answer in answers) / len(answers), 2)
        for name in ("useful", "level", "organised")
    }
    return SurveyReport(len(answers), **means, comments=tuple(a.comment for a in answers if a.comment))


def scores(session: Session, source_key: str) -> list[int]:
    """Scores of the expert booked by a source."""
    query = sa.select(ExpertRating.score).join(ExpertBooking, ExpertBooking.id == ExpertRating.booking_id)
    return list(session.scalars(query.where(ExpertBooking.source_key == source_key)))


def certificate(session: Session, id: int, user_id: int) -> Certificate | None:
    """A person's certificate of a session, once it was issued; withdrawn ones too."""
    return session.scalar(sa.select(Certificate).where(Certificate.source_key == certificate_key(id, user_id)))


def certificate_key(id: int, user_id: int) -> str:
    """How a session names the certificate of one who attended."""
    return f"session:{id}:user:{user_id}"


def has_answered(session: Session, id: int, user_id: int) -> bool:
    """Whether a person has filled in the survey."""
    return session.get(SurveyDone, (id, user_id)) is not None


@dataclass(frozen=True)
class Held:
    """A session that took place."""

    id: int
    plan_item_id: int | None
    unit_id: int
    title: str
    starts_at: dt.datetime
    hours: Decimal
    attended: int
    credited: Decimal


def held_sessions(session: Session, since: dt.datetime, until: dt.datetime) -> list[Held]:
    """Sessions held that began in [since, until), by start, with how many attended and the hours credited to all."""
    attended = sa.select(sa.func.count()).where(Attendance.session_id == TrainingSession.id).scalar_subquery()
    credited = (
        sa.select(sa.func.coalesce(sa.func.sum(HoursEntry.hours), 0))
        .where(HoursEntry.session_id == TrainingSession.id)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            TrainingSession.id,
            TrainingSession.plan_item_id,
            TrainingSession.unit_id,
            TrainingSession.title,
            TrainingSession.starts_at,
            TrainingSession.hours,
            attended,
            sa.type_coerce(credited, HoursEntry.hours.type),
        )
        .where(_held(since, until))
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )
    return [Held(*row) for row in rows]


@dataclass(frozen=True)
class Share:
    """What one unit or field has of the sessions held: different people, attendances 人次, hours."""

    people: int
    attended: int
    hours: Decimal


def _held(since: dt.datetime, until: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        TrainingSession.state == State.HELD.value, TrainingSession.starts_at >= since, TrainingSession.starts_at < until
    )


def hours_by_unit(session: Session, since: dt.datetime, until: dt.datetime) -> dict[int, Share]:
    """Per unit of those who attended (the unit itself, not its branch): sessions held that began in [since, until)."""
    present = _of_held(Attendance, (User.unit_id, *_people()), since, until).join(User, User.id == Attendance.user_id)
    hours = _of_held(HoursEntry, (User.unit_id, _sum()), since, until).join(User, User.id == HoursEntry.user_id)
    return _shares(session, present.group_by(User.unit_id), hours.group_by(User.unit_id))


def hours_by_field(session: Session, since: dt.datetime, until: dt.datetime) -> dict[str, Share]:
    """Per field covered: a session on two fields counts in both, so the fields' sum may exceed the total."""
    topic = sa.and_(SessionTopic.session_id == TrainingSession.id, SessionTopic.kind == TopicKind.FIELD.value)
    present = _of_held(Attendance, (SessionTopic.key, *_people()), since, until).join(SessionTopic, topic)
    hours = _of_held(HoursEntry, (SessionTopic.key, _sum()), since, until).join(SessionTopic, topic)
    return _shares(session, present.group_by(SessionTopic.key), hours.group_by(SessionTopic.key))


def _people() -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    return sa.func.count(sa.distinct(Attendance.user_id)), sa.func.count()


def _sum() -> sa.ColumnElement[Decimal]:
    return sa.func.sum(HoursEntry.hours)


def _of_held(
    table: type[Attendance | HoursEntry], columns: tuple[Any, ...], since: dt.datetime, until: dt.datetime
) -> sa.Select[Any]:
    """A query over rows of `table` that belong to sessions held."""
    query = sa.select(*columns).select_from(table)
    return query.join(TrainingSession, TrainingSession.id == table.session_id).where(_held(since, until))


def _shares(session: Session, present: sa.Select[Any], hours: sa.Select[Any]) -> dict[Any, Share]:
    credited = {key: total for key, total in session.execute(hours)}
    counted = {key: (people, attended) for key, people, attended in session.execute(present)}
    keys = sorted(counted.keys() | credited.keys())
    return {key: Share(*counted.get(key, (0, 0)), credited.get(key, Decimal(0))) for key in keys}
