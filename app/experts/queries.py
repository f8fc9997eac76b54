"""What is read of experts: profiles, timetables, bookings, ratings, terms that end."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app.access import Role
from app.accounts.models import Unit, User
from app.accounts.queries import branch
from app.experts.availability import Slot, Timetable
from app.experts.models import (
    BookingState,
    Expert,
    ExpertBooking,
    ExpertInternal,
    ExpertRating,
    ExpertTag,
    ExpertTerm,
    TagKind,
)

LOADED = tuple(map(selectinload, (Expert.tags, Expert.slots, Expert.absences, Expert.terms)))


@dataclass(frozen=True, slots=True)
class Rating:
    """The mean of an expert's ratings, 1 to 5, and how many there are."""

    mean: float
    count: int


def expert(session: Session, key: str) -> Expert | None:
    """One expert by key."""
    return session.scalar(sa.select(Expert).where(Expert.key == key).options(*LOADED))


def experts(session: Session) -> Sequence[Expert]:
    """All experts, those retired too, by key."""
    return session.scalars(sa.select(Expert).options(*LOADED).order_by(Expert.key)).all()


def internal(session: Session, expert_id: int) -> ExpertInternal:
    """What only trainers and administrators may read of an expert."""
    return session.get_one(ExpertInternal, expert_id)


def with_internal(session: Session) -> list[tuple[Expert, ExpertInternal]]:
    """All experts with what only trainers and administrators may read."""
    pairs = sa.select(Expert, ExpertInternal).join(ExpertInternal, ExpertInternal.expert_id == Expert.id)
    return [(expert, own) for expert, own in session.execute(pairs.options(*LOADED).order_by(Expert.key))]


def bookings(
    session: Session, expert_ids: Iterable[int], since: dt.datetime | None = None, until: dt.datetime | None = None
) -> Sequence[ExpertBooking]:
    """Bookings that hold and touch a time, the first to begin first."""
    wanted = sa.select(ExpertBooking).where(
        ExpertBooking.expert_id.in_(list(expert_ids)), ExpertBooking.state == BookingState.BOOKED.value
    )
    if since:
        wanted = wanted.where(ExpertBooking.ends_at > since)
    if until:
        wanted = wanted.where(ExpertBooking.starts_at < until)
    ordered = wanted.order_by(ExpertBooking.starts_at, ExpertBooking.expert_id)
    return session.scalars(ordered.options(joinedload(ExpertBooking.expert))).all()


def booking(session: Session, source_key: str) -> ExpertBooking | None:
    """The booking of a source, released ones too."""
    return session.scalar(sa.select(ExpertBooking).where(ExpertBooking.source_key == source_key))


def timetables(session: Session, found: Iterable[Expert], *, without: str = "") -> dict[int, Timetable]:
    """The calendar of each expert by id, leaving out the booking of the source `without`."""
    chosen = list(found)
    held: dict[int, list[tuple[dt.datetime, dt.datetime]]] = {expert.id: [] for expert in chosen}
    for row in bookings(session, held):
        if row.source_key != without:
            held[row.expert_id].append((row.starts_at, row.ends_at))
    return {expert.id: _timetable(expert, held[expert.id]) for expert in chosen}


def _timetable(expert: Expert, held: list[tuple[dt.datetime, dt.datetime]]) -> Timetable:
    return Timetable(
        slots=tuple(Slot(slot.weekday, slot.starts, slot.ends) for slot in expert.slots),
        absences=tuple((absence.starts_on, absence.ends_on) for absence in expert.absences),
        terms=tuple((term.starts_on, term.ends_on) for term in expert.terms),
        bookings=tuple(held),
        yearly_cap=expert.yearly_cap,
        has_consent=expert.consented_on is not None,
        is_retired=expert.retired_at is not None,
    )


def ratings(session: Session) -> dict[int, Rating]:
    """The rating of each expert who has any, by id."""
    rows = session.execute(
        sa.select(ExpertBooking.expert_id, sa.func.avg(ExpertRating.score), sa.func.count())
        .join(ExpertRating, ExpertRating.booking_id == ExpertBooking.id)
        .group_by(ExpertBooking.expert_id)
    )
    return {id: Rating(round(float(mean), 2), count) for id, mean, count in rows}


def rating(session: Session, booking_id: int, enrolment_key: str) -> ExpertRating | None:
    """What one who attended said of a booking."""
    own = ExpertRating.booking_id == booking_id, ExpertRating.enrolment_key == enrolment_key
    return session.scalar(sa.select(ExpertRating).where(*own))


def comments(session: Session, expert_id: int) -> Sequence[ExpertRating]:
    """Ratings of an expert with words, the newest first."""
    return session.scalars(
        sa.select(ExpertRating)
        .join(ExpertBooking, ExpertRating.booking_id == ExpertBooking.id)
        .where(ExpertBooking.expert_id == expert_id, ExpertRating.comment != "")
        .order_by(ExpertRating.rated_at.desc())
    ).all()


def ending_terms(session: Session, until: dt.date) -> list[tuple[Expert, dt.date]]:
    """Experts in the pool whose last term ends by `until` (or has ended), the first to end first."""
    last = sa.func.max(ExpertTerm.ends_on)
    rows = session.execute(
        sa.select(Expert, last)
        .join(ExpertTerm)
        .where(Expert.retired_at.is_(None))
        .group_by(Expert.id)
        .having(last <= until)
        .order_by(last, Expert.key)
    )
    return [(expert, ends_on) for expert, ends_on in rows]


def keeper_ids(session: Session) -> Sequence[int]:
    """Those who keep the pool: administrators, and trainers of the city's own unit."""
    of_city = sa.and_(User.role == Role.TRAINER.value, Unit.parent_id.is_(None))
    wanted = sa.select(User.id).join(User.unit).where(User.is_active, sa.or_(of_city, User.role == Role.ADMIN.value))
    return session.scalars(wanted.order_by(User.id)).all()


def units(session: Session, user: User) -> Sequence[Unit]:
    """Units a person may ask about: the own branch; all for administrators."""
    wanted = sa.select(Unit).order_by(Unit.code)
    if user.role != Role.ADMIN:
        wanted = wanted.where(Unit.id.in_(branch(user.unit_id)))
    return session.scalars(wanted).all()


def fields_in_use(session: Session) -> Sequence[str]:
    """Fields that some expert teaches."""
    return session.scalars(
        sa.select(ExpertTag.value).where(ExpertTag.kind == TagKind.FIELD.value).distinct().order_by(ExpertTag.value)
    ).all()
