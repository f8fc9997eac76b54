"""What is due soon or overdue, feature by feature. `flask notices remind` calls each; run it every hour.

A reminder is a function `(session, now) -> int`: it tells whom it concerns through `operations.notify`, under keys that
make a second call tell nobody twice, and returns how many were told.
"""

import datetime as dt
from collections.abc import Callable

from sqlalchemy.orm import Session

from app.contests.reminders import remind as contests
from app.sessions.reminders import remind as sessions
from app.training.reminders import remind_all as training

REMINDERS: tuple[Callable[[Session, dt.datetime], int], ...] = (contests, training, sessions)


def remind(session: Session, now: dt.datetime) -> int:
    """Call every feature's reminders; how many notices were made."""
    return sum(reminder(session, now) for reminder in REMINDERS)
