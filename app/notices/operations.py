"""Telling people something, once; and their marking it as read."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import UTCDateTime, insert
from app.notices.models import MailState, Notice, OutboxMail

BATCH = 10_000  # ids in one statement; SQLite takes 32,766 parameters, PostgreSQL 65,535


def notify(  # noqa: PLR0913 - a notice is made of these
    session: Session,
    user_ids: Iterable[int],
    *,
    key: str,
    title: str,
    body: str,
    url: str,
    now: dt.datetime,
    mail: bool = True,
) -> int:
    """Tell each of `user_ids` once; how many were told now. A second call with this `key` tells only those left out.

    `url` is a path of this site, "" for none. Disabled users are passed over. `mail` also puts a mail into the outbox
    for those who have an address. Raises ValueError for a `url` that leads elsewhere.
    """
    if url and (not url.startswith("/") or url.startswith(("//", "/\\"))):
        raise ValueError(f"a notice leads to a page of this site, not to {url}")
    values = {"key": key, "title": " ".join(title.split())[:120], "body": body.strip()[:2000], "url": url}
    fresh = [id for ids in _batches(sorted(set(user_ids))) for id in _tell(session, ids, values, now)]
    if mail:
        for ids in _batches(fresh):
            _post(session, ids, now)
    return len(fresh)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _tell(session: Session, user_ids: Sequence[int], values: Mapping[str, str], now: dt.datetime) -> Sequence[int]:
    """Ids of the notices that are new."""
    row = {"user_id": User.id} | {name: sa.literal(text) for name, text in values.items()}
    row["created_at"] = sa.literal(now, UTCDateTime)
    people = sa.select(*row.values()).where(User.id.in_(user_ids), User.is_active)
    statement = insert(session, Notice).from_select(list(row), people).on_conflict_do_nothing()
    return session.scalars(statement.returning(Notice.id)).all()


def _post(session: Session, notice_ids: Sequence[int], now: dt.datetime) -> None:
    """Put a mail for each of these notices into the outbox."""
    row = {
        "notice_id": Notice.id,
        "state": sa.literal(MailState.WAITING.value),
        "tries": sa.literal(0),
        "last_error": sa.literal(""),
        "next_try_at": sa.literal(now, UTCDateTime),
    }
    wanted = sa.select(*row.values()).join(User, User.id == Notice.user_id)
    wanted = wanted.where(Notice.id.in_(notice_ids), User.email.is_not(None))
    session.execute(insert(session, OutboxMail).from_select(list(row), wanted).on_conflict_do_nothing())


def read(session: Session, user_id: int, notice_id: int, *, now: dt.datetime) -> Notice | None:
    """Mark one notice of this person as read; None when they have no such notice."""
    notice = session.scalar(sa.select(Notice).where(Notice.id == notice_id, Notice.user_id == user_id))
    if notice and notice.read_at is None:
        notice.read_at = now
    return notice


def read_all(session: Session, user_id: int, *, up_to: int, now: dt.datetime) -> int:
    """Mark as read all notices of this person but those newer than id `up_to`, which they have not seen; how many."""
    unread = sa.and_(Notice.user_id == user_id, Notice.read_at.is_(None), Notice.id <= up_to)
    ids = session.scalars(sa.update(Notice).where(unread).values(read_at=now).returning(Notice.id)).all()
    return len(ids)
