"""The annual plan and its items."""

import sqlalchemy as sa
from alembic import op

revision = "1796900000"
down_revision: str | None = "1796250000"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'published', 'closed')", name=op.f("ck_plan_state")),
        sa.CheckConstraint("year BETWEEN 2020 AND 2100", name=op.f("ck_plan_year")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_plan_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("unit_id", "year", name=op.f("uq_plan_unit_id")),
    )
    op.create_table(
        "plan_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("audience", sa.String(length=80), nullable=False),
        sa.Column("hours", sa.Numeric(precision=5, scale=1), nullable=False),
        sa.Column("sessions_planned", sa.Integer(), nullable=False),
        sa.Column("people_planned", sa.Integer(), nullable=False),
        sa.Column("organiser", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("carried_from_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("hours > 0", name=op.f("ck_plan_item_hours")),
        sa.CheckConstraint("people_planned >= 0", name=op.f("ck_plan_item_people_planned")),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_plan_item_quarter")),
        sa.CheckConstraint("sessions_planned > 0", name=op.f("ck_plan_item_sessions_planned")),
        sa.ForeignKeyConstraint(
            ["carried_from_id"], ["plan_item.id"], name=op.f("fk_plan_item_carried_from_id_plan_item")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_item_plan_id_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_item")),
        sa.UniqueConstraint("carried_from_id", name=op.f("uq_plan_item_carried_from_id")),
    )
    op.create_index(op.f("ix_plan_item_plan_id"), "plan_item", ["plan_id"], unique=False)
    op.create_table(
        "plan_item_field",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["plan_item.id"], name=op.f("fk_plan_item_field_item_id_plan_item")),
        sa.PrimaryKeyConstraint("item_id", "field", name=op.f("pk_plan_item_field")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("plan_item_field")
    op.drop_index(op.f("ix_plan_item_plan_id"), table_name="plan_item")
    op.drop_table("plan_item")
    op.drop_table("plan")
