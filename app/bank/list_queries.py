"""The list of questions, narrowed and by pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.bank.models import BankQuestion, QuestionVersion, Status
from app.bank.queries import questions_by_version
from quizzes.question import Question

PAGE = 20


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; an empty value narrows nothing. `text` are words that all must occur."""

    text: str = ""
    field: str = ""
    guide: str = ""
    matter: str = ""
    type: str = ""
    difficulty: int = 0
    status: str = ""
    keys: tuple[str, ...] | None = None  # only these, in this order

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """As SQL, without the status."""
        narrowed = [BankQuestion.words.icontains(word, autoescape=True) for word in self.text.split()]
        for name in ("field", "guide", "matter", "type", "difficulty"):
            if value := getattr(self, name):
                narrowed.append(getattr(BankQuestion, name) == value)
        if self.keys is not None:
            narrowed.append(BankQuestion.key.in_(self.keys))
        return narrowed


@dataclass(frozen=True, slots=True)
class Line:
    """A question in the list, with the name of who wrote its present version."""

    row: BankQuestion
    question: Question
    author: str
    author_id: int | None


@dataclass(frozen=True)
class Page:
    """One page of the list, and how many questions there are in each status."""

    lines: Sequence[Line]
    page: int
    counts: Mapping[str, int]
    total: int

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // PAGE))


def page_of(session: Session, wanted: Filter, page: int) -> Page:
    """A page of the questions that fit, what was changed last first. A page beyond the last is the last."""
    counts = status_counts(session, wanted)
    total = counts.get(wanted.status, 0) if wanted.status else sum(counts.values())
    page = min(max(1, page), max(1, -(-total // PAGE)))
    rows = session.execute(_rows(wanted).limit(PAGE).offset((page - 1) * PAGE)).all()
    known = questions_by_version(session, [id for _, id, _, _ in rows])
    lines = [Line(row, known[id], name or "", author_id) for row, id, author_id, name in rows]
    return Page(lines, page, counts, total)


def status_counts(session: Session, wanted: Filter) -> dict[str, int]:
    """How many of the questions that fit are in each status, whatever status is wanted."""
    query = sa.select(BankQuestion.status, sa.func.count()).where(*wanted.conditions()).group_by(BankQuestion.status)
    found = {status: count for status, count in session.execute(query)}
    return {status.value: found.get(status.value, 0) for status in Status}


def all_of(session: Session, wanted: Filter) -> list[Question]:
    """All questions that fit, by key."""
    query = _rows(wanted).order_by(None).order_by(BankQuestion.key)
    ids = [id for _, id, _, _ in session.execute(query)]
    known = questions_by_version(session, ids)
    return [known[id] for id in ids]


def _rows(wanted: Filter) -> "sa.Select[BankQuestion, int, int | None, str]":
    query = (
        sa.select(BankQuestion, QuestionVersion.id, QuestionVersion.author_id, User.name)
        .join(QuestionVersion, QuestionVersion.question_id == BankQuestion.id)
        .outerjoin(User, User.id == QuestionVersion.author_id)
        .where(QuestionVersion.number == BankQuestion.version, *wanted.conditions())
    )
    if wanted.status:
        query = query.where(BankQuestion.status == wanted.status)
    if wanted.keys:
        order = {key: place for place, key in enumerate(wanted.keys)}
        return query.order_by(sa.case(order, value=BankQuestion.key))
    return query.order_by(BankQuestion.updated_at.desc(), BankQuestion.key)
