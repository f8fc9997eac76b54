"""What changes the bank. Every change of a question moves its `updated_at`: that is how others notice."""

import datetime as dt
from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.audit import record
from app.bank import queries
from app.bank.models import BankQuestion, QuestionVersion, Status
from quizzes.question import Question, to_record


def add_questions(
    session: Session, questions: Iterable[Question], status: Status, actor_id: int | None, now: dt.datetime
) -> int:
    """Add questions whose keys are new; how many that were. Known keys are left as they are."""
    known = queries.keys(session)
    added = 0
    for question in questions:
        if question.key in known:
            continue
        known.add(question.key)
        row = BankQuestion(key=question.key, version=0, created_at=now)
        set_version(session, row, question, actor_id, now)
        row.status = status.value
        session.flush()
        added += 1
    if added:
        record(session, "bank.added", f"{added} questions", actor_id=actor_id, now=now, detail=f"status: {status}")
    return added


def set_version(
    session: Session, row: BankQuestion, question: Question, actor_id: int | None, now: dt.datetime
) -> QuestionVersion:
    """Make `question` the newest text of `row`; the texts before it stay. The caller audits."""
    row.version += 1
    row.field, row.matter = question.field, question.matter
    row.type, row.difficulty, row.updated_at = question.type.value, question.difficulty, now
    row.status = row.status or Status.DRAFT.value
    session.add(row)
    session.flush()
    version = QuestionVersion(
        question_id=row.id, number=row.version, record=to_record(question), author_id=actor_id, created_at=now
    )
    session.add(version)
    session.flush()
    return version


def set_status(session: Session, row: BankQuestion, status: Status, *, actor_id: int | None, now: dt.datetime) -> None:
    """Take a question into use, put it on hold, or retire it."""
    detail = f"{row.status} → {status}"
    row.status, row.updated_at = status.value, now
    record(session, "bank.status", f"question {row.key}", actor_id=actor_id, now=now, detail=detail)
