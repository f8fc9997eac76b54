"""What changes the bank. Every change of a question moves its `updated_at`: that is how others notice."""

import datetime as dt
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import record
from app.bank import queries
from app.bank.importing import Plan
from app.bank.models import STATUS_NAMES, BankQuestion, QuestionVersion, Status, StatusChange
from quizzes.question import Question, to_record, with_keys

MOVES = {
    Status.DRAFT: (Status.READY, Status.RETIRED),
    Status.READY: (Status.ON_HOLD, Status.RETIRED),
    Status.ON_HOLD: (Status.READY, Status.RETIRED),
    Status.RETIRED: (Status.DRAFT,),
}
"""The moves a person may make. Editing makes a draft of any question."""
NEED_REASON = (Status.ON_HOLD, Status.RETIRED)
LONGEST_REASON = 200


class Refused(Exception):
    """A change that the rules forbid; names the form field it is about and says why in Chinese."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Conflict(Exception):
    """Somebody has saved the question since this person opened it; `row` is as it stands now."""

    def __init__(self, row: BankQuestion) -> None:
        super().__init__(f"第 {row.version} 版刚刚由别人保存。")
        self.row = row


def add_questions(
    session: Session, questions: Iterable[Question], status: Status, actor_id: int | None, now: dt.datetime
) -> int:
    """Add questions whose keys are new; how many that were. Known keys are left as they are."""
    known = queries.keys(session)
    new = {question.key: question for question in questions if question.key not in known}
    for question in new.values():
        _add(session, question, status, actor_id, now)
    if new:
        record(session, "bank.added", f"{len(new)} questions", actor_id=actor_id, now=now, detail=f"status: {status}")
    return len(new)


def _add(
    session: Session, question: Question, status: Status, actor_id: int | None, now: dt.datetime, note: str = ""
) -> None:
    row = BankQuestion(key=question.key, version=0, status=status.value, created_at=now, reason="")
    set_version(session, row, question, actor_id, now, note=note)


def add_draft(session: Session, question: Question, *, actor_id: int | None, now: dt.datetime, note: str = "") -> str:
    """Add a question that has no key yet, as a draft; returns the key it gets."""
    key = new_key(queries.keys(session))
    _add(session, with_keys(question, key), Status.DRAFT, actor_id, now, note)
    record(session, "bank.added", f"question {key}", actor_id=actor_id, now=now, detail=note)
    return key


def new_key(taken: Collection[str]) -> str:
    """A key for a question made here. Drawn, so that it cannot meet one made elsewhere."""
    return next(key for key in iter(lambda: f"b-{secrets.token_hex(4)}", "") if key not in taken)


def take_in(
    session: Session, plan: Plan, status: Status, *, actor_id: int | None, now: dt.datetime, note: str = ""
) -> None:
    """Do what a plan says. What is added gets `status`; what is changed keeps its own, but is a draft after drafts."""
    taken = queries.keys(session) | {question.key for question in plan.added}
    for question in plan.added:
        key = question.key or new_key(taken)
        taken.add(key)
        _add(session, with_keys(question, key), status, actor_id, now, note)
    for _, question in plan.changed:
        row = locked(session, question.key)
        set_version(session, row, question, actor_id, now, note=note)
        if status is Status.DRAFT and row.status != Status.DRAFT:
            set_status(session, row, Status.DRAFT, actor_id=actor_id, now=now, reason="内容有修改")
    if plan.is_ready:
        detail = f"added {len(plan.added)}, changed {len(plan.changed)}; {note}"
        record(session, "bank.imported", "question bank", actor_id=actor_id, now=now, detail=detail)


def set_version(
    session: Session, row: BankQuestion, question: Question, actor_id: int | None, now: dt.datetime, *, note: str = ""
) -> QuestionVersion:
    """Make `question` the newest text of `row`; the texts before it stay. The caller audits."""
    row.version += 1
    row.field, row.matter, row.guide = question.field, question.matter, question.guide
    row.type, row.difficulty, row.updated_at = question.type.value, question.difficulty, now
    row.words = queries.words_of(question)
    row.status = row.status or Status.DRAFT.value
    session.add(row)
    session.flush()
    version = QuestionVersion(
        question_id=row.id,
        number=row.version,
        record=to_record(question),
        author_id=actor_id,
        created_at=now,
        note=note,
    )
    session.add(version)
    session.flush()
    return version


def save_version(
    session: Session, key: str, base: int, question: Question, *, actor_id: int | None, now: dt.datetime, note: str = ""
) -> bool:
    """Save what a person made of version `base`; the question is a draft then. False when nothing is different.

    Raises Conflict when the question has a newer version, and Refused when there is no such question.
    """
    row = locked(session, key)
    if row.version != base:
        raise Conflict(row)
    if queries.present(session, row) == question:
        return False
    set_version(session, row, question, actor_id, now, note=note)
    record(session, "bank.version", f"question {key}", actor_id=actor_id, now=now, detail=f"version {row.version}")
    if row.status != Status.DRAFT:
        set_status(session, row, Status.DRAFT, actor_id=actor_id, now=now, reason="内容有修改")
    return True


def locked(session: Session, key: str) -> BankQuestion:
    """A question that nobody else changes until this transaction ends. Raises Refused."""
    query = sa.select(BankQuestion).where(BankQuestion.key == key).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise Refused("", f"没有编号为 {key} 的题目。")
    return row


def set_status(
    session: Session, row: BankQuestion, status: Status, *, actor_id: int | None, now: dt.datetime, reason: str = ""
) -> None:
    """Give a question a status. Whether the move is allowed is not asked here; people go through `move`."""
    reason = reason[:LONGEST_REASON]
    change = StatusChange(
        question_id=row.id, version=row.version, before=row.status, status=status.value, reason=reason,
        actor_id=actor_id, at=now,
    )  # fmt: skip
    detail = f"{row.status} → {status}" + (f"：{reason}" if reason else "")
    row.status, row.updated_at, row.reason = status.value, now, reason
    session.add(change)
    record(session, "bank.status", f"question {row.key}", actor_id=actor_id, now=now, detail=detail)
    session.flush()


@dataclass(frozen=True, slots=True)
class Decision:
    """The status that a person who has read `version` gives a question, and why."""

    version: int
    status: Status
    reason: str = ""


def move(
    session: Session, key: str, decision: Decision, *, actor_id: int, now: dt.datetime, four_eyes: bool = True
) -> None:
    """Do as a person decides. With `four_eyes` nobody approves a draft that they wrote.

    Raises Refused, and Conflict when the question has a newer version.
    """
    row = locked(session, key)
    before, after = Status(row.status), decision.status
    if row.version != decision.version:
        raise Conflict(row)
    if after not in MOVES[before]:
        raise Refused("status", f"现在是“{STATUS_NAMES[before]}”，不能直接改成“{STATUS_NAMES[after]}”。")
    if after in NEED_REASON and not decision.reason:
        raise Refused("reason", f"请写明为什么{STATUS_NAMES[after]}。")
    if before is Status.DRAFT and after is Status.READY and four_eyes and queries.author_id(session, row) == actor_id:
        raise Refused("status", "这一版是您写的，要由另一位培训管理员或者内容编辑审核。")
    set_status(session, row, after, actor_id=actor_id, now=now, reason=decision.reason)


def hold(
    session: Session, question_keys: Collection[str], reason: str, *, actor_id: int | None, now: dt.datetime
) -> int:
    """Take ready questions out of new papers, for example because a law they cite has changed; how many that were."""
    return _move_all(session, question_keys, Status.READY, Status.ON_HOLD, reason, actor_id, now)


def release(
    session: Session, question_keys: Collection[str], reason: str, *, actor_id: int | None, now: dt.datetime
) -> int:
    """Take back a `hold` with the same reason; questions on hold for another one stay. How many were released."""
    return _move_all(session, question_keys, Status.ON_HOLD, Status.READY, reason, actor_id, now)


def _move_all(
    session: Session,
    keys: Collection[str],
    before: Status,
    after: Status,
    reason: str,
    actor_id: int | None,
    now: dt.datetime,
) -> int:
    query = sa.select(BankQuestion).where(BankQuestion.key.in_(keys), BankQuestion.status == before.value)
    if before is Status.ON_HOLD:
        query = query.where(BankQuestion.reason == reason[:LONGEST_REASON])
    rows = session.scalars(query.order_by(BankQuestion.id).with_for_update()).all()
    for row in rows:
        set_status(session, row, after, actor_id=actor_id, now=now, reason=reason if after is Status.ON_HOLD else "")
    return len(rows)
