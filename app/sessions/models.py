"""Sessions 培训班次: what is held, for whom, about what, and who signed up for it.

What happens at and after a session (attendance, hours, survey) is in outcome_models.py.
"""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.db import Model, one_of
from app.experts.models import Expert

Hours = sa.Numeric(5, 1)


class State(StrEnum):
    """Where a session stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    HELD = "held"


class Standing(StrEnum):
    """Where a person stands in a session."""

    APPLIED = "applied"
    ENROLLED = "enrolled"
    WAITING = "waiting"
    LEFT = "left"
    DECLINED = "declined"


ACTIVE = (Standing.APPLIED, Standing.ENROLLED, Standing.WAITING)


class TargetKind(StrEnum):
    """What a line of a session's audience speaks of."""

    UNIT = "unit"
    ROLE = "role"
    LEVEL = "level"


class TopicKind(StrEnum):
    """What a session is about: a field, or one matter."""

    FIELD = "field"
    MATTER = "matter"


class Series(Model):
    """Sessions made from one template 系列班次, e.g. four terms of a course for key staff."""

    __tablename__ = "series"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[dt.datetime]
    unit: Mapped[Unit] = relationship()
    sessions: Mapped[list["TrainingSession"]] = relationship(order_by="TrainingSession.series_number")


class TrainingSession(Model):
    """One training session 培训班次.

    `taken` counts the enrolled and `last_number` the sign-ups so far: both change in the same statement that locks the
    row, so that no race can fill a place twice. `sequence` rises whenever what a calendar shows has changed.
    """

    __tablename__ = "training_session"
    __table_args__ = (
        one_of("state", State),
        sa.CheckConstraint("starts_at < ends_at", name="times"),
        sa.CheckConstraint("sign_up_from_at < sign_up_until_at AND sign_up_until_at <= starts_at", name="window"),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name="places"),
        sa.CheckConstraint("hours > 0", name="hours"),
        sa.CheckConstraint("(state = 'cancelled') = (cancel_reason IS NOT NULL)", name="cancelled"),
        sa.CheckConstraint("(series_id IS NULL) = (series_number IS NULL)", name="series"),
        sa.UniqueConstraint("series_id", "series_number"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(32), unique=True)
    state: Mapped[str] = mapped_column(sa.String(10), default=State.DRAFT.value)
    title: Mapped[str] = mapped_column(sa.String(80))
    about: Mapped[str] = mapped_column(sa.String(2000), default="")
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    place: Mapped[str] = mapped_column(sa.String(120), default="")
    link: Mapped[str] = mapped_column(sa.String(300), default="")
    starts_at: Mapped[dt.datetime] = mapped_column(index=True)
    ends_at: Mapped[dt.datetime]
    hours: Mapped[Decimal] = mapped_column(Hours)
    capacity: Mapped[int]
    sign_up_from_at: Mapped[dt.datetime]
    sign_up_until_at: Mapped[dt.datetime]
    needs_approval: Mapped[bool] = mapped_column(default=False)
    check_in_minutes: Mapped[int] = mapped_column(default=30)
    taken: Mapped[int] = mapped_column(default=0)
    last_number: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(default=0)
    cancel_reason: Mapped[str | None] = mapped_column(sa.String(200))
    series_id: Mapped[int | None] = mapped_column(sa.ForeignKey("series.id"))
    series_number: Mapped[int | None]
    plan_item_id: Mapped[int | None] = mapped_column(index=True)
    quiz_before_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"))
    quiz_after_id: Mapped[int | None] = mapped_column(sa.ForeignKey("assignment.id"))
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    held_at: Mapped[dt.datetime | None]
    unit: Mapped[Unit] = relationship()
    series: Mapped[Series | None] = relationship(back_populates="sessions")
    targets: Mapped[list["SessionTarget"]] = relationship(cascade="all, delete-orphan", order_by="SessionTarget.id")
    topics: Mapped[list["SessionTopic"]] = relationship(cascade="all, delete-orphan", order_by="SessionTopic.id")
    experts: Mapped[list["SessionExpert"]] = relationship(cascade="all, delete-orphan", order_by="SessionExpert.id")

    @property
    def free(self) -> int:
        """Places nobody has."""
        return self.capacity - self.taken

    @property
    def fields(self) -> list[str]:
        """Names of the fields it covers."""
        return [topic.key for topic in self.topics if topic.kind == TopicKind.FIELD]

    @property
    def matters(self) -> list[str]:
        """Keys of the matters it covers."""
        return [topic.key for topic in self.topics if topic.kind == TopicKind.MATTER]

    def is_open(self, now: dt.datetime) -> bool:
        """Whether one may sign up."""
        return self.state == State.PUBLISHED and self.sign_up_from_at <= now < self.sign_up_until_at


