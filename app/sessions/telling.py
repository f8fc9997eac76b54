"""What people are told about a session, in words. Each telling has a key, so nobody hears the same thing twice."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy.orm import Session

from app.clock import LOCAL
from app.notices.operations import notify
from app.sessions.models import TrainingSession

WEEKDAYS = "一二三四五六日"


def when(row: TrainingSession) -> str:
    """Start and end as people write them: 2026年11月20日（周五）09:00—11:30."""
    start, end = row.starts_at.astimezone(LOCAL), row.ends_at.astimezone(LOCAL)
    first = f"{start.year}年{start.month}月{start.day}日（周{WEEKDAYS[start.weekday()]}）{start:%H:%M}"
    return f"{first}—{end:%H:%M}" if start.date() == end.date() else f"{first}—{end.month}月{end.day}日 {end:%H:%M}"


def plain(hours: Decimal) -> str:
    """Hours without a needless .0: 4, 2.5, -1."""
    return f"{float(hours):g}"


def where(row: TrainingSession) -> str:
    """The place, or that it is online."""
    return row.place or "线上（链接见班次页）"


def tell(  # noqa: PLR0913 - what, to whom, in which words
    session: Session,
    row: TrainingSession,
    user_ids: Iterable[int],
    what: str,
    *,
    title: str,
    body: str,
    now: dt.datetime,
    page: str = "",
    mail: bool = True,
) -> int:
    """Tell people something about a session once; `what` names it. Returns how many were told now."""
    key, url = f"session-{row.id}-{what}", f"/sessions/{row.id}{page}"
    return notify(session, user_ids, key=key, title=title, body=body, url=url, now=now, mail=mail)
