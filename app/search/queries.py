"""What is read of traces and saved searches, and of the synonyms, pins and pairs that editors keep."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.clock import LOCAL
from app.search.models import PairDecision, PinnedAnswer, SavedSearch, SearchTrace, SynonymGroup, SynonymTerm, Verdict
from corpus.document import Audience
from corpus.personal import find_personal

ASKED_BY = 3  # people; fewer could tell who asked
ASKED_WITHIN = dt.timedelta(days=90)
SHORTEST, LONGEST = 2, 40
MANY = 500


def asked_by_many(session: Session, now: dt.datetime) -> list[str]:
    """Queries that several officers made lately and that found something, without personal data, most people first."""
    people = sa.func.count(sa.distinct(SearchTrace.user_id))
    asked = (
        sa.select(SearchTrace.query)
        .where(SearchTrace.audience == "officer", SearchTrace.at >= now - ASKED_WITHIN, SearchTrace.count > 0)
        .where(sa.func.length(SearchTrace.query).between(SHORTEST, LONGEST))
        .group_by(SearchTrace.query)
        .having(people >= ASKED_BY)
        .order_by(people.desc(), SearchTrace.query)
        .limit(MANY)
    )
    return [query for query in session.scalars(asked) if not any(find_personal(query)) and "〔" not in query]


def saved_searches(session: Session, user_id: int) -> Sequence[SavedSearch]:
    """A person's saved searches by name."""
    return session.scalars(
        sa.select(SavedSearch).where(SavedSearch.user_id == user_id).order_by(SavedSearch.name)
    ).all()


def saved_search(session: Session, user_id: int, id: int) -> SavedSearch | None:
    """One of a person's own saved searches."""
    return session.scalar(sa.select(SavedSearch).where(SavedSearch.id == id, SavedSearch.user_id == user_id))


def own_trace(session: Session, user_id: int, key: str) -> SearchTrace | None:
    """A trace of a search that this person made."""
    return session.scalar(sa.select(SearchTrace).where(SearchTrace.key == key, SearchTrace.user_id == user_id))


def active_synonyms(session: Session) -> list[tuple[str, ...]]:
    """The groups of words that widen queries."""
    rows = session.execute(
        sa.select(SynonymTerm.group_id, SynonymTerm.term)
        .join(SynonymGroup)
        .where(SynonymGroup.is_active)
        .order_by(SynonymTerm.id)
    )
    groups: dict[int, list[str]] = {}
    for group_id, term in rows:
        groups.setdefault(group_id, []).append(term)
    return [tuple(terms) for terms in groups.values()]


def running_pins(session: Session, audience: Audience, now: dt.datetime) -> Sequence[PinnedAnswer]:
    """Pins that have not ended; for the public those made public alone."""
    today = now.astimezone(LOCAL).date()
    wanted = sa.select(PinnedAnswer).where(PinnedAnswer.ends_on >= today).order_by(PinnedAnswer.id)
    if audience is Audience.PUBLIC:
        wanted = wanted.where(PinnedAnswer.audience == Audience.PUBLIC.value)
    return session.scalars(wanted).all()


def judged_pairs(session: Session) -> list[tuple[str, str, int]]:
    """Query, place and score (1 fits, 0 does not) of the pairs an editor took on."""
    wanted = sa.select(PairDecision).where(PairDecision.verdict != Verdict.REJECTED.value).order_by(PairDecision.id)
    return [(d.query, d.place, int(d.verdict == Verdict.FITS.value)) for d in session.scalars(wanted)]
