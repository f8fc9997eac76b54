"""Assignments: writing, publishing, withdrawing, copying, extending. Trainers act within their branch only."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Role
from app.accounts.models import Level, User
from app.accounts.queries import branch
from app.audit import record
from app.bank.queries import ReadyBank
from app.training import papers, reminders
from app.training.models import (
    Assignment,
    AssignmentTarget,
    Attempt,
    AttemptState,
    CalendarFeed,
    Extension,
    Rule,
    State,
)
from app.training.reach import count_reached
from app.training.standings import recount
from app.training.trainer_queries import branch_ids, has_attempts
from quizzes.paper import NotEnough, draw

FIXED = ("blueprint", "minutes", "keep", "pass_mark", "bands", "rule", "min_attempts", "is_late_allowed")


class Refused(Exception):
    """A change that the rules forbid; names the form field it is about and says why in Chinese."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True)
class Targets:
    """Whom an assignment is for: people of these units and below with one of these roles in units of one of these
    levels, and these persons."""

    unit_ids: frozenset[int] = frozenset()
    roles: frozenset[Role] = frozenset()
    levels: frozenset[Level] = frozenset()
    user_ids: frozenset[int] = frozenset()

    @classmethod
    def of(cls, assignment: Assignment) -> "Targets":
        """Those of an assignment."""
        rows = assignment.targets
        return cls(
            frozenset(t.unit_id for t in rows if t.unit_id),
            frozenset(Role(t.role) for t in rows if t.role),
            frozenset(Level(t.level) for t in rows if t.level),
            frozenset(t.user_id for t in rows if t.user_id),
        )

    def rows(self) -> list[AssignmentTarget]:
        """As kept."""
        units = [AssignmentTarget(unit_id=id) for id in sorted(self.unit_ids)]
        people = [AssignmentTarget(user_id=id) for id in sorted(self.user_ids)]
        roles = [AssignmentTarget(role=role.value) for role in sorted(self.roles)]
        return units + people + roles + [AssignmentTarget(level=level.value) for level in sorted(self.levels)]


def keep_assignment(
    session: Session,
    assignment: Assignment,
    values: Mapping[str, Any],
    targets: Targets,
    *,
    trainer: User,
    now: dt.datetime,
) -> None:
    """Write an assignment, new or present. Raises Refused for what is outside the branch or can no longer change."""
    is_new = assignment.id is None
    if assignment.state == State.WITHDRAWN:
        raise Refused("", "已撤回的布置不能再改，可以复制一份。")
    _check_targets(session, targets, trainer.unit_id)
    changed = {name: value for name, value in values.items() if is_new or getattr(assignment, name) != value}
    if not is_new and has_attempts(session, assignment.id):
        _check_fixed(assignment, changed)
    for name, value in changed.items():
        setattr(assignment, name, value)
    assignment.updated_at, assignment.revision = now, (assignment.revision or 0) + 1
    if is_new:
        assignment.unit_id, assignment.author_id, assignment.created_at = trainer.unit_id, trainer.id, now
        session.add(assignment)
    _set_targets(session, assignment, targets)
    action = "training.assignment_added" if is_new else "training.assignment_changed"
    detail = f"{assignment.title}; {', '.join(sorted(changed))}"
    record(session, action, f"assignment {assignment.id}", actor_id=trainer.id, now=now, detail=detail)
    if assignment.state == State.PUBLISHED:
        reminders.tell_published(session, assignment, now)  # only those newly reached hear of it


def _check_targets(session: Session, targets: Targets, unit_id: int) -> None:
    if not targets.unit_ids <= set(branch_ids(session, unit_id)):
        raise Refused("units", "有单位不在您的管理范围内。")
    people = sa.select(sa.func.count()).where(User.id.in_(targets.user_ids), User.unit_id.in_(branch(unit_id)))
    if session.scalar(people) != len(targets.user_ids):
        raise Refused("people", "有人员不在您的管理范围内。")
    if not targets.unit_ids and not targets.user_ids:
        raise Refused("units", "请选择至少一个单位，或者写明人员。")
    if targets.unit_ids and not (targets.roles and targets.levels):
        raise Refused("roles" if not targets.roles else "levels", "按单位布置时，角色和级别都至少选一项。")


