"""What editors change: synonyms, pinned answers, decisions on pairs. Gaps are in gap_operations.py."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import record
from app.search.models import PairDecision, PinnedAnswer, SynonymGroup, SynonymTerm, Verdict


class Refused(Exception):
    """A change that the rules forbid; names the form field it is about and says why in Chinese."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def keep_synonyms(
    session: Session,
    group: SynonymGroup,
    terms: Sequence[str],
    *,
    reason: str,
    is_active: bool,
    actor_id: int,
    now: dt.datetime,
) -> None:
    """Add or change a group, which then belongs to the actor. Raises Refused when a word is in another group."""
    is_new = group.id is None
    group.reason, group.is_active, group.owner_id, group.updated_at = reason, is_active, actor_id, now
    kept = {term.term: term for term in group.terms}
    group.terms = [kept.get(term) or SynonymTerm(term=term) for term in terms]
    session.add(group)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("terms", "有词语已经在另一组里。一个词只能在一组，请改那一组。") from error
    action = "review.synonyms_added" if is_new else "review.synonyms_changed"
    detail = f"{'、'.join(terms)}; active: {is_active}; {reason}"
    record(session, action, f"synonyms {group.id}", actor_id=actor_id, now=now, detail=detail)


def delete_synonyms(session: Session, group: SynonymGroup, *, actor_id: int, now: dt.datetime) -> None:
    """Remove a group."""
    detail = "、".join(group.words)
    record(session, "review.synonyms_deleted", f"synonyms {group.id}", actor_id=actor_id, now=now, detail=detail)
    session.delete(group)
    session.flush()


def keep_pin(session: Session, pin: PinnedAnswer, *, actor_id: int, now: dt.datetime) -> None:
    """Add or change a pin, which then belongs to the actor."""
    is_new = pin.id is None
    pin.owner_id, pin.updated_at = actor_id, now
    session.add(pin)
    session.flush()
    patterns = "、".join(pin.patterns.splitlines())
    detail = f"{patterns} → {pin.place}; {pin.audience}; until {pin.ends_on}"
    action = "review.pin_added" if is_new else "review.pin_changed"
    record(session, action, f"pin {pin.id}", actor_id=actor_id, now=now, detail=detail)


def delete_pin(session: Session, pin: PinnedAnswer, *, actor_id: int, now: dt.datetime) -> None:
    """Remove a pin."""
    record(session, "review.pin_deleted", f"pin {pin.id}", actor_id=actor_id, now=now, detail=pin.place)
    session.delete(pin)
    session.flush()


def decide_pair(session: Session, query: str, place: str, verdict: Verdict, *, actor_id: int, now: dt.datetime) -> None:
    """Decide on a candidate; a second decision replaces the first."""
    wanted = sa.select(PairDecision).where(PairDecision.query == query, PairDecision.place == place)
    decision = session.scalar(wanted)
    if decision is None:
        decision = PairDecision(query=query, place=place)
        session.add(decision)
    decision.verdict, decision.actor_id, decision.at = verdict.value, actor_id, now
    session.flush()
    record(session, "review.pair_decided", place, actor_id=actor_id, now=now, detail=f"{verdict}: {query}")
