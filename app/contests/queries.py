"""Questions about contests: who sees which, how the teams stand, what is saved of an entry."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload, undefer

from app.access import Role
from app.accounts.models import Unit, User
from app.accounts.queries import branch
from app.answers import Save
from app.contests.models import Contest, Entry, EntryAnswer, State, Team, seconds_between
from app.contests.standings import Result, Standing, standings

GRACE = dt.timedelta(seconds=10)  # for a save or a hand-in that was on its way when time ran out
MOST_PEOPLE = 50


@dataclass(frozen=True)
class Row:
    """A team on the board: its standing, and how many of its members have handed in."""

    standing: Standing
    team: Team
    members: int
    finished: int


@dataclass(frozen=True)
class Board:
    """The board as one viewer may see it; frozen: with what had been handed in up to `as_of`."""

    rows: Sequence[Row]
    is_frozen: bool
    as_of: dt.datetime


def _held_by(actor: User) -> sa.ColumnElement[bool]:
    if actor.role != Role.TRAINER:
        return sa.false()
    return Contest.unit_id.in_(branch(actor.unit_id))


def _seen_by(actor: User) -> sa.ColumnElement[bool]:
    """Contests a trainer holds; once published, those one is a member of, and a trainer those with teams of theirs."""
    mine = sa.select(Entry.contest_id).where(Entry.user_id == actor.id)
    near = sa.select(Team.contest_id).where(Team.unit_id.in_(branch(actor.unit_id)))
    concerned: sa.ColumnElement[bool] = Contest.id.in_(mine)
    if actor.role == Role.TRAINER:
        concerned = sa.or_(concerned, Contest.id.in_(near))
    return sa.or_(_held_by(actor), sa.and_(Contest.state != State.DRAFT.value, concerned))


def contests(session: Session, actor: User) -> Sequence[Contest]:
    """The contests this person sees, the latest first."""
    query = sa.select(Contest).where(_seen_by(actor)).options(joinedload(Contest.unit))
    return session.scalars(query.order_by(Contest.starts_at.desc(), Contest.id.desc()).limit(100)).all()


def waiting_for(session: Session, user_id: int, now: dt.datetime) -> Sequence[Contest]:
    """Contests under way whose paper this person has still to hand in, the first to end first."""
    query = sa.select(Contest).join(Entry, Entry.contest_id == Contest.id)
    query = query.where(Entry.user_id == user_id, Entry.finished_at.is_(None), Contest.state == State.PUBLISHED.value)
    query = query.where(Contest.starts_at <= now, Contest.ends_at > now)
    return session.scalars(query.order_by(Contest.ends_at, Contest.id)).all()


def seen(session: Session, id: int, actor: User) -> Contest | None:
    """A contest this person may look at."""
    return session.scalar(sa.select(Contest).where(Contest.id == id, _seen_by(actor)).options(joinedload(Contest.unit)))


def held(session: Session, id: int, actor: User) -> Contest | None:
    """A contest this trainer holds."""
    query = sa.select(Contest).where(Contest.id == id, _held_by(actor)).options(joinedload(Contest.unit))
    return session.scalar(query)


def is_held(session: Session, contest: Contest, actor: User) -> bool:
    """Whether this trainer holds the contest."""
    return held(session, contest.id, actor) is not None


def with_paper(session: Session, id: int) -> Contest:
    """A contest with its paper."""
    return session.scalars(sa.select(Contest).where(Contest.id == id).options(undefer(Contest.paper))).one()


def entry(session: Session, contest_id: int, user_id: int) -> Entry | None:
    """A person's entry, whatever the session remembers of it."""
    query = sa.select(Entry).where(Entry.contest_id == contest_id, Entry.user_id == user_id)
    return session.scalar(query.execution_options(populate_existing=True))