def _check_fixed(assignment: Assignment, changed: Mapping[str, Any]) -> None:
    """What may not change once somebody has begun: it would be another quiz for those who come later."""
    if fixed := [name for name in FIXED if name in changed]:
        raise Refused(fixed[0], "已经有人开始答题，组卷、限时、评分和完成规则不能再改。可以撤回后复制一份。")
    if changed.get("max_attempts", assignment.max_attempts) < assignment.max_attempts:
        raise Refused("max_attempts", "已经有人开始答题，次数只能加不能减。")


def _set_targets(session: Session, assignment: Assignment, targets: Targets) -> None:
    if assignment.id is not None and Targets.of(assignment) == targets:
        return
    assignment.targets.clear()
    session.flush()  # the old rows go first: the new ones may repeat them
    assignment.targets.extend(targets.rows())
    session.flush()


def publish(session: Session, assignment: Assignment, bank: ReadyBank, *, actor_id: int, now: dt.datetime) -> int:
    """Give the assignment to its people; how many these are now. Raises Refused."""
    if assignment.state != State.DRAFT:
        raise Refused("", "只有草稿可以发布。")
    if assignment.due_at <= now:
        raise Refused("due_at", "截止时间已经过去，请先修改。")
    try:
        draw(papers.blueprint_from_record(assignment.title, assignment.blueprint), bank.questions, 0)
    except NotEnough as error:
        raise Refused("draws", f"{error}。请减少题数，或者放宽领域、事项和难度。") from error
    reached = count_reached(session, assignment.id)
    if not reached:
        raise Refused("units", "没有人会收到：所选单位里没有符合角色和级别的人员。")
    assignment.state, assignment.published_at, assignment.updated_at = State.PUBLISHED.value, now, now
    detail = f"{assignment.title}; {reached} people"
    record(
        session, "training.published", f"assignment {assignment.id}", actor_id=actor_id, now=now, detail=detail
    )  # fmt: skip
    session.flush()
    reminders.tell_published(session, assignment, now)
    return reached


def withdraw(session: Session, assignment: Assignment, reason: str, *, actor_id: int, now: dt.datetime) -> None:
    """Take a published assignment back. Results stay; attempts under way are closed by `close_overdue`."""
    if assignment.state != State.PUBLISHED:
        raise Refused("", "只有已发布的布置可以撤回。")
    assignment.state, assignment.withdrawn_at, assignment.withdraw_reason = State.WITHDRAWN.value, now, reason
    assignment.updated_at, assignment.revision = now, assignment.revision + 1
    target = f"assignment {assignment.id}"
    record(session, "training.withdrawn", target, actor_id=actor_id, now=now, detail=f"{assignment.title}; {reason}")
    session.flush()
    reminders.tell_withdrawn(session, assignment, now)


COPIED = (
    "note", "blueprint", "is_late_allowed", "minutes", "max_attempts", "keep", "pass_mark", "bands", "is_required",
    "rule", "min_attempts", "answers_shown",
)  # fmt: skip


def copy(session: Session, assignment: Assignment, *, trainer: User, now: dt.datetime) -> Assignment:
    """A draft like an assignment, open from now on for as long; its targets are those within the trainer's branch."""
    twin = Assignment(**{name: getattr(assignment, name) for name in COPIED})
    twin.title = f"{assignment.title[:74]}（复制）"
    twin.opens_at, twin.due_at = now, now + max(assignment.due_at - assignment.opens_at, dt.timedelta(days=1))
    twin.state, twin.revision = State.DRAFT.value, 0
    twin.unit_id, twin.author_id, twin.created_at, twin.updated_at = trainer.unit_id, trainer.id, now, now
    wanted = Targets.of(assignment)
    below = branch(trainer.unit_id)
    units = wanted.unit_ids.intersection(branch_ids(session, trainer.unit_id))
    people = frozenset(session.scalars(sa.select(User.id).where(User.id.in_(wanted.user_ids), User.unit_id.in_(below))))
    if not units and not people:
        units = frozenset({trainer.unit_id})
    twin.targets = Targets(
        units, wanted.roles or frozenset({Role.OFFICER}), wanted.levels or frozenset(Level), people
    ).rows()
    session.add(twin)
    session.flush()
    target = f"assignment {twin.id}"
    record(
        session, "training.copied", target, actor_id=trainer.id, now=now, detail=f"from assignment {assignment.id}"
    )  # fmt: skip
    return twin


