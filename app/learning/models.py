"""What a person practised, what they got wrong, when each question comes up again, and how each matter stands.

Nothing here counts for an assignment: completion is made of attempts alone.
"""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Model, one_of

LEAVES_AFTER = 2  # right answers in a row after which a question leaves the wrong-answer book


class Source(StrEnum):
    """Where a question was met."""

    PRACTICE = "practice"
    WRONG = "wrong"
    REVIEW = "review"
    TEST = "test"


class Felt(StrEnum):
    """How hard a person found it to recall what they answered rightly."""

    HARD = "hard"
    GOOD = "good"
    EASY = "easy"


SOURCE_NAMES = {Source.PRACTICE: "练习", Source.WRONG: "错题本", Source.REVIEW: "复习", Source.TEST: "测验"}
FELT_NAMES = {Felt.HARD: "难", Felt.GOOD: "好", Felt.EASY: "易"}


class PracticeAnswer(Model):
    """One answer in practice, with all that is needed to show it again: version, seed of the order, what was chosen.

    `nonce` is of the page that was sent, so that a page sent twice is one answer.
    """

    __tablename__ = "practice_answer"
    __table_args__ = (
        one_of("source", Source),
        one_of("felt", Felt),
        sa.CheckConstraint("felt IS NULL OR is_right", name="felt_right"),
        sa.UniqueConstraint("user_id", "nonce"),
        sa.Index("ix_practice_answer_user_id", "user_id", "key"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    key: Mapped[str] = mapped_column(sa.ForeignKey("question.key"))
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("question_version.id"))
    source: Mapped[str] = mapped_column(sa.String(10))
    seed: Mapped[int] = mapped_column(sa.BigInteger)
    chosen: Mapped[dict[str, list[str]]] = mapped_column(sa.JSON)  # by the key of each question or part
    nonce: Mapped[str] = mapped_column(sa.String(32))
    is_right: Mapped[bool]
    felt: Mapped[str | None] = mapped_column(sa.String(10))
    answered_at: Mapped[dt.datetime]


class WrongQuestion(Model):
    """A line of a person's wrong-answer book 错题本. Left ones stay, with the time they left."""

    __tablename__ = "wrong_question"
    __table_args__ = (
        one_of("source", Source),
        sa.CheckConstraint("wrongs >= 1", name="wrongs"),
        sa.CheckConstraint(f"rights BETWEEN 0 AND {LEAVES_AFTER}", name="rights"),
        sa.CheckConstraint(f"(rights = {LEAVES_AFTER}) = (left_at IS NOT NULL)", name="left"),
    )
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.ForeignKey("question.key"), primary_key=True)
    source: Mapped[str] = mapped_column(sa.String(10))  # of the last wrong answer
    wrongs: Mapped[int]
    rights: Mapped[int]  # in a row, since the last wrong answer
    wrong_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]


class ReviewCard(Model):
    """When a person is to see a question again. `card` is what FSRS keeps, `before` the same before the last answer.

    A card of another version than the present one is due at once.
    """

    __tablename__ = "review_card"
    __table_args__ = (sa.Index("ix_review_card_due_at", "user_id", "due_at"),)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.ForeignKey("question.key"), primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("question_version.id"))
    card: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    before: Mapped[dict[str, Any]] = mapped_column(sa.JSON)  # empty for a new one
    answer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("practice_answer.id"))  # None after a test
    due_at: Mapped[dt.datetime]


class MatterState(Model):
    """A person's last two answers on a matter, and how often they failed since they last had two right in a row."""

    __tablename__ = "matter_state"
    __table_args__ = (
        sa.CheckConstraint("(was_right IS NULL) = (before_at IS NULL)", name="before"),
        sa.CheckConstraint("wrongs >= 0", name="wrongs"),
    )
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    matter: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    is_right: Mapped[bool]
    last_at: Mapped[dt.datetime]
    was_right: Mapped[bool | None]
    before_at: Mapped[dt.datetime | None]
    wrongs: Mapped[int]
    wrong_key: Mapped[str] = mapped_column(sa.String(40))  # the question failed last, "" for none