def saved(session: Session, contest_id: int, user_id: int) -> dict[str, Save]:
    """The answers kept of an entry, by the key of their question."""
    mine = sa.and_(EntryAnswer.contest_id == contest_id, EntryAnswer.user_id == user_id)
    rows = session.execute(sa.select(EntryAnswer.key, EntryAnswer.chosen, EntryAnswer.seq).where(mine))
    return {key: Save(chosen, seq) for key, chosen, seq in rows}


def teams(session: Session, contest_id: int) -> Sequence[Team]:
    """The teams with their members."""
    query = (
        sa.select(Team)
        .where(Team.contest_id == contest_id)
        .options(joinedload(Team.unit), selectinload(Team.entries).joinedload(Entry.user))
        .order_by(Team.id)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def board(session: Session, contest: Contest, *, is_live: bool, now: dt.datetime) -> Board:
    """How the teams stand. Not `is_live`: from the freeze on until the results are announced, as at the freeze."""
    is_frozen = not is_live and contest.state != State.ANNOUNCED and contest.freeze_minutes > 0
    is_frozen = is_frozen and now >= contest.freezes_at
    as_of = contest.freezes_at if is_frozen else now
    query = sa.select(Team).where(Team.contest_id == contest.id).options(joinedload(Team.unit))
    by_id = {team.id: team for team in session.scalars(query)}
    columns = (Entry.team_id, Entry.user_id, Entry.score, Entry.started_at, Entry.finished_at)
    entries = session.execute(sa.select(*columns).where(Entry.contest_id == contest.id)).all()
    results = [
        Result(row.team_id, row.user_id, row.score, seconds_between(row.started_at, row.finished_at), row.finished_at)
        for row in entries
        if row.finished_at is not None and row.finished_at <= as_of
    ]
    members, finished = Counter(row.team_id for row in entries), Counter(row.team_id for row in results)
    rows = [
        Row(standing, by_id[standing.team_id], members[standing.team_id], finished[standing.team_id])
        for standing in standings(by_id, results, contest.best_of)
    ]
    return Board(rows, is_frozen, as_of)


def overdue(now: dt.datetime) -> sa.Select[Entry]:
    """Entries whose time has run out, grace included, and that were not handed in."""
    late = sa.and_(Entry.finished_at.is_(None), Entry.deadline_at < now - GRACE)
    return sa.select(Entry).where(late)


def has_overdue(session: Session, contest_id: int, now: dt.datetime) -> bool:
    """Whether anybody's time has run out."""
    return session.scalar(overdue(now).where(Entry.contest_id == contest_id).limit(1)) is not None


def units_below(session: Session, unit_id: int) -> Sequence[Unit]:
    """A unit and all below it, by code."""
    return session.scalars(sa.select(Unit).where(Unit.id.in_(branch(unit_id))).order_by(Unit.code)).all()


def candidates(session: Session, contest: Contest, team: Team, text: str) -> Sequence[User]:
    """People of the team's branch who are in no team of this contest yet."""
    taken = sa.select(Entry.user_id).where(Entry.contest_id == contest.id)
    query = (
        sa.select(User)
        .join(User.unit)
        .options(contains_eager(User.unit))
        .where(User.unit_id.in_(branch(team.unit_id)), User.is_active, User.id.not_in(taken))
        .order_by(Unit.code, User.username)
    )
    if text:
        fits = (User.name.icontains(text, autoescape=True), User.username.icontains(text, autoescape=True))
        query = query.where(sa.or_(*fits))
    return session.scalars(query.limit(MOST_PEOPLE)).all()


def member_ids(session: Session, contest_id: int) -> Sequence[int]:
    """Who takes part."""
    return session.scalars(sa.select(Entry.user_id).where(Entry.contest_id == contest_id)).all()


def starting_between(session: Session, start: dt.datetime, end: dt.datetime) -> Sequence[Contest]:
    """Published contests that start in this time."""
    soon = sa.and_(Contest.state == State.PUBLISHED.value, Contest.starts_at > start, Contest.starts_at <= end)
    return session.scalars(sa.select(Contest).where(soon)).all()
