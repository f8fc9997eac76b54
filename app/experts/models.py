"""The pool of experts 师资库: profiles, terms, calendars, bookings and ratings. Nobody is ever deleted."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Model, one_of


class Kind(StrEnum):
    """The three kinds of the bureau's pool."""

    UNIVERSITY = "university"
    PRACTITIONER = "practitioner"
    PROFESSIONAL = "professional"


class Form(StrEnum):
    """Forms of teaching."""

    LECTURE = "lecture"
    CASE = "case"
    MOOT = "moot"
    ONSITE = "onsite"


class TagKind(StrEnum):
    """What a tag of a profile names: a field, a matter of the catalogue, a form of teaching."""

    FIELD = "field"
    MATTER = "matter"
    FORM = "form"


class BookingState(StrEnum):
    """A booking holds the expert's time until it is released."""

    BOOKED = "booked"
    RELEASED = "released"


KIND_NAMES = {Kind.UNIVERSITY: "高校师资", Kind.PRACTITIONER: "实务专家", Kind.PROFESSIONAL: "专业人才"}
FORM_NAMES = {Form.LECTURE: "专题讲授", Form.CASE: "案例研讨", Form.MOOT: "模拟听证", Form.ONSITE: "现场教学"}


class Expert(Model):
    """What every officer may read of an expert, and the facts the match goes by. `version` counts the edits.

    `specialities` are sentences; `courses` one a line. `yearly_cap` counts sessions in a calendar year.
    """

    __tablename__ = "expert"
    __table_args__ = (one_of("kind", Kind), sa.CheckConstraint("yearly_cap BETWEEN 1 AND 366", name="yearly_cap"))
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(12), unique=True)
    name: Mapped[str] = mapped_column(sa.String(30))
    kind: Mapped[str] = mapped_column(sa.String(20))
    organisation: Mapped[str] = mapped_column(sa.String(60))
    post: Mapped[str] = mapped_column(sa.String(60))
    specialities: Mapped[str] = mapped_column(sa.String(500))
    courses: Mapped[str] = mapped_column(sa.String(500))
    yearly_cap: Mapped[int]
    consented_on: Mapped[dt.date | None]
    is_sample: Mapped[bool] = mapped_column("sample", default=False)
    retired_at: Mapped[dt.datetime | None]
    retired_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    created_at: Mapped[dt.datetime]
    version: Mapped[int]
    tags: Mapped[list["ExpertTag"]] = relationship(
        cascade="all, delete-orphan", order_by="[ExpertTag.kind, ExpertTag.place]"
    )
    slots: Mapped[list["ExpertSlot"]] = relationship(
        cascade="all, delete-orphan", order_by="[ExpertSlot.weekday, ExpertSlot.starts]"
    )
    absences: Mapped[list["ExpertAbsence"]] = relationship(
        cascade="all, delete-orphan", order_by="ExpertAbsence.starts_on"
    )
    terms: Mapped[list["ExpertTerm"]] = relationship(cascade="all, delete-orphan", order_by="ExpertTerm.starts_on")

    def _tags(self, kind: TagKind) -> tuple[str, ...]:
        return tuple(tag.value for tag in self.tags if tag.kind == kind)

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of the catalogue 领域."""
        return self._tags(TagKind.FIELD)

    @property
    def matters(self) -> tuple[str, ...]:
        """Keys of matters."""
        return self._tags(TagKind.MATTER)

    @property
    def forms(self) -> tuple[Form, ...]:
        """Forms of teaching."""
        return tuple(map(Form, self._tags(TagKind.FORM)))

    @property
    def kind_name(self) -> str:
        """The kind in Chinese."""
        return KIND_NAMES[Kind(self.kind)]

    @property
    def form_names(self) -> str:
        """Forms of teaching in Chinese."""
        return "、".join(FORM_NAMES[form] for form in self.forms)


class ExpertInternal(Model):
    """What only trainers and administrators may read; a table of its own, so that other pages never load it."""

    __tablename__ = "expert_internal"
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("expert.id"), primary_key=True)
    phone: Mapped[str] = mapped_column(sa.String(30))
    fee_note: Mapped[str] = mapped_column(sa.String(200))
    note: Mapped[str] = mapped_column(sa.String(500))


class ExpertTag(Model):
    """A field, a matter or a form of teaching of a profile, in the order it was written."""

    __tablename__ = "expert_tag"
    __table_args__ = (one_of("kind", TagKind),)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("expert.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(30), primary_key=True, index=True)
    place: Mapped[int]


class ExpertSlot(Model):
    """Hours of the week in which an expert can teach, local time; `weekday` 1 is Monday."""

    __tablename__ = "expert_slot"
    __table_args__ = (
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        sa.CheckConstraint("starts < ends", name="order"),
    )
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("expert.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    starts: Mapped[dt.time] = mapped_column(primary_key=True)
    ends: Mapped[dt.time]


class ExpertAbsence(Model):
    """Days on which an expert cannot come, both ends included."""

    __tablename__ = "expert_absence"
    __table_args__ = (sa.CheckConstraint("starts_on <= ends_on", name="order"),)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("expert.id"), primary_key=True)
    starts_on: Mapped[dt.date] = mapped_column(primary_key=True)
    ends_on: Mapped[dt.date]


class ExpertTerm(Model):
    """A term of appointment 聘期, both ends included; a renewal adds one."""

    __tablename__ = "expert_term"
    __table_args__ = (sa.CheckConstraint("starts_on <= ends_on", name="order"),)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("expert.id"), primary_key=True)
    starts_on: Mapped[dt.date] = mapped_column(primary_key=True)
    ends_on: Mapped[dt.date] = mapped_column(index=True)


class ExpertBooking(Model):
    """Time of an expert taken by something, named by `source_key` (a training session writes `session:12:expert:3`).

    The database itself refuses two bookings of one expert that overlap: by exclusion on PostgreSQL, by triggers on
    SQLite. Times that only touch do not overlap.
    """

    __tablename__ = "expert_booking"
    __table_args__ = (
        one_of("state", BookingState),
        sa.CheckConstraint("starts_at < ends_at", name="order"),
        sa.Index("ix_expert_booking_expert_id_starts_at", "expert_id", "starts_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("expert.id"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    title: Mapped[str] = mapped_column(sa.String(120))
    source_key: Mapped[str] = mapped_column(sa.String(60), unique=True)
    state: Mapped[str] = mapped_column(sa.String(10))
    expert: Mapped[Expert] = relationship()


class ExpertRating(Model):
    """What one who attended thought of an expert's teaching, 1 to 5; one for each booking and enrolment."""

    __tablename__ = "expert_rating"
    __table_args__ = (
        sa.UniqueConstraint("booking_id", "enrolment_key"),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(sa.ForeignKey("expert_booking.id"))
    enrolment_key: Mapped[str] = mapped_column(sa.String(60))
    score: Mapped[int]
    comment: Mapped[str] = mapped_column(sa.String(500))
    rated_at: Mapped[dt.datetime]


# The expert's id as a range of one number needs no extension of PostgreSQL, as comparing it by = would.
EXCLUSION = """
ALTER TABLE expert_booking ADD CONSTRAINT ex_expert_booking_clash EXCLUDE USING gist (
  int4range(expert_id, expert_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&
) WHERE (state = 'booked')
"""
TRIGGER = """
CREATE TRIGGER tr_expert_booking_clash_%s BEFORE %s ON expert_booking
WHEN NEW.state = 'booked' AND EXISTS (
  SELECT 1 FROM expert_booking AS other WHERE other.expert_id = NEW.expert_id AND other.id IS NOT NEW.id
  AND other.state = 'booked' AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at
) BEGIN SELECT RAISE(ABORT, 'expert_booking_clash'); END
"""


def _guard(dialect: str, statement: str) -> None:
    guard = sa.DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
    sa.event.listen(ExpertBooking.__table__, "after_create", guard)


_guard("postgresql", EXCLUSION)
_guard("sqlite", TRIGGER % ("insert", "INSERT"))
_guard("sqlite", TRIGGER % ("update", "UPDATE"))
