"""Where people went wrong most: questions, and the articles these rest on."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.queries import branch
from app.bank.models import BankQuestion, QuestionVersion
from app.bank.queries import questions_by_version
from app.training.models import Answer, Attempt, AttemptState
from app.training.reach import Rows
from quizzes.question import Question

LEAST = 5  # answers below which a rate says nothing


@dataclass(frozen=True)
class Period:
    """From an instant up to another, which is not part of it."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True)
class WeakQuestion:
    """A question (or part of a case) as it stands in the bank, with how many answered it and what share they earned."""

    key: str
    question: Question
    answers: int
    percent: Decimal


@dataclass(frozen=True)
class WeakArticle:
    """A citation with what was earned on all questions that rest on it."""

    cite: str
    questions: int
    answers: int
    percent: Decimal


def _earned(unit_id: int, assignment_ids: Collection[int], period: Period | None) -> Rows:
    """For each question: answers, points earned, points to be had; in finished attempts of people of a branch."""
    people = sa.select(User.id).where(User.unit_id.in_(branch(unit_id)))
    query = (
        sa.select(Answer.key, sa.func.count(), sa.func.sum(Answer.score), sa.func.sum(Answer.points))
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Attempt.assignment_id.in_(assignment_ids), Attempt.state != AttemptState.OPEN)
        .where(Attempt.user_id.in_(people), Answer.points > 0)
        .group_by(Answer.key)
    )
    if period:
        query = query.where(Attempt.finished_at >= period.start, Attempt.finished_at < period.end)
    return query


def weakest(
    session: Session, unit_id: int, assignment_ids: Collection[int], period: Period | None = None
) -> tuple[list[WeakQuestion], list[WeakArticle]]:
    """Questions and articles that at least LEAST people answered, the weakest first."""
    rows = {
        key: (n, score, points) for key, n, score, points in session.execute(_earned(unit_id, assignment_ids, period))
    }
    leaves = _leaves(session, rows)
    questions = [
        WeakQuestion(key, leaves[key], n, _percent(score, points))
        for key, (n, score, points) in rows.items()
        if n >= LEAST and key in leaves
    ]
    return sorted(questions, key=lambda q: (q.percent, -q.answers, q.key)), _articles(rows, leaves)


def _percent(score: Decimal, points: Decimal) -> Decimal:
    return (score * 100 / points).quantize(Decimal(1))


def _leaves(session: Session, keys: Collection[str]) -> Mapping[str, Question]:
    """Questions and parts of cases by their keys, as they stand now; parts cite what their case does."""
    whole = {key.split(".")[0] for key in keys}
    query = (
        sa.select(QuestionVersion.id)
        .join(BankQuestion, BankQuestion.id == QuestionVersion.question_id)
        .where(QuestionVersion.number == BankQuestion.version, BankQuestion.key.in_(whole))
    )
    ids: Sequence[int] = session.scalars(query).all()
    known = questions_by_version(session, ids)
    return {leaf.key: leaf for id in ids for leaf in known[id].leaves}


def _articles(rows: Mapping[str, tuple[int, Decimal, Decimal]], leaves: Mapping[str, Question]) -> list[WeakArticle]:
    sums: dict[str, list[Any]] = {}
    for key, (n, score, points) in rows.items():
        for cite in leaves[key].cites if key in leaves else ():
            entry = sums.setdefault(cite, [0, 0, Decimal(0), Decimal(0)])
            for index, value in enumerate((1, n, score, points)):
                entry[index] += value
    found = [
        WeakArticle(cite, questions, n, _percent(score, points))
        for cite, (questions, n, score, points) in sums.items()
        if n >= LEAST
    ]
    return sorted(found, key=lambda a: (a.percent, -a.answers, a.cite))
