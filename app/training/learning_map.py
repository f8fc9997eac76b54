"""The learning map 学习地图: units × fields in three colours, by completion and by points earned.

Blue 蓝: at least 90 % completed and 80 % of the points earned. Yellow 黄: 70 % and 60 %. Red 红: less. A square with
nothing assigned and nothing answered has no colour. Completion counts required assignments whose blueprint names the
field; points are those of the kept attempts on questions of the field, whatever the assignment.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.training.models import Assignment, FieldScore
from app.training.reach import chain, children
from app.training.tally import Count, Sum

BLUE, YELLOW = (90, 80), (70, 60)  # least per cent completed, least per cent of points


class Colour(StrEnum):
    """Colours with the word that stands beside each."""

    BLUE = "蓝"
    YELLOW = "黄"
    RED = "红"
    NONE = "无"


COLOUR_WORDS = {Colour.BLUE: "掌握较好", Colour.YELLOW: "需要加强", Colour.RED: "薄弱", Colour.NONE: "没有数据"}
# background, ink: at least 4.5 to 1 each
PAINT = {
    Colour.BLUE: ("#17406d", "#ffffff"),
    Colour.YELLOW: ("#f2c94c", "#1c2430"),
    Colour.RED: ("#a8281c", "#ffffff"),
    Colour.NONE: ("#ffffff", "#56606e"),
}
# Where the counties of Jinhua lie, as (column, row) of tiles
TILES = {
    "330781": (0, 0), "330726": (1, 0), "330782": (2, 0), "330702": (0, 1), "3307K1": (1, 1), "330703": (2, 1),
    "330783": (3, 1), "330723": (1, 2), "330784": (2, 2), "330727": (3, 2),
}  # fmt: skip


@dataclass(frozen=True)
class Square:
    """One unit in one field: per cent completed and per cent of points, None where there are none."""

    done: int | None = None
    points: int | None = None

    @property
    def colour(self) -> Colour:
        """By the rules above; where one figure is missing the other decides."""
        if self.done is None and self.points is None:
            return Colour.NONE
        for colour, (done, points) in ((Colour.BLUE, BLUE), (Colour.YELLOW, YELLOW)):
            if (self.done is None or self.done >= done) and (self.points is None or self.points >= points):
                return colour
        return Colour.RED

    @property
    def words(self) -> str:
        """For a title: 蓝（掌握较好）：完成 95%，得分 82%."""
        done = "没有布置" if self.done is None else f"完成 {self.done}%"
        points = "没有答题" if self.points is None else f"得分 {self.points}%"
        return f"{self.colour}（{COLOUR_WORDS[self.colour]}）：{done}，{points}"


@dataclass(frozen=True)
class LearningMap:
    """Squares by (unit id, field); the field "" is all fields together."""

    units: Sequence[Unit]
    fields: Sequence[str]
    squares: Mapping[tuple[int, str], Square]

    def square(self, unit_id: int, field: str) -> Square:
        """One square; without colour where nothing is known."""
        return self.squares.get((unit_id, field), Square())

    def tiles(self) -> list[tuple[Unit, int, int]]:
        """Units with the place of their tile: as the counties of Jinhua lie, else side by side."""
        if self.units and all(unit.code in TILES for unit in self.units):
            return [(unit, *TILES[unit.code]) for unit in self.units]
        return [(unit, index % 4, index // 4) for index, unit in enumerate(self.units)]


def learning_map(
    session: Session,
    top: Unit,
    units: Collection[Unit],
    assignments: Collection[Assignment],
    counts: Collection[Count],
    fields: Collection[str],
) -> LearningMap:
    """The map of the units directly below `top` (or of itself when there are none), from `tally`'s counts."""
    below = sorted((unit for unit in units if unit.parent_id == top.id), key=lambda unit: unit.code) or [top]
    done = _done({a.id: a for a in assignments if a.is_required}, counts)
    points = _points(session, top.id, [a.id for a in assignments])
    known = {field for _, field in (*done, *points) if field}
    squares = {key: Square(done.get(key), points.get(key)) for key in {*done, *points}}
    return LearningMap(below, sorted({*known, *fields}), squares)


def _done(assignments: Mapping[int, Assignment], counts: Collection[Count]) -> dict[tuple[int, str], int]:
    sums: dict[tuple[int, str], Sum] = {}
    for count in counts:
        assignment = assignments.get(count.assignment_id)
        for field in ("", *assignment.fields) if assignment else ():
            key = (count.unit_id, field)
            sums[key] = sums.get(key, Sum()).plus(count)
    return {key: found.rate for key, found in sums.items() if found.rate is not None}


def _points(session: Session, top_id: int, assignment_ids: Collection[int]) -> dict[tuple[int, str], int]:
    child = children(chain(), top_id).subquery("child")
    query = (
        sa.select(child.c.child_id, FieldScore.field, sa.func.sum(FieldScore.score), sa.func.sum(FieldScore.points))
        .select_from(User)
        .join(child, child.c.unit_id == User.unit_id)
        .join(FieldScore, FieldScore.user_id == User.id)
        .where(User.is_active, FieldScore.assignment_id.in_(assignment_ids))
        .group_by(child.c.child_id, FieldScore.field)
    )
    sums: dict[tuple[int, str], list[Decimal]] = {}
    for unit_id, field, score, points in session.execute(query):
        for name in ("", field):
            entry = sums.setdefault((unit_id, name), [Decimal(0), Decimal(0)])
            entry[0], entry[1] = entry[0] + score, entry[1] + points
    return {key: int(score * 100 / points) for key, (score, points) in sums.items() if points}
