"""What happens to gaps 缺口: found, taken on, worked at, closed when a re-run finds the answer, opened again."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import record
from app.review.gaps import BadQuery, Encode, sort_by_meaning
from app.review.models import Gap, GapQuery, GapState, Reason
from app.review.operations import Refused
from app.review.queries import gap_queries, gaps

FIRST = 3  # a closing document must stand among the first three


@dataclass(frozen=True, slots=True)
class Collected:
    """What an update of the report did: gaps found, opened again, and questions put to known gaps."""

    found: int
    reopened: int
    joined: int


def collect(session: Session, bad: list[BadQuery], encode: Encode, threshold: float, *, now: dt.datetime) -> Collected:
    """Bring the report up to date with the queries that went badly."""
    known = gap_queries(session)
    reopened = sum(_ask_again(session, known[b.query], b) for b in bad if b.query in known)
    fresh = [b for b in bad if b.query not in known]
    homes = {gap.id: [query.query for query in gap.queries] for gap in gaps(session, None)}
    joining, groups = sort_by_meaning(fresh, homes, encode, threshold)
    for id, queries in joining.items():
        session.add_all(_gap_query(query, id) for query in queries)
    for group in groups:
        gap = _new_gap(session, now)
        session.add_all(_gap_query(query, gap.id) for query in group)
    session.flush()
    session.expire_all()
    return Collected(len(groups), reopened, sum(map(len, joining.values())))


def _gap_query(bad: BadQuery, gap_id: int) -> GapQuery:
    return GapQuery(gap_id=gap_id, query=bad.query, reason=bad.reason.value, asked=bad.asked, last_at=bad.last_at)


def _new_gap(session: Session, now: dt.datetime) -> Gap:
    gap = Gap(state=GapState.OPEN.value, note="", created_at=now)
    session.add(gap)
    session.flush()
    return gap


def _ask_again(session: Session, known: GapQuery, bad: BadQuery) -> bool:
    """Note that a known question was asked; whether its gap, closed before, is open again."""
    known.asked, known.last_at = max(known.asked, bad.asked), max(known.last_at, bad.last_at)
    gap = session.get_one(Gap, known.gap_id)
    is_back = gap.closed_at is not None and bad.last_at > gap.closed_at
    if is_back:
        _open(gap)
    return is_back


def _open(gap: Gap) -> None:
    gap.state, gap.closed_by, gap.closed_at = GapState.OPEN.value, None, None


def report_gap(session: Session, query: str, *, now: dt.datetime) -> None:
    """Put a question an officer reports on the list; asked again, it counts once more, and a closed gap opens."""
    known = session.scalar(sa.select(GapQuery).where(GapQuery.query == query))
    if known is None:
        gap = _new_gap(session, now)
        reported = BadQuery(query, Reason.REPORTED, 1, now)
        session.add(_gap_query(reported, gap.id))
    else:
        _ask_again(session, known, BadQuery(query, Reason.REPORTED, known.asked + 1, now))
    session.flush()


def change_gap(
    session: Session, gap: Gap, state: GapState, owner_id: int | None, note: str, *, actor_id: int, now: dt.datetime
) -> None:
    """Give a gap an owner, a state and a note. Closing it takes a re-run. Raises Refused."""
    if state is GapState.CLOSED and gap.state != GapState.CLOSED.value:
        raise Refused("state", "要用下面的“重新检索”证明补上了，才能关闭。")
    if state is not GapState.CLOSED and gap.state == GapState.CLOSED.value:
        _open(gap)
    gap.state, gap.owner_id, gap.note = state.value, owner_id, note
    session.flush()
    detail = f"{state}; owner {owner_id}; {note}"
    record(session, "review.gap_changed", f"gap {gap.id}", actor_id=actor_id, now=now, detail=detail)


def close_gap(
    session: Session, gap: Gap, place: str, ranks: Mapping[str, int | None], *, actor_id: int, now: dt.datetime
) -> None:
    """Close a gap by `place`, whose rank for each of its questions a search has just found.

    Raises Refused, naming the questions for which it is not among the first three.
    """
    missing = [q.query for q in gap.queries if (ranks.get(q.query) or FIRST + 1) > FIRST]
    if missing or not gap.queries:
        told = "；".join(f"“{query}”{_rank_text(ranks.get(query))}" for query in missing[:5])
        raise Refused("place", f"还不能关闭，这份文档没有进入前 {FIRST} 项：{told}。")
    gap.state, gap.closed_by, gap.closed_at = GapState.CLOSED.value, place, now
    session.flush()
    record(session, "review.gap_closed", f"gap {gap.id}", actor_id=actor_id, now=now, detail=place)


def _rank_text(rank: int | None) -> str:
    return f"排在第 {rank}" if rank else "没有找到它"
