"""What other features do with experts: take and give back their time, and rate their teaching."""

import datetime as dt

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import record
from app.clock import LOCAL
from app.experts import queries
from app.experts.availability import Obstacle, Times, Timetable, clashes, load, standing
from app.experts.models import BookingState, Expert, ExpertBooking, ExpertRating


class Refused(Exception):
    """A change that the rules forbid; names the form field it is about and says why in Chinese."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def book(
    session: Session,
    expert_id: int,
    times: Times,
    *,
    title: str,
    source_key: str,
    actor_id: int | None,
    now: dt.datetime,
) -> ExpertBooking:
    """Take an expert's time, from one instant to another, for a source; a source that has a booking moves it.

    Raises Refused ("expert") when the expert is retired, has not consented, has no term or cannot come on that day,
    has no session left this year, or is taken. The weekly slots are not asked: a trainer may agree on another hour.
    Who books several experts at once does so in the order of their ids, so that two who do cannot block each other.
    """
    expert = session.get(Expert, expert_id, with_for_update=True, populate_existing=True)
    if expert is None or times[0] >= times[1]:
        raise Refused("expert", "没有这位师资，或者时间写反了。")
    timetable = queries.timetables(session, [expert], without=source_key)[expert_id]
    if found := _refusal(timetable, times):
        raise Refused("expert", f"{expert.name}{found}，请换时间或者换人。")
    booking = queries.booking(session, source_key) or ExpertBooking(source_key=source_key)
    booking.expert_id, booking.title, booking.state = expert_id, title[:120], BookingState.BOOKED.value
    booking.starts_at, booking.ends_at = times
    session.add(booking)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("expert", f"{expert.name}{Obstacle.BOOKED}，请换时间或者换人。") from error
    detail = f"{source_key}: {times[0].isoformat()} to {times[1].isoformat()}"
    record(session, "experts.booked", f"expert {expert.key}", actor_id=actor_id, now=now, detail=detail)
    return booking


def _refusal(timetable: Timetable, times: Times) -> Obstacle | None:
    ends_just_before = times[1] - dt.timedelta(microseconds=1)
    first, last = (instant.astimezone(LOCAL).date() for instant in (times[0], ends_just_before))
    for offset in range((last - first).days + 1):
        if found := standing(timetable, first + dt.timedelta(days=offset)):
            return found
    if load(timetable, first.year) >= timetable.yearly_cap:
        return Obstacle.OVER_CAP
    return Obstacle.BOOKED if clashes(timetable.bookings, times) else None


def release(session: Session, source_key: str, *, actor_id: int | None, now: dt.datetime) -> None:
    """Give back the time a source took; nothing happens when it holds none."""
    booking = queries.booking(session, source_key)
    if booking is None or booking.state == BookingState.RELEASED:
        return
    booking.state = BookingState.RELEASED.value
    session.flush()
    record(session, "experts.released", f"expert {booking.expert.key}", actor_id=actor_id, now=now, detail=source_key)


def rate(
    session: Session, source_key: str, enrolment_key: str, score: int, *, comment: str = "", now: dt.datetime
) -> ExpertRating:
    """Keep what one who attended thought of the expert booked by a source; said again, it replaces what was said.

    The caller has checked that the enrolment was attended. Raises Refused ("score") when the booking does not hold or
    is not over, or the score is not 1 to 5.
    """
    booking = queries.booking(session, source_key)
    if booking is None or booking.state != BookingState.BOOKED or booking.ends_at > now:
        raise Refused("score", "课还没有上完，不能评分。")
    if score not in range(1, 6):
        raise Refused("score", "评分是 1 到 5 分。")
    rating = queries.rating(session, booking.id, enrolment_key)
    rating = rating or ExpertRating(booking_id=booking.id, enrolment_key=enrolment_key)
    rating.score, rating.comment, rating.rated_at = score, comment[:500], now
    session.add(rating)
    session.flush()
    return rating
