"""Gaps 缺口: questions that search does not answer."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.db import Model, one_of


class GapState(StrEnum):
    """Where a gap stands."""

    OPEN = "open"
    WORKING = "working"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why a query is in the gap report, the plainest first."""

    REPORTED = "reported"
    ZERO = "zero"
    LOW = "low"
    REFORMULATED = "reformulated"
    NO_CLICK = "no_click"


class Gap(Model):
    """Questions of one meaning that search does not answer 缺口. Closed only by a place that a re-run found."""

    __tablename__ = "gap"
    __table_args__ = (
        one_of("state", GapState),
        sa.CheckConstraint("(state = 'closed') = (closed_by IS NOT NULL AND closed_at IS NOT NULL)", name="closed"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(10))
    note: Mapped[str] = mapped_column(sa.String(500))
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[dt.datetime]
    closed_by: Mapped[str | None] = mapped_column(sa.String(200))
    closed_at: Mapped[dt.datetime | None]
    owner: Mapped[User | None] = relationship()
    queries: Mapped[list["GapQuery"]] = relationship(order_by="GapQuery.asked.desc(), GapQuery.id")

    @property
    def asked(self) -> int:
        """How often its questions were asked."""
        return sum(query.asked for query in self.queries)


class GapQuery(Model):
    """A question of a gap, in one gap only, with how often it was asked and why it is here."""

    __tablename__ = "gap_query"
    __table_args__ = (one_of("reason", Reason),)
    id: Mapped[int] = mapped_column(primary_key=True)
    gap_id: Mapped[int] = mapped_column(sa.ForeignKey("gap.id"), index=True)
    query: Mapped[str] = mapped_column(sa.String(200), unique=True)
    reason: Mapped[str] = mapped_column(sa.String(20))
    asked: Mapped[int]
    last_at: Mapped[dt.datetime]
