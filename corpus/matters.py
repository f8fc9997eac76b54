"""The catalogue of matters 执法事项: what may be punished, by whom, on what basis and how much."""

import datetime as dt
from typing import Any

from pydantic import Field

from basics.records import Strict, parse_record
from basics.yamltext import Lines, load_yaml
from corpus.frontmatter import Level
from corpus.problems import Problem


class Penalty(Strict):
    """One range 处罚幅度: for whom, and from `min` to `max` in `unit` (None where the law leaves the amount open).

    `base` names what a multiple 倍 or percentage multiplies, for example 违法所得.
    """

    kinds: tuple[str, ...] = Field(min_length=1)
    who: str | None = None
    min: float | None = None
    max: float | None = None
    unit: str | None = None
    base: str | None = None
    text: str = Field(min_length=2)


class Discretion(Strict):
    """One circumstance 裁量情节 and what it does to the penalty."""

    circumstance: str
    effect: str


class FirstOffence(Strict):
    """Whether 首违不罚 or 轻微不罚 comes into question, and on what conditions."""

    lenient: bool
    conditions: str | None = None


class Boundary(Strict):
    """Division of duties 职责边界. When to hand over is for officers only."""

    supervises: str
    punishes: str
    hand_over_when: str | None = None


class MatterRecord(Strict):
    """A matter as written in the file; the officer-only keys are those from `discretion` on."""

    key: str = Field(pattern=r"^m-\d{4,5}$")
    name: str = Field(min_length=4, max_length=120)
    violates: tuple[str, ...] = Field(min_length=1)
    punishes: tuple[str, ...] = Field(min_length=1)
    penalty: tuple[Penalty, ...] = Field(min_length=1)
    first_offence: FirstOffence
    boundary: Boundary
    street_words: tuple[str, ...] = ()
    discretion: tuple[Discretion, ...] = ()
    discretion_basis: tuple[str, ...] = ()
    crime: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    pitfalls: tuple[str, ...] = ()


class Matter(MatterRecord):
    """A matter with what its file says of the whole field; `source` and `line` tell where it is written."""

    field: str
    transferred_from: str
    transferred_on: dt.date | None = None
    levels: tuple[Level, ...]
    source: str
    line: int

    @property
    def short_name(self) -> str:
        """The name without its fixed frame 对……的行政处罚."""
        return self.name.removeprefix("对").removesuffix("的行政处罚").removesuffix("行政处罚")

    def for_public(self) -> "Matter":
        """The same matter without what only officers may read."""
        return self.model_copy(
            update={
                "discretion": (),
                "discretion_basis": (),
                "crime": (),
                "elements": (),
                "evidence": (),
                "pitfalls": (),
                "boundary": self.boundary.model_copy(update={"hand_over_when": None}),
            }
        )


class MatterFile(Strict):
    """What one file of the catalogue says of its field. `matters` are checked one by one, for better messages."""

    field: str = Field(min_length=2, max_length=20)
    transferred_from: str
    transferred_on: dt.date | None = None
    levels: tuple[Level, ...] = Field(min_length=1)
    matters: tuple[Any, ...]


def read_matters(text: str, path: str) -> tuple[list[Matter], list[Problem]]:
    """Read one file of the catalogue; a matter with a fault is left out and told."""
    value, lines, problems = load_yaml(text, path)
    if problems:
        return [], problems
    head, problems = parse_record(MatterFile, value, path, lines)
    if head is None:
        return [], problems
    matters = []
    for position, entry in enumerate(head.matters):
        matter, faults = _read_matter(head, entry, position, path, lines)
        problems += faults
        if matter:
            matters.append(matter)
    return matters, problems


def _read_matter(
    head: MatterFile, entry: Any, position: int, path: str, lines: Lines
) -> tuple[Matter | None, list[Problem]]:
    at = ("matters", position)
    record, problems = parse_record(MatterRecord, entry, path, lines, at)
    if record is None:
        return None, problems
    shared = head.model_dump(exclude={"matters"})
    line = lines.get(at, 1)
    return Matter.model_validate({**record.model_dump(), **shared, "source": path, "line": line}), []
