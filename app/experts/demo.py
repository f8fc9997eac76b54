"""The 48 invented experts 示例, with a few sessions booked and rated, so that load and ratings can be seen."""

import datetime as dt
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.orm import Session

from app.clock import LOCAL
from app.experts import operations, pool_operations, queries
from app.experts.availability import Times, Wanted, obstacle
from app.experts.models import Expert
from app.experts.profile import Profile, read_profile

SAMPLES = Path(__file__).with_name("samples.yaml")
CONSENTED_ON = "2025-12-15"


def read_samples() -> dict[str, Profile]:
    """The invented profiles by key. Raises ValueError when one is not as a profile must be."""
    found = {}
    for number, entry in enumerate(yaml.safe_load(SAMPLES.read_text(encoding="utf-8")), 1):
        profile, faults = read_profile(_texts(entry, number), None)
        if profile is None:
            raise ValueError(f"{SAMPLES.name}: {entry['key']}: {faults}")
        found[entry["key"]] = profile
    return found


def _texts(entry: dict[str, Any], number: int) -> dict[str, str]:
    listed = {name: "、".join(entry[name]) for name in ("fields", "matters", "forms")}
    internal = {
        "yearly_cap": str(entry["yearly_cap"]),
        "consented_on": CONSENTED_ON,
        "phone": f"0579-0000-{number:04d}",
        "fee_note": "按学时计酬，由培训经费列支" if number % 3 else "不取酬，差旅由主办单位承担",
        "note": "示例资料，人物为虚构。",
    }
    return entry | listed | internal


def load(session: Session, now: dt.datetime) -> None:
    """Add the sample experts that are not there; their sample bookings come with them."""
    known = {expert.key for expert in queries.experts(session)}
    fresh = {key: profile for key, profile in read_samples().items() if key not in known}
    added = [
        pool_operations.add_expert(session, profile, key=key, is_sample=True, actor_id=None, now=now)
        for key, profile in fresh.items()
    ]
    for expert in added:
        _load_bookings(session, expert, now)


def _load_bookings(session: Session, expert: Expert, now: dt.datetime) -> None:
    """Up to four sessions about now, those that are over rated: loads and ratings differ from expert to expert."""
    number = int(expert.key.removeprefix("e-"))
    count = min(number % 5, expert.yearly_cap - 1)
    day = now.astimezone(LOCAL).date() - dt.timedelta(days=20 * count // 2)
    for place in range(count):
        source = f"demo:{expert.key}:{place}"
        times = _free_time(session, expert, day + dt.timedelta(days=20 * place))
        if times is None:
            return
        title = f"{expert.courses.splitlines()[0]}（示例）"
        operations.book(session, expert.id, times, title=title, source_key=source, actor_id=None, now=now)
        if times[1] <= now:
            for person, score in enumerate((5, 4, 3 + number % 3), 1):
                operations.rate(session, source, f"{source}:{person}", score, now=now)


def _free_time(session: Session, expert: Expert, day: dt.date) -> Times | None:
    """The next weekly slot from `day` on in which the expert can come."""
    timetable = queries.timetables(session, [expert])[expert.id]
    for offset in range(120):
        that = day + dt.timedelta(days=offset)
        for slot in timetable.slots:
            wanted = Wanted(that, slot.starts, slot.ends)
            if slot.weekday == that.isoweekday() and wanted.times and obstacle(timetable, wanted) is None:
                return wanted.times
    return None
