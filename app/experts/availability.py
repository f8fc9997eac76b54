"""Whether an expert can come: a pure function of their calendar. Everything that books or offers asks here."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.clock import LOCAL

LEAST = dt.timedelta(minutes=90)  # two hours of teaching 学时: what a day must have free when no time is asked for
Times = tuple[dt.datetime, dt.datetime]
Days = tuple[dt.date, dt.date]


class Obstacle(StrEnum):
    """Why an expert is not offered; the value is what people read."""

    RETIRED = "已退出师资库"
    NO_CONSENT = "本人还没有同意入库"
    NO_TERM = "当天不在聘期内"
    OVER_CAP = "当年场次已满"
    ABSENT = "当天不便授课"
    BOOKED = "这段时间已有安排"
    NO_SLOT = "不在可授课的时段"


@dataclass(frozen=True, slots=True)
class Slot:
    """Hours of the week, local time; `weekday` 1 is Monday."""

    weekday: int
    starts: dt.time
    ends: dt.time


@dataclass(frozen=True, slots=True)
class Timetable:
    """All that decides when an expert can come. Days are local with both ends included, bookings are instants."""

    slots: tuple[Slot, ...]
    absences: tuple[Days, ...]
    terms: tuple[Days, ...]
    bookings: tuple[Times, ...]
    yearly_cap: int
    has_consent: bool = True
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """When an expert is wanted: from `starts` to `ends` on a day, or any `LEAST` of the day when both are None."""

    day: dt.date
    starts: dt.time | None = None
    ends: dt.time | None = None

    def __post_init__(self) -> None:
        if (self.starts is None) != (self.ends is None) or (self.starts and self.ends and self.starts >= self.ends):
            raise ValueError("时间要写开始和结束，并且开始早于结束。")

    @property
    def times(self) -> Times | None:
        """As instants, when times were asked for."""
        if self.starts is None or self.ends is None:
            return None
        return at(self.day, self.starts), at(self.day, self.ends)


def at(day: dt.date, time: dt.time) -> dt.datetime:
    """An instant by the clock in Jinhua."""
    return dt.datetime.combine(day, time, LOCAL)


def load(timetable: Timetable, year: int) -> int:
    """Bookings of a calendar year, by the day they begin."""
    return sum(starts.astimezone(LOCAL).year == year for starts, _ in timetable.bookings)


def standing(timetable: Timetable, day: dt.date) -> Obstacle | None:
    """Why an expert cannot be booked on a day, whatever the hour and however many bookings there are."""
    if timetable.is_retired:
        return Obstacle.RETIRED
    if not timetable.has_consent:
        return Obstacle.NO_CONSENT
    if not _holds(timetable.terms, day):
        return Obstacle.NO_TERM
    return Obstacle.ABSENT if _holds(timetable.absences, day) else None


def obstacle(timetable: Timetable, wanted: Wanted) -> Obstacle | None:
    """Why an expert is not to be offered; None when they can come."""
    if found := standing(timetable, wanted.day):
        return found
    if load(timetable, wanted.day.year) >= timetable.yearly_cap:
        return Obstacle.OVER_CAP
    times = wanted.times
    if times is None:
        if _is_enough(free(timetable, wanted.day)):
            return None
        return Obstacle.BOOKED if _is_enough(_hours(timetable, wanted.day)) else Obstacle.NO_SLOT
    if clashes(timetable.bookings, times):
        return Obstacle.BOOKED
    hours = _hours(timetable, wanted.day)
    return None if any(starts <= times[0] and times[1] <= ends for starts, ends in hours) else Obstacle.NO_SLOT


def free(timetable: Timetable, day: dt.date) -> list[Times]:
    """The hours of a day that are in the weekly slots and not booked, in order."""
    left = _hours(timetable, day)
    for booking in timetable.bookings:
        left = [piece for stretch in left for piece in _without(stretch, booking)]
    return left


def clashes(bookings: Iterable[Times], times: Times) -> bool:
    """Whether any booking overlaps; times that only touch do not."""
    return any(starts < times[1] and times[0] < ends for starts, ends in bookings)


def _is_enough(stretches: Iterable[Times]) -> bool:
    return any(ends - starts >= LEAST for starts, ends in stretches)


def _holds(spans: Iterable[Days], day: dt.date) -> bool:
    return any(first <= day <= last for first, last in spans)


def _hours(timetable: Timetable, day: dt.date) -> list[Times]:
    """The weekly slots of a day, those that touch or overlap made one."""
    merged: list[Times] = []
    own = (slot for slot in timetable.slots if slot.weekday == day.isoweekday())
    for starts, ends in sorted((at(day, slot.starts), at(day, slot.ends)) for slot in own):
        if merged and starts <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(ends, merged[-1][1])
        else:
            merged.append((starts, ends))
    return merged


def _without(stretch: Times, booking: Times) -> list[Times]:
    pieces = (stretch[0], min(stretch[1], booking[0])), (max(stretch[0], booking[1]), stretch[1])
    return [piece for piece in pieces if piece[0] < piece[1]]
