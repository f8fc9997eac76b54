"""Notices to people, and the mails that carry them."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.db import Model, one_of


class MailState(StrEnum):
    """Where a mail stands: 等待发送, 已发送, 发送失败."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Notice(Model):
    """A notice 通知 to one person. `key` says what it is about: nobody gets the same one twice."""

    __tablename__ = "notice"
    __table_args__ = (sa.UniqueConstraint("user_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    user: Mapped[User] = relationship()
    key: Mapped[str] = mapped_column(sa.String(80))
    title: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[str] = mapped_column(sa.String(2000))
    url: Mapped[str] = mapped_column(sa.String(300))
    created_at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]


class OutboxMail(Model):
    """A notice to be sent as mail, to the address the person has when it is sent.

    A row taken up for sending has its `next_try_at` moved on first: after a crash it is simply due again.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (
        one_of("state", MailState),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        sa.Index("ix_outbox_mail_state", "state", "next_try_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notice.id"), unique=True)
    notice: Mapped[Notice] = relationship()
    state: Mapped[str] = mapped_column(sa.String(10), default=MailState.WAITING.value)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime]
    last_error: Mapped[str] = mapped_column(sa.String(300), default="")
    sent_at: Mapped[dt.datetime | None]
