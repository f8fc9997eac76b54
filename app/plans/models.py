"""The annual plan 年度培训计划: what a unit means to hold in a year, item by item."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit
from app.db import Model


class State(StrEnum):
    """Where a plan stands. A draft is seen by its own branch alone; a closed plan changes no more."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


STATE_NAMES = {State.DRAFT: "草稿", State.PUBLISHED: "已发布", State.CLOSED: "已结束"}


class Plan(Model):
    """The plan of a unit for a calendar year; there is one. `version` counts the changes of its state."""

    __tablename__ = "plan"
    __table_args__ = (
        sa.CheckConstraint("state IN ('draft', 'published', 'closed')", name="state"),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", name="year"),
        sa.UniqueConstraint("unit_id", "year"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"))
    year: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    note: Mapped[str] = mapped_column(sa.String(500))
    is_sample: Mapped[bool] = mapped_column("sample", default=False)
    created_at: Mapped[dt.datetime]
    unit: Mapped[Unit] = relationship()
    items: Mapped[list["PlanItem"]] = relationship(order_by="[PlanItem.quarter, PlanItem.id]", back_populates="plan")

    @property
    def state_name(self) -> str:
        """The state in Chinese."""
        return STATE_NAMES[State(self.state)]

    @property
    def title(self) -> str:
        """2027年度培训计划."""
        return f"{self.year}年度培训计划"


class PlanItem(Model):
    """A line of a plan. `hours` are those of one session 学时; `people_planned` are attendances 人次 in all.

    `carried_from_id` is the item of the year before that it goes on with: an item is carried over once.
    """

    __tablename__ = "plan_item"
    __table_args__ = (
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter"),
        sa.CheckConstraint("hours > 0", name="hours"),
        sa.CheckConstraint("sessions_planned > 0", name="sessions_planned"),
        sa.CheckConstraint("people_planned >= 0", name="people_planned"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plan.id"), index=True)
    quarter: Mapped[int]
    topic: Mapped[str] = mapped_column(sa.String(80))
    audience: Mapped[str] = mapped_column(sa.String(80))
    hours: Mapped[Decimal] = mapped_column(sa.Numeric(5, 1))
    sessions_planned: Mapped[int]
    people_planned: Mapped[int]
    organiser: Mapped[str] = mapped_column(sa.String(60))
    note: Mapped[str] = mapped_column(sa.String(200))
    carried_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("plan_item.id"), unique=True)
    plan: Mapped[Plan] = relationship(back_populates="items")
    field_rows: Mapped[list["PlanItemField"]] = relationship(
        cascade="all, delete-orphan", order_by="PlanItemField.place"
    )

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it is about, in the order they were chosen."""
        return tuple(row.field for row in self.field_rows)

    @property
    def hours_planned(self) -> Decimal:
        """Hours of all its sessions."""
        return self.hours * self.sessions_planned


class PlanItemField(Model):
    """A field 领域 that an item is about."""

    __tablename__ = "plan_item_field"
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("plan_item.id"), primary_key=True)
    field: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    place: Mapped[int]
