"""Planned beside held: a pure function of plans and sessions. Nothing here reads the database.

A session counts for the unit and quarter whose plan item it belongs to; one outside all plans counts for the unit that
held it and the quarter in which it began. An item or a session on several fields counts in each of them, so the fields
may add up to more than the whole.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

NO_FIELD = "未注明领域"
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan item as the report sees it; `hours` are those of one session."""

    id: int
    unit_id: int
    quarter: int
    topic: str
    fields: tuple[str, ...]
    hours: Decimal
    sessions: int
    people: int


@dataclass(frozen=True, slots=True)
class Held:
    """A session that took place; `credited` are the hours of all who attended."""

    item_id: int | None
    unit_id: int
    quarter: int
    fields: tuple[str, ...]
    hours: Decimal
    attended: int
    credited: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of a table: sessions, attendances 人次 and teaching hours 学时, planned and held; hours credited."""

    sessions_planned: int
    sessions_held: int
    people_planned: int
    attended: int
    hours_planned: Decimal
    hours_held: Decimal
    credited: Decimal

    @property
    def share(self) -> int | None:
        """Sessions held of those planned, in percent; None when none were planned."""
        return round(100 * self.sessions_held / self.sessions_planned) if self.sessions_planned else None


@dataclass(frozen=True, slots=True)
class Report:
    """The tables of a plan; `outside` are sessions of no item, part of `total`, `units` and `fields` as well."""

    items: dict[int, Figures]
    quarters: dict[int, Figures]
    units: dict[int, Figures]
    fields: dict[str, Figures]
    outside: Figures
    total: Figures


def report(planned: Sequence[Planned], held: Sequence[Held], own: Iterable[int] = ()) -> Report:
    """The report over these items and sessions. `own` are the ids of the items to list; without, all are listed."""
    items = {item.id: item for item in planned}
    listed = set(own) or set(items)
    return Report(
        items={id: figures([items[id]], [s for s in held if s.item_id == id]) for id in items if id in listed},
        quarters=_by(planned, held, lambda item: (item.quarter,), lambda s: (_planned(s, items).quarter,), range(1, 5)),
        units=_by(planned, held, lambda item: (item.unit_id,), lambda s: (_planned(s, items).unit_id,)),
        fields=_by(planned, held, lambda item: item.fields or (NO_FIELD,), lambda s: s.fields or (NO_FIELD,)),
        outside=figures([], [s for s in held if s.item_id not in items]),
        total=figures(planned, held),
    )


def figures(planned: Sequence[Planned], held: Sequence[Held]) -> Figures:
    """The sums of some items and sessions."""
    return Figures(
        sessions_planned=sum(item.sessions for item in planned),
        sessions_held=len(held),
        people_planned=sum(item.people for item in planned),
        attended=sum(session.attended for session in held),
        hours_planned=sum((item.hours * item.sessions for item in planned), Decimal(0)),
        hours_held=sum((session.hours for session in held), Decimal(0)),
        credited=sum((session.credited for session in held), Decimal(0)),
    )


def _planned(session: Held, items: dict[int, Planned]) -> Planned | Held:
    return items.get(session.item_id or 0, session)


def _by(
    planned: Sequence[Planned],
    held: Sequence[Held],
    keys_of_item: Callable[[Planned], Iterable[Key]],
    keys_of_session: Callable[[Held], Iterable[Key]],
    keys: Iterable[Key] = (),
) -> dict[Key, Figures]:
    items: dict[Key, list[Planned]] = {key: [] for key in keys}
    sessions: dict[Key, list[Held]] = {}
    for item in planned:
        for key in keys_of_item(item):
            items.setdefault(key, []).append(item)
    for session in held:
        for key in keys_of_session(session):
            sessions.setdefault(key, []).append(session)
    return {key: figures(items.get(key, []), sessions.get(key, [])) for key in dict.fromkeys((*items, *sessions))}
