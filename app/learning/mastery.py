"""How well a person knows each field, and how broad that is (全科型). Pure.

A matter is mastered when the last two answers on it, in practice or in tests, were both right and the older of them is
at most 180 days old: knowledge of law that is not used for half a year counts as to be refreshed. A field's figure is
the share of its matters that are mastered, of those the bank has ready questions for.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.learning.models import MatterState
from quizzes.question import Question

FRESH = dt.timedelta(days=180)
FIRM, STARTED = 80, 40  # per cent from which a field is mastered, half known
STRUGGLE = 3  # wrong answers on one matter, without two right in a row between


class Level(StrEnum):
    """How a field is known, in words."""

    FIRM = "掌握"
    HALF = "基本掌握"
    SOME = "在学"
    NONE = "未开始"


@dataclass(frozen=True)
class FieldMastery:
    """A field: its matters with questions, how many of them the person has met and mastered."""

    field: str
    matters: int
    met: int
    mastered: int

    @property
    def percent(self) -> int:
        """Mastered in per cent, rounded down."""
        return self.mastered * 100 // self.matters if self.matters else 0

    @property
    def level(self) -> Level:
        """In words."""
        if not self.met:
            return Level.NONE
        return Level.FIRM if self.percent >= FIRM else Level.HALF if self.percent >= STARTED else Level.SOME


def is_mastered(state: MatterState, now: dt.datetime) -> bool:
    """Whether the last two answers were right, and not too long ago."""
    return bool(state.is_right and state.was_right and state.before_at and now - state.before_at <= FRESH)


def matters_by_field(questions: Iterable[Question]) -> dict[str, list[str]]:
    """The matters that have questions, by field, each once, in the order of their keys."""
    found: dict[str, set[str]] = {}
    for question in questions:
        if question.matter and question.field:
            found.setdefault(question.field, set()).add(question.matter)
    return {field: sorted(found[field]) for field in sorted(found, key=lambda field: min(found[field]))}


def by_field(
    fields: Mapping[str, Iterable[str]], states: Iterable[MatterState], now: dt.datetime
) -> list[FieldMastery]:
    """Every field, in the order given."""
    known = {state.matter: state for state in states}
    lines = []
    for field, matters in fields.items():
        own = [known[matter] for matter in matters if matter in known]
        mastered = sum(is_mastered(state, now) for state in own)
        lines.append(FieldMastery(field, len(list(matters)), len(own), mastered))
    return lines


def breadth(lines: Iterable[FieldMastery]) -> tuple[int, int]:
    """Fields mastered, and fields there are."""
    levels = [line.level for line in lines]
    return levels.count(Level.FIRM), len(levels)


def struggles(states: Iterable[MatterState]) -> list[MatterState]:
    """Matters failed again and again, the worst first."""
    return sorted((s for s in states if s.wrongs >= STRUGGLE), key=lambda s: (-s.wrongs, s.matter))