class SessionTarget(Model):
    """A line of a session's audience: a unit with its branch, a role, or a level of units.

    A person belongs to it whose unit stands in a unit's branch, and whose role and level are named if any are.
    """

    __tablename__ = "session_target"
    __table_args__ = (
        one_of("kind", TargetKind),
        sa.CheckConstraint("(kind = 'unit') = (unit_id IS NOT NULL)", name="unit"),
        sa.CheckConstraint("(kind = 'unit') = (word IS NULL)", name="word"),
        sa.UniqueConstraint("session_id", "unit_id"),
        sa.UniqueConstraint("session_id", "kind", "word", name="uq_session_target_word"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    word: Mapped[str | None] = mapped_column(sa.String(20))
    unit: Mapped[Unit | None] = relationship()


class SessionTopic(Model):
    """A field or a matter that a session covers. A matter's field is a topic too."""

    __tablename__ = "session_topic"
    __table_args__ = (one_of("kind", TopicKind), sa.UniqueConstraint("session_id", "kind", "key"))
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    key: Mapped[str] = mapped_column(sa.String(60), index=True)


class SessionExpert(Model):
    """An expert 师资 who teaches at a session; the booking itself is kept by `app.experts`."""

    __tablename__ = "session_expert"
    __table_args__ = (sa.UniqueConstraint("session_id", "expert_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"))
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("expert.id"), index=True)
    expert: Mapped[Expert] = relationship()


class Enrolment(Model):
    """A person's sign-up 报名. `number` is the order of arrival in this session; one row a person, ever.

    Who leaves and comes again gets a new number: the queue is fair.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        one_of("standing", Standing),
        sa.UniqueConstraint("session_id", "user_id"),
        sa.UniqueConstraint("session_id", "number", name="uq_enrolment_number"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"))
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    standing: Mapped[str] = mapped_column(sa.String(10))
    number: Mapped[int]
    at: Mapped[dt.datetime]
    changed_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    session: Mapped[TrainingSession] = relationship()
    user: Mapped[User] = relationship()

    @property
    def is_active(self) -> bool:
        """Whether the person still means to come."""
        return self.standing in ACTIVE


class Material(Model):
    """What a session gives to read 材料: a place of the library, or a file kept in INSTANCE_DIR."""

    __tablename__ = "session_material"
    __table_args__ = (sa.CheckConstraint("(location IS NULL) <> (stored_name IS NULL)", name="one_kind"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    location: Mapped[str | None] = mapped_column(sa.String(200))
    stored_name: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    size: Mapped[int] = mapped_column(default=0)
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    added_at: Mapped[dt.datetime]


class SessionFeed(Model):
    """A secret calendar address of a person. Raising `version` makes the old address answer 404."""

    __tablename__ = "session_feed"
    __table_args__ = (
        sa.CheckConstraint("scope IN ('own', 'unit')", name="scope"),
        sa.UniqueConstraint("user_id", "scope"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    scope: Mapped[str] = mapped_column(sa.String(10))
    version: Mapped[int] = mapped_column(default=1)
    renewed_at: Mapped[dt.datetime]
    user: Mapped[User] = relationship()
