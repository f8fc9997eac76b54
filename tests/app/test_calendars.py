"""Calendar files open in other people's programs and keep what they must."""

import datetime as dt

import pytest
import vobject

from app.calendars import Entry, ics

NOW = dt.datetime(2026, 11, 28, 1, 0, tzinfo=dt.UTC)
START = dt.datetime(2027, 3, 12, 1, 30, tzinfo=dt.UTC)


def entry(**values) -> Entry:
    facts = {"uid": "session-1@youshu", "title": "燃气执法实务", "starts_at": START}
    return Entry(**({"ends_at": START + dt.timedelta(hours=2)} | facts | values))


def parsed(*entries: Entry):
    return vobject.readOne(ics("我的培训", entries, now=NOW).decode())


def test_an_independent_parser_reads_the_times_in_the_zone_of_shanghai():
    calendar = parsed(entry(place="金华市八一北街（示例）", url="https://example.test/sessions/1"))
    event = calendar.vevent
    assert event.dtstart.value.isoformat() == "2027-03-12T09:30:00+08:00"
    assert event.dtend.value.astimezone(dt.UTC) == START + dt.timedelta(hours=2)
    assert calendar.vtimezone.tzid.value == "Asia/Shanghai"
    assert event.location.value == "金华市八一北街（示例）"
    assert event.url.value == "https://example.test/sessions/1"
    assert b"DTSTART;TZID=Asia/Shanghai:20270312T093000\r\n" in ics("甲", [entry()], now=NOW)


def test_a_change_keeps_the_uid_and_raises_the_sequence():
    before, after = parsed(entry()).vevent, parsed(entry(title="改了", sequence=2)).vevent
    assert before.uid.value == after.uid.value == "session-1@youshu"
    assert (before.sequence.value, after.sequence.value) == ("0", "2")


def test_a_cancelled_entry_stays_and_says_so():
    assert parsed(entry(is_cancelled=True)).vevent.status.value == "CANCELLED"
    assert parsed(entry()).vevent.status.value == "CONFIRMED"


def test_text_comes_back_as_it_was_and_cannot_add_a_line_of_its_own():
    hostile = "一，二;三\\四\nEND:VEVENT\r\nX-EVIL:1\x00"
    event = parsed(entry(title=hostile, url="https://x.test/\r\nX-EVIL:1", uid="a\r\nX-EVIL:1")).vevent
    assert event.summary.value == hostile.replace("\r", "").replace("\x00", "")
    assert not hasattr(event, "x_evil")
    assert event.uid.value == "aX-EVIL:1"


def test_lines_are_folded_within_75_bytes_and_read_back_whole():
    title = "综合行政执法" * 40
    assert max(map(len, ics("甲", [entry(title=title)], now=NOW).split(b"\r\n"))) <= 75
    assert parsed(entry(title=title)).vevent.summary.value == title


def test_a_calendar_without_entries_still_opens():
    assert parsed().prodid.value


@pytest.mark.parametrize("values", [{"ends_at": START - dt.timedelta(1)}, {"starts_at": START.replace(tzinfo=None)}])
def test_an_entry_without_zone_or_backwards_is_refused(values):
    with pytest.raises(ValueError, match="calendar entry"):
        entry(**values)
