"""Practice, the wrong-answer book, cards of spaced review, how each person knows matters; regrades of wrong keys."""

import sqlalchemy as sa
from alembic import op

revision = "1796400000"
down_revision: str | None = "1796800000"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "matter_state",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("matter", sa.String(length=40), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was_right", sa.Boolean(), nullable=True),
        sa.Column("before_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrongs", sa.Integer(), nullable=False),
        sa.Column("wrong_key", sa.String(length=40), nullable=False),
        sa.CheckConstraint("(was_right IS NULL) = (before_at IS NULL)", name=op.f("ck_matter_state_before")),
        sa.CheckConstraint("wrongs >= 0", name=op.f("ck_matter_state_wrongs")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_matter_state_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "matter", name=op.f("pk_matter_state")),
    )
    op.create_table(
        "wrong_question",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("wrongs", sa.Integer(), nullable=False),
        sa.Column("rights", sa.Integer(), nullable=False),
        sa.Column("wrong_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("source IN ('practice', 'wrong', 'review', 'test')", name=op.f("ck_wrong_question_source")),
        sa.CheckConstraint("(rights = 2) = (left_at IS NOT NULL)", name=op.f("ck_wrong_question_left")),
        sa.CheckConstraint("rights BETWEEN 0 AND 2", name=op.f("ck_wrong_question_rights")),
        sa.CheckConstraint("wrongs >= 1", name=op.f("ck_wrong_question_wrongs")),
        sa.ForeignKeyConstraint(["key"], ["question.key"], name=op.f("fk_wrong_question_key_question")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_wrong_question_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_wrong_question")),
    )
    op.create_table(
        "practice_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("felt", sa.String(length=10), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("felt IN ('hard', 'good', 'easy')", name=op.f("ck_practice_answer_felt")),
        sa.CheckConstraint("source IN ('practice', 'wrong', 'review', 'test')", name=op.f("ck_practice_answer_source")),
        sa.CheckConstraint("felt IS NULL OR is_right", name=op.f("ck_practice_answer_felt_right")),
        sa.ForeignKeyConstraint(["key"], ["question.key"], name=op.f("fk_practice_answer_key_question")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_practice_answer_user_id_user")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_version.id"], name=op.f("fk_practice_answer_version_id_question_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_answer")),
        sa.UniqueConstraint("user_id", "nonce", name=op.f("uq_practice_answer_user_id")),
    )
    op.create_index("ix_practice_answer_user_id", "practice_answer", ["user_id", "key"], unique=False)
    op.create_table(
        "regrade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_regrade_decided_at")),
        sa.CheckConstraint("(state = 'proposed') = (decider_id IS NULL)", name=op.f("ck_regrade_decider")),
        sa.CheckConstraint("state IN ('proposed', 'applied', 'refused')", name=op.f("ck_regrade_state")),
        sa.CheckConstraint("decider_id <> proposer_id", name=op.f("ck_regrade_two_people")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_regrade_assignment_id_assignment")),
        sa.ForeignKeyConstraint(["decider_id"], ["user.id"], name=op.f("fk_regrade_decider_id_user")),
        sa.ForeignKeyConstraint(["proposer_id"], ["user.id"], name=op.f("fk_regrade_proposer_id_user")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_regrade_question_id_question")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_version.id"], name=op.f("fk_regrade_version_id_question_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrade")),
    )
    op.create_index(op.f("ix_regrade_assignment_id"), "regrade", ["assignment_id"], unique=False)
    op.create_index(
        "uq_regrade_proposed",
        "regrade",
        ["assignment_id", "question_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "regrade_change",
        sa.Column("regrade_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("old_version_id", sa.Integer(), nullable=False),
        sa.Column("item_before", sa.Integer(), nullable=False),
        sa.Column("item_after", sa.Integer(), nullable=False),
        sa.Column("score_before", sa.Integer(), nullable=False),
        sa.Column("score_after", sa.Integer(), nullable=False),
        sa.Column("percent_before", sa.Integer(), nullable=False),
        sa.Column("percent_after", sa.Integer(), nullable=False),
        sa.Column("was_passed", sa.Boolean(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_regrade_change_attempt_id_attempt")),
        sa.ForeignKeyConstraint(
            ["old_version_id"], ["question_version.id"], name=op.f("fk_regrade_change_old_version_id_question_version")
        ),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrade.id"], name=op.f("fk_regrade_change_regrade_id_regrade")),
        sa.PrimaryKeyConstraint("regrade_id", "attempt_id", name=op.f("pk_regrade_change")),
    )
    op.create_index("ix_regrade_change_attempt_id", "regrade_change", ["attempt_id"], unique=False)
    op.create_table(
        "review_card",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["practice_answer.id"], name=op.f("fk_review_card_answer_id_practice_answer")
        ),
        sa.ForeignKeyConstraint(["key"], ["question.key"], name=op.f("fk_review_card_key_question")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_review_card_user_id_user")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_version.id"], name=op.f("fk_review_card_version_id_question_version")
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_review_card")),
    )
    op.create_index("ix_review_card_due_at", "review_card", ["user_id", "due_at"], unique=False)


def downgrade() -> None:
    """Remove the tables."""
    op.drop_index("ix_review_card_due_at", table_name="review_card")
    op.drop_table("review_card")
    op.drop_index("ix_regrade_change_attempt_id", table_name="regrade_change")
    op.drop_table("regrade_change")
    op.drop_index(
        "uq_regrade_proposed",
        table_name="regrade",
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(op.f("ix_regrade_assignment_id"), table_name="regrade")
    op.drop_table("regrade")
    op.drop_index("ix_practice_answer_user_id", table_name="practice_answer")
    op.drop_table("practice_answer")
    op.drop_table("wrong_question")
    op.drop_table("matter_state")
