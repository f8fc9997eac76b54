"""Reminders of contests that start within a day."""

import datetime as dt

from sqlalchemy.orm import Session

from app.contests import queries
from app.filters import format_time
from app.notices.operations import notify

AHEAD = dt.timedelta(days=1)


def remind(session: Session, now: dt.datetime) -> int:
    """Tell the members of contests that start within a day, once for each publication; how many were told."""
    told = 0
    for contest in queries.starting_between(session, now, now + AHEAD):
        told += notify(
            session,
            queries.member_ids(session, contest.id),
            key=f"contest-{contest.id}-soon-{contest.times_published}",
            title=f"大比武快开始了：{contest.title}",
            body=f"{format_time(contest.starts_at)} 开始，限时 {contest.minutes} 分钟，每人一次机会。",
            url=f"/contests/{contest.id}",
            now=now,
        )
    return told
