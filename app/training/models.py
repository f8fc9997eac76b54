"""Assignments, whom they are for, attempts with their answers, and where each person stands.

The constraints are the last guard: one open attempt a person and assignment, each attempt number once.
"""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.access import Role
from app.accounts.models import Level, Unit, User
from app.db import Hundredths, Model, one_of


class State(StrEnum):
    """Of an assignment."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Keep(StrEnum):
    """Which attempt counts."""

    BEST = "best"
    LAST = "last"


class Rule(StrEnum):
    """When a person has completed an assignment."""

    PASSED = "passed"
    EXHAUSTED = "exhausted"  # passed, or all attempts used up
    ATTEMPTS = "attempts"  # at least `min_attempts` handed in


class AnswersShown(StrEnum):
    """When the right answers are shown to the person."""

    SUBMIT = "submit"
    DUE = "due"


class AttemptState(StrEnum):
    """Of an attempt; an expired one was marked with what had been saved."""

    OPEN = "open"
    SUBMITTED = "submitted"
    EXPIRED = "expired"


STATE_NAMES = {State.DRAFT: "草稿", State.PUBLISHED: "已发布", State.WITHDRAWN: "已撤回"}
RULE_NAMES = {
    Rule.PASSED: "及格",
    Rule.EXHAUSTED: "及格，或者次数用完",
    Rule.ATTEMPTS: "答满规定次数",
}


class Assignment(Model):
    """A quiz that people are to take between two instants. `unit_id` is whose trainers may change it."""

    __tablename__ = "assignment"
    __table_args__ = (
        one_of("state", State),
        one_of("keep", Keep),
        one_of("rule", Rule),
        one_of("answers_shown", AnswersShown),
        sa.CheckConstraint("opens_at < due_at", name="dates"),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name="minutes"),
        sa.CheckConstraint("max_attempts BETWEEN 1 AND 20", name="max_attempts"),
        sa.CheckConstraint("min_attempts BETWEEN 1 AND max_attempts", name="min_attempts"),
        sa.CheckConstraint("pass_mark BETWEEN 0 AND 100", name="pass_mark"),
        sa.CheckConstraint("(state = 'draft') = (published_at IS NULL)", name="published"),
        sa.CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    note: Mapped[str] = mapped_column(sa.String(1000))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship()
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    author: Mapped[User | None] = relationship()
    state: Mapped[str] = mapped_column(sa.String(10), default=State.DRAFT.value)
    blueprint: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)  # draws, as papers.draws_to_record gives them
    opens_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    is_late_allowed: Mapped[bool]  # whether one may still start, and go on, after `due_at`
    minutes: Mapped[int | None]
    max_attempts: Mapped[int]
    keep: Mapped[str] = mapped_column(sa.String(5))
    pass_mark: Mapped[int]  # per cent
    bands: Mapped[list[list[Any]]] = mapped_column(sa.JSON)  # [least per cent, name], the highest first
    is_required: Mapped[bool]
    rule: Mapped[str] = mapped_column(sa.String(10))
    min_attempts: Mapped[int]
    answers_shown: Mapped[str] = mapped_column(sa.String(10))
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    published_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]
    withdraw_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    targets: Mapped[list["AssignmentTarget"]] = relationship(cascade="all, delete-orphan")

    @property
    def fields(self) -> list[str]:
        """The fields that its draws name, each once."""
        return list(dict.fromkeys(draw["field"] for draw in self.blueprint if draw.get("field")))

    def band(self, percent: Decimal) -> str:
        """Name of the band that a score falls into; empty when it is below all."""
        return next((str(name) for least, name in self.bands if percent >= least), "")


class AssignmentTarget(Model):
    """One unit (with its branch), role, level or person. People of the units with one of the roles, in units of one of
    the levels, are reached; so is each person named.
    """

    __tablename__ = "assignment_target"
    __table_args__ = (
        one_of("role", Role),
        one_of("level", Level),
        sa.CheckConstraint(
            "(unit_id IS NOT NULL AND user_id IS NULL AND role IS NULL AND level IS NULL)"
            " OR (unit_id IS NULL AND user_id IS NOT NULL AND role IS NULL AND level IS NULL)"
            " OR (unit_id IS NULL AND user_id IS NULL AND role IS NOT NULL AND level IS NULL)"
            " OR (unit_id IS NULL AND user_id IS NULL AND role IS NULL AND level IS NOT NULL)",
            name="one",
        ),
        sa.UniqueConstraint("assignment_id", "unit_id"),
        sa.Index("uq_assignment_target_user", "user_id", "assignment_id", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    role: Mapped[str | None] = mapped_column(sa.String(20))
    level: Mapped[str | None] = mapped_column(sa.String(10))


class Extension(Model):
    """More time for one person, or for a unit with its branch. Of several that apply, the most generous counts."""

    __tablename__ = "assignment_extension"
    __table_args__ = (
        sa.CheckConstraint("(unit_id IS NULL) <> (user_id IS NULL)", name="one"),
        sa.CheckConstraint("extra_attempts BETWEEN 0 AND 20", name="extra_attempts"),
        sa.CheckConstraint("extra_minutes BETWEEN 0 AND 600", name="extra_minutes"),
        sa.UniqueConstraint("assignment_id", "unit_id"),
        sa.Index("uq_assignment_extension_user", "user_id", "assignment_id", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    unit: Mapped[Unit | None] = relationship()
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    due_at: Mapped[dt.datetime | None]
    extra_attempts: Mapped[int]
    extra_minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(200))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[dt.datetime]


class Attempt(Model):
    """One try of one person, with the paper drawn for it."""

    __tablename__ = "attempt"
    __table_args__ = (
        one_of("state", AttemptState),
        sa.CheckConstraint("number >= 1", name="number"),
        sa.CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="finished"),
        sa.CheckConstraint("(state = 'open') = (percent IS NULL)", name="marked"),
        sa.UniqueConstraint("assignment_id", "user_id", "number"),
        sa.Index(
            "uq_attempt_open", "assignment_id", "user_id", unique=True,
            sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"),
        ),
        sa.Index(
            "ix_attempt_deadline", "deadline_at",
            sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"),
        ),
        sa.Index("ix_attempt_user_id", "user_id"),
        sa.Index("ix_attempt_finished_at", "finished_at"),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"))
    assignment: Mapped[Assignment] = relationship()
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    user: Mapped[User] = relationship()
    number: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    paper: Mapped[dict[str, Any]] = mapped_column(sa.JSON)  # as papers.pack gives it
    started_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    score: Mapped[Decimal | None] = mapped_column(Hundredths)
    total: Mapped[Decimal] = mapped_column(Hundredths)
    percent: Mapped[Decimal | None] = mapped_column(Hundredths)
    is_passed: Mapped[bool | None]


class Answer(Model):
    """The last answer saved to one question of an attempt; its mark once the attempt is finished.

    `seq` counts the saves of this question, so that an older one never replaces a newer. It is 0 for a question never
    answered, whose row is made by the marking.
    """

    __tablename__ = "attempt_answer"
    attempt_id: Mapped[int] = mapped_column(sa.ForeignKey("attempt.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    chosen: Mapped[list[str]] = mapped_column(sa.JSON)
    seq: Mapped[int]
    saved_at: Mapped[dt.datetime]
    points: Mapped[Decimal | None] = mapped_column(Hundredths)
    score: Mapped[Decimal | None] = mapped_column(Hundredths)
    original: Mapped[list[int] | None] = mapped_column(sa.JSON)  # chosen options by their place in the bank's question


class Standing(Model):
    """Where a person who has finished an attempt stands with an assignment. Made from the attempts, kept with them."""

    __tablename__ = "standing"
    __table_args__ = (
        sa.CheckConstraint("is_done = (done_at IS NOT NULL)", name="done"),
        sa.Index("ix_standing_user_id", "user_id", "assignment_id", "is_done"),
        sa.Index("ix_standing_done_at", "done_at"),
    )
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    attempts: Mapped[int]
    kept_id: Mapped[int] = mapped_column(sa.ForeignKey("attempt.id"))
    percent: Mapped[Decimal] = mapped_column(Hundredths)
    is_passed: Mapped[bool]
    is_done: Mapped[bool]
    done_at: Mapped[dt.datetime | None]


class FieldScore(Model):
    """What the kept attempt of a person earned in one field, for the learning map."""

    __tablename__ = "field_score"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"), primary_key=True)
    field: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    score: Mapped[Decimal] = mapped_column(Hundredths)
    points: Mapped[Decimal] = mapped_column(Hundredths)


class CalendarFeed(Model):
    """A person's secret calendar address holds while its `version` is the present one."""

    __tablename__ = "calendar_feed"
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True)
    version: Mapped[int]
