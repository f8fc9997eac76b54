"""Calendar files (.ics, RFC 5545) that phones and mail programs open, in the time of Jinhua.

A change keeps its `uid` and raises its `sequence`; a cancelled entry stays in the file as cancelled, so that whoever
subscribed sees it go.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from icalendar import Calendar, Event

from app.clock import LOCAL

CONTENT_TYPE = "text/calendar; charset=utf-8"
# China has had one offset since 1992: with that as the first date the zone is written as one rule without an end.
ZONE_SINCE = dt.date(1992, 1, 1)
REFRESH = dt.timedelta(hours=1)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
BREAKS = re.compile(r"[\x00-\x20\x7f]+")


@dataclass(frozen=True)
class Entry:
    """One event or deadline. `uid` is the same for ever; `starts_at` and `ends_at` are aware instants."""

    uid: str
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str = ""
    description: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("a calendar entry needs instants with a time zone")
        if self.ends_at < self.starts_at:
            raise ValueError("a calendar entry ends before it starts")


def ics(name: str, entries: Iterable[Entry], *, now: dt.datetime) -> bytes:
    """A calendar called `name` as the bytes of an .ics file; `now` is when it was made."""
    calendar = Calendar()
    calendar.add("prodid", "-//Youshu//zh-CN//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", CONTROLS.sub("", name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, now))
    calendar.add_missing_timezones(first_date=ZONE_SINCE)
    content: bytes = calendar.to_ical()
    return content


def _event(entry: Entry, now: dt.datetime) -> Event:
    event = Event()
    event.add("uid", BREAKS.sub("", entry.uid))
    event.add("summary", CONTROLS.sub("", entry.title))
    event.add("dtstart", entry.starts_at.astimezone(LOCAL))
    event.add("dtend", entry.ends_at.astimezone(LOCAL))
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    for key, text in (("location", entry.place), ("description", entry.description)):
        if text:
            event.add(key, CONTROLS.sub("", text))
    if entry.url:
        event.add("url", BREAKS.sub("", entry.url))
    return event
