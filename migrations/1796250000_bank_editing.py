"""What is needed to write and find questions in the browser."""

import sqlalchemy as sa
from alembic import op

revision = "1796250000"
down_revision: str | None = "1796400000"
branch_labels: tuple[str, ...] | None = None
depends_on: str | None = None


def _added() -> list[tuple[str, sa.Column]]:
    """New columns with their tables."""
    return [
        ("question", sa.Column("guide", sa.String(length=40), server_default=sa.text("''"), nullable=False)),
        ("question", sa.Column("words", sa.Text(), server_default=sa.text("''"), nullable=False)),
        ("question", sa.Column("reason", sa.String(length=200), server_default=sa.text("''"), nullable=False)),
        ("question", sa.Column("uses", sa.Integer(), server_default="0", nullable=False)),
        ("question", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True)),
        ("question_version", sa.Column("note", sa.String(length=200), server_default=sa.text("''"), nullable=False)),
    ]


def upgrade() -> None:
    """Add columns and tables, and fill what questions already there say of themselves."""
    for table, column in _added():
        op.add_column(table, column)
    _fill()
    op.create_table(
        "question_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_question_status_actor_id_user")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_question_status_question_id_question")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_status")),
    )
    op.create_index(op.f("ix_question_status_question_id"), "question_status", ["question_id"], unique=False)
    op.create_table(
        "question_vector",
        sa.Column("fingerprint", sa.String(length=120), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "sha", name=op.f("pk_question_vector")),
    )


def _fill() -> None:
    """Guide and words of each question, from its newest version."""
    question = sa.table("question", *(sa.column(name) for name in ("id", "key", "version", "guide", "words")))
    version = sa.table("question_version", sa.column("question_id"), sa.column("number"), sa.column("record", sa.JSON))
    newest = sa.select(question.c.id, question.c.key, version.c.record).join(
        version, sa.and_(version.c.question_id == question.c.id, version.c.number == question.c.version)
    )
    connection = op.get_bind()
    for id, key, record in connection.execute(newest).all():
        values = {"guide": record.get("guide", ""), "words": "\n".join((key, *_texts(record)))}
        connection.execute(sa.update(question).where(question.c.id == id).values(**values))


def _texts(record: dict) -> list[str]:
    """Words of a question: stem, options, what is accepted in its blanks, basis, and those of its parts."""
    found = [record["stem"], *(option["text"] for option in record.get("options", ()))]
    found += [form for blank in record.get("blanks", ()) for form in blank["accepts"]]
    found += record["cites"]
    return found + [text for part in record.get("parts", ()) for text in _texts(part)]


def downgrade() -> None:
    """Remove them."""
    op.drop_table("question_vector")
    op.drop_table("question_status")
    for table, column in _added():
        op.drop_column(table, column.name)
