"""What the bank holds. Parsed questions are kept by each process and read again when the bank has changed."""

import weakref
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.bank.models import BankQuestion, QuestionVersion, Status, StatusChange
from quizzes.question import Question, from_record, texts

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


def by_key(session: Session, key: str) -> BankQuestion | None:
    """The question with this key."""
    return session.scalar(sa.select(BankQuestion).where(BankQuestion.key == key))


def present(session: Session, row: BankQuestion) -> Question:
    """What a question says now."""
    query = sa.select(QuestionVersion.id).where(*_newest(row))
    id = session.scalars(query).one()
    return questions_by_version(session, [id])[id]


def _newest(row: BankQuestion) -> tuple[sa.ColumnElement[bool], ...]:
    return QuestionVersion.question_id == row.id, QuestionVersion.number == row.version


def author_id(session: Session, row: BankQuestion) -> int | None:
    """Who wrote the present version; None for the command line."""
    return session.scalar(sa.select(QuestionVersion.author_id).where(*_newest(row)))


@dataclass(frozen=True)
class Held:
    """A question of the bank, whatever its status, as it stands now."""

    question: Question
    status: Status
    is_written_here: bool  # by a person, in the browser or by an upload


def all_present(session: Session) -> dict[str, Held]:
    """All questions by key."""
    query = (
        sa.select(QuestionVersion.id, BankQuestion.status, QuestionVersion.author_id)
        .join(BankQuestion, BankQuestion.id == QuestionVersion.question_id)
        .where(QuestionVersion.number == BankQuestion.version)
        .order_by(BankQuestion.key)
    )
    rows = session.execute(query).all()
    known = questions_by_version(session, [id for id, _, _ in rows])
    return {known[id].key: Held(known[id], Status(status), author is not None) for id, status, author in rows}


def versions(session: Session, row: BankQuestion) -> Sequence[QuestionVersion]:
    """All versions of a question, the newest first."""
    query = sa.select(QuestionVersion).where(QuestionVersion.question_id == row.id)
    return session.scalars(
        query.options(joinedload(QuestionVersion.author)).order_by(QuestionVersion.number.desc())
    ).all()


def status_changes(session: Session, row: BankQuestion) -> Sequence[StatusChange]:
    """All changes of status of a question, the newest first."""
    query = sa.select(StatusChange).where(StatusChange.question_id == row.id)
    return session.scalars(query.options(joinedload(StatusChange.actor)).order_by(StatusChange.id.desc())).all()


def words_of(question: Question) -> str:
    """The words by which a question is found: its key and all that officers read of it."""
    shown = (text for place, text in texts(question) if place[-1] in ("stem", "text", "accepts", "cites"))
    return "\n".join((question.key, *shown))
