"""Questions about sessions: whose they are, who may see them, who is in them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.access import Role
from app.accounts.models import Unit, User
from app.accounts.queries import branch
from app.sessions.models import (
    ACTIVE,
    Enrolment,
    Material,
    Series,
    SessionExpert,
    SessionTarget,
    Standing,
    State,
    TargetKind,
    TrainingSession,
)

Condition = sa.ColumnElement[bool]
PER_PAGE = 20


def chain(unit_id: int) -> sa.Select[int]:
    """Ids of a unit and all above it."""
    bottom = sa.select(Unit.id, Unit.parent_id).where(Unit.id == unit_id).cte(recursive=True)
    chain = bottom.union_all(sa.select(Unit.id, Unit.parent_id).join(bottom, Unit.id == bottom.c.parent_id))
    return sa.select(chain.c.id)


def _target(kind: TargetKind, *conditions: Condition) -> Condition:
    lines = sa.select(SessionTarget.id).where(
        SessionTarget.session_id == TrainingSession.id, SessionTarget.kind == kind.value, *conditions
    )
    return lines.exists()


def _named(kind: TargetKind, word: str) -> Condition:
    return sa.or_(~_target(kind), _target(kind, SessionTarget.word == word))


def in_audience(user: User) -> Condition:
    """Sessions meant for this person: by unit, role and level of the unit."""
    return sa.and_(
        _target(TargetKind.UNIT, SessionTarget.unit_id.in_(chain(user.unit_id))),
        _named(TargetKind.ROLE, user.role),
        _named(TargetKind.LEVEL, user.unit.level),
    )


def _signed_up(user_id: int) -> Condition:
    rows = sa.select(Enrolment.id).where(Enrolment.session_id == TrainingSession.id, Enrolment.user_id == user_id)
    return rows.exists()


def managed(user: User) -> Condition:
    """Sessions this trainer runs: those of the own branch."""
    if user.role != Role.TRAINER:
        return sa.false()
    return TrainingSession.unit_id.in_(branch(user.unit_id))


def visible(user: User) -> Condition:
    """Sessions this person may see: published ones meant for them or signed up for, and those they manage."""
    meant = sa.and_(TrainingSession.state != State.DRAFT.value, sa.or_(in_audience(user), _signed_up(user.id)))
    return sa.or_(meant, managed(user))


def _whole() -> sa.Select[TrainingSession]:
    return sa.select(TrainingSession).options(
        joinedload(TrainingSession.unit),
        joinedload(TrainingSession.series),
        selectinload(TrainingSession.targets).joinedload(SessionTarget.unit),
        selectinload(TrainingSession.topics),
        selectinload(TrainingSession.experts).joinedload(SessionExpert.expert),
    )


def visible_session(session: Session, id: int, user: User) -> TrainingSession | None:
    """A session this person may see."""
    return session.scalar(_whole().where(TrainingSession.id == id, visible(user)))


def managed_session(session: Session, id: int, user: User) -> TrainingSession | None:
    """A session this trainer manages."""
    return session.scalar(_whole().where(TrainingSession.id == id, managed(user)))


def locked(session: Session, id: int) -> TrainingSession:
    """A session as it is now, its row locked until the transaction ends."""
    query = sa.select(TrainingSession).where(TrainingSession.id == id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def audience_ids(session: Session, row: TrainingSession) -> list[int]:
    """Ids of the active people a session is meant for."""
    words = {kind: [t.word for t in row.targets if t.kind == kind] for kind in (TargetKind.ROLE, TargetKind.LEVEL)}
    units = [branch(target.unit_id) for target in row.targets if target.unit_id is not None]
    query = sa.select(User.id).join(User.unit).where(User.is_active, sa.or_(*(User.unit_id.in_(b) for b in units)))
    if words[TargetKind.ROLE]:
        query = query.where(User.role.in_(words[TargetKind.ROLE]))
    if words[TargetKind.LEVEL]:
        query = query.where(Unit.level.in_(words[TargetKind.LEVEL]))
    return list(session.scalars(query.order_by(User.id)))


def is_meant_for(session: Session, id: int, user: User) -> bool:
    """Whether a session is for this person."""
    return session.scalar(sa.select(TrainingSession.id).where(TrainingSession.id == id, in_audience(user))) is not None


def joinable(session: Session, user: User, now: dt.datetime) -> Sequence[TrainingSession]:
    """Published sessions to come that this person may sign up for, now or later, and has not."""
    mine = sa.select(Enrolment.session_id).where(
        Enrolment.user_id == user.id, Enrolment.standing.in_([*ACTIVE, Standing.DECLINED])
    )
    query = _whole().where(
        TrainingSession.state == State.PUBLISHED.value,
        TrainingSession.sign_up_until_at > now,
        TrainingSession.id.not_in(mine),
        in_audience(user),
    )
    return session.scalars(query.order_by(TrainingSession.starts_at, TrainingSession.id)).all()


def enrolments_of(session: Session, user_id: int) -> Sequence[Enrolment]:
    """A person's sign-ups of published, held and cancelled sessions, the latest session first."""
    query = (
        sa.select(Enrolment)
        .join(Enrolment.session)
        .where(Enrolment.user_id == user_id)
        .options(joinedload(Enrolment.session).joinedload(TrainingSession.unit))
        .order_by(TrainingSession.starts_at.desc(), TrainingSession.id)
    )
    return session.scalars(query).all()


