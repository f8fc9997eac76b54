"""The outbox 待发邮件: taking mails up, and noting what became of them.

Taking a mail up already moves its next try on, in a transaction of its own. A sender that dies leaves nothing locked:
what it held is due again. A mail is sent twice only when a sender dies, or loses the line, after the mail server took
the mail and before this was noted: one mail at most for each such accident.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audit import record
from app.notices import queries
from app.notices.models import MailState, Notice, OutboxMail

MAX_TRIES = 8
FIRST_WAIT = dt.timedelta(minutes=5)  # doubles with each try: the eighth and last comes about ten hours after the first


def take(session: Session, *, now: dt.datetime) -> tuple[OutboxMail, Notice, User] | None:
    """Take up the next mail that is due; None when there is none."""
    mail = session.scalar(queries.due_mail(now))
    if mail is None:
        return None
    mail.next_try_at = now + FIRST_WAIT * 2**mail.tries
    mail.tries += 1
    return mail, mail.notice, mail.notice.user


def note_sent(session: Session, mail_id: int, *, now: dt.datetime) -> None:
    """The mail server has taken the mail."""
    values = {"state": MailState.SENT.value, "sent_at": now, "last_error": ""}
    session.execute(sa.update(OutboxMail).where(OutboxMail.id == mail_id).values(values))


def note_error(session: Session, mail_id: int, error: str, *, is_final: bool) -> None:
    """The mail was not taken: it waits for its next try, or has failed for good."""
    given_up = sa.or_(sa.literal(is_final), OutboxMail.tries >= MAX_TRIES)
    state = sa.case((given_up, MailState.FAILED.value), else_=MailState.WAITING.value)
    values = {"state": state, "last_error": error[:300]}
    unsent = sa.and_(OutboxMail.id == mail_id, OutboxMail.state == MailState.WAITING.value)
    session.execute(sa.update(OutboxMail).where(unsent).values(values))


def retry(session: Session, mail_id: int | None, *, actor_id: int, now: dt.datetime) -> int:
    """Let a failed or waiting mail (None: all failed ones) be tried again at once; how many."""
    one = sa.and_(OutboxMail.id == mail_id, OutboxMail.state != MailState.SENT.value)
    wanted = OutboxMail.state == MailState.FAILED.value if mail_id is None else one
    values = {"state": MailState.WAITING.value, "tries": 0, "next_try_at": now}
    ids = session.scalars(sa.update(OutboxMail).where(wanted).values(values).returning(OutboxMail.id)).all()
    if ids:
        target = f"mail {mail_id}" if mail_id else "mails"
        record(session, "notices.mail_retried", target, actor_id=actor_id, now=now, detail=f"{len(ids)} mails")
    return len(ids)
