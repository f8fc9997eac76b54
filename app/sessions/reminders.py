"""What people are reminded of: a session that is near, a sign-up about to close, one that was not confirmed as held.

Each telling's key holds the start, so a session that moves is told of anew, and running it again tells nobody twice.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.sessions import queries
from app.sessions.models import Standing, State, TrainingSession
from app.sessions.telling import tell, when, where

BEFORE = (dt.timedelta(days=3), dt.timedelta(days=1))
UNCONFIRMED_AFTER = dt.timedelta(hours=12)
DAY = "%Y%m%d%H%M"


def remind(session: Session, now: dt.datetime) -> int:
    """Tell whom it concerns; how many were told."""
    return sum(_remind_of(session, row, now) for row in _near(session, now)) + _ask_to_confirm(session, now)


def _published(session: Session, *conditions: sa.ColumnElement[bool]) -> list[TrainingSession]:
    query = sa.select(TrainingSession).where(TrainingSession.state == State.PUBLISHED.value, *conditions)
    return list(session.scalars(query.order_by(TrainingSession.starts_at, TrainingSession.id)))


def _near(session: Session, now: dt.datetime) -> list[TrainingSession]:
    return _published(session, TrainingSession.starts_at > now, TrainingSession.starts_at <= now + max(BEFORE))


def _remind_of(session: Session, row: TrainingSession, now: dt.datetime) -> int:
    """The nearest reminder that is due: who runs this late does not tell of three days when one is left."""
    days = min(before for before in BEFORE if row.starts_at - now <= before).days
    enrolled = queries.user_ids(session, row.id, Standing.ENROLLED)
    body = f"《{row.title}》{when(row)}开始，地点：{where(row)}。不能来请及时取消，把名额让给候补的人。"
    what = f"remind-{days}-{row.starts_at.strftime(DAY)}"
    title = f"{'明天' if days == 1 else f'{days} 天后'}有培训：{row.title}"
    return tell(session, row, enrolled, what, title=title, body=body, now=now)


def _ask_to_confirm(session: Session, now: dt.datetime) -> int:
    """Whoever wrote a session that is over is asked to check attendance and confirm it."""
    told = 0
    for row in _published(session, TrainingSession.ends_at <= now - UNCONFIRMED_AFTER):
        if row.created_by_id is not None:
            body = f"《{row.title}》已经结束。请核对签到并确认举办，学时才会记给参加的人；没有办成的请取消。"
            title, what = f"请确认班次：{row.title}", f"confirm-{row.starts_at.strftime(DAY)}"
            told += tell(session, row, [row.created_by_id], what, title=title, body=body, now=now, page="/attendance")
    return told