def enrolment(session: Session, id: int, user_id: int) -> Enrolment | None:
    """A person's sign-up for a session."""
    query = sa.select(Enrolment).where(Enrolment.session_id == id, Enrolment.user_id == user_id)
    return session.scalar(query.execution_options(populate_existing=True))


def place_in_queue(session: Session, enrolment: Enrolment) -> int:
    """Where a waiting person stands, from 1."""
    ahead = sa.select(sa.func.count()).where(
        Enrolment.session_id == enrolment.session_id,
        Enrolment.standing == Standing.WAITING.value,
        Enrolment.number <= enrolment.number,
    )
    return session.scalar(ahead) or 0


def people(session: Session, id: int, *standings: Standing) -> Sequence[Enrolment]:
    """Sign-ups of a session in the order of arrival; of these standings, if any are named."""
    query = sa.select(Enrolment).where(Enrolment.session_id == id)
    if standings:
        query = query.where(Enrolment.standing.in_([standing.value for standing in standings]))
    options = joinedload(Enrolment.user).joinedload(User.unit)
    return session.scalars(query.options(options).order_by(Enrolment.number)).all()


def user_ids(session: Session, id: int, *standings: Standing) -> list[int]:
    """Ids of those with one of `standings` in a session."""
    query = sa.select(Enrolment.user_id).where(Enrolment.session_id == id, Enrolment.standing.in_(standings))
    return list(session.scalars(query.order_by(Enrolment.number)))


def clash(session: Session, user_id: int, other: TrainingSession) -> Enrolment | None:
    """A sign-up of this person for a session at the same time as `other`."""
    query = (
        sa.select(Enrolment)
        .join(Enrolment.session)
        .where(
            Enrolment.user_id == user_id,
            Enrolment.standing.in_(ACTIVE),
            TrainingSession.id != other.id,
            TrainingSession.state == State.PUBLISHED.value,
            TrainingSession.starts_at < other.ends_at,
            TrainingSession.ends_at > other.starts_at,
        )
        .options(joinedload(Enrolment.session))
    )
    return session.scalars(query.order_by(TrainingSession.starts_at).limit(1)).first()


@dataclass(frozen=True)
class SessionPage:
    """One page of a trainer's list."""

    sessions: Sequence[TrainingSession]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def managed_page(session: Session, user: User, *, state: str, text: str, page: int) -> SessionPage:
    """Sessions a trainer manages, the latest first, narrowed to a state and words of the title."""
    query = _whole().where(managed(user))
    if state:
        query = query.where(TrainingSession.state == state)
    if text:
        query = query.where(TrainingSession.title.icontains(text, autoescape=True))
    total = session.scalar(
        sa.select(sa.func.count()).select_from(query.with_only_columns(TrainingSession.id).subquery())
    )
    query = query.order_by(TrainingSession.starts_at.desc(), TrainingSession.id.desc())
    return SessionPage(session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all(), total or 0, page)


def managed_series(session: Session, user: User) -> Sequence[Series]:
    """Series of a trainer's branch, the newest first, with their sessions."""
    if user.role != Role.TRAINER:
        return []
    query = sa.select(Series).where(Series.unit_id.in_(branch(user.unit_id)))
    options = (joinedload(Series.unit), selectinload(Series.sessions))
    return session.scalars(query.options(*options).order_by(Series.created_at.desc(), Series.id.desc())).all()


def materials(session: Session, id: int) -> Sequence[Material]:
    """What a session gives to read, as it was added."""
    return session.scalars(sa.select(Material).where(Material.session_id == id).order_by(Material.id)).all()


def is_in_branch(session: Session, user: User, trainer: User) -> bool:
    """Whether a person belongs to a trainer's branch."""
    return (
        session.scalar(sa.select(Unit.id).where(Unit.id == user.unit_id, Unit.id.in_(branch(trainer.unit_id))))
        is not None
    )


def clashing(session: Session, row: TrainingSession) -> dict[int, str]:
    """People of a session who are also in another one at the same time (it was moved), with that one's title."""
    other = aliased(Enrolment)
    query = (
        sa.select(Enrolment.user_id, TrainingSession.title)
        .join(other, other.user_id == Enrolment.user_id)
        .join(TrainingSession, TrainingSession.id == other.session_id)
        .where(
            Enrolment.session_id == row.id,
            Enrolment.standing.in_(ACTIVE),
            other.standing.in_(ACTIVE),
            TrainingSession.id != row.id,
            TrainingSession.state == State.PUBLISHED.value,
            TrainingSession.starts_at < row.ends_at,
            TrainingSession.ends_at > row.starts_at,
        )
    )
    return {user_id: title for user_id, title in session.execute(query)}


def material(session: Session, id: int, material_id: int) -> Material | None:
    """One material of a session."""
    return session.scalar(sa.select(Material).where(Material.session_id == id, Material.id == material_id))


def sessions_of_expert(session: Session, expert_id: int) -> Sequence[TrainingSession]:
    """Sessions an expert teaches at, drafts aside, the latest first."""
    query = (
        sa.select(TrainingSession)
        .join(SessionExpert)
        .where(SessionExpert.expert_id == expert_id, TrainingSession.state != State.DRAFT.value)
    )
    return session.scalars(query.order_by(TrainingSession.starts_at.desc())).all()


def branch_units(session: Session, user: User) -> Sequence[Unit]:
    """Units of a trainer's branch, by code."""
    return session.scalars(sa.select(Unit).where(Unit.id.in_(branch(user.unit_id))).order_by(Unit.code)).all()
