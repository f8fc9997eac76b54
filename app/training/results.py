"""A finished attempt as its page shows it: each question with what was chosen, what is right, and why."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.training import papers
from app.training.models import Answer, AnswersShown, Assignment, Attempt
from app.training.queries import Allowance
from quizzes.grading import Mark, grade
from quizzes.paper import PaperItem
from quizzes.question import LETTERS, QuestionType


@dataclass(frozen=True)
class Choice:
    """An option as shown: its letter, and whether it was chosen and is right."""

    letter: str
    text: str
    why: str
    is_chosen: bool
    is_right: bool


@dataclass(frozen=True)
class Line:
    """A question, or a part of a case, with its mark. `facts` is the stem of the case before its first part."""

    number: int
    item: PaperItem
    mark: Mark
    score: Decimal
    facts: str
    choices: Sequence[Choice]
    cites: Sequence[str]
    matter: str
    guide: str

    @property
    def is_blank(self) -> bool:
        """Whether it is filled in rather than chosen."""
        return self.item.question.type is QuestionType.FILL_IN

    @property
    def state(self) -> str:
        """Right, partly right, wrong, or not answered."""
        if self.mark.is_right:
            return "right"
        if not self.mark.chosen:
            return "missing"
        return "partly" if self.score else "wrong"


@dataclass(frozen=True)
class Result:
    """All lines of an attempt, and the total."""

    lines: Sequence[Line]
    total: Decimal

    @property
    def wrong(self) -> list[Line]:
        """Those that are not wholly right."""
        return [line for line in self.lines if not line.mark.is_right]


def answers_open(assignment: Assignment, allowed: Allowance, now: dt.datetime) -> bool:
    """Whether the person may see the right answers of a finished attempt."""
    return assignment.answers_shown == AnswersShown.SUBMIT or now > allowed.due_at


def result_of(session: Session, attempt: Attempt) -> Result:
    """A finished attempt. Scores are those kept with it; what was chosen is shown against its own paper."""
    paper = papers.unpack(session, attempt.paper)
    rows = {row.key: row for row in session.scalars(sa.select(Answer).where(Answer.attempt_id == attempt.id))}
    marks = {mark.key: mark for mark in grade(paper, {key: row.chosen for key, row in rows.items()}).marks}
    lines: list[Line] = []
    for item in paper.items:
        for index, leaf in enumerate(item.leaves):
            key = leaf.question.key
            score = rows[key].score if key in rows else None
            facts = item.question.stem if item.parts and index == 0 else ""
            lines.append(_line(len(lines) + 1, item, leaf, marks[key], facts, score))
    return Result(lines, paper.total)


def _line(number: int, item: PaperItem, leaf: PaperItem, mark: Mark, facts: str, score: Decimal | None) -> Line:
    question = leaf.question
    choices = [
        Choice(letter, option.text, option.why, letter in mark.chosen, option.is_right)
        for letter, option in zip(LETTERS, question.options, strict=False)
    ]
    whole = item.question
    return Line(
        number, leaf, mark, mark.score if score is None else score, facts, choices,
        question.cites or whole.cites, whole.matter, whole.guide,
    )  # fmt: skip
