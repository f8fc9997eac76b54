"""What comes of a session: who was there, the hours credited, and what people thought of it."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.db import Model, one_of
from app.sessions.models import Hours, TrainingSession


class Way(StrEnum):
    """How somebody's presence became known."""

    TRAINER = "trainer"
    CODE = "code"


class EntryKind(StrEnum):
    """What a line of the hours ledger is."""

    CREDIT = "credit"
    CORRECTION = "correction"


class Attendance(Model):
    """A person was there 签到. `device` is the SHA-256 of what the phone carries: one phone, one person a session."""

    __tablename__ = "attendance"
    __table_args__ = (
        one_of("way", Way),
        sa.CheckConstraint("(way = 'code') = (device IS NOT NULL)", name="device"),
        sa.UniqueConstraint("session_id", "user_id"),
        sa.UniqueConstraint("session_id", "device", name="uq_attendance_device"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    at: Mapped[dt.datetime]
    way: Mapped[str] = mapped_column(sa.String(10))
    device: Mapped[str | None] = mapped_column(sa.String(64))
    marked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    user: Mapped[User] = relationship(foreign_keys=[user_id])


class HoursEntry(Model):
    """A line of the hours ledger 学时. Lines are only ever added; a person's hours are their sum.

    A session is credited once to a person (a unique index says so); everything later is a correction with its reason.
    """

    __tablename__ = "hours_entry"
    __table_args__ = (
        one_of("kind", EntryKind),
        sa.CheckConstraint("kind <> 'credit' OR hours > 0", name="credit"),
        sa.CheckConstraint("kind <> 'correction' OR (hours <> 0 AND reason <> '')", name="correction"),
        sa.Index(
            "uq_hours_entry_credit",
            "session_id",
            "user_id",
            unique=True,
            sqlite_where=sa.text("kind = 'credit'"),
            postgresql_where=sa.text("kind = 'credit'"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    hours: Mapped[Decimal] = mapped_column(Hours)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[dt.datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    session: Mapped[TrainingSession] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])


class SurveyDone(Model):
    """That a person has filled in a session's survey; nothing says which answers are theirs."""

    __tablename__ = "session_survey_done"
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)


class SurveyAnswer(Model):
    """One survey 满意度. Its key is drawn at random and it bears no time, so rows cannot be matched with people."""

    __tablename__ = "session_survey"
    __table_args__ = (
        sa.CheckConstraint("useful BETWEEN 1 AND 5", name="useful"),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name="level"),
        sa.CheckConstraint("organised BETWEEN 1 AND 5", name="organised"),
    )
    key: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"), index=True)
    useful: Mapped[int]
    level: Mapped[int]
    organised: Mapped[int]
    comment: Mapped[str] = mapped_column(sa.String(500), default="")
