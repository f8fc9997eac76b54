"""Assignments, whom they are for, extensions, attempts with their answers, standings, calendar addresses."""

import sqlalchemy as sa
from alembic import op

revision = "1796300000"
down_revision: str | None = "1796200000"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("blueprint", sa.JSON(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_late_allowed", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("keep", sa.String(length=5), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=False),
        sa.Column("bands", sa.JSON(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("min_attempts", sa.Integer(), nullable=False),
        sa.Column("answers_shown", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdraw_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(state = 'draft') = (published_at IS NULL)", name=op.f("ck_assignment_published")),
        sa.CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f("ck_assignment_withdrawn")),
        sa.CheckConstraint("answers_shown IN ('submit', 'due')", name=op.f("ck_assignment_answers_shown")),
        sa.CheckConstraint("keep IN ('best', 'last')", name=op.f("ck_assignment_keep")),
        sa.CheckConstraint("rule IN ('passed', 'exhausted', 'attempts')", name=op.f("ck_assignment_rule")),
        sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name=op.f("ck_assignment_state")),
        sa.CheckConstraint("max_attempts BETWEEN 1 AND 20", name=op.f("ck_assignment_max_attempts")),
        sa.CheckConstraint("min_attempts BETWEEN 1 AND max_attempts", name=op.f("ck_assignment_min_attempts")),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name=op.f("ck_assignment_minutes")),
        sa.CheckConstraint("opens_at < due_at", name=op.f("ck_assignment_dates")),
        sa.CheckConstraint("pass_mark BETWEEN 0 AND 100", name=op.f("ck_assignment_pass_mark")),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_assignment_author_id_user")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assignment_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_unit_id"), "assignment", ["unit_id"], unique=False)
    op.create_table(
        "calendar_feed",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_calendar_feed_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_calendar_feed")),
    )
    op.create_table(
        "assignment_extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extra_attempts", sa.Integer(), nullable=False),
        sa.Column("extra_minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(unit_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_assignment_extension_one")),
        sa.CheckConstraint("extra_attempts BETWEEN 0 AND 20", name=op.f("ck_assignment_extension_extra_attempts")),
        sa.CheckConstraint("extra_minutes BETWEEN 0 AND 600", name=op.f("ck_assignment_extension_extra_minutes")),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_assignment_extension_actor_id_user")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_assignment_extension_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assignment_extension_unit_id_unit")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_assignment_extension_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_extension")),
        sa.UniqueConstraint("assignment_id", "unit_id", name=op.f("uq_assignment_extension_assignment_id")),
    )
    op.create_index("uq_assignment_extension_user", "assignment_extension", ["user_id", "assignment_id"], unique=True)
    op.create_table(
        "assignment_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=True),
        sa.CheckConstraint("level IN ('市', '县市区', '乡镇街道', '中队')", name=op.f("ck_assignment_target_level")),
        sa.CheckConstraint("role IN ('officer', 'trainer', 'editor', 'admin')", name=op.f("ck_assignment_target_role")),
        sa.CheckConstraint(
            "(unit_id IS NOT NULL AND user_id IS NULL AND role IS NULL AND level IS NULL)"
            " OR (unit_id IS NULL AND user_id IS NOT NULL AND role IS NULL AND level IS NULL)"
            " OR (unit_id IS NULL AND user_id IS NULL AND role IS NOT NULL AND level IS NULL)"
            " OR (unit_id IS NULL AND user_id IS NULL AND role IS NULL AND level IS NOT NULL)",
            name=op.f("ck_assignment_target_one"),
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_assignment_target_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_assignment_target_unit_id_unit")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_assignment_target_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_target")),
        sa.UniqueConstraint("assignment_id", "unit_id", name=op.f("uq_assignment_target_assignment_id")),
    )
    op.create_index("uq_assignment_target_user", "assignment_target", ["user_id", "assignment_id"], unique=True)
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("paper", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("is_passed", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (finished_at IS NULL)", name=op.f("ck_attempt_finished")),
        sa.CheckConstraint("(state = 'open') = (percent IS NULL)", name=op.f("ck_attempt_marked")),
        sa.CheckConstraint("state IN ('open', 'submitted', 'expired')", name=op.f("ck_attempt_state")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_attempt_number")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_attempt_assignment_id_assignment")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_attempt_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("assignment_id", "user_id", "number", name=op.f("uq_attempt_assignment_id")),
    )
    op.create_index(
        "ix_attempt_deadline",
        "attempt",
        ["deadline_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_attempt_finished_at", "attempt", ["finished_at"], unique=False)
    op.create_index("ix_attempt_user_id", "attempt", ["user_id"], unique=False)
    op.create_index(
        "uq_attempt_open",
        "attempt",
        ["assignment_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "field_score",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_field_score_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_field_score_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "assignment_id", "field", name=op.f("pk_field_score")),
    )
    op.create_table(
        "attempt_answer",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("original", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_attempt_answer_attempt_id_attempt")),
        sa.PrimaryKeyConstraint("attempt_id", "key", name=op.f("pk_attempt_answer")),
    )
    op.create_table(
        "standing",
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("is_done = (done_at IS NOT NULL)", name=op.f("ck_standing_done")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_standing_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["kept_id"], ["attempt.id"], name=op.f("fk_standing_kept_id_attempt")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_standing_user_id_user")),
        sa.PrimaryKeyConstraint("assignment_id", "user_id", name=op.f("pk_standing")),
    )
    op.create_index("ix_standing_done_at", "standing", ["done_at"], unique=False)
    op.create_index("ix_standing_user_id", "standing", ["user_id", "assignment_id", "is_done"], unique=False)


def downgrade() -> None:
    """Remove the tables."""
    op.drop_index("ix_standing_user_id", table_name="standing")
    op.drop_index("ix_standing_done_at", table_name="standing")
    op.drop_table("standing")
    op.drop_table("attempt_answer")
    op.drop_table("field_score")
    op.drop_index(
        "uq_attempt_open",
        table_name="attempt",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_attempt_user_id", table_name="attempt")
    op.drop_index("ix_attempt_finished_at", table_name="attempt")
    op.drop_index(
        "ix_attempt_deadline",
        table_name="attempt",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_table("attempt")
    op.drop_index("uq_assignment_target_user", table_name="assignment_target")
    op.drop_table("assignment_target")
    op.drop_index("uq_assignment_extension_user", table_name="assignment_extension")
    op.drop_table("assignment_extension")
    op.drop_table("calendar_feed")
    op.drop_index(op.f("ix_assignment_unit_id"), table_name="assignment")
    op.drop_table("assignment")
