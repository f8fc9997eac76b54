"""When an expert can come, against a calendar checked minute by minute."""

import datetime as dt
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experts.availability import Obstacle, Slot, Timetable, Wanted, at, free, load, obstacle
from app.experts.models import Kind
from app.experts.ranking import Candidate, Likeness, Topic, rank

FRIDAY = dt.date(2027, 3, 12)
MORNING = Slot(5, dt.time(9), dt.time(11, 30))
TERM = (dt.date(2027, 1, 1), dt.date(2027, 12, 31))


def timetable(**values):
    return Timetable(
        **({"slots": (MORNING,), "absences": (), "terms": (TERM,), "bookings": (), "yearly_cap": 2} | values)
    )


def booked(day=FRIDAY, start=(9, 0), end=(10, 0)):
    return at(day, dt.time(*start)), at(day, dt.time(*end))


@pytest.mark.parametrize(
    ("values", "wanted", "why"),
    [
        ({}, Wanted(FRIDAY), None),
        ({"is_retired": True}, Wanted(FRIDAY), Obstacle.RETIRED),
        ({"has_consent": False}, Wanted(FRIDAY), Obstacle.NO_CONSENT),
        ({"terms": ()}, Wanted(FRIDAY), Obstacle.NO_TERM),
        ({"terms": ((FRIDAY, FRIDAY),)}, Wanted(FRIDAY), None),
        ({}, Wanted(dt.date(2028, 3, 10)), Obstacle.NO_TERM),
        ({"absences": ((FRIDAY, FRIDAY),)}, Wanted(FRIDAY), Obstacle.ABSENT),
        ({"bookings": (booked(dt.date(2027, 1, 8)), booked(dt.date(2027, 1, 15)))}, Wanted(FRIDAY), Obstacle.OVER_CAP),
        ({"bookings": (booked(dt.date(2026, 1, 9)), booked(dt.date(2026, 1, 16)))}, Wanted(FRIDAY), None),
        ({"bookings": (booked(),)}, Wanted(FRIDAY), None),  # 10:00 to 11:30 is left
        ({"bookings": (booked(end=(10, 1)),)}, Wanted(FRIDAY), Obstacle.BOOKED),
        ({}, Wanted(FRIDAY - dt.timedelta(days=1)), Obstacle.NO_SLOT),
        ({"slots": (Slot(5, dt.time(9), dt.time(10, 29)),)}, Wanted(FRIDAY), Obstacle.NO_SLOT),
        ({"slots": (MORNING, Slot(5, dt.time(11, 30), dt.time(12)))}, Wanted(FRIDAY, dt.time(11), dt.time(12)), None),
        ({}, Wanted(FRIDAY, dt.time(11), dt.time(12)), Obstacle.NO_SLOT),
        ({"bookings": (booked(),)}, Wanted(FRIDAY, dt.time(10), dt.time(11)), None),
        ({"bookings": (booked(),)}, Wanted(FRIDAY, dt.time(9, 59), dt.time(11)), Obstacle.BOOKED),
    ],
)
def test_each_obstacle_is_told(values, wanted, why):
    assert obstacle(timetable(**values), wanted) is why


@pytest.mark.parametrize("hours", [(dt.time(9), None), (None, dt.time(9)), (dt.time(9), dt.time(9))])
def test_hours_are_two_and_in_order(hours):
    with pytest.raises(ValueError, match="开始"):
        Wanted(FRIDAY, *hours)


def test_a_booking_counts_in_the_year_of_jinhua_in_which_it_begins():
    new_year = dt.datetime(2026, 12, 31, 17, tzinfo=dt.UTC)  # 01:00 on 1 January in Jinhua
    held = timetable(bookings=((new_year, new_year + dt.timedelta(hours=1)),))
    assert (load(held, 2026), load(held, 2027)) == (0, 1)


