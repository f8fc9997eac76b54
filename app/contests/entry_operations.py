"""Taking the paper: starting, saving, handing in. Time is the server's; the database guards what a race could break.

Opening twice starts once, saving an older answer changes nothing, handing in twice is once.
"""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.answers import Save
from app.contests import queries
from app.contests.models import Contest, Entry, EntryAnswer, State
from app.db import insert
from quizzes.grading import grade
from quizzes.paper import Paper


class CannotStart(Exception):
    """The paper may not be opened now; says why in Chinese."""


class Closed(Exception):
    """The entry takes no more answers: handed in, or its time is over."""


def paper_of(contest: Contest) -> Paper:
    """The paper that everyone gets."""
    return Paper.from_record(contest.paper or {"seed": 0, "items": []})


def start(session: Session, contest: Contest, user_id: int, *, now: dt.datetime) -> None:
    """Open the paper; the clock runs from the first time. Raises CannotStart."""
    if contest.state != State.PUBLISHED:
        raise CannotStart("这场比武没有在进行。")
    if now < contest.starts_at:
        raise CannotStart("还没到开始时间。")
    if now >= contest.ends_at:
        raise CannotStart("比武已经结束，不能再开始。")
    deadline = min(now + dt.timedelta(minutes=contest.minutes), contest.ends_at)
    unopened = sa.and_(_is(contest.id, user_id), Entry.started_at.is_(None))
    session.execute(sa.update(Entry).where(unopened).values(started_at=now, deadline_at=deadline))


def _is(contest_id: int, user_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(Entry.contest_id == contest_id, Entry.user_id == user_id)


def _locked(session: Session, contest_id: int, user_id: int) -> Entry | None:
    query = sa.select(Entry).where(_is(contest_id, user_id)).with_for_update()
    return session.scalar(query.execution_options(populate_existing=True))


def is_over(entry: Entry, now: dt.datetime) -> bool:
    """Whether the time of an open entry has run out, grace included."""
    return entry.deadline_at is not None and now > entry.deadline_at + queries.GRACE


def save(
    session: Session, contest: Contest, user_id: int, saves: Mapping[str, Save], *, now: dt.datetime
) -> dict[str, Save]:
    """Keep answers that are newer than those kept; returns what is now kept for each of these questions.

    Raises Closed; raises KeyError for a question that is not on the paper.
    """
    entry = _locked(session, contest.id, user_id)
    if entry is None or not entry.is_open or is_over(entry, now) or contest.state != State.PUBLISHED:
        raise Closed
    if unknown := set(saves) - set(contest.keys):
        raise KeyError(min(unknown))
    same = {"contest_id": contest.id, "user_id": user_id, "saved_at": now}
    rows = [same | {"key": key, "chosen": one.chosen, "seq": one.seq} for key, one in saves.items()]
    made = insert(session, EntryAnswer).values(rows)
    newer = made.on_conflict_do_update(
        index_elements=[EntryAnswer.contest_id, EntryAnswer.user_id, EntryAnswer.key],
        set_={name: made.excluded[name] for name in ("chosen", "seq", "saved_at")},
        where=made.excluded.seq > EntryAnswer.seq,
    )
    stored = set(session.scalars(newer.returning(EntryAnswer.key)))
    if stored == set(saves):
        return dict(saves)
    kept = queries.saved(session, contest.id, user_id)
    return {key: saves[key] if key in stored else kept[key] for key in saves}


def hand_in(session: Session, contest: Contest, user_id: int, *, now: dt.datetime) -> None:
    """Mark an open entry with what was saved; a second time changes nothing."""
    entry = _locked(session, contest.id, user_id)
    if entry is not None and entry.is_open:
        _finish(session, queries.with_paper(session, contest.id), entry, now)


def _finish(session: Session, contest: Contest, entry: Entry, now: dt.datetime) -> None:
    """One whose time had run out counts as finished at that instant."""
    kept = queries.saved(session, contest.id, entry.user_id)
    grading = grade(paper_of(contest), {key: one.chosen for key, one in kept.items()})
    entry.finished_at = min(now, entry.deadline_at) if entry.deadline_at else now
    entry.score = grading.score
    session.flush()


def close_overdue(session: Session, contest: Contest, *, now: dt.datetime) -> int:
    """Finish the entries whose time has run out; how many that were."""
    query = queries.overdue(now).where(Entry.contest_id == contest.id)
    late = session.scalars(query.with_for_update(skip_locked=True)).all()
    if late:
        contest = queries.with_paper(session, contest.id)
    for entry in late:
        _finish(session, contest, entry, now)
    return len(late)
