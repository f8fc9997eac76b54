"""The list of experts and a month of bookings, as the pages show them."""

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.clock import LOCAL
from app.experts import queries
from app.experts.availability import Times, Wanted, at, free, load, obstacle
from app.experts.models import Expert, ExpertBooking

ENDING_WITHIN = dt.timedelta(days=90)  # before a term ends it is shown as ending, and told to those who keep the pool


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; empty values narrow nothing."""

    text: str = ""
    kind: str = ""
    field: str = ""
    free_on: dt.date | None = None
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An expert of the list. `load` counts this year's sessions, `free` are the hours of the day that was asked for."""

    expert: Expert
    load: int
    rating: queries.Rating | None
    ends_on: dt.date | None
    is_ending: bool
    free: list[Times]


def lines(session: Session, wanted: Filter, today: dt.date, *, is_internal: bool) -> list[Line]:
    """The experts a reader may see and asked for. Officers see those in the pool who have consented."""
    chosen = [expert for expert in queries.experts(session) if _fits(expert, wanted, is_internal)]
    timetables, ratings = queries.timetables(session, chosen), queries.ratings(session)
    found = []
    for expert in chosen:
        timetable = timetables[expert.id]
        if is_internal and wanted.free_on and obstacle(timetable, Wanted(wanted.free_on)):
            continue
        ends_on = max((term.ends_on for term in expert.terms), default=None)
        is_ending = ends_on is not None and ends_on <= today + ENDING_WITHIN
        hours = free(timetable, wanted.free_on) if wanted.free_on else []
        found.append(Line(expert, load(timetable, today.year), ratings.get(expert.id), ends_on, is_ending, hours))
    return found


def _fits(expert: Expert, wanted: Filter, is_internal: bool) -> bool:
    if not (is_internal or is_shown(expert)) or (expert.retired_at is not None) != wanted.is_retired:
        return False
    text = f"{expert.key} {expert.name} {expert.organisation} {expert.post} {expert.specialities} {expert.courses}"
    has_words = all(word in text for word in wanted.text.split())
    return has_words and wanted.kind in ("", expert.kind) and (not wanted.field or wanted.field in expert.fields)


def is_shown(expert: Expert) -> bool:
    """Whether officers may see this expert."""
    return expert.retired_at is None and expert.consented_on is not None


@dataclass(frozen=True, slots=True)
class Month:
    """A month by weeks; days of the neighbouring months are None."""

    first: dt.date
    weeks: list[list[dt.date | None]]
    bookings: dict[dt.date, list[ExpertBooking]]

    @property
    def before(self) -> str:
        """The month before: 2027-02."""
        return f"{self.first - dt.timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """The month after."""
        return f"{self.first + dt.timedelta(days=31):%Y-%m}"


def month(session: Session, first: dt.date, experts: Iterable[Expert]) -> Month:
    """The bookings of a month, each on every day it touches."""
    days = [day for day in calendar.Calendar().itermonthdates(first.year, first.month) if day.month == first.month]
    since, until = at(days[0], dt.time()), at(days[-1] + dt.timedelta(days=1), dt.time())
    on: dict[dt.date, list[ExpertBooking]] = {}
    for booking in queries.bookings(session, [expert.id for expert in experts], since, until):
        for day in touched(booking):
            on.setdefault(day, []).append(booking)
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    return Month(first, [[day if day.month == first.month else None for day in week] for week in weeks], on)


def touched(booking: ExpertBooking) -> Sequence[dt.date]:
    """The local days a booking touches."""
    last = booking.ends_at - dt.timedelta(microseconds=1)
    start, end = (instant.astimezone(LOCAL).date() for instant in (booking.starts_at, last))
    return [start + dt.timedelta(days=offset) for offset in range((end - start).days + 1)]
