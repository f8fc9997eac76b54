"""What is read of plans, and the sessions of a year they are compared with."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app.access import Role
from app.accounts.models import Unit, User
from app.accounts.queries import branch
from app.clock import LOCAL
from app.plans.models import Plan, PlanItem, State
from app.plans.report import Held, Planned
from app.sessions.models import SessionTopic, TopicKind, TrainingSession
from app.sessions.models import State as SessionState
from app.sessions.outcome_queries import Share, held_sessions
from app.sessions.queries import chain

WHOLE = (joinedload(Plan.unit), selectinload(Plan.items).selectinload(PlanItem.field_rows))


def _own(user: User) -> sa.ColumnElement[bool]:
    """Plans this person makes: those of the own branch; of all units for administrators."""
    return sa.true() if user.role == Role.ADMIN else Plan.unit_id.in_(branch(user.unit_id))


def _visible(user: User) -> sa.Select[Plan]:
    """Plans a person may read: the own, and published ones of the units above."""
    above = sa.and_(Plan.unit_id.in_(chain(user.unit_id)), Plan.state != State.DRAFT.value)
    return sa.select(Plan).join(Plan.unit).where(sa.or_(_own(user), above)).options(*WHOLE)


def visible(session: Session, user: User) -> Sequence[Plan]:
    """Plans a person may read, the latest year first."""
    return session.scalars(_visible(user).order_by(Plan.year.desc(), Unit.code)).all()


def plan(session: Session, id: int, user: User) -> Plan | None:
    """A plan a person may read."""
    return session.scalar(_visible(user).where(Plan.id == id))


def own_plan(session: Session, id: int, user: User) -> Plan | None:
    """A plan a person may change."""
    return session.scalar(sa.select(Plan).where(Plan.id == id, _own(user)).options(*WHOLE))


def units(session: Session, user: User) -> Sequence[Unit]:
    """Units whose plans a person may make, by code."""
    wanted = sa.select(Unit).order_by(Unit.code)
    if user.role != Role.ADMIN:
        wanted = wanted.where(Unit.id.in_(branch(user.unit_id)))
    return session.scalars(wanted).all()


def plan_of(session: Session, unit_id: int, year: int) -> Plan | None:
    """The plan of a unit for a year."""
    return session.scalar(sa.select(Plan).where(Plan.unit_id == unit_id, Plan.year == year).options(*WHOLE))


def item_sessions(session: Session, item_ids: Sequence[int]) -> dict[int, list[TrainingSession]]:
    """Sessions that belong to items and are not cancelled, by item, the first to begin first."""
    wanted = sa.select(TrainingSession).where(
        TrainingSession.plan_item_id.in_(item_ids), TrainingSession.state != SessionState.CANCELLED.value
    )
    found: dict[int, list[TrainingSession]] = {id: [] for id in item_ids}
    for row in session.scalars(wanted.order_by(TrainingSession.starts_at)):
        found[row.plan_item_id or 0].append(row)
    return found


def carried(session: Session, item_ids: Sequence[int]) -> set[int]:
    """Those of the items that were carried over."""
    rows = session.scalars(sa.select(PlanItem.carried_from_id).where(PlanItem.carried_from_id.in_(item_ids)))
    return {id for id in rows if id}


def planned_in_branch(session: Session, plan: Plan) -> list[Planned]:
    """The items of a plan and of the published plans of the units below, of the same year."""
    others = sa.and_(Plan.unit_id.in_(branch(plan.unit_id)), Plan.state != State.DRAFT.value)
    wanted = sa.select(Plan).where(Plan.year == plan.year, sa.or_(Plan.id == plan.id, others)).options(*WHOLE)
    rows = session.scalars(wanted.order_by(Plan.id)).all()
    return [as_planned(item, row.unit_id) for row in rows for item in row.items]


def as_planned(item: PlanItem, unit_id: int) -> Planned:
    """An item as the report sees it."""
    return Planned(
        id=item.id,
        unit_id=unit_id,
        quarter=item.quarter,
        topic=item.topic,
        fields=item.fields,
        hours=item.hours,
        sessions=item.sessions_planned,
        people=item.people_planned,
    )


def held_in_branch(session: Session, plan: Plan) -> list[Held]:
    """Sessions of the plan's year that its branch held. What others held counts in no plan of this branch."""
    inside: set[int] = set(session.scalars(sa.select(Unit.id).where(Unit.id.in_(branch(plan.unit_id)))))
    chosen = [row for row in held_sessions(session, *year_of(plan.year)) if row.unit_id in inside]
    fields = _fields(session, [row.id for row in chosen])
    return [
        Held(
            item_id=row.plan_item_id,
            unit_id=row.unit_id,
            quarter=(row.starts_at.astimezone(LOCAL).month + 2) // 3,
            fields=fields.get(row.id, ()),
            hours=row.hours,
            attended=row.attended,
            credited=Decimal(row.credited),
        )
        for row in chosen
    ]


def year_of(year: int) -> tuple[dt.datetime, dt.datetime]:
    """From when until when a year lasts in Jinhua."""
    return dt.datetime(year, 1, 1, tzinfo=LOCAL), dt.datetime(year + 1, 1, 1, tzinfo=LOCAL)


def _fields(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        sa.select(SessionTopic.session_id, SessionTopic.key)
        .where(SessionTopic.session_id.in_(ids), SessionTopic.kind == TopicKind.FIELD.value)
        .order_by(SessionTopic.id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for id, field in rows:
        found[id] = (*found.get(id, ()), field)
    return found


@dataclass(frozen=True, slots=True)
class Trained:
    """Those of a unit and all below it who were trained: different people, attendances 人次, hours credited."""

    name: str
    people: int
    attended: int
    hours: Decimal


def trained(session: Session, plan: Plan, shares: Mapping[int, Share]) -> list[Trained]:
    """`shares` of single units, summed up for the plan's unit itself and each unit right below it."""
    below = session.scalars(sa.select(Unit).where(Unit.parent_id == plan.unit_id).order_by(Unit.code)).all()
    groups = {plan.unit.name: {plan.unit_id}} | {unit.name: set(session.scalars(branch(unit.id))) for unit in below}
    rows = [(name, [shares[id] for id in ids if id in shares]) for name, ids in groups.items()]
    return [
        Trained(name, sum(s.people for s in own), sum(s.attended for s in own), sum((s.hours for s in own), Decimal(0)))
        for name, own in rows
        if own
    ]


def unit_names(session: Session) -> dict[int, str]:
    """Names of units by id."""
    return {id: name for id, name in session.execute(sa.select(Unit.id, Unit.name))}
