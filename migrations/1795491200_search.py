"""Search traces, votes, saved searches, synonyms, pinned answers, judged pairs, and gaps."""

import sqlalchemy as sa
from alembic import op

revision = "1795491200"
down_revision: str | None = "1795480313"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_by IS NOT NULL AND closed_at IS NOT NULL)", name=op.f("ck_gap_closed")
        ),
        sa.CheckConstraint("state IN ('open', 'working', 'closed')", name=op.f("ck_gap_state")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_gap_owner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    op.create_table(
        "pair_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('fits', 'unfit', 'rejected')", name=op.f("ck_pair_decision_verdict")),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_pair_decision_actor_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_decision")),
        sa.UniqueConstraint("query", "place", name=op.f("uq_pair_decision_query")),
    )
    op.create_table(
        "pinned_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patterns", sa.String(length=500), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('public', 'officer')", name=op.f("ck_pinned_answer_audience")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_pinned_answer_owner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pinned_answer")),
    )
    op.create_index(op.f("ix_pinned_answer_ends_on"), "pinned_answer", ["ends_on"], unique=False)
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("field", sa.String(length=60), nullable=True),
        sa.Column("level", sa.String(length=20), nullable=True),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_saved_search_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_search_user_id")),
    )
    op.create_table(
        "search_trace",
        sa.Column("key", sa.String(length=22), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("field", sa.String(length=60), nullable=True),
        sa.Column("level", sa.String(length=20), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("best_score", sa.Double(), nullable=False),
        sa.Column("ms", sa.Double(), nullable=False),
        sa.Column("generation", sa.String(length=60), nullable=False),
        sa.Column("clicked", sa.String(length=200), nullable=True),
        sa.Column("clicked_rank", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "audience = 'officer' OR (user_id IS NULL AND role IS NULL)", name=op.f("ck_search_trace_public_unnamed")
        ),
        sa.CheckConstraint("audience IN ('public', 'officer')", name=op.f("ck_search_trace_audience")),
        sa.CheckConstraint("(clicked IS NULL) = (clicked_rank IS NULL)", name=op.f("ck_search_trace_click")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_search_trace_user_id_user")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_search_trace")),
    )
    op.create_index(op.f("ix_search_trace_at"), "search_trace", ["at"], unique=False)
    op.create_index(op.f("ix_search_trace_user_id"), "search_trace", ["user_id"], unique=False)
    op.create_table(
        "search_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("is_useful", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_search_vote_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_vote")),
        sa.UniqueConstraint("user_id", "query", "place", name=op.f("uq_search_vote_user_id")),
    )
    op.create_table(
        "synonym_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_synonym_group_owner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_group")),
    )
    op.create_table(
        "gap_query",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gap_id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason IN ('reported', 'zero', 'low', 'reformulated', 'no_click')", name=op.f("ck_gap_query_reason")
        ),
        sa.ForeignKeyConstraint(["gap_id"], ["gap.id"], name=op.f("fk_gap_query_gap_id_gap")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap_query")),
        sa.UniqueConstraint("query", name=op.f("uq_gap_query_query")),
    )
    op.create_index(op.f("ix_gap_query_gap_id"), "gap_query", ["gap_id"], unique=False)
    op.create_table(
        "synonym_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("term", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["synonym_group.id"], name=op.f("fk_synonym_term_group_id_synonym_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym_term")),
        sa.UniqueConstraint("term", name=op.f("uq_synonym_term_term")),
    )
    op.create_index(op.f("ix_synonym_term_group_id"), "synonym_term", ["group_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_synonym_term_group_id"), table_name="synonym_term")
    op.drop_table("synonym_term")
    op.drop_index(op.f("ix_gap_query_gap_id"), table_name="gap_query")
    op.drop_table("gap_query")
    op.drop_table("synonym_group")
    op.drop_table("search_vote")
    op.drop_index(op.f("ix_search_trace_user_id"), table_name="search_trace")
    op.drop_index(op.f("ix_search_trace_at"), table_name="search_trace")
    op.drop_table("search_trace")
    op.drop_table("saved_search")
    op.drop_index(op.f("ix_pinned_answer_ends_on"), table_name="pinned_answer")
    op.drop_table("pinned_answer")
    op.drop_table("pair_decision")
    op.drop_table("gap")
