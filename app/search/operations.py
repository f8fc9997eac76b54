"""What searching changes: traces, votes, saved searches."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.search.models import SavedSearch, SearchTrace, SearchVote
from corpus.personal import find_personal

KEEP = dt.timedelta(days=90)
HIDDEN = "〔已隐去〕"
AS_WRITTEN = str.maketrans(",:;!?()", "，：；！？（）")  # queries are folded, and names end at Chinese punctuation
MAX_SAVED = 20


class Refused(Exception):
    """A saved search that cannot be kept; says why in Chinese."""


def without_personal(query: str) -> str:
    """A query with numbers of people and names that look real taken out."""
    written = query.translate(AS_WRITTEN)
    for _, words in sorted(find_personal(written), key=lambda found: -len(found[1])):
        query = query.replace(words, HIDDEN)
    return query[:200]


def add_trace(session: Session, trace: SearchTrace) -> None:
    """Keep a trace."""
    session.add(trace)


def add_click(session: Session, key: str, place: str, rank: int) -> None:
    """Note the first result opened from a search; nothing happens when its trace is gone."""
    session.execute(
        sa.update(SearchTrace)
        .where(SearchTrace.key == key, SearchTrace.clicked.is_(None))
        .values(clicked=place, clicked_rank=rank)
    )


def prune_traces(session: Session, now: dt.datetime) -> int:
    """Remove traces older than 90 days; returns how many."""
    gone = session.execute(sa.delete(SearchTrace).where(SearchTrace.at < now - KEEP))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def vote(session: Session, user_id: int, query: str, place: str, is_useful: bool, *, now: dt.datetime) -> None:
    """Keep an officer's judgement; a second one replaces the first."""
    found = session.scalar(
        sa.select(SearchVote).where(SearchVote.user_id == user_id, SearchVote.query == query, SearchVote.place == place)
    )
    if found is None:
        found = SearchVote(user_id=user_id, query=query, place=place)
        session.add(found)
    found.is_useful, found.at = is_useful, now
    session.flush()


def save_search(session: Session, search: SavedSearch) -> None:
    """Keep a search under a name of its own. Raises Refused."""
    count = session.scalar(
        sa.select(sa.func.count()).select_from(SavedSearch).where(SavedSearch.user_id == search.user_id)
    )
    if (count or 0) >= MAX_SAVED:
        raise Refused(f"最多保存 {MAX_SAVED} 个检索，请先删掉不用的。")
    session.add(search)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("已有同名的检索，请换一个名称。") from error


def open_search(search: SavedSearch, found: list[str], *, now: dt.datetime) -> None:
    """Note what a saved search finds now, so that later results are new."""
    search.seen, search.opened_at = "\n".join(found), now


def delete_search(session: Session, search: SavedSearch) -> None:
    """Remove a saved search."""
    session.delete(search)
