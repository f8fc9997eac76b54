"""Issuing certificates once, withdrawing them, and checking a code."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Unit, User
from app.audit import record
from app.certificates import codes, queries
from app.certificates.models import Certificate, CertificateMiss, Kind
from app.notices.operations import notify

KEEP_MISSES = dt.timedelta(days=1)


class MustWait(Exception):
    """Too many codes that belong to no certificate; carries for how many minutes."""

    def __init__(self, until: dt.datetime, now: dt.datetime) -> None:
        super().__init__("too many wrong codes")
        self.minutes = max(1, -int((now - until).total_seconds() // 60))


class AlreadyWithdrawn(Exception):
    """The certificate has been withdrawn before."""


def issue(
    session: Session, user_id: int, *, kind: Kind, subject: str, detail: str, source_key: str, now: dt.datetime
) -> Certificate:
    """The certificate of `source_key`, issued and told to the person unless it was before (withdrawn ones stay so).

    `subject` names the training, course or contest; `detail` says how well or how long: 成绩 92 分, 16 学时, 一等奖.
    """
    issued = _by_source(session, source_key)
    if issued:
        return issued
    user = session.scalars(sa.select(User).where(User.id == user_id).options(joinedload(User.unit))).one()
    code = codes.draw()
    certificate = Certificate(
        user_id=user_id,
        name=user.name,
        unit=_full_name(user.unit),
        kind=Kind(kind).value,
        subject=subject[:120],
        detail=detail[:200],
        issued_at=now,
        source_key=source_key,
        code=code,
        code_digest=codes.digest(code),
    )
    try:
        with session.begin_nested():
            session.add(certificate)
    except IntegrityError:  # another transaction was first
        return session.scalars(sa.select(Certificate).where(Certificate.source_key == source_key)).one()
    key, body = f"certificate-{certificate.id}", f"{subject}：{detail}。可以在“我的证书”里下载。"
    notify(session, [user_id], key=key, title="您获得一张证书", body=body, url="/certificates", now=now)
    return certificate


def _by_source(session: Session, source_key: str) -> Certificate | None:
    return session.scalar(sa.select(Certificate).where(Certificate.source_key == source_key))


def _full_name(unit: Unit) -> str:
    """Name of a unit with the county above it, as a certificate states it."""
    above = unit.parent
    return f"{above.name}{unit.name}" if above and above.parent_id else unit.name


def withdraw(session: Session, certificate: Certificate, reason: str, *, actor_id: int, now: dt.datetime) -> None:
    """Withdraw a certificate for ever and tell the person why. Raises AlreadyWithdrawn."""
    values = {"withdrawn_at": now, "withdrawn_by_id": actor_id, "reason": reason}
    valid = sa.and_(Certificate.id == certificate.id, Certificate.withdrawn_at.is_(None))
    if not session.scalars(sa.update(Certificate).where(valid).values(values).returning(Certificate.id)).all():
        raise AlreadyWithdrawn
    target = f"certificate {certificate.id}"
    record(session, "certificates.withdrawn", target, actor_id=actor_id, now=now, detail=reason)
    title, body = "一张证书被撤销", f"{certificate.subject}（{certificate.detail}）：{reason}"
    key = f"certificate-{certificate.id}-withdrawn"
    notify(session, [certificate.user_id], key=key, title=title, body=body, url="/certificates", now=now)


def check(session: Session, code: str, address: str, *, now: dt.datetime) -> Certificate | None:
    """The certificate with this well-formed code. A miss is noted against `address`. Raises MustWait."""
    if session.get_bind().dialect.name == "postgresql":  # guesses side by side; SQLite has one writer anyway
        session.execute(sa.text("LOCK TABLE certificate_miss IN SHARE ROW EXCLUSIVE MODE"))
    until = queries.waits_until(session, address, now)
    if until:
        raise MustWait(until, now)
    found = queries.by_code(session, code)
    if found is None:
        session.execute(sa.delete(CertificateMiss).where(CertificateMiss.at < now - KEEP_MISSES))
        session.add(CertificateMiss(address=address, at=now))
    return found
