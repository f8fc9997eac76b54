"""What a corrected key changes: worked out from the kept papers and answers, without changing anything."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.bank.models import QuestionVersion
from app.bank.queries import questions_by_version
from app.statistics.models import Regrade
from app.training import papers
from app.training.models import Answer, Attempt, AttemptState
from quizzes.grading import Grade, Mark, grade
from quizzes.question import Question


@dataclass(frozen=True)
class Change:
    """One attempt with its grade before and after. `marks` are those of the question, part by part."""

    attempt: Attempt
    old_version_id: int
    paper: Mapping[str, Any]
    marks: Sequence[Mark]
    item_before: Decimal
    item_after: Decimal
    was_right: bool
    score: Decimal
    percent: Decimal
    is_passed: bool

    @property
    def score_before(self) -> Decimal:
        """Points of the attempt as it stands."""
        return self.attempt.score or Decimal(0)

    @property
    def percent_before(self) -> Decimal:
        """Per cent of the attempt as it stands."""
        return self.attempt.percent or Decimal(0)

    @property
    def was_passed(self) -> bool:
        """Whether the attempt is passed as it stands."""
        return bool(self.attempt.is_passed)

    @property
    def is_right(self) -> bool:
        """Whether the question is wholly right now."""
        return all(mark.is_right for mark in self.marks)

    @property
    def moves_score(self) -> bool:
        """Whether the attempt's score changes."""
        return self.item_before != self.item_after


def misfit(old: Question, new: Question) -> str:
    """Why answers to `old` cannot be marked with `new`, in Chinese; empty when they can.

    Answers are kept as places of options: so the options must be the same ones in the same places.
    """
    if old.type is not new.type or [leaf.type for leaf in old.leaves] != [leaf.type for leaf in new.leaves]:
        return "新版本换了题型，旧答案对不上。"
    for before, after in zip(old.leaves, new.leaves, strict=True):
        if len(before.options) != len(after.options) or len(before.blanks) != len(after.blanks):
            return "新版本的选项数或者空数变了，旧答案对不上。"
        places = {option.text: place for place, option in enumerate(before.options)}
        if any(places.get(option.text, place) != place for place, option in enumerate(after.options)):
            return "新版本调换了选项的次序，旧答案对不上。"
    return ""


def old_versions(session: Session, question_id: int, version_id: int) -> set[int]:
    """Ids of the other versions of a question."""
    query = sa.select(QuestionVersion.id).where(QuestionVersion.question_id == question_id)
    return set(session.scalars(query.where(QuestionVersion.id != version_id)))


def attempts_with(
    session: Session,
    assignment_id: int,
    question: Question,
    versions: set[int],
    *,
    is_open: bool,
    ids: Collection[int] | None = None,
) -> list[Attempt]:
    """An assignment's open or finished attempts (of `ids`) whose papers hold one of these versions of a question."""
    query = sa.select(Attempt).where(Attempt.assignment_id == assignment_id).order_by(Attempt.id)
    if ids is not None:
        query = query.where(Attempt.id.in_(ids))
    if is_open:
        query = query.where(Attempt.state == AttemptState.OPEN)
    else:  # these have a marked answer to each of their questions
        holding = sa.select(Answer.attempt_id).where(Answer.key == question.leaves[0].key)
        query = query.where(Attempt.state != AttemptState.OPEN, Attempt.id.in_(holding))
    query = query.options(joinedload(Attempt.user), joinedload(Attempt.assignment)).with_for_update(of=Attempt)
    return [attempt for attempt in session.scalars(query) if versions & set(papers.version_ids(attempt.paper))]


def moved(record: Mapping[str, Any], versions: set[int], version_id: int) -> dict[str, Any]:
    """A packed paper with `version_id` in place of any of `versions`."""
    items = [[version_id if id in versions else id, points, leaves] for id, points, leaves in record["items"]]
    return {**record, "items": items}


def pending(session: Session, regrade: Regrade) -> list[int]:
    """Ids of the finished attempts that are marked with another version than the regrade's."""
    versions = old_versions(session, regrade.question_id, regrade.version_id)
    new = questions_by_version(session, [regrade.version_id])[regrade.version_id]
    return [found.id for found in attempts_with(session, regrade.assignment_id, new, versions, is_open=False)]


def changes(session: Session, regrade: Regrade, ids: Collection[int] | None = None) -> list[Change]:
    """What every finished attempt (of `ids`) that is marked with another version of the question becomes."""
    assignment_id, version_id = regrade.assignment_id, regrade.version_id
    versions = old_versions(session, regrade.question_id, version_id)
    new = questions_by_version(session, [version_id])[version_id]
    found = attempts_with(session, assignment_id, new, versions, is_open=False, ids=ids)
    rows: dict[int, dict[str, Answer]] = {attempt.id: {} for attempt in found}
    query = sa.select(Answer).join(Attempt, Attempt.id == Answer.attempt_id)
    mine = Attempt.assignment_id == assignment_id, Answer.key.in_({leaf.key for leaf in new.leaves})
    if ids is not None:
        query = query.where(Attempt.id.in_(ids))
    for row in session.scalars(query.where(*mine)):
        if row.attempt_id in rows:
            rows[row.attempt_id][row.key] = row
    return [_change(session, attempt, rows[attempt.id], versions, version_id) for attempt in found]


def _marks(session: Session, item: list[Any], rows: Mapping[str, Answer]) -> Sequence[Mark]:
    """The marks of one question of a packed paper."""
    alone = papers.unpack(session, {"seed": 0, "items": [item]})
    return grade(alone, {key: row.chosen for key, row in rows.items()}).marks


def _change(
    session: Session, attempt: Attempt, rows: Mapping[str, Answer], versions: set[int], version_id: int
) -> Change:
    item = next(item for item in attempt.paper["items"] if item[0] in versions)
    old, new = _marks(session, item, rows), _marks(session, [version_id, *item[1:]], rows)
    before = sum((row.score or Decimal(0) for row in rows.values()), Decimal(0))
    after = sum((mark.score for mark in new), Decimal(0))
    score = (attempt.score or Decimal(0)) - before + after
    percent = Grade(score, attempt.total, ()).percent
    return Change(
        attempt, item[0], moved(attempt.paper, versions, version_id), new, before, after,
        all(mark.is_right for mark in old), score, percent, percent >= attempt.assignment.pass_mark,
    )  # fmt: skip


@dataclass(frozen=True)
class Summary:
    """How many attempts are marked anew, gain, lose, pass now and pass no longer."""

    attempts: int
    up: int
    down: int
    now_passed: int
    now_failed: int


def summary(found: Sequence[Change]) -> Summary:
    """Counts of changes."""
    return Summary(
        len(found),
        sum(change.item_after > change.item_before for change in found),
        sum(change.item_after < change.item_before for change in found),
        sum(change.is_passed and not change.was_passed for change in found),
        sum(change.was_passed and not change.is_passed for change in found),
    )


def both_texts(session: Session, regrade: Regrade) -> tuple[Question, Question]:
    """The question as it was drawn (the version before the corrected one), and as it is marked with."""
    number = sa.select(QuestionVersion.number).where(QuestionVersion.id == regrade.version_id).scalar_subquery()
    before = sa.select(QuestionVersion.id).where(QuestionVersion.question_id == regrade.question_id)
    old_id = session.scalars(before.where(QuestionVersion.number == number - 1)).one()
    known = questions_by_version(session, [old_id, regrade.version_id])
    return known[old_id], known[regrade.version_id]
