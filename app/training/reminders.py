"""What people are told about assignments. Each notice has a key, so telling again tells nobody twice."""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Role
from app.accounts.models import User
from app.accounts.queries import branch
from app.clock import LOCAL
from app.notices.operations import notify
from app.training.completion import Cell, cells
from app.training.models import Assignment, Extension, State
from app.training.queries import TaskState
from app.training.reach import reached_by
from app.training.tally import tally
from app.training.trainer_queries import assignments_seen

DUE_SOON = (1, 3)  # days before the due instant
HOME = "/training"


def _when(at: dt.datetime) -> str:
    return f"{at.astimezone(LOCAL):%Y年%-m月%-d日 %H:%M}"


def _url(assignment: Assignment) -> str:
    return f"{HOME}/tasks/{assignment.id}"


def tell_published(session: Session, assignment: Assignment, now: dt.datetime) -> int:
    """Tell all whom an assignment reaches and who have not heard of it; how many that were."""
    need = "必做" if assignment.is_required else "选做"
    body = f"{need}。{_when(assignment.opens_at)}开始，{_when(assignment.due_at)}截止。"
    ids = session.scalars(reached_by(assignment.id)).all()
    title = f"新的测验：{assignment.title}"
    return notify(
        session, ids, key=f"training-{assignment.id}-published", title=title, body=body, url=_url(assignment), now=now
    )  # fmt: skip


def tell_withdrawn(session: Session, assignment: Assignment, now: dt.datetime) -> int:
    """Tell all who had the assignment that it is off."""
    body = f"不用再答了。{assignment.withdraw_reason}"
    ids = session.scalars(reached_by(assignment.id)).all()
    key, title = f"training-{assignment.id}-withdrawn", f"测验已撤回：{assignment.title}"
    return notify(session, ids, key=key, title=title, body=body, url=HOME, now=now)


def tell_extended(session: Session, assignment: Assignment, row: Extension, now: dt.datetime) -> int:
    """Tell those reached whom an extension is for."""
    parts = [f"截止时间改为{_when(row.due_at)}"] if row.due_at else []
    parts += [f"多 {row.extra_attempts} 次机会"] if row.extra_attempts else []
    parts += [f"每次多 {row.extra_minutes} 分钟"] if row.extra_minutes else []
    who = User.id == row.user_id if row.user_id else User.unit_id.in_(branch(row.unit_id or 0))
    ids = session.scalars(sa.select(User.id).where(User.id.in_(reached_by(assignment.id)), who)).all()
    key, title = f"training-{assignment.id}-extended-{row.id}-{now:%Y%m%d%H%M%S}", f"已放宽：{assignment.title}"
    return notify(session, ids, key=key, title=title, body="，".join(parts) + "。", url=_url(assignment), now=now)


def remind(session: Session, now: dt.datetime) -> dict[str, int]:
    """Tell people what is due soon or overdue, and their trainers how many these are. Safe to run at any time.

    Each person hears of an assignment 3 days and 1 day before it is due, once when it is overdue, and each trainer gets
    one digest a week.
    """
    told = {"due_soon": 0, "overdue": 0, "digests": 0}
    published = sa.select(Assignment).where(
        Assignment.state == State.PUBLISHED, Assignment.is_required, Assignment.opens_at <= now
    )
    for assignment in session.scalars(published):
        found = cells(session, now, [assignment.id], User.is_active.is_(True))
        told["due_soon"] += _tell_due(session, assignment, found, now)
        late = [cell.user_id for cell in found if cell.state is TaskState.OVERDUE]
        told["overdue"] += notify(
            session, late, key=f"training-{assignment.id}-overdue", title=f"已逾期：{assignment.title}",
            body=f"截止时间是{_when(assignment.due_at)}。" + ("现在仍可以补做。" if assignment.is_late_allowed else ""),
            url=_url(assignment), now=now,
        )  # fmt: skip
    told["digests"] = _digests(session, now)
    return told


def _tell_due(session: Session, assignment: Assignment, found: Iterable[Cell], now: dt.datetime) -> int:
    """Tell those who are not done as their own due instant comes near; one that was extended is told again."""
    by_due: dict[tuple[int, dt.datetime], list[int]] = {}
    for cell in found:
        days = next((days for days in DUE_SOON if cell.due_at - now <= dt.timedelta(days=days)), None)
        if cell.state is TaskState.DUE and days:
            by_due.setdefault((days, cell.due_at), []).append(cell.user_id)
    return sum(
        notify(
            session, ids, key=f"training-{assignment.id}-due{days}-{due:%Y%m%d%H%M}",
            title=f"还有不到 {days} 天：{assignment.title}", body=f"请在{_when(due)}前完成。", url=_url(assignment),
            now=now,
        )
        for (days, due), ids in by_due.items()
    )  # fmt: skip


def _digests(session: Session, now: dt.datetime) -> int:
    """One notice a week to each trainer whose branch has people overdue."""
    year, week, _ = now.astimezone(LOCAL).isocalendar()
    trainers = sa.select(User.id, User.unit_id).where(User.is_active, User.role == Role.TRAINER)
    by_unit: dict[int, list[int]] = {}
    for user_id, unit_id in session.execute(trainers):
        by_unit.setdefault(unit_id, []).append(user_id)
    told = 0
    for unit_id, ids in by_unit.items():
        names = {a.id: a.title for a in assignments_seen(session, unit_id, State.PUBLISHED)}
        late: dict[int, int] = {}
        for count in tally(session, unit_id, list(names), now):
            late[count.assignment_id] = late.get(count.assignment_id, 0) + count.overdue
        lines = [f"{names[id]}：{number} 人逾期" for id, number in late.items() if number]
        if lines:
            told += notify(
                session, ids, key=f"training-digest-{year}-{week:02}", title="本周逾期情况", body="\n".join(lines),
                url=f"{HOME}/completion?state=overdue", now=now,
            )  # fmt: skip
    return told


def remind_all(session: Session, now: dt.datetime) -> int:
    """`remind`, as `flask notices remind` calls it."""
    return sum(remind(session, now).values())
