"""Contests, their teams, each member's one entry, and the answers.

The member's row is the entry: one person is in one team of a contest and takes its paper once, whatever races.
"""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.db import Hundredths, Model, one_of


class State(StrEnum):
    """草稿, 已发布, 已公布结果, 已取消."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"


STATE_NAMES = {State.DRAFT: "草稿", State.PUBLISHED: "已发布", State.ANNOUNCED: "已公布结果", State.CANCELLED: "已取消"}


def seconds_between(start: dt.datetime, end: dt.datetime) -> int:
    """How long a person took, in whole seconds."""
    return int((end - start).total_seconds())


class Contest(Model):
    """A contest 大比武. `unit_id` is whose trainers hold it; `paper` is drawn once, when it is published."""

    __tablename__ = "contest"
    __table_args__ = (
        one_of("state", State),
        sa.CheckConstraint("starts_at < ends_at", name="dates"),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name="minutes"),
        sa.CheckConstraint("freeze_minutes BETWEEN 0 AND 600", name="freeze_minutes"),
        sa.CheckConstraint("best_of BETWEEN 1 AND 50", name="best_of"),
        sa.CheckConstraint("awards BETWEEN 0 AND 10", name="awards"),
        sa.CheckConstraint("state NOT IN ('published', 'announced') OR paper IS NOT NULL", name="paper"),
        sa.CheckConstraint("(state = 'announced') = (announced_at IS NOT NULL)", name="announced"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    note: Mapped[str] = mapped_column(sa.String(1000))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship()
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    state: Mapped[str] = mapped_column(sa.String(10), default=State.DRAFT.value)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    minutes: Mapped[int]
    freeze_minutes: Mapped[int]
    best_of: Mapped[int]  # so many members' scores count for a team
    awards: Mapped[int]  # teams up to this rank get certificates
    blueprint: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    paper: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True), deferred=True)
    keys: Mapped[list[str]] = mapped_column(sa.JSON, default=list)  # of the questions on the paper, in order
    total: Mapped[Decimal | None] = mapped_column(Hundredths)
    times_published: Mapped[int] = mapped_column(default=0)
    announced_at: Mapped[dt.datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")  # why it was cancelled
    teams: Mapped[list["Team"]] = relationship(order_by="Team.id", cascade="all, delete-orphan")

    @property
    def freezes_at(self) -> dt.datetime:
        """From when on only trainers see new results."""
        return self.ends_at - dt.timedelta(minutes=self.freeze_minutes)

    def phase(self, now: dt.datetime) -> str:
        """Where it stands in words."""
        if self.state != State.PUBLISHED:
            return STATE_NAMES[State(self.state)]
        return "未开始" if now < self.starts_at else "进行中" if now < self.ends_at else "已结束，待公布"


class Team(Model):
    """A team 参赛队 of a contest."""

    __tablename__ = "contest_team"
    __table_args__ = (sa.UniqueConstraint("contest_id", "name"), sa.UniqueConstraint("id", "contest_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    contest_id: Mapped[int] = mapped_column(sa.ForeignKey("contest.id"))
    name: Mapped[str] = mapped_column(sa.String(40))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    unit: Mapped[Unit] = relationship()
    entries: Mapped[list["Entry"]] = relationship(order_by="Entry.user_id", cascade="all, delete-orphan")


class Entry(Model):
    """A member of a team and their one try."""

    __tablename__ = "contest_entry"
    __table_args__ = (
        sa.ForeignKeyConstraint(["team_id", "contest_id"], ["contest_team.id", "contest_team.contest_id"]),
        sa.CheckConstraint("(started_at IS NULL) = (deadline_at IS NULL)", name="started"),
        sa.CheckConstraint("(finished_at IS NULL) = (score IS NULL)", name="finished"),
        sa.CheckConstraint("finished_at IS NULL OR finished_at >= started_at", name="order"),
        sa.Index("ix_contest_entry_team_id", "team_id"),
        sa.Index("ix_contest_entry_user_id", "user_id"),
    )
    contest_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    user: Mapped[User] = relationship()
    team_id: Mapped[int]
    started_at: Mapped[dt.datetime | None]
    deadline_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    score: Mapped[Decimal | None] = mapped_column(Hundredths)

    @property
    def is_open(self) -> bool:
        """Whether the paper has been opened and not handed in."""
        return self.started_at is not None and self.finished_at is None

    @property
    def seconds(self) -> int | None:
        """How long the person took, in seconds; None before the end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return seconds_between(self.started_at, self.finished_at)


class EntryAnswer(Model):
    """The last answer saved to one question; `seq` counts its saves, so that an older one never replaces a newer."""

    __tablename__ = "contest_answer"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["contest_id", "user_id"], ["contest_entry.contest_id", "contest_entry.user_id"], ondelete="CASCADE"
        ),
    )
    contest_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    chosen: Mapped[list[str]] = mapped_column(sa.JSON)
    seq: Mapped[int]
    saved_at: Mapped[dt.datetime]
