"""Setting a contest up: what trainers change before it starts, its publication, its end."""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.accounts.queries import branch
from app.audit import record
from app.certificates import operations as certificates
from app.certificates.models import Kind
from app.contests import entry_operations, queries
from app.contests.models import Contest, Entry, State, Team
from app.filters import format_time
from app.notices.operations import notify
from quizzes.paper import Blueprint, Draw, NotEnough, draw
from quizzes.question import Question, QuestionType

NUMERALS = "一二三四五六七八九十"


class Refused(Exception):
    """A change that the rules forbid; names the form field it is about and says why in Chinese."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


NOT_A_DRAFT = Refused("", "只有草稿可以修改。已发布的请先撤回。")


def keep(session: Session, contest: Contest, values: Mapping[str, Any], *, actor: User, now: dt.datetime) -> None:
    """Add a draft or change one. Raises Refused."""
    is_new = contest.id is None
    if is_new:
        contest.unit_id, contest.author_id = actor.unit_id, actor.id
        contest.state = State.DRAFT.value
    elif contest.state != State.DRAFT:
        raise NOT_A_DRAFT
    for name, value in values.items():
        setattr(contest, name, value)
    session.add(contest)
    session.flush()
    action = "contests.added" if is_new else "contests.changed"
    record(session, action, f"contest {contest.id}", actor_id=actor.id, now=now, detail=contest.title)


def add_team(session: Session, contest: Contest, name: str, unit_id: int) -> Team:
    """Add a team of a unit in the holder's branch. Raises Refused."""
    if contest.state != State.DRAFT:
        raise NOT_A_DRAFT
    if session.scalar(sa.select(Unit.id).where(Unit.id == unit_id, Unit.id.in_(branch(contest.unit_id)))) is None:
        raise Refused("unit", "请从列表中选择本级或下级单位。")
    team = Team(contest_id=contest.id, name=name, unit_id=unit_id)
    try:
        with session.begin_nested():
            session.add(team)
    except IntegrityError as error:
        raise Refused("name", "这场比武里已经有同名的队。") from error
    return team


def add_unit_teams(session: Session, contest: Contest) -> int:
    """A team for each unit directly below the holder that has none yet; how many were added. Raises Refused."""
    present = {team.unit_id for team in queries.teams(session, contest.id)}
    below = session.scalars(sa.select(Unit).where(Unit.parent_id == contest.unit_id).order_by(Unit.code)).all()
    fresh = [unit for unit in below if unit.id not in present]
    for unit in fresh:
        add_team(session, contest, unit.name[:36] + "代表队", unit.id)
    return len(fresh)


def delete_team(session: Session, contest: Contest, team: Team) -> None:
    """Take a team out of a draft. Raises Refused."""
    if contest.state != State.DRAFT:
        raise NOT_A_DRAFT
    session.delete(team)
    session.flush()


def add_members(session: Session, contest: Contest, team: Team, user_ids: Iterable[int]) -> int:
    """Put people of the team's branch who are in no team yet into this one; how many. Raises Refused."""
    if contest.state != State.DRAFT:
        raise NOT_A_DRAFT
    taken = sa.select(Entry.user_id).where(Entry.contest_id == contest.id)
    people = sa.select(User.id).where(
        User.id.in_(list(user_ids)), User.is_active, User.unit_id.in_(branch(team.unit_id)), User.id.not_in(taken)
    )
    ids = session.scalars(people).all()
    session.add_all(Entry(contest_id=contest.id, team_id=team.id, user_id=id) for id in ids)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("", "有人刚被编入别的队，请刷新后再选。") from error
    return len(ids)


def remove_member(session: Session, contest: Contest, team: Team, user_id: int) -> None:
    """Take a person out of a team of a draft. Raises Refused."""
    if contest.state != State.DRAFT:
        raise NOT_A_DRAFT
    session.execute(sa.delete(Entry).where(Entry.team_id == team.id, Entry.user_id == user_id))


def draws_of(contest: Contest) -> tuple[Draw, ...]:
    """What the blueprint says."""
    return tuple(
        Draw(QuestionType(row["type"]), row["count"], Decimal(row["points"]), row["field"]) for row in contest.blueprint
    )


def publish(
    session: Session, contest: Contest, questions: Sequence[Question], *, actor_id: int, now: dt.datetime
) -> None:
    """Draw the paper, once for all, and tell the members. Raises Refused."""
    if contest.state != State.DRAFT:
        raise Refused("", "这场比武已经发布过了。")
    _check_ready(queries.teams(session, contest.id), contest, now)
    try:
        paper = draw(Blueprint(contest.title, draws_of(contest)), questions, secrets.randbelow(2**31))
    except NotEnough as error:
        raise Refused("", f"{error}，请减少题量或换一个领域。") from error
    contest.paper, contest.total = paper.to_record(), paper.total
    contest.keys = [leaf.question.key for leaf in paper.leaves]
    contest.state = State.PUBLISHED.value
    contest.times_published += 1
    session.flush()
    record(session, "contests.published", f"contest {contest.id}", actor_id=actor_id, now=now, detail=contest.title)
    span = f"{format_time(contest.starts_at)} 开始，{format_time(contest.ends_at)} 结束"
    body = f"{span}，限时 {contest.minutes} 分钟，每人一次机会。"
    _tell(session, contest, f"published-{contest.times_published}", f"您参加大比武：{contest.title}", body, now)


