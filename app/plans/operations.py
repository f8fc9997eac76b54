"""What happens to plans: written as a draft, published, closed at the year's end; unfinished items carried over."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import record
from app.plans import queries
from app.plans.models import Plan, PlanItem, PlanItemField, State
from app.plans.report import Figures


class Refused(Exception):
    """A change that the rules forbid; names the form field it is about and says why in Chinese."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Facts:
    """What one can say of an item. `hours` are those of one session."""

    quarter: int
    topic: str
    audience: str
    fields: tuple[str, ...]
    hours: Decimal
    sessions_planned: int
    people_planned: int
    organiser: str
    note: str


NEXT = {State.DRAFT: {State.PUBLISHED}, State.PUBLISHED: {State.CLOSED}, State.CLOSED: {State.PUBLISHED}}


def add_plan(
    session: Session,
    unit_id: int,
    year: int,
    note: str,
    *,
    actor_id: int | None,
    now: dt.datetime,
    sample: bool = False,
) -> Plan:
    """Begin the plan of a unit for a year. Raises Refused when there is one."""
    plan = Plan(unit_id=unit_id, year=year, state=State.DRAFT.value, note=note, created_at=now, is_sample=sample)
    session.add(plan)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("year", "这个单位这一年已经有计划了，请直接修改那一份。") from error
    record(session, "plans.added", f"plan {plan.id}", actor_id=actor_id, now=now, detail=f"unit {unit_id}, {year}")
    return plan


def change_state(session: Session, plan: Plan, state: State, *, actor_id: int | None, now: dt.datetime) -> None:
    """Publish, close, or open again. Raises Refused when that cannot be, or there is nothing to publish."""
    session.refresh(plan, with_for_update=True)
    if plan.state == state:
        return
    if state not in NEXT[State(plan.state)]:
        raise Refused("state", f"{plan.state_name}的计划不能这样改。")
    if state is State.PUBLISHED and not plan.items:
        raise Refused("state", "计划里还没有项目，先添加再发布。")
    detail = f"{plan.state} → {state}"
    plan.state = state.value
    session.flush()
    record(session, "plans.state_changed", f"plan {plan.id}", actor_id=actor_id, now=now, detail=detail)


def keep_item(
    session: Session, plan: Plan, item: PlanItem | None, facts: Facts, *, actor_id: int | None, now: dt.datetime
) -> PlanItem:
    """Add an item (`item` None) or change one. Raises Refused when the plan is closed."""
    _check_open(session, plan)
    kept = item or PlanItem(plan_id=plan.id)
    _fill(kept, facts)
    session.add(kept)
    session.flush()
    action = "plans.item_changed" if item else "plans.item_added"
    detail = f"{facts.topic}; Q{facts.quarter}; {facts.sessions_planned} × {facts.hours} h; {facts.people_planned}"
    record(session, action, f"plan {plan.id} item {kept.id}", actor_id=actor_id, now=now, detail=detail)
    return kept


def _fill(item: PlanItem, facts: Facts) -> None:
    plain = ("quarter", "topic", "audience", "hours", "sessions_planned", "people_planned", "organiser", "note")
    for name in plain:
        setattr(item, name, getattr(facts, name))
    item.field_rows = [PlanItemField(field=field, place=place) for place, field in enumerate(facts.fields)]


def delete_item(session: Session, item: PlanItem, *, actor_id: int | None, now: dt.datetime) -> None:
    """Remove an item. Raises Refused when sessions belong to it, it was carried over, or the plan is closed."""
    _check_open(session, item.plan)
    if queries.item_sessions(session, [item.id])[item.id]:
        raise Refused("item", "已经有班次属于这一项，不能删除。")
    if queries.carried(session, [item.id]):
        raise Refused("item", "这一项已经结转到下一年，不能删除。")
    detail = item.topic
    record(
        session, "plans.item_deleted", f"plan {item.plan_id} item {item.id}", actor_id=actor_id, now=now, detail=detail
    )
    session.delete(item)
    session.flush()


def delete_plan(session: Session, plan: Plan, *, actor_id: int | None, now: dt.datetime) -> None:
    """Remove a draft without items. Raises Refused otherwise."""
    session.refresh(plan, with_for_update=True)
    if plan.state != State.DRAFT or plan.items:
        raise Refused("state", "只有没有项目的草稿可以删除。")
    record(session, "plans.deleted", f"plan {plan.id}", actor_id=actor_id, now=now, detail=f"{plan.year}")
    session.delete(plan)
    session.flush()


def _check_open(session: Session, plan: Plan) -> None:
    session.refresh(plan, with_for_update=True)
    if plan.state == State.CLOSED:
        raise Refused("state", "这份计划已经结束，不能再改。需要改时先重新打开。")


def unfinished(plan: Plan, figures: dict[int, Figures]) -> list[PlanItem]:
    """Items of which fewer sessions were held than planned."""
    return [item for item in plan.items if figures[item.id].sessions_held < item.sessions_planned]


def carry_over(
    session: Session,
    plan: Plan,
    item_ids: Sequence[int],
    figures: dict[int, Figures],
    *,
    actor_id: int | None,
    now: dt.datetime,
) -> tuple[Plan, int]:
    """Put what is left of the chosen unfinished items into next year's plan; that plan, and how many items were put.

    The plan is begun when there is none. An item that was carried over before is left as it is. What is left: the
    sessions not held, and the attendances still wanted. Raises Refused when next year's plan is closed.
    """
    session.refresh(plan, with_for_update=True)
    following = queries.plan_of(session, plan.unit_id, plan.year + 1)
    following = following or add_plan(session, plan.unit_id, plan.year + 1, "", actor_id=actor_id, now=now)
    _check_open(session, following)
    done = queries.carried(session, [item.id for item in plan.items])
    chosen = [i for i in unfinished(plan, figures) if i.id in item_ids and i.id not in done]
    for item in chosen:
        fresh = PlanItem(plan_id=following.id, carried_from_id=item.id)
        _fill(fresh, _rest(item, figures[item.id]))
        session.add(fresh)
    session.flush()
    if chosen:
        detail = f"{len(chosen)} items to plan {following.id}"
        record(session, "plans.carried_over", f"plan {plan.id}", actor_id=actor_id, now=now, detail=detail)
    return following, len(chosen)


def _rest(item: PlanItem, done: Figures) -> Facts:
    return Facts(
        quarter=1,
        topic=item.topic,
        audience=item.audience,
        fields=item.fields,
        hours=item.hours,
        sessions_planned=item.sessions_planned - done.sessions_held,
        people_planned=max(0, item.people_planned - done.attended),
        organiser=item.organiser,
        note=item.note,
    )
