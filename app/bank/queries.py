"""What the bank holds. Parsed questions are kept by each process and read again when the bank has changed."""

import weakref
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.bank.models import BankQuestion, QuestionVersion, Status
from quizzes.question import Question, from_record

Stamp = tuple[Any, ...]


@dataclass(frozen=True)
class ReadyBank:
    """The ready questions, and the id of the version of each by its key."""

    questions: list[Question]
    versions: Mapping[str, int]


_ready: "weakref.WeakKeyDictionary[Any, tuple[Stamp, ReadyBank]]" = weakref.WeakKeyDictionary()
_parsed: "weakref.WeakKeyDictionary[Any, dict[int, Question]]" = weakref.WeakKeyDictionary()


def ready_questions(session: Session) -> list[Question]:
    """All questions that may be drawn for a new paper, by key."""
    return ready_bank(session).questions


def ready_bank(session: Session) -> ReadyBank:
    """All ready questions with the ids of their present versions."""
    stamp = _stamp(session)
    kept = _ready.get(session.get_bind())
    if kept and kept[0] == stamp:
        return kept[1]
    query = (
        sa.select(QuestionVersion.id)
        .join(BankQuestion, BankQuestion.id == QuestionVersion.question_id)
        .where(QuestionVersion.number == BankQuestion.version, BankQuestion.status == Status.READY)
        .order_by(BankQuestion.key)
    )
    ids = session.scalars(query).all()
    versions = questions_by_version(session, ids)
    bank = ReadyBank([versions[id] for id in ids], {versions[id].key: id for id in ids})
    _ready[session.get_bind()] = (stamp, bank)
    return bank


def questions_by_version(session: Session, version_ids: Collection[int]) -> Mapping[int, Question]:
    """Questions by the ids of their versions. A version never changes, so each is parsed once a process."""
    known = _parsed.setdefault(session.get_bind(), {})
    missing = [id for id in version_ids if id not in known]
    if missing:
        query = sa.select(QuestionVersion.id, QuestionVersion.record).where(QuestionVersion.id.in_(missing))
        known.update({id: from_record(record) for id, record in session.execute(query)})
    return known


def _stamp(session: Session) -> Stamp:
    """Differs whenever the ready questions differ: every change of a question moves its `updated_at`."""
    row = sa.select(
        sa.func.count(), sa.func.sum(BankQuestion.id), sa.func.sum(BankQuestion.version),
        sa.func.max(BankQuestion.updated_at),
    )  # fmt: skip
    return tuple(session.execute(row.where(BankQuestion.status == Status.READY)).one())


def keys(session: Session) -> set[str]:
    """Keys of all questions, whatever their status."""
    return set(session.scalars(sa.select(BankQuestion.key)))
