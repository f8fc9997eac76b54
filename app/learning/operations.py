"""What a person's answers do: to the wrong-answer book, to the cards of spaced review, to how matters stand.

Each is read and changed in the transaction of the answer, its rows locked, so that two tabs never lose one.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.bank.queries import ready_bank
from app.db import Model, insert
from app.learning import spacing
from app.learning.models import LEAVES_AFTER, Felt, MatterState, PracticeAnswer, ReviewCard, Source, WrongQuestion
from app.learning.showing import marked
from quizzes.grading import Grade
from quizzes.paper import Paper
from quizzes.question import Question

Row = TypeVar("Row", bound=Model)


class Refused(Exception):
    """A change that the rules forbid; says why in Chinese."""


@dataclass(frozen=True)
class Given:
    """An answer as sent: of which version of which question, shown in the order of which seed."""

    version_id: int
    seed: int
    nonce: str
    source: Source
    chosen: Mapping[str, list[str]]


@dataclass(frozen=True)
class Outcome:
    """How a question went. `version_id` is None when the question may not be drawn now: it gets no card then."""

    key: str
    matter: str
    version_id: int | None
    is_right: bool


def answer(session: Session, user_id: int, question: Question, given: Given, *, now: dt.datetime) -> int:
    """Mark and keep an answer in practice; its id. The same page sent again is the same answer."""
    is_right = all(mark.is_right for _, mark in marked(question, given.seed, given.chosen))
    values = {
        "user_id": user_id, "key": question.key, "version_id": given.version_id, "source": given.source.value,
        "seed": given.seed, "chosen": dict(given.chosen), "nonce": given.nonce, "is_right": is_right,
        "answered_at": now,
    }  # fmt: skip
    made = insert(session, PracticeAnswer).values(values).on_conflict_do_nothing().returning(PracticeAnswer.id)
    id = session.scalar(made)
    if id is None:
        same = sa.select(PracticeAnswer.id).where(PracticeAnswer.user_id == user_id)
        return session.scalars(same.where(PracticeAnswer.nonce == given.nonce)).one()
    note(session, user_id, [Outcome(question.key, question.matter, given.version_id, is_right)], given.source, now, id)
    return id


def rate(session: Session, user_id: int, answer_id: int, felt: Felt) -> PracticeAnswer | None:
    """Say how hard a right answer was; the card is reckoned anew from before it. None when there is no such answer.

    Raises Refused for a wrong answer, and when the question has been answered again since.
    """
    query = sa.select(PracticeAnswer).where(PracticeAnswer.id == answer_id, PracticeAnswer.user_id == user_id)
    row = session.scalar(query.with_for_update())
    if row is None:
        return None
    if not row.is_right:
        raise Refused("答错的题会很快再出现，不用评难易。")
    card = session.get(ReviewCard, (user_id, row.key), with_for_update=True)
    if card is None or card.answer_id != answer_id:
        raise Refused("这道题后来又答过，按后来那次安排复习。")
    row.felt = felt.value
    card.card = spacing.review(card.before, spacing.rating(True, felt), row.answered_at)
    card.due_at = spacing.due_at(card.card)
    session.flush()
    return row


def note_grade(session: Session, user_id: int, grade: Grade, paper: Paper, now: dt.datetime) -> None:
    """Take over the answers of a test that has just been marked. A question left without any answer is passed over.

    To be called once an attempt, in the transaction that marks it.
    """
    marks = {mark.key: mark for mark in grade.marks}
    versions = ready_bank(session).versions
    outcomes = []
    for item in paper.items:
        own = [marks[leaf.question.key] for leaf in item.leaves]
        if any(mark.chosen for mark in own):
            is_right = all(mark.is_right for mark in own)
            key = item.question.key
            outcomes.append(Outcome(key, item.question.matter, versions.get(key), is_right))
    if outcomes:
        note(session, user_id, outcomes, Source.TEST, now)


def note(
    session: Session,
    user_id: int,
    outcomes: Sequence[Outcome],
    source: Source,
    now: dt.datetime,
    answer_id: int | None = None,
) -> None:
    """Do to a person's book, cards and matters what these outcomes, each of another question, do."""
    _note_wrong(session, user_id, outcomes, source, now)
    _note_cards(session, user_id, outcomes, source, now, answer_id)
    _note_matters(session, user_id, [outcome for outcome in outcomes if outcome.matter], now)
    session.flush()


def _made(session: Session, table: type[Row], column: sa.ColumnElement[str], rows: list[dict[str, Any]]) -> set[str]:
    """Add these rows unless they are there; the names (key or matter) of those added."""
    if not rows:
        return set()
    statement = insert(session, table).values(sorted(rows, key=lambda row: row[column.key]))
    return set(session.scalars(statement.on_conflict_do_nothing().returning(column)))


