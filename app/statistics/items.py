"""The answers of an assignment as the matrix that item analysis works on.

Each person counts once, with the first attempt they finished: later ones are answered by people who have seen the key.
"""

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
from quizzes.statistics import Choices, Item, ItemStatistics, Statistics, analyse

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
    papers_of = sa.select(Attempt.id, Attempt.paper).where(Attempt.id.in_(ids))
    drawn: dict[int, dict[str, Any]] = dict(session.execute(papers_of).all())
    versions = {id for paper in drawn.values() for id in papers.version_ids(paper)}
    known = questions_by_version(session, versions)
    places = {id: {key: version for version, _, own in p["items"] for key, _ in own} for id, p in drawn.items()}
    columns = sorted({(version, key) for own in places.values() for key, version in own.items()})
    leaves = {(version, leaf.key): leaf for version in versions for leaf in known[version].leaves}
    figures = _figures(session, ids, places, columns, leaves)
    stand = _standing_versions(session, versions)
    lines = [
        Line(known[column[0]].key, *stand[column[0]][:1], leaves[column], found, *stand[column[0]][1:])
        for column, found in zip(columns, figures.items, strict=True)
    ]
    lines.sort(key=lambda line: (-len(line.figures.doubts), line.figures.facility or 0, line.leaf.key))
    return Analysis(figures, lines, _split_half(session, ids, drawn))


def _figures(
    session: Session,
    ids: sa.Select[int],
    places: Mapping[int, Mapping[str, int]],
    columns: list[Column],
    leaves: Mapping[Column, Question],
) -> Statistics:
    rows = {id: number for number, id in enumerate(sorted(places))}
    index = {column: number for number, column in enumerate(columns)}
    points = np.zeros(len(columns))
    scores = np.full((len(rows), len(columns)), np.nan)
    chosen: list[Choices | None] = [
        np.zeros((len(rows), len(leaves[column].options)), dtype=bool) if leaves[column].options else None
        for column in columns
    ]
    query = sa.select(Answer.attempt_id, Answer.key, Answer.score, Answer.points, Answer.original)
    for id, key, score, of, original in session.execute(query.where(Answer.attempt_id.in_(ids))):
        place = index[places[id][key], key]
        if not of or score is None:
            continue
        points[place] = points[place] or float(of)  # drawn for other points in another paper, it counts as here
        scores[rows[id], place] = float(score / of) * points[place]
        if (choices := chosen[place]) is not None:
            choices[rows[id], original or []] = True
    items = [
        Item(key, float(points[number]), len(leaves[version, key].options), leaves[version, key].right)
        for number, (version, key) in enumerate(columns)
    ]
    return analyse(items, scores, chosen)


def _split_half(session: Session, ids: sa.Select[int], drawn: Mapping[int, Mapping[str, Any]]) -> float | None:
    """Reliability from the questions at odd and at even places of each person's own paper."""
    place = {id: {key: number for number, key in enumerate(papers.keys(paper))} for id, paper in drawn.items()}
    gained = {id: [0.0, 0.0, 0.0, 0.0] for id in drawn}  # points got and to be had, odd places then even ones
    query = sa.select(Answer.attempt_id, Answer.key, Answer.score, Answer.points).where(Answer.attempt_id.in_(ids))
    for id, key, score, points in session.execute(query):
        half = place[id][key] % 2 * 2
        gained[id][half] += float(score or 0)
        gained[id][half + 1] += float(points or 0)
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
