"""Questions and their versions. A version is never changed or deleted: papers that were drawn refer to it."""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.db import Model


class Status(StrEnum):
    """Only ready questions are drawn for new papers."""

    DRAFT = "draft"
    READY = "ready"
    ON_HOLD = "on_hold"
    RETIRED = "retired"


STATUS_NAMES = {Status.DRAFT: "草稿", Status.READY: "可用", Status.ON_HOLD: "暂停", Status.RETIRED: "停用"}
STATUSES = ", ".join(f"'{status}'" for status in Status)


class BankQuestion(Model):
    """A question of the bank. Its text is that of the version whose number is `version`; the rest is for finding it.

    `reason` says why it has its status. `uses` is how many papers it has stood in, as counted last.
    """

    __tablename__ = "question"
    __table_args__ = (
        sa.CheckConstraint(f"status IN ({STATUSES})", name="status"),
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
    guide: Mapped[str] = mapped_column(sa.String(40), server_default=sa.text("''"))
    words: Mapped[str] = mapped_column(sa.Text, server_default=sa.text("''"))
    reason: Mapped[str] = mapped_column(sa.String(200), server_default=sa.text("''"))
    uses: Mapped[int] = mapped_column(server_default="0")
    last_used_at: Mapped[dt.datetime | None]


class QuestionVersion(Model):
    """One state of a question's text, as `quizzes.question.to_record` gives it."""

    __tablename__ = "question_version"
    __table_args__ = (sa.UniqueConstraint("question_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"))
    number: Mapped[int]
    record: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    author: Mapped[User | None] = relationship()
    created_at: Mapped[dt.datetime]
    note: Mapped[str] = mapped_column(sa.String(200), server_default=sa.text("''"))


class StatusChange(Model):
    """A status that a question was given, by whom and why."""

    __tablename__ = "question_status"
    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"), index=True)
    version: Mapped[int]
    before: Mapped[str] = mapped_column(sa.String(10))
    status: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.String(200))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    actor: Mapped[User | None] = relationship()
    at: Mapped[dt.datetime]


class StemVector(Model):
    """What a model makes of a stem, so that each stem is encoded once: float32, as many as the model has."""

    __tablename__ = "question_vector"
    fingerprint: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    sha: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    vector: Mapped[bytes]