def _locked(session: Session, table: Any, column: Any, user_id: int, names: set[str]) -> Mapping[str, Any]:
    """The person's rows with these names, locked in the order of their names."""
    query = sa.select(table).where(table.user_id == user_id, column.in_(names)).order_by(column).with_for_update()
    return {getattr(row, column.key): row for row in session.scalars(query.execution_options(populate_existing=True))}


def _note_wrong(session: Session, user_id: int, outcomes: Sequence[Outcome], source: Source, now: dt.datetime) -> None:
    fresh = [
        {"user_id": user_id, "key": o.key, "source": source.value, "wrongs": 1, "rights": 0, "wrong_at": now}
        for o in outcomes
        if not o.is_right
    ]
    made = _made(session, WrongQuestion, sa.inspect(WrongQuestion).c.key, fresh)
    rows = _locked(session, WrongQuestion, WrongQuestion.key, user_id, {o.key for o in outcomes} - made)
    for outcome in outcomes:
        if (row := rows.get(outcome.key)) is not None:
            _change_wrong(row, outcome.is_right, source, now)


def _change_wrong(row: WrongQuestion, is_right: bool, source: Source, now: dt.datetime) -> None:
    if not is_right:
        row.wrongs, row.rights, row.wrong_at, row.source, row.left_at = row.wrongs + 1, 0, now, source.value, None
    elif row.left_at is None:
        row.rights += 1
        row.left_at = now if row.rights == LEAVES_AFTER else None


def _note_cards(
    session: Session,
    user_id: int,
    outcomes: Sequence[Outcome],
    source: Source,
    now: dt.datetime,
    answer_id: int | None,
) -> None:
    """Practice makes a card of every question; a test only of those failed, and moves the cards that are there."""
    known = [outcome for outcome in outcomes if outcome.version_id is not None]
    fresh = []
    for outcome in known:
        if source is not Source.TEST or not outcome.is_right:
            first = spacing.review({}, spacing.rating(outcome.is_right, None), now)
            row = {"user_id": user_id, "key": outcome.key, "version_id": outcome.version_id, "card": first}
            fresh.append(row | {"before": {}, "answer_id": answer_id, "due_at": spacing.due_at(first)})
    made = _made(session, ReviewCard, sa.inspect(ReviewCard).c.key, fresh)
    rows = _locked(session, ReviewCard, ReviewCard.key, user_id, {outcome.key for outcome in known} - made)
    for outcome in known:
        card = rows.get(outcome.key)
        if card is not None:
            same = card.version_id == outcome.version_id
            card.before = card.card if same else spacing.soften(card.card)
            card.card = spacing.review(card.before, spacing.rating(outcome.is_right, None), now)
            card.version_id, card.answer_id = outcome.version_id, answer_id
            card.due_at = spacing.due_at(card.card)


def _note_matters(session: Session, user_id: int, outcomes: Sequence[Outcome], now: dt.datetime) -> None:
    by_matter: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_matter.setdefault(outcome.matter, []).append(outcome)
    fresh = [
        {
            "user_id": user_id, "matter": matter, "is_right": first.is_right, "last_at": now,
            "wrongs": 0 if first.is_right else 1, "wrong_key": "" if first.is_right else first.key,
        }
        for matter, (first, *_) in by_matter.items()
    ]  # fmt: skip
    made = _made(session, MatterState, sa.inspect(MatterState).c.matter, fresh)
    rows = _locked(session, MatterState, MatterState.matter, user_id, set(by_matter))
    for matter, own in by_matter.items():
        for outcome in own[1:] if matter in made else own:
            _change_matter(rows[matter], outcome, now)


def _change_matter(row: MatterState, outcome: Outcome, now: dt.datetime) -> None:
    row.was_right, row.before_at = row.is_right, row.last_at
    row.is_right, row.last_at = outcome.is_right, now
    if not outcome.is_right:
        row.wrongs, row.wrong_key = row.wrongs + 1, outcome.key
    elif row.was_right:
        row.wrongs, row.wrong_key = 0, ""


def settle(session: Session, user_id: int, key: str, is_right: bool, at: dt.datetime, *, now: dt.datetime) -> None:
    """A test's answer of `at` was marked anew with a corrected key: put it into the book, or take it out again.

    It is taken out unless the person has failed the question elsewhere since.
    """
    row = session.get(WrongQuestion, (user_id, key), with_for_update=True)
    if not is_right and row is None:
        _note_wrong(session, user_id, [Outcome(key, "", None, False)], Source.TEST, now)
    elif is_right and row is not None and row.left_at is None and row.source == Source.TEST and row.wrong_at <= at:
        row.rights, row.left_at = LEAVES_AFTER, now
    session.flush()
