"""Training sessions: sign-up, attendance, hours, surveys, calendars."""

import sqlalchemy as sa
from alembic import op

revision = "1796800000"
down_revision: str | None = "1796700000"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_series_created_by_id_user")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_series_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_index(op.f("ix_series_unit_id"), "series", ["unit_id"], unique=False)
    op.create_table(
        "session_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scope IN ('own', 'unit')", name=op.f("ck_session_feed_scope")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_session_feed_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_feed")),
        sa.UniqueConstraint("user_id", "scope", name=op.f("uq_session_feed_user_id")),
    )
    op.create_table(
        "training_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(length=2000), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours", sa.Numeric(precision=5, scale=1), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("sign_up_from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_up_until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("check_in_minutes", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cancel_reason", sa.String(length=200), nullable=True),
        sa.Column("series_id", sa.Integer(), nullable=True),
        sa.Column("series_number", sa.Integer(), nullable=True),
        sa.Column("plan_item_id", sa.Integer(), nullable=True),
        sa.Column("quiz_before_id", sa.Integer(), nullable=True),
        sa.Column("quiz_after_id", sa.Integer(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancel_reason IS NOT NULL)", name=op.f("ck_training_session_cancelled")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'cancelled', 'held')", name=op.f("ck_training_session_state")
        ),
        sa.CheckConstraint("(series_id IS NULL) = (series_number IS NULL)", name=op.f("ck_training_session_series")),
        sa.CheckConstraint("hours > 0", name=op.f("ck_training_session_hours")),
        sa.CheckConstraint(
            "sign_up_from_at < sign_up_until_at AND sign_up_until_at <= starts_at",
            name=op.f("ck_training_session_window"),
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_training_session_times")),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name=op.f("ck_training_session_places")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_training_session_created_by_id_user")),
        sa.ForeignKeyConstraint(
            ["quiz_after_id"], ["assignment.id"], name=op.f("fk_training_session_quiz_after_id_assignment")
        ),
        sa.ForeignKeyConstraint(
            ["quiz_before_id"], ["assignment.id"], name=op.f("fk_training_session_quiz_before_id_assignment")
        ),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_training_session_series_id_series")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_training_session_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_session")),
        sa.UniqueConstraint("series_id", "series_number", name=op.f("uq_training_session_series_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_training_session_uid")),
    )
    op.create_index(op.f("ix_training_session_plan_item_id"), "training_session", ["plan_item_id"], unique=False)
    op.create_index(op.f("ix_training_session_starts_at"), "training_session", ["starts_at"], unique=False)
    op.create_index(op.f("ix_training_session_unit_id"), "training_session", ["unit_id"], unique=False)
    op.create_table(
        "attendance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("marked_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(way = 'code') = (device IS NOT NULL)", name=op.f("ck_attendance_device")),
        sa.CheckConstraint("way IN ('trainer', 'code')", name=op.f("ck_attendance_way")),
        sa.ForeignKeyConstraint(["marked_by_id"], ["user.id"], name=op.f("fk_attendance_marked_by_id_user")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_attendance_session_id_training_session")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_attendance_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("session_id", "device", name="uq_attendance_device"),
        sa.UniqueConstraint("session_id", "user_id", name=op.f("uq_attendance_session_id")),
    )
    op.create_index(op.f("ix_attendance_user_id"), "attendance", ["user_id"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "standing IN ('applied', 'enrolled', 'waiting', 'left', 'declined')", name=op.f("ck_enrolment_standing")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_enrolment_session_id_training_session")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_enrolment_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("session_id", "number", name="uq_enrolment_number"),
        sa.UniqueConstraint("session_id", "user_id", name=op.f("uq_enrolment_session_id")),
    )
    op.create_index(op.f("ix_enrolment_user_id"), "enrolment", ["user_id"], unique=False)
    op.create_table(
        "hours_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("hours", sa.Numeric(precision=5, scale=1), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'correction' OR (hours <> 0 AND reason <> '')", name=op.f("ck_hours_entry_correction")
        ),
        sa.CheckConstraint("kind <> 'credit' OR hours > 0", name=op.f("ck_hours_entry_credit")),
        sa.CheckConstraint("kind IN ('credit', 'correction')", name=op.f("ck_hours_entry_kind")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_hours_entry_by_id_user")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_hours_entry_session_id_training_session")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_hours_entry_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_entry")),
    )
    op.create_index(op.f("ix_hours_entry_session_id"), "hours_entry", ["session_id"], unique=False)
    op.create_index(op.f("ix_hours_entry_user_id"), "hours_entry", ["user_id"], unique=False)
    op.create_index(
        "uq_hours_entry_credit",
        "hours_entry",
        ["session_id", "user_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'credit'"),
        postgresql_where=sa.text("kind = 'credit'"),
    )
    op.create_table(
        "session_expert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["expert_id"], ["expert.id"], name=op.f("fk_session_expert_expert_id_expert")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_session_expert_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_expert")),
        sa.UniqueConstraint("session_id", "expert_id", name=op.f("uq_session_expert_session_id")),
    )
    op.create_index(op.f("ix_session_expert_expert_id"), "session_expert", ["expert_id"], unique=False)
    op.create_table(
        "session_material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("stored_name", sa.String(length=40), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(location IS NULL) <> (stored_name IS NULL)", name=op.f("ck_session_material_one_kind")),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name=op.f("fk_session_material_added_by_id_user")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_session_material_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_material")),
        sa.UniqueConstraint("stored_name", name=op.f("uq_session_material_stored_name")),
    )
    op.create_index(op.f("ix_session_material_session_id"), "session_material", ["session_id"], unique=False)
    op.create_table(
        "session_survey",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("useful", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("organised", sa.Integer(), nullable=False),
        sa.Column("comment", sa.String(length=500), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_session_survey_level")),
        sa.CheckConstraint("organised BETWEEN 1 AND 5", name=op.f("ck_session_survey_organised")),
        sa.CheckConstraint("useful BETWEEN 1 AND 5", name=op.f("ck_session_survey_useful")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_session_survey_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_session_survey")),
    )
    op.create_index(op.f("ix_session_survey_session_id"), "session_survey", ["session_id"], unique=False)
    op.create_table(
        "session_survey_done",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_session_survey_done_session_id_training_session")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_session_survey_done_user_id_user")),
        sa.PrimaryKeyConstraint("session_id", "user_id", name=op.f("pk_session_survey_done")),
    )
    op.create_table(
        "session_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("word", sa.String(length=20), nullable=True),
        sa.CheckConstraint("(kind = 'unit') = (unit_id IS NOT NULL)", name=op.f("ck_session_target_unit")),
        sa.CheckConstraint("(kind = 'unit') = (word IS NULL)", name=op.f("ck_session_target_word")),
        sa.CheckConstraint("kind IN ('unit', 'role', 'level')", name=op.f("ck_session_target_kind")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_session_target_session_id_training_session")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_session_target_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_target")),
        sa.UniqueConstraint("session_id", "kind", "word", name="uq_session_target_word"),
        sa.UniqueConstraint("session_id", "unit_id", name=op.f("uq_session_target_session_id")),
    )
    op.create_index(op.f("ix_session_target_unit_id"), "session_target", ["unit_id"], unique=False)
    op.create_table(
        "session_topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.CheckConstraint("kind IN ('field', 'matter')", name=op.f("ck_session_topic_kind")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["training_session.id"], name=op.f("fk_session_topic_session_id_training_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_topic")),
        sa.UniqueConstraint("session_id", "kind", "key", name=op.f("uq_session_topic_session_id")),
    )
    op.create_index(op.f("ix_session_topic_key"), "session_topic", ["key"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_session_topic_key"), table_name="session_topic")
    op.drop_table("session_topic")
    op.drop_index(op.f("ix_session_target_unit_id"), table_name="session_target")
    op.drop_table("session_target")
    op.drop_table("session_survey_done")
    op.drop_index(op.f("ix_session_survey_session_id"), table_name="session_survey")
    op.drop_table("session_survey")
    op.drop_index(op.f("ix_session_material_session_id"), table_name="session_material")
    op.drop_table("session_material")
    op.drop_index(op.f("ix_session_expert_expert_id"), table_name="session_expert")
    op.drop_table("session_expert")
    op.drop_index(
        "uq_hours_entry_credit",
        table_name="hours_entry",
        sqlite_where=sa.text("kind = 'credit'"),
        postgresql_where=sa.text("kind = 'credit'"),
    )
    op.drop_index(op.f("ix_hours_entry_user_id"), table_name="hours_entry")
    op.drop_index(op.f("ix_hours_entry_session_id"), table_name="hours_entry")
    op.drop_table("hours_entry")
    op.drop_index(op.f("ix_enrolment_user_id"), table_name="enrolment")
    op.drop_table("enrolment")
    op.drop_index(op.f("ix_attendance_user_id"), table_name="attendance")
    op.drop_table("attendance")
    op.drop_index(op.f("ix_training_session_unit_id"), table_name="training_session")
    op.drop_index(op.f("ix_training_session_starts_at"), table_name="training_session")
    op.drop_index(op.f("ix_training_session_plan_item_id"), table_name="training_session")
    op.drop_table("training_session")
    op.drop_table("session_feed")
    op.drop_index(op.f("ix_series_unit_id"), table_name="series")
    op.drop_table("series")
