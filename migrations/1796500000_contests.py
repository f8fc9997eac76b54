"""Contests, their teams, entries and answers."""

import sqlalchemy as sa
from alembic import op

revision = "1796500000"
down_revision: str | None = "1796600000"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "contest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("freeze_minutes", sa.Integer(), nullable=False),
        sa.Column("best_of", sa.Integer(), nullable=False),
        sa.Column("awards", sa.Integer(), nullable=False),
        sa.Column("blueprint", sa.JSON(), nullable=False),
        sa.Column("paper", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("times_published", sa.Integer(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'published', 'announced', 'cancelled')", name=op.f("ck_contest_state")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_contest_dates")),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name=op.f("ck_contest_minutes")),
        sa.CheckConstraint("freeze_minutes BETWEEN 0 AND 600", name=op.f("ck_contest_freeze_minutes")),
        sa.CheckConstraint("best_of BETWEEN 1 AND 50", name=op.f("ck_contest_best_of")),
        sa.CheckConstraint("awards BETWEEN 0 AND 10", name=op.f("ck_contest_awards")),
        sa.CheckConstraint(
            "state NOT IN ('published', 'announced') OR paper IS NOT NULL", name=op.f("ck_contest_paper")
        ),
        sa.CheckConstraint("(state = 'announced') = (announced_at IS NOT NULL)", name=op.f("ck_contest_announced")),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_contest_author_id_user")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_contest_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest")),
    )
    op.create_index(op.f("ix_contest_unit_id"), "contest", ["unit_id"], unique=False)
    op.create_table(
        "contest_team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_contest_team_contest_id_contest")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_contest_team_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contest_team")),
        sa.UniqueConstraint("contest_id", "name", name=op.f("uq_contest_team_contest_id")),
        sa.UniqueConstraint("id", "contest_id", name=op.f("uq_contest_team_id")),
    )
    op.create_table(
        "contest_entry",
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.CheckConstraint("(started_at IS NULL) = (deadline_at IS NULL)", name=op.f("ck_contest_entry_started")),
        sa.CheckConstraint("(finished_at IS NULL) = (score IS NULL)", name=op.f("ck_contest_entry_finished")),
        sa.CheckConstraint("finished_at IS NULL OR finished_at >= started_at", name=op.f("ck_contest_entry_order")),
        sa.ForeignKeyConstraint(
            ["team_id", "contest_id"],
            ["contest_team.id", "contest_team.contest_id"],
            name=op.f("fk_contest_entry_team_id_contest_team"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_contest_entry_user_id_user")),
        sa.PrimaryKeyConstraint("contest_id", "user_id", name=op.f("pk_contest_entry")),
    )
    op.create_index("ix_contest_entry_team_id", "contest_entry", ["team_id"], unique=False)
    op.create_index("ix_contest_entry_user_id", "contest_entry", ["user_id"], unique=False)
    op.create_table(
        "contest_answer",
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contest_id", "user_id"],
            ["contest_entry.contest_id", "contest_entry.user_id"],
            name=op.f("fk_contest_answer_contest_id_contest_entry"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contest_id", "user_id", "key", name=op.f("pk_contest_answer")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("contest_answer")
    op.drop_index("ix_contest_entry_user_id", table_name="contest_entry")
    op.drop_index("ix_contest_entry_team_id", table_name="contest_entry")
    op.drop_table("contest_entry")
    op.drop_table("contest_team")
    op.drop_index(op.f("ix_contest_unit_id"), table_name="contest")
    op.drop_table("contest")
