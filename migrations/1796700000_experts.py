"""Experts: profiles, calendars, terms of appointment, bookings that cannot clash, and ratings."""

import sqlalchemy as sa
from alembic import op

revision = "1796700000"
down_revision: str | None = "1796500000"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None

# Two bookings of one expert never overlap; the expert's id as a range of one number needs no extension of PostgreSQL.
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


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "expert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=60), nullable=False),
        sa.Column("post", sa.String(length=60), nullable=False),
        sa.Column("specialities", sa.String(length=500), nullable=False),
        sa.Column("courses", sa.String(length=500), nullable=False),
        sa.Column("yearly_cap", sa.Integer(), nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('university', 'practitioner', 'professional')", name=op.f("ck_expert_kind")),
        sa.CheckConstraint("yearly_cap BETWEEN 1 AND 366", name=op.f("ck_expert_yearly_cap")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert")),
        sa.UniqueConstraint("key", name=op.f("uq_expert_key")),
    )
    op.create_table(
        "expert_absence",
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_expert_absence_order")),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_expert_absence_expert_id_expert")),
        sa.PrimaryKeyConstraint("expert_id", "starts_on", name=op.f("pk_expert_absence")),
    )
    op.create_table(
        "expert_booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("source_key", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint("state IN ('booked', 'released')", name=op.f("ck_expert_booking_state")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_expert_booking_order")),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_expert_booking_expert_id_expert")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_booking")),
        sa.UniqueConstraint("source_key", name=op.f("uq_expert_booking_source_key")),
    )
    op.create_index("ix_expert_booking_expert_id_starts_at", "expert_booking", ["expert_id", "starts_at"], unique=False)
    op.create_table(
        "expert_internal",
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=False),
        sa.Column("fee_note", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_expert_internal_expert_id_expert")),
        sa.PrimaryKeyConstraint("expert_id", name=op.f("pk_expert_internal")),
    )
    op.create_table(
        "expert_slot",
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.CheckConstraint("starts < ends", name=op.f("ck_expert_slot_order")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_expert_slot_weekday")),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_expert_slot_expert_id_expert")),
        sa.PrimaryKeyConstraint("expert_id", "weekday", "starts", name=op.f("pk_expert_slot")),
    )
    op.create_table(
        "expert_tag",
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=30), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('field', 'matter', 'form')", name=op.f("ck_expert_tag_kind")),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_expert_tag_expert_id_expert")),
        sa.PrimaryKeyConstraint("expert_id", "kind", "value", name=op.f("pk_expert_tag")),
    )
    op.create_index(op.f("ix_expert_tag_value"), "expert_tag", ["value"], unique=False)
    op.create_table(
        "expert_term",
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_expert_term_order")),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_expert_term_expert_id_expert")),
        sa.PrimaryKeyConstraint("expert_id", "starts_on", name=op.f("pk_expert_term")),
    )
    op.create_index(op.f("ix_expert_term_ends_on"), "expert_term", ["ends_on"], unique=False)
    op.create_table(
        "expert_rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_key", sa.String(length=60), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_expert_rating_score")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["expert_booking.id"], name=op.f("fk_expert_rating_booking_id_expert_booking")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_rating")),
        sa.UniqueConstraint("booking_id", "enrolment_key", name=op.f("uq_expert_rating_booking_id")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(EXCLUSION)
    else:
        for name, event in (("insert", "INSERT"), ("update", "UPDATE")):
            op.execute(TRIGGER % (name, event))


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("expert_rating")
    op.drop_index(op.f("ix_expert_term_ends_on"), table_name="expert_term")
    op.drop_table("expert_term")
    op.drop_index(op.f("ix_expert_tag_value"), table_name="expert_tag")
    op.drop_table("expert_tag")
    op.drop_table("expert_slot")
    op.drop_table("expert_internal")
    op.drop_index("ix_expert_booking_expert_id_starts_at", table_name="expert_booking")
    op.drop_table("expert_booking")
    op.drop_table("expert_absence")
    op.drop_table("expert")
