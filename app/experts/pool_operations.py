"""What those who keep the pool change: profiles, terms of appointment, who has left. Bookings are in operations.py."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import record
from app.experts import queries
from app.experts.availability import Days
from app.experts.models import (
    Expert,
    ExpertAbsence,
    ExpertInternal,
    ExpertSlot,
    ExpertTag,
    ExpertTerm,
    TagKind,
)
from app.experts.operations import Refused
from app.experts.profile import COLUMNS, Profile, write_profile
from app.experts.table import Plan

OVERTAKEN = Refused("version", "这份资料刚被别人改过，您的修改没有保存，以免盖掉别人的。请刷新后再改。")


def add_expert(
    session: Session,
    profile: Profile,
    *,
    key: str = "",
    is_sample: bool = False,
    actor_id: int | None,
    now: dt.datetime,
) -> Expert:
    """Add an expert; without a `key` the next free one is given."""
    expert = Expert(key=key or next_key(session), created_at=now, version=1, is_sample=is_sample)
    internal = ExpertInternal()
    _fill(expert, internal, profile)
    session.add(expert)
    session.flush()
    internal.expert_id = expert.id
    session.add(internal)
    session.flush()
    record(session, "experts.added", f"expert {expert.key}", actor_id=actor_id, now=now, detail=expert.name)
    return expert


def next_key(session: Session) -> str:
    """The key after the highest there is: e-049."""
    session.flush()
    numbers = [int(key.removeprefix("e-")) for key in session.scalars(sa.select(Expert.key))]
    return f"e-{max(numbers, default=0) + 1:03d}"


def change_expert(
    session: Session, expert: Expert, profile: Profile, *, version: int, actor_id: int | None, now: dt.datetime
) -> list[str]:
    """Make an expert as `profile` says; returns the names of what changed.

    Raises Refused ("version") when the profile was changed since `version`, or the expert has left the pool.
    """
    session.refresh(expert, with_for_update=True)
    if expert.version != version:
        raise OVERTAKEN
    _check_in_pool(expert)
    internal = queries.internal(session, expert.id)
    before = write_profile(expert, internal)
    _fill(expert, internal, profile)
    session.flush()
    session.expire(expert)
    changed = [name for name, text in write_profile(expert, internal).items() if text != before[name]]
    if changed:
        expert.version = version + 1
        session.flush()
        detail = "、".join(COLUMNS[name] for name in changed)
        record(session, "experts.changed", f"expert {expert.key}", actor_id=actor_id, now=now, detail=detail)
    return changed


def _fill(expert: Expert, internal: ExpertInternal, profile: Profile) -> None:
    expert.name, expert.kind = profile.name, profile.kind.value
    expert.organisation, expert.post = profile.organisation, profile.post
    expert.specialities, expert.courses = profile.specialities, "\n".join(profile.courses)
    expert.yearly_cap, expert.consented_on = profile.yearly_cap, profile.consented_on
    expert.tags = [tag for kind, values in _tags(profile) for tag in _numbered(kind, values)]
    expert.slots = [ExpertSlot(weekday=s.weekday, starts=s.starts, ends=s.ends) for s in profile.slots]
    expert.absences = [ExpertAbsence(starts_on=first, ends_on=last) for first, last in profile.absences]
    expert.terms = [ExpertTerm(starts_on=first, ends_on=last) for first, last in profile.terms]
    internal.phone, internal.fee_note, internal.note = profile.phone, profile.fee_note, profile.note


def _tags(profile: Profile) -> Sequence[tuple[TagKind, Sequence[str]]]:
    return (TagKind.FIELD, profile.fields), (TagKind.MATTER, profile.matters), (TagKind.FORM, profile.forms)


def _numbered(kind: TagKind, values: Sequence[str]) -> list[ExpertTag]:
    return [ExpertTag(kind=kind.value, value=value, place=place) for place, value in enumerate(values)]


def renew(session: Session, expert: Expert, term: Days, *, actor_id: int | None, now: dt.datetime) -> None:
    """Add a term of appointment. Raises Refused when it overlaps one there is, or the expert has left the pool."""
    session.refresh(expert, with_for_update=True)
    _check_in_pool(expert)
    if term[0] > term[1]:
        raise Refused("ends_on", "结束日期不能早于开始日期。")
    if any(own.starts_on <= term[1] and term[0] <= own.ends_on for own in expert.terms):
        raise Refused("starts_on", "和已有的聘期重叠。")
    expert.terms.append(ExpertTerm(starts_on=term[0], ends_on=term[1]))
    expert.version += 1
    session.flush()
    detail = f"{term[0]} to {term[1]}"
    record(session, "experts.renewed", f"expert {expert.key}", actor_id=actor_id, now=now, detail=detail)


def retire(session: Session, expert: Expert, reason: str, *, actor_id: int | None, now: dt.datetime) -> None:
    """Take an expert out of the pool; everything is kept. Raises Refused while bookings are to come."""
    session.refresh(expert, with_for_update=True)
    if expert.retired_at:
        return
    ahead = queries.bookings(session, [expert.id], since=now)
    if ahead:
        titles = "、".join(booking.title for booking in ahead[:3])
        raise Refused("reason", f"还有 {len(ahead)} 场没有上完（{titles}），请先换人或者取消。")
    expert.retired_at, expert.retired_reason, expert.version = now, reason, expert.version + 1
    session.flush()
    record(session, "experts.retired", f"expert {expert.key}", actor_id=actor_id, now=now, detail=reason)


def restore(session: Session, expert: Expert, *, actor_id: int | None, now: dt.datetime) -> None:
    """Take a retired expert back into the pool."""
    session.refresh(expert, with_for_update=True)
    if expert.retired_at is None:
        return
    expert.retired_at, expert.retired_reason, expert.version = None, "", expert.version + 1
    session.flush()
    record(session, "experts.restored", f"expert {expert.key}", actor_id=actor_id, now=now)


def _check_in_pool(expert: Expert) -> None:
    if expert.retired_at:
        raise Refused("version", "这位师资已退出师资库，请先恢复。")


def import_table(session: Session, plan: Plan, *, actor_id: int | None, now: dt.datetime) -> None:
    """Carry out what a table would change, all of it. Raises Refused when it cannot be."""
    if not plan.is_ready:
        raise Refused("file", "确认之前资料已被别人改动，没有导入任何内容。请重新上传。")
    for profile in plan.added:
        add_expert(session, profile, actor_id=actor_id, now=now)
    for change in plan.changed:
        version = change.expert.version
        change_expert(session, change.expert, change.profile, version=version, actor_id=actor_id, now=now)
    detail = f"{len(plan.added)} added, {len(plan.changed)} changed, {plan.unchanged} unchanged"
    record(session, "experts.imported", "table", actor_id=actor_id, now=now, detail=detail)
