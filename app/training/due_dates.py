"""Due dates as calendar entries."""

import datetime as dt
from collections.abc import Iterable

from app.calendars import Entry
from app.training.models import State
from app.training.queries import Task, TaskState

SHOWN = dt.timedelta(minutes=30)  # an entry without length is hidden by some calendars


def entries(tasks: Iterable[Task], site: str) -> list[Entry]:
    """One entry for each task, ending at the person's own due instant; `site` is the address of this site."""
    return [_entry(task, site) for task in tasks]


def _entry(task: Task, site: str) -> Entry:
    assignment, due = task.assignment, task.allowed.due_at
    later = int((due - assignment.due_at).total_seconds() // 60)  # an extension is a change too
    done = "（已完成）" if task.state is TaskState.DONE else ""
    need = "必做" if assignment.is_required else "选做"
    return Entry(
        uid=f"training-assignment-{assignment.id}@youshu",
        title=f"截止：{assignment.title}{done}",
        starts_at=due - SHOWN,
        ends_at=due,
        description=f"{need}，最多答 {task.allowed.attempts} 次，{assignment.pass_mark}% 及格。",
        url=f"{site}/training/tasks/{assignment.id}",
        sequence=assignment.revision + later,
        is_cancelled=assignment.state == State.WITHDRAWN,
    )
