"""What search remembers: traces, judgements, saved searches; and what editors gave it: synonyms, pins, pairs."""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.db import Model


class Verdict(StrEnum):
    """What an editor made of a candidate pair."""

    FITS = "fits"
    UNFIT = "unfit"
    REJECTED = "rejected"


class SearchTrace(Model):
    """A search that was made 检索记录 and which result was opened. Kept for 90 days.

    Nobody is named for the public, and no address is kept for anyone. `query` is without personal data. `clicked` is a
    place: the id of a matter, guide or case, or `regulation#article`.
    """

    __tablename__ = "search_trace"
    __table_args__ = (
        sa.CheckConstraint("audience IN ('public', 'officer')", name="audience"),
        sa.CheckConstraint("audience = 'officer' OR (user_id IS NULL AND role IS NULL)", name="public_unnamed"),
        sa.CheckConstraint("(clicked IS NULL) = (clicked_rank IS NULL)", name="click"),
    )
    key: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    audience: Mapped[str] = mapped_column(sa.String(10))
    role: Mapped[str | None] = mapped_column(sa.String(20))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    query: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[str | None] = mapped_column(sa.String(20))
    field: Mapped[str | None] = mapped_column(sa.String(60))
    level: Mapped[str | None] = mapped_column(sa.String(20))
    count: Mapped[int]
    best_score: Mapped[float]
    ms: Mapped[float]
    generation: Mapped[str] = mapped_column(sa.String(60))
    clicked: Mapped[str | None] = mapped_column(sa.String(200))
    clicked_rank: Mapped[int | None]


class SearchVote(Model):
    """An officer's 有用 or 没用 on one place for one question; the last one counts."""

    __tablename__ = "search_vote"
    __table_args__ = (sa.UniqueConstraint("user_id", "query", "place"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    query: Mapped[str] = mapped_column(sa.String(200))
    place: Mapped[str] = mapped_column(sa.String(200))
    is_useful: Mapped[bool]
    at: Mapped[dt.datetime]


class SavedSearch(Model):
    """A search an officer keeps. `seen` are the ids found when it was last opened, one a line."""

    __tablename__ = "saved_search"
    __table_args__ = (sa.UniqueConstraint("user_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(sa.String(40))
    query: Mapped[str] = mapped_column(sa.String(200))
    kind: Mapped[str | None] = mapped_column(sa.String(20))
    field: Mapped[str | None] = mapped_column(sa.String(60))
    level: Mapped[str | None] = mapped_column(sa.String(20))
    seen: Mapped[str] = mapped_column(sa.Text)
    opened_at: Mapped[dt.datetime]

    @property
    def address(self) -> dict[str, Any]:
        """What the address of its results carries."""
        given = {"q": self.query, "kind": self.kind, "field": self.field, "level": self.level}
        return {key: value for key, value in given.items() if value}


class SynonymGroup(Model):
    """Words that mean the same 同义词. A group that is not active widens no query."""

    __tablename__ = "synonym_group"
    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(200))
    is_active: Mapped[bool] = mapped_column("active")
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    updated_at: Mapped[dt.datetime]
    owner: Mapped[User] = relationship()
    terms: Mapped[list["SynonymTerm"]] = relationship(order_by="SynonymTerm.id", cascade="all, delete-orphan")

    @property
    def words(self) -> tuple[str, ...]:
        """The words alone."""
        return tuple(term.term for term in self.terms)


class SynonymTerm(Model):
    """A word of a group; no word is in two groups."""

    __tablename__ = "synonym_term"
    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("synonym_group.id"), index=True)
    term: Mapped[str] = mapped_column(sa.String(40), unique=True)


class PinnedAnswer(Model):
    """A place that stands above the results 置顶答案 of every query that holds one of its patterns, until `ends_on`."""

    __tablename__ = "pinned_answer"
    __table_args__ = (sa.CheckConstraint("audience IN ('public', 'officer')", name="audience"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    patterns: Mapped[str] = mapped_column(sa.String(500))
    place: Mapped[str] = mapped_column(sa.String(200))
    audience: Mapped[str] = mapped_column(sa.String(10))
    note: Mapped[str] = mapped_column(sa.String(200))
    ends_on: Mapped[dt.date] = mapped_column(index=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    updated_at: Mapped[dt.datetime]
    owner: Mapped[User] = relationship()

    def fits(self, text: str) -> bool:
        """Whether a query holds one of the patterns."""
        return any(pattern in text.lower() for pattern in self.patterns.lower().splitlines())


class PairDecision(Model):
    """What an editor decided of a query and a place that clicks and votes brought together."""

    __tablename__ = "pair_decision"
    __table_args__ = (
        sa.UniqueConstraint("query", "place"),
        sa.CheckConstraint("verdict IN ('fits', 'unfit', 'rejected')", name="verdict"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(sa.String(200))
    place: Mapped[str] = mapped_column(sa.String(200))
    verdict: Mapped[str] = mapped_column(sa.String(20))
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[dt.datetime]
