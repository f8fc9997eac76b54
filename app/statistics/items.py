"""The answers of an assignment as the matrix that item analysis works on.

Each person counts once, with the first attempt they finished: later ones are answered by people who have seen the key.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.queries import branch
from app.bank.models import BankQuestion, QuestionVersion
from app.bank.queries import questions_by_version
from app.training import papers
from app.training.models import Answer, Attempt, AttemptState
from quizzes.question import Question
from quizzes.reliability import split_half
from quizzes.statistics import Item, ItemStatistics, Statistics, analyse

Column = tuple[int, str]  # a version, and the key of the question or part


@dataclass(frozen=True)
class Line:
    """A question or part with its figures. `has_newer` when the bank holds a newer version than was drawn."""

    whole_key: str
    number: int  # of the version
    leaf: Question
    figures: ItemStatistics
    has_newer: bool
    is_draft: bool


@dataclass(frozen=True)
class Analysis:
    """A paper's figures and those of its questions, the doubtful first."""

    figures: Statistics
    lines: list[Line]
    split_half: float | None  # reliability where papers differ, which rules out alpha


def first_attempts(assignment_id: int, unit_id: int | None) -> sa.Select[int]:
    """Ids of each person's first finished attempt, of a branch or of all."""
    mine = [Attempt.assignment_id == assignment_id, Attempt.state != AttemptState.OPEN]
    if unit_id is not None:
        mine.append(Attempt.user_id.in_(sa.select(User.id).where(User.unit_id.in_(branch(unit_id)))))
    return sa.select(sa.func.min(Attempt.id)).where(*mine).group_by(Attempt.user_id)


def analysis(session: Session, assignment_id: int, unit_id: int | None) -> Analysis:
    """Figures of an assignment's finished attempts. `unit_id` narrows them to a branch."""
    ids = first_attempts(assignment_id, unit_id)
    papers_of = sa.select(Attempt.id, Attempt.paper).where(Attempt.id.in_(ids)).order_by(Attempt.id)
    drawn: dict[int, Mapping[str, Any]] = dict(session.execute(papers_of).all())
    versions = {id for paper in drawn.values() for id in papers.version_ids(paper)}
    known = questions_by_version(session, versions)
    leaves = {(version, leaf.key): leaf for version in sorted(versions) for leaf in known[version].leaves}
    marks = _marks(session, ids)
    figures = _figures(drawn, marks, leaves)
    stand = _standing_versions(session, versions)
    lines = [
        Line(known[version].key, *stand[version][:1], leaf, found, *stand[version][1:])
        for ((version, _), leaf), found in zip(leaves.items(), figures.items, strict=True)
    ]
    lines.sort(key=lambda line: (-len(line.figures.doubts), line.figures.facility or 0, line.leaf.key))
    return Analysis(figures, lines, _split_half(drawn, marks) if figures.alpha is None else None)


@dataclass(frozen=True, slots=True)
class _Mark:
    """What an answer got and could get, in hundredths of a point, and the places of the options chosen."""

    attempt_id: int
    key: str
    score: int
    points: int
    chosen: list[int]


def _marks(session: Session, ids: sa.Select[int]) -> list[_Mark]:
    """The marked answers. There may be hundreds of thousands: so plain numbers, and each list of places read once."""
    score, points = (sa.type_coerce(column, sa.Integer) for column in (Answer.score, Answer.points))
    query = sa.select(Answer.attempt_id, Answer.key, score, points, sa.cast(Answer.original, sa.String))
    lists: dict[str | None, list[int]] = {None: [], "null": []}
    found = []
    for id, key, got, of, text in session.execute(query.where(Answer.attempt_id.in_(ids), points > 0)):
        if text not in lists:
            lists[text] = json.loads(text)
        found.append(_Mark(id, key, got or 0, of, lists[text]))
    return found


def _figures(
    drawn: Mapping[int, Mapping[str, Any]], marks: list[_Mark], leaves: Mapping[Column, Question]
) -> Statistics:
    rows = {id: number for number, id in enumerate(drawn)}
    index = {column: number for number, column in enumerate(leaves)}
    places = {id: {key: index[item[0], key] for item in p["items"] for key, _ in item[2]} for id, p in drawn.items()}
    points = np.ones(len(leaves))
    scores = np.full((len(rows), len(leaves)), np.nan)
    chosen = [
        np.zeros((len(rows), len(leaf.options)), dtype=bool) if leaf.options else None for leaf in leaves.values()
    ]
    for mark in marks:
        row, place = rows[mark.attempt_id], places[mark.attempt_id][mark.key]
        points[place] = mark.points / 100  # drawn for other points in another paper, it counts as in the last one
        scores[row, place] = mark.score / mark.points
        if (choices := chosen[place]) is not None:
            choices[row, mark.chosen] = True
    items = [
        Item(key, float(points[number]), len(leaf.options), leaf.right)
        for number, ((_, key), leaf) in enumerate(leaves.items())
    ]
    return analyse(items, scores * points, chosen)


def _split_half(drawn: Mapping[int, Mapping[str, Any]], marks: list[_Mark]) -> float | None:
    """Reliability from the questions at odd and at even places of each person's own paper."""
    place = {id: {key: number for number, key in enumerate(papers.keys(paper))} for id, paper in drawn.items()}
    gained = {id: [0, 0, 0, 0] for id in drawn}  # got and to be had, at odd places, then at even ones
    for mark in marks:
        half = place[mark.attempt_id][mark.key] % 2 * 2
        gained[mark.attempt_id][half] += mark.score
        gained[mark.attempt_id][half + 1] += mark.points
    full = [(a / of_a, b / of_b) for a, of_a, b, of_b in gained.values() if of_a and of_b]
    return split_half([a for a, _ in full], [b for _, b in full])


def _standing_versions(session: Session, versions: set[int]) -> dict[int, tuple[int, bool, bool]]:
    """For each version its number, whether the bank has a newer one, and whether that is still a draft."""
    query = (
        sa.select(QuestionVersion.id, QuestionVersion.number, BankQuestion.version, BankQuestion.status)
        .join(BankQuestion, BankQuestion.id == QuestionVersion.question_id)
        .where(QuestionVersion.id.in_(versions))
    )
    return {id: (number, newest > number, status == "draft") for id, number, newest, status in session.execute(query)}