def delete_draft(session: Session, assignment: Assignment, *, actor_id: int, now: dt.datetime) -> None:
    """Remove a draft. Raises Refused for anything people have seen."""
    if assignment.state != State.DRAFT:
        raise Refused("", "发布过的布置不能删除，只能撤回。")
    target = f"assignment {assignment.id}"
    record(session, "training.draft_deleted", target, actor_id=actor_id, now=now, detail=assignment.title)
    session.delete(assignment)
    session.flush()


@dataclass(frozen=True)
class Grant:
    """More time for one person or one unit with its branch."""

    unit_id: int | None
    user_id: int | None
    due_at: dt.datetime | None
    extra_attempts: int
    extra_minutes: int
    reason: str


def extend(session: Session, assignment: Assignment, grant: Grant, *, trainer: User, now: dt.datetime) -> Extension:
    """Give an extension; it replaces an earlier one for the same person or unit. Raises Refused."""
    if assignment.state != State.PUBLISHED:
        raise Refused("", "只有已发布的布置可以延期。")
    if not (grant.due_at or grant.extra_attempts or grant.extra_minutes):
        raise Refused("due_at", "请至少放宽一项：截止时间、次数或者时长。")
    if grant.due_at and grant.due_at <= max(assignment.due_at, now):
        raise Refused("due_at", "新的截止时间要晚于原来的截止时间和现在。")
    _check_targets(session, _granted(grant), trainer.unit_id)
    same = Extension.user_id == grant.user_id if grant.user_id else Extension.unit_id == grant.unit_id
    row = session.scalar(sa.select(Extension).where(Extension.assignment_id == assignment.id, same))
    row = row or Extension(assignment_id=assignment.id, unit_id=grant.unit_id, user_id=grant.user_id)
    row.due_at, row.extra_attempts, row.extra_minutes = grant.due_at, grant.extra_attempts, grant.extra_minutes
    row.reason, row.actor_id, row.created_at = grant.reason, trainer.id, now
    session.add(row)
    session.flush()
    target = f"assignment {assignment.id}"
    whom = f"user {grant.user_id}" if grant.user_id else f"unit {grant.unit_id}"
    record(session, "training.extended", target, actor_id=trainer.id, now=now, detail=f"{whom}; {grant.reason}")
    if assignment.rule == Rule.EXHAUSTED and grant.extra_attempts:
        recount(session, assignment)  # who had used up all attempts has not any more
    _lengthen(session, assignment, row)
    reminders.tell_extended(session, assignment, row, now)
    return row


def _granted(grant: Grant) -> Targets:
    units = frozenset({grant.unit_id} if grant.unit_id else ())
    people = frozenset({grant.user_id} if grant.user_id else ())
    return Targets(units, frozenset(Role), frozenset(Level), people)


def _lengthen(session: Session, assignment: Assignment, row: Extension) -> None:
    """Attempts under way get the additional minutes, once: their deadline is counted again from their start."""
    if not (assignment.minutes and row.extra_minutes):
        return
    who = User.id == row.user_id if row.user_id else User.unit_id.in_(branch(row.unit_id or 0))
    query = sa.select(Attempt).join(Attempt.user).where(Attempt.assignment_id == assignment.id, who)
    for attempt in session.scalars(query.where(Attempt.state == AttemptState.OPEN).with_for_update(of=Attempt)):
        longer = attempt.started_at + dt.timedelta(minutes=assignment.minutes + row.extra_minutes)
        attempt.deadline_at = max(attempt.deadline_at or longer, longer)


def renew_feed(session: Session, user_id: int) -> int:
    """Make the person's calendar address, or another one in its place; its version."""
    feed = session.get(CalendarFeed, user_id, with_for_update=True)
    if feed is None:
        feed = CalendarFeed(user_id=user_id, version=0)
        session.add(feed)
    feed.version += 1
    session.flush()
    return feed.version
