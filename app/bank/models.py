"""Questions and their versions. A version is never changed or deleted: papers that were drawn refer to it."""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Model


class Status(StrEnum):
    """Only ready questions are drawn for new papers."""

    DRAFT = "draft"
    READY = "ready"
    ON_HOLD = "on_hold"
    RETIRED = "retired"


STATUS_NAMES = {Status.DRAFT: "草稿", Status.READY: "可用", Status.ON_HOLD: "暂停", Status.RETIRED: "停用"}


class BankQuestion(Model):
    """A question of the bank. Its text is that of the version whose number is `version`; the rest is for filtering."""

    __tablename__ = "question"
    __table_args__ = (
        sa.CheckConstraint("status IN ('draft', 'ready', 'on_hold', 'retired')", name="status"),
        sa.CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty"),
        sa.CheckConstraint("version >= 1", name="version"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    status: Mapped[str] = mapped_column(sa.String(10), index=True)
    field: Mapped[str] = mapped_column(sa.String(60), index=True)
    matter: Mapped[str] = mapped_column(sa.String(40))
    type: Mapped[str] = mapped_column(sa.String(20))
    difficulty: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]


class QuestionVersion(Model):
    """One state of a question's text, as `quizzes.question.to_record` gives it."""

    __tablename__ = "question_version"
    __table_args__ = (sa.UniqueConstraint("question_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"))
    number: Mapped[int]
    record: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[dt.datetime]
