"""What is read of a person's learning. Only ready questions are met, wherever they are listed."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.bank.models import BankQuestion, QuestionVersion, Status
from app.experts.models import Expert, ExpertTag, TagKind
from app.learning.choosing import Last
from app.learning.models import MatterState, PracticeAnswer, ReviewCard, WrongQuestion


def last_answers(session: Session, user_id: int) -> dict[str, Last]:
    """A person's last answer in practice to each question."""
    newest = sa.select(sa.func.max(PracticeAnswer.id)).where(PracticeAnswer.user_id == user_id)
    wanted = PracticeAnswer.id.in_(newest.group_by(PracticeAnswer.key))
    query = sa.select(PracticeAnswer.key, PracticeAnswer.is_right, PracticeAnswer.answered_at).where(wanted)
    return {key: Last(is_right, at) for key, is_right, at in session.execute(query)}


def answer_of(session: Session, user_id: int, answer_id: int) -> PracticeAnswer | None:
    """One of this person's answers in practice."""
    own = PracticeAnswer.id == answer_id, PracticeAnswer.user_id == user_id
    return session.scalar(sa.select(PracticeAnswer).where(*own))


def answers_since(session: Session, user_id: int, since: dt.datetime) -> int:
    """How many questions a person has answered in practice since an instant."""
    own = PracticeAnswer.user_id == user_id, PracticeAnswer.answered_at >= since
    return session.scalar(sa.select(sa.func.count()).where(*own)) or 0


def wrong_book(session: Session, user_id: int) -> Sequence[WrongQuestion]:
    """The questions in a person's wrong-answer book, the last failed first; those on hold as well."""
    query = sa.select(WrongQuestion).where(WrongQuestion.user_id == user_id, WrongQuestion.left_at.is_(None))
    return session.scalars(query.order_by(WrongQuestion.wrong_at.desc(), WrongQuestion.key)).all()


def left_count(session: Session, user_id: int) -> int:
    """How many questions have left the book."""
    own = WrongQuestion.user_id == user_id, WrongQuestion.left_at.is_not(None)
    return session.scalar(sa.select(sa.func.count()).where(*own)) or 0


def _due(user_id: int, now: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Cards that are due, or whose question has a new text; of ready questions only."""
    changed = ReviewCard.version_id != QuestionVersion.id
    return ReviewCard.user_id == user_id, sa.or_(ReviewCard.due_at <= now, changed)


def _cards(column: Any) -> sa.Select[Any]:
    return (
        sa.select(column)
        .select_from(ReviewCard)
        .join(BankQuestion, sa.and_(BankQuestion.key == ReviewCard.key, BankQuestion.status == Status.READY))
        .join(
            QuestionVersion,
            sa.and_(QuestionVersion.question_id == BankQuestion.id, QuestionVersion.number == BankQuestion.version),
        )
    )


def due_count(session: Session, user_id: int, now: dt.datetime) -> int:
    """How many questions a person should look at again by `now`."""
    return session.scalar(_cards(sa.func.count()).where(*_due(user_id, now))) or 0


def due_keys(session: Session, user_id: int, now: dt.datetime) -> Sequence[str]:
    """Keys of these questions, the longest due first."""
    query = _cards(ReviewCard.key).where(*_due(user_id, now))
    return session.scalars(query.order_by(ReviewCard.due_at, ReviewCard.key)).all()


def next_due(session: Session, user_id: int) -> dt.datetime | None:
    """When the next card is due."""
    query = _cards(ReviewCard.due_at).where(ReviewCard.user_id == user_id).order_by(ReviewCard.due_at).limit(1)
    due_at: dt.datetime | None = session.scalar(query)
    return due_at


def card_of(session: Session, user_id: int, key: str) -> ReviewCard | None:
    """A person's card of a question."""
    return session.get(ReviewCard, (user_id, key))


def matter_states(session: Session, user_id: int) -> Sequence[MatterState]:
    """How a person stands with each matter they have met."""
    return session.scalars(sa.select(MatterState).where(MatterState.user_id == user_id)).all()


def experts_of(session: Session, fields: Collection[str]) -> Mapping[str, list[Expert]]:
    """The experts whom officers may see, by the field they teach."""
    if not fields:
        return {}
    query = (
        sa.select(ExpertTag.value, Expert)
        .join(ExpertTag, ExpertTag.expert_id == Expert.id)
        .where(ExpertTag.kind == TagKind.FIELD.value, ExpertTag.value.in_(fields))
        .where(Expert.retired_at.is_(None), Expert.consented_on.is_not(None))
        .order_by(Expert.key)
    )
    found: dict[str, list[Expert]] = {}
    for field, expert in session.execute(query):
        found.setdefault(field, []).append(expert)
    return found


def matter_state(session: Session, user_id: int, matter: str) -> MatterState | None:
    """How a person stands with one matter."""
    return session.get(MatterState, (user_id, matter))


def wrong_line(session: Session, user_id: int, key: str) -> WrongQuestion | None:
    """A question's line in a person's wrong-answer book, also when it has left."""
    return session.get(WrongQuestion, (user_id, key))
