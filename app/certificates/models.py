"""Certificates, and tries to check one that named none."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.certificates import codes
from app.db import Model, one_of


class Kind(StrEnum):
    """What a certificate is for: 培训合格, 班次结业, 竞赛获奖."""

    PASSED = "passed"
    COMPLETED = "completed"
    AWARD = "award"


class Certificate(Model):
    """A certificate 证书. Name and unit are those of the day it was issued; it is withdrawn, never deleted."""

    __tablename__ = "certificate"
    __table_args__ = (
        one_of("kind", Kind),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL) AND (withdrawn_at IS NULL) = (reason IS NULL)",
            name="withdrawn",
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    user: Mapped[User] = relationship(foreign_keys=user_id)
    name: Mapped[str] = mapped_column(sa.String(30))
    unit: Mapped[str] = mapped_column(sa.String(130))
    kind: Mapped[str] = mapped_column(sa.String(20))
    subject: Mapped[str] = mapped_column(sa.String(120))
    detail: Mapped[str] = mapped_column(sa.String(200))
    issued_at: Mapped[dt.datetime]
    source_key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    code: Mapped[str] = mapped_column(sa.String(16))
    code_digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    reason: Mapped[str | None] = mapped_column(sa.String(200))

    @property
    def printed_code(self) -> str:
        """The check code as it is printed."""
        return codes.grouped(self.code)

    @property
    def masked_name(self) -> str:
        """The name as the public sees it: 王*."""
        return f"{self.name[0]}*"


class CertificateMiss(Model):
    """A well-formed code that belongs to no certificate, and where it came from."""

    __tablename__ = "certificate_miss"
    __table_args__ = (sa.Index("ix_certificate_miss_address_at", "address", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(sa.String(45))
    at: Mapped[dt.datetime]