def _check_ready(teams: Sequence[Team], contest: Contest, now: dt.datetime) -> None:
    if contest.starts_at <= now:
        raise Refused("", "开始时间已经过了，请先修改开始时间。")
    if len(teams) < 2:
        raise Refused("", "至少要有两个队。")
    empty = [team.name for team in teams if not team.entries]
    if empty:
        raise Refused("", f"还没有队员：{'、'.join(empty)}。")


def unpublish(session: Session, contest: Contest, *, actor_id: int, now: dt.datetime) -> None:
    """Make a published contest a draft again before it starts. Raises Refused."""
    if contest.state != State.PUBLISHED or now >= contest.starts_at:
        raise Refused("", "已经开始的比武不能撤回修改，只能取消。")
    contest.state, contest.paper, contest.keys, contest.total = State.DRAFT.value, None, [], None
    record(session, "contests.unpublished", f"contest {contest.id}", actor_id=actor_id, now=now, detail=contest.title)
    title = f"大比武安排有变：{contest.title}"
    _tell(session, contest, f"unpublished-{contest.times_published}", title, "安排正在修改，改好后会再通知您。", now)


def cancel(session: Session, contest: Contest, reason: str, *, actor_id: int, now: dt.datetime) -> None:
    """Cancel a published contest for good and tell the members why. Raises Refused."""
    if contest.state != State.PUBLISHED:
        raise Refused("", "只有已发布、还没公布结果的比武可以取消。")
    contest.state, contest.reason = State.CANCELLED.value, reason
    record(session, "contests.cancelled", f"contest {contest.id}", actor_id=actor_id, now=now, detail=reason)
    _tell(session, contest, "cancelled", f"大比武取消：{contest.title}", f"原因：{reason}", now)


def delete_draft(session: Session, contest: Contest, *, actor_id: int, now: dt.datetime) -> None:
    """Remove a draft. Raises Refused."""
    if contest.state != State.DRAFT:
        raise NOT_A_DRAFT
    record(session, "contests.deleted", f"contest {contest.id}", actor_id=actor_id, now=now, detail=contest.title)
    session.delete(contest)
    session.flush()


def announce(session: Session, contest: Contest, *, actor_id: int, now: dt.datetime) -> None:
    """Open the final board to all, issue the certificates and tell every member. Raises Refused."""
    if contest.state != State.PUBLISHED:
        raise Refused("", "只有已发布的比武可以公布结果。")
    if now <= contest.ends_at + queries.GRACE:
        raise Refused("", f"{format_time(contest.ends_at)} 结束后才能公布结果。")
    entry_operations.close_overdue(session, contest, now=now)
    contest.state, contest.announced_at = State.ANNOUNCED.value, now
    session.flush()
    record(session, "contests.announced", f"contest {contest.id}", actor_id=actor_id, now=now, detail=contest.title)
    teams = {team.id: team for team in queries.teams(session, contest.id)}
    for row in queries.board(session, contest, is_live=True, now=now).rows:
        rank, score = row.standing.rank, f"{row.standing.score.normalize():f}"
        body = f"{row.team.name}得 {score} 分，第 {rank} 名。可以查看最终成绩和自己的答卷。"
        ids = [entry.user_id for entry in teams[row.team.id].entries]
        _tell(session, contest, "announced", f"大比武结果公布：{contest.title}", body, now, ids)
        if rank <= contest.awards and row.finished:
            _award(session, contest, teams[row.team.id], f"团体第{NUMERALS[rank - 1]}名（{row.team.name}）", now)


def _award(session: Session, contest: Contest, team: Team, detail: str, now: dt.datetime) -> None:
    """A certificate for every member of a winning team who handed in."""
    for entry in team.entries:
        if entry.finished_at:
            certificates.issue(
                session,
                entry.user_id,
                kind=Kind.AWARD,
                subject=contest.title,
                detail=detail,
                source_key=f"contest-{contest.id}-{entry.user_id}",
                now=now,
            )


def _tell(
    session: Session,
    contest: Contest,
    event: str,
    title: str,
    body: str,
    now: dt.datetime,
    user_ids: Sequence[int] | None = None,
) -> None:
    ids = queries.member_ids(session, contest.id) if user_ids is None else user_ids
    url = f"/contests/{contest.id}"
    notify(session, ids, key=f"contest-{contest.id}-{event}", title=title, body=body, url=url, now=now)
