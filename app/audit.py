"""The audit trail 审计: who did what to what, and when. Rows are only ever added."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Model


class AuditEntry(Model):
    """One act. `actor` is a user's id, None for the command line; `target` names what was acted on."""

    __tablename__ = "audit_entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    action: Mapped[str] = mapped_column(sa.String(60))
    target: Mapped[str] = mapped_column(sa.String(120))
    detail: Mapped[str] = mapped_column(sa.String(500), default="")


def record(
    session: Session, action: str, target: str, *, actor_id: int | None, now: dt.datetime, detail: str = ""
) -> None:
    """Add an entry to the present transaction."""
    session.add(AuditEntry(at=now, actor_id=actor_id, action=action, target=target[:120], detail=detail[:500]))
