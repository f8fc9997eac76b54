"""A person's notices, and the mails in the outbox."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from app.accounts.models import User
from app.notices.models import MailState, Notice, OutboxMail

PER_PAGE = 20
MAILS_PER_PAGE = 50


@dataclass(frozen=True)
class NoticePage:
    """One page of a person's notices; `newest_id` is the newest they can have seen."""

    notices: Sequence[Notice]
    total: int
    unread: int
    newest_id: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def unread_count(session: Session, user_id: int) -> int:
    """How many notices this person has not read."""
    unread = sa.select(sa.func.count()).where(Notice.user_id == user_id, Notice.read_at.is_(None))
    return session.scalar(unread) or 0


def notices_page(session: Session, user_id: int, page: int) -> NoticePage:
    """A person's notices, the unread first, the newest first among them."""
    mine = Notice.user_id == user_id
    unread = sa.func.count().filter(Notice.read_at.is_(None))
    total, unread_now, newest = session.execute(
        sa.select(sa.func.count(), unread, sa.func.coalesce(sa.func.max(Notice.id), 0)).where(mine)
    ).one()
    query = (
        sa.select(Notice).where(mine).order_by(Notice.read_at.is_not(None), Notice.created_at.desc(), Notice.id.desc())
    )
    rows = session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all()
    return NoticePage(rows, total, unread_now, newest, page)


def _is_due(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(OutboxMail.state == MailState.WAITING.value, OutboxMail.next_try_at <= now)


def mail_is_due(session: Session, now: dt.datetime) -> bool:
    """Whether any mail is to be sent now."""
    return session.scalar(sa.select(OutboxMail.id).where(_is_due(now)).limit(1)) is not None


def due_mail(now: dt.datetime) -> sa.Select[OutboxMail]:
    """The mail that has waited longest of those due, for one sender alone."""
    return (
        sa.select(OutboxMail)
        .where(_is_due(now))
        .order_by(OutboxMail.next_try_at, OutboxMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def mail_counts(session: Session) -> Mapping[str, int]:
    """How many mails stand in each state."""
    rows = session.execute(sa.select(OutboxMail.state, sa.func.count()).group_by(OutboxMail.state))
    return dict.fromkeys((state.value for state in MailState), 0) | {state: count for state, count in rows}


def mails(session: Session, state: str, page: int) -> Sequence[OutboxMail]:
    """Mails in one state with their notice and person, the newest first."""
    query = (
        sa.select(OutboxMail)
        .join(OutboxMail.notice)
        .join(Notice.user)
        .options(contains_eager(OutboxMail.notice).contains_eager(Notice.user).joinedload(User.unit))
        .where(OutboxMail.state == state)
        .order_by(OutboxMail.id.desc())
    )
    return session.scalars(query.limit(MAILS_PER_PAGE).offset((page - 1) * MAILS_PER_PAGE)).all()
