"""Regrades 重评: an assignment's attempts marked anew with a question's corrected key, and what each was before."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.bank.models import BankQuestion
from app.db import Hundredths, Model
from app.training.models import Assignment


class RegradeState(StrEnum):
    """Of a regrade. One person proposes it, another applies or refuses it."""

    PROPOSED = "proposed"
    APPLIED = "applied"
    REFUSED = "refused"


REGRADE_NAMES = {RegradeState.PROPOSED: "待审核", RegradeState.APPLIED: "已重评", RegradeState.REFUSED: "已退回"}
PROPOSED = sa.text("state = 'proposed'")


class Regrade(Model):
    """A proposal to mark an assignment's attempts with `version_id` of a question in place of the versions drawn."""

    __tablename__ = "regrade"
    __table_args__ = (
        sa.CheckConstraint("state IN ('proposed', 'applied', 'refused')", name="state"),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided_at"),
        sa.CheckConstraint("(state = 'proposed') = (decider_id IS NULL)", name="decider"),
        sa.CheckConstraint("decider_id <> proposer_id", name="two_people"),
        sa.Index(
            "uq_regrade_proposed", "assignment_id", "question_id", unique=True,
            sqlite_where=PROPOSED, postgresql_where=PROPOSED,
        ),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment.id"), index=True)
    assignment: Mapped[Assignment] = relationship()
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"))
    question: Mapped[BankQuestion] = relationship()
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("question_version.id"))
    reason: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(10))
    proposer_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    proposer: Mapped[User] = relationship(foreign_keys=[proposer_id])
    proposed_at: Mapped[dt.datetime]
    decider_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decider: Mapped[User | None] = relationship(foreign_keys=[decider_id])
    decided_at: Mapped[dt.datetime | None]
    note: Mapped[str] = mapped_column(sa.String(200))  # why it was refused


class RegradeChange(Model):
    """What a regrade did to one finished attempt; the grade before it is kept here for good."""

    __tablename__ = "regrade_change"
    __table_args__ = (sa.Index("ix_regrade_change_attempt_id", "attempt_id"),)
    regrade_id: Mapped[int] = mapped_column(sa.ForeignKey("regrade.id"), primary_key=True)
    regrade: Mapped[Regrade] = relationship()
    attempt_id: Mapped[int] = mapped_column(sa.ForeignKey("attempt.id"), primary_key=True)
    old_version_id: Mapped[int] = mapped_column(sa.ForeignKey("question_version.id"))
    item_before: Mapped[Decimal] = mapped_column(Hundredths)  # points for the question itself
    item_after: Mapped[Decimal] = mapped_column(Hundredths)
    score_before: Mapped[Decimal] = mapped_column(Hundredths)
    score_after: Mapped[Decimal] = mapped_column(Hundredths)
    percent_before: Mapped[Decimal] = mapped_column(Hundredths)
    percent_after: Mapped[Decimal] = mapped_column(Hundredths)
    was_passed: Mapped[bool]
    is_passed: Mapped[bool]
