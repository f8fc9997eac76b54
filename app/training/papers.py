"""Papers as attempts keep them: which version of which question, the order of its options, its points.

Versions never change, so this is the whole paper in a twentieth of the space; a later edit marks nothing anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.bank.queries import ReadyBank, questions_by_version
from quizzes.paper import Blueprint, Draw, Paper, PaperItem, draw, split_points
from quizzes.question import Question, QuestionType

Record = Mapping[str, Any]


def draws_to_record(draws: Iterable[Draw]) -> list[dict[str, Any]]:
    """Draws as an assignment keeps them."""
    return [
        {
            "type": kind.type.value,
            "count": kind.count,
            "points": str(kind.points),
            "field": kind.field,
            "matter": kind.matter,
            "difficulty": kind.difficulty,
        }
        for kind in draws
    ]


def blueprint_from_record(title: str, record: Sequence[Record]) -> Blueprint:
    """The blueprint of an assignment."""
    return Blueprint(
        title,
        tuple(
            Draw(
                QuestionType(row["type"]), row["count"], Decimal(row["points"]), row["field"], row["matter"],
                row["difficulty"],
            )
            for row in record
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A packed paper and its total points."""

    paper: dict[str, Any]
    total: Decimal


def new_paper(bank: ReadyBank, blueprint: Blueprint, seed: int) -> Drawn:
    """A paper drawn from the ready questions. Raises NotEnough."""
    paper = draw(blueprint, bank.questions, seed)
    return Drawn(pack(paper, bank.versions), paper.total)


def pack(paper: Paper, versions: Mapping[str, int]) -> dict[str, Any]:
    """A paper as JSON: for each item the version's id, its points, and for each leaf its key and order of options."""
    items = [
        [versions[item.question.key], str(item.points), [[leaf.question.key, list(leaf.order)] for leaf in item.leaves]]
        for item in paper.items
    ]
    return {"seed": paper.seed, "items": items}


def keys(record: Record) -> list[str]:
    """Keys of all that is answered in a packed paper, in the order shown."""
    return [key for _, _, leaves in record["items"] for key, _ in leaves]


def version_ids(record: Record) -> list[int]:
    """Ids of the versions that a packed paper is made of."""
    return [version for version, _, _ in record["items"]]


def unpack(session: Session, record: Record) -> Paper:
    """The paper that `pack` was given."""
    questions = questions_by_version(session, version_ids(record))
    items = (_item(questions[id], Decimal(points), leaves) for id, points, leaves in record["items"])
    return Paper(tuple(items), record["seed"])


def _item(question: Question, points: Decimal, leaves: Sequence[Any]) -> PaperItem:
    if not question.parts:
        return _leaf(question, points, leaves[0][1])
    shares = split_points(points, len(question.parts))
    parts = tuple(
        _leaf(part, share, order) for part, share, (_, order) in zip(question.parts, shares, leaves, strict=True)
    )
    return PaperItem(replace(question, parts=tuple(part.question for part in parts)), (), points, parts)


def _leaf(question: Question, points: Decimal, order: Sequence[int]) -> PaperItem:
    options = tuple(question.options[index] for index in order)
    return PaperItem(replace(question, options=options), tuple(order), points)
