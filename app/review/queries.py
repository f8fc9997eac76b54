"""What is read for editors: synonyms, pins, candidate pairs, gaps, traces."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app.access import Role
from app.accounts.models import User
from app.review.models import Gap, GapQuery, GapState
from app.search.models import PairDecision, PinnedAnswer, SearchTrace, SearchVote, SynonymGroup
from corpus.document import Audience

NEWEST = 200
MOST_TRACES = 20_000


def synonym_groups(session: Session) -> Sequence[SynonymGroup]:
    """All groups, the last changed first."""
    wanted = sa.select(SynonymGroup).options(selectinload(SynonymGroup.terms), joinedload(SynonymGroup.owner))
    return session.scalars(wanted.order_by(SynonymGroup.updated_at.desc(), SynonymGroup.id.desc())).all()


def pins(session: Session) -> Sequence[PinnedAnswer]:
    """All pins, the first to end first."""
    return session.scalars(
        sa.select(PinnedAnswer).options(joinedload(PinnedAnswer.owner)).order_by(PinnedAnswer.ends_on, PinnedAnswer.id)
    ).all()


def editors(session: Session) -> dict[int, str]:
    """Names of the editors who can own something."""
    wanted = sa.select(User.id, User.name).where(User.role == Role.EDITOR.value, User.is_active).order_by(User.name)
    return {id: name for id, name in session.execute(wanted)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A query and a place that officers' clicks and votes brought together."""

    query: str
    place: str
    useful: int
    useless: int
    clicks: int


def candidates(session: Session) -> list[Candidate]:
    """Pairs not decided on yet, most evidence first. Clicks of the public do not count: anyone can make them."""
    votes = sa.select(
        SearchVote.query,
        SearchVote.place,
        sa.case((SearchVote.is_useful, 1), else_=0).label("useful"),
        sa.case((SearchVote.is_useful, 0), else_=1).label("useless"),
        sa.literal(0).label("clicks"),
    )
    clicks = sa.select(
        SearchTrace.query, SearchTrace.clicked.label("place"), sa.literal(0), sa.literal(0), sa.literal(1)
    ).where(SearchTrace.clicked.is_not(None), SearchTrace.audience == Audience.OFFICER.value)
    both = sa.union_all(votes, clicks).subquery()
    decided = sa.exists().where(PairDecision.query == both.c.query, PairDecision.place == both.c.place)
    useful, useless, clicked = (sa.func.sum(both.c[name]) for name in ("useful", "useless", "clicks"))
    rows = session.execute(
        sa.select(both.c.query, both.c.place, useful, useless, clicked)
        .where(~decided, sa.not_(both.c.query.contains("〔已隐去〕")))
        .group_by(both.c.query, both.c.place)
        .order_by((useful + useless).desc(), clicked.desc(), both.c.query, both.c.place)
        .limit(NEWEST)
    )
    return [Candidate(*row) for row in rows]


def decided_count(session: Session) -> int:
    """How many pairs have been decided on."""
    return session.scalar(sa.select(sa.func.count()).select_from(PairDecision)) or 0


def traces_since(session: Session, since: dt.datetime) -> Sequence[SearchTrace]:
    """Traces from `since` on, the oldest first; the newest twenty thousand when there are more."""
    newest = sa.select(SearchTrace).where(SearchTrace.at >= since).order_by(SearchTrace.at.desc()).limit(MOST_TRACES)
    return session.scalars(newest).all()[::-1]


def newest_traces(session: Session) -> Sequence[SearchTrace]:
    """The last searches."""
    return session.scalars(sa.select(SearchTrace).order_by(SearchTrace.at.desc()).limit(NEWEST)).all()


def gaps(session: Session, state: GapState | None) -> list[Gap]:
    """Gaps in a state (None: all not closed), the most asked first."""
    wanted = sa.select(Gap).options(selectinload(Gap.queries), joinedload(Gap.owner))
    wanted = wanted.where(Gap.state == state.value if state else Gap.state != GapState.CLOSED.value)
    return sorted(session.scalars(wanted), key=lambda gap: (-gap.asked, gap.id))


def gap_counts(session: Session) -> dict[str, int]:
    """How many gaps are in each state."""
    counts = {
        state: count for state, count in session.execute(sa.select(Gap.state, sa.func.count()).group_by(Gap.state))
    }
    return {state.value: counts.get(state.value, 0) for state in GapState}


def gap_queries(session: Session) -> dict[str, GapQuery]:
    """Questions already in a gap, by their text."""
    return {row.query: row for row in session.scalars(sa.select(GapQuery))}