def test_free_hours_are_the_slots_without_the_bookings():
    held = timetable(bookings=(booked(start=(9, 30), end=(10, 0)), booked(start=(11, 0), end=(13, 0))))
    left = [(f"{a:%H:%M}", f"{b:%H:%M}") for a, b in free(held, FRIDAY)]
    assert left == [("09:00", "09:30"), ("10:00", "11:00")]


# Calendars of a week in quarters of an hour, and beside the real check a plain one that paints the quarters of a day.
FIRST = dt.date(2027, 3, 8)


def clock(quarter: int) -> dt.time:
    return dt.time(quarter // 4, quarter % 4 * 15)


def random_calendar(seed: int) -> Timetable:
    dice = random.Random(seed)

    def hours():
        first = dice.randrange(90)
        return first, dice.randint(first + 1, min(95, first + 24))

    def span():
        first, last = sorted(dice.choices(range(7), k=2))
        return FIRST + dt.timedelta(first), FIRST + dt.timedelta(last)

    held = [(FIRST + dt.timedelta(dice.randrange(7)), hours()) for _ in range(dice.randrange(5))]
    return Timetable(
        slots=tuple(Slot(dice.randint(1, 7), *map(clock, hours())) for _ in range(dice.randrange(9))),
        absences=tuple(span() for _ in range(dice.randrange(2))),
        terms=tuple(span() for _ in range(dice.randint(1, 2))),
        bookings=tuple((at(day, clock(a)), at(day, clock(b))) for day, (a, b) in held),
        yearly_cap=dice.randint(1, 6),
        has_consent=dice.random() > 0.1,
        is_retired=dice.random() < 0.1,
    )


@st.composite
def wishes(draw):
    day = FIRST + dt.timedelta(days=draw(st.integers(0, 6)))
    start, length = draw(st.integers(0, 80)), draw(st.integers(0, 14))
    return Wanted(day, clock(start), clock(start + length)) if length else Wanted(day)


def can_come(calendar: Timetable, wanted: Wanted) -> bool:
    day = wanted.day
    if calendar.is_retired or not calendar.has_consent or len(calendar.bookings) >= calendar.yearly_cap:
        return False
    if not any(a <= day <= b for a, b in calendar.terms) or any(a <= day <= b for a, b in calendar.absences):
        return False
    good = [False] * 96
    for slot in calendar.slots:
        if slot.weekday == day.isoweekday():
            paint(good, slot.starts, slot.ends, True)
    for start, end in calendar.bookings:
        if start.date() == day:
            paint(good, start.time(), end.time(), False)
    if wanted.starts is not None:
        return all(good[quarter(wanted.starts) : quarter(wanted.ends)])
    return any(all(good[i : i + 6]) for i in range(91))


def quarter(time: dt.time) -> int:
    return time.hour * 4 + time.minute // 15


def paint(day: list[bool], start: dt.time, end: dt.time, colour: bool) -> None:
    for i in range(quarter(start), quarter(end)):
        day[i] = colour


@settings(max_examples=500, deadline=None)
@given(st.lists(st.integers(0, 2**32), min_size=20, max_size=20), wishes())
def test_of_ten_thousand_random_calendars_nobody_who_cannot_come_is_offered(seeds, wanted):
    pool = [
        Candidate(str(place), Kind.PRACTITIONER, frozenset(), frozenset(), ("燃气。",), random_calendar(seed))
        for place, seed in enumerate(seeds)
    ]
    likeness = Likeness(tuple(np.ones((20, 1), dtype=np.float32)), None)
    ranking = rank(Topic("燃气", ("燃气",)), pool, likeness, wanted)
    offered = {match.candidate.key for match in ranking.matches}
    assert offered == {candidate.key for candidate in pool if can_come(candidate.timetable, wanted)}
    assert len(offered) + len(ranking.left_out) == 20


def test_the_random_calendars_hold_both_who_can_come_and_who_cannot():
    wanted = Wanted(FIRST + dt.timedelta(2))
    able = sum(can_come(random_calendar(seed), wanted) for seed in range(1000))
    assert 50 < able < 950
