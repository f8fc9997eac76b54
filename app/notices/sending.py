"""Emptying the outbox: take up, send, note; one mail after the other."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.db import db, writing
from app.notices import outbox_operations as outbox
from app.notices import queries
from app.notices.mailer import Letter, MailError, MailSettings, connection, send

MAILS_A_LINE = 50  # many mail servers hang up after a hundred mails


@dataclass
class Outcome:
    """What a run did: mails taken by the mail server, and mails that it did not take."""

    sent: int = 0
    not_taken: int = 0


def send_due(settings: MailSettings, now: Callable[[], datetime]) -> Outcome:
    """Send all mails that are due. Raises NoConnection; the mails then wait on."""
    outcome = Outcome()
    while queries.mail_is_due(db.session, now()):
        with connection(settings) as server:
            _send_some(server, settings, outcome, now)
    return outcome


def _send_some(server: smtplib.SMTP, settings: MailSettings, outcome: Outcome, now: Callable[[], datetime]) -> None:
    """Send over one line, up to its end or the first mail that is not taken (after that the line may be broken)."""
    for _ in range(MAILS_A_LINE):
        letter = _take(now())
        if letter is None:
            return
        try:
            send(server, letter, settings)
        except MailError as error:
            outcome.not_taken += 1
            with writing() as session:
                outbox.note_error(session, letter.number, str(error), is_final=error.is_final)
            return
        with writing() as session:
            outbox.note_sent(session, letter.number, now=now())
        outcome.sent += 1


def _take(now: datetime) -> Letter | None:
    """The next mail that can be sent; those whose person has no address any more have failed."""
    while True:
        with writing() as session:
            taken = outbox.take(session, now=now)
            if taken is None:
                return None
            mail, notice, user = taken
            if user.email and user.is_active:
                return Letter(mail.id, user.email, user.name, notice.title, notice.body, notice.url)
            session.flush()
            outbox.note_error(session, mail.id, "这个人没有邮箱，或者账号已停用", is_final=True)
