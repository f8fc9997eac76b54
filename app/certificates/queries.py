"""Questions about certificates."""

import datetime as dt
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Role
from app.accounts.models import User
from app.accounts.queries import branch
from app.certificates import codes
from app.certificates.models import Certificate, CertificateMiss

PER_PAGE = 50
WINDOW = dt.timedelta(minutes=15)
MISS_LIMIT = 20  # well-formed codes of no certificate from one address, as with failed sign-ins


@dataclass(frozen=True)
class CertificatePage:
    """One page of certificates."""

    certificates: Sequence[Certificate]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def of_user(session: Session, user_id: int) -> Sequence[Certificate]:
    """A person's certificates, the newest first."""
    query = sa.select(Certificate).where(Certificate.user_id == user_id)
    return session.scalars(query.order_by(Certificate.id.desc())).all()


def by_code(session: Session, code: str) -> Certificate | None:
    """The certificate with this check code. How long it takes tells nothing about the codes there are."""
    found = session.scalar(sa.select(Certificate).where(Certificate.code_digest == codes.digest(code)))
    return found if found and hmac.compare_digest(found.code, code) else None


def _within_reach(actor: User) -> sa.ColumnElement[bool]:
    """Certificates that `actor` looks after: a trainer's own branch, an administrator's all, nobody else's any."""
    if actor.role == Role.ADMIN:
        return sa.true()
    if actor.role == Role.TRAINER:
        people = sa.select(User.id).where(User.unit_id.in_(branch(actor.unit_id)))
        return Certificate.user_id.in_(people)
    return sa.false()


def readable(session: Session, id: int, actor: User) -> Certificate | None:
    """A certificate of `actor`, or one they look after."""
    mine = sa.or_(Certificate.user_id == actor.id, _within_reach(actor))
    return session.scalar(sa.select(Certificate).where(Certificate.id == id, mine))


def kept(session: Session, id: int, actor: User) -> Certificate | None:
    """A certificate that `actor` looks after."""
    return session.scalar(sa.select(Certificate).where(Certificate.id == id, _within_reach(actor)))


def kept_page(session: Session, actor: User, text: str, page: int) -> CertificatePage:
    """The certificates `actor` looks after whose name or subject holds `text`, the newest first."""
    query = sa.select(Certificate).where(_within_reach(actor))
    if text:
        fits = (Certificate.name, Certificate.subject)
        query = query.where(sa.or_(*(column.icontains(text, autoescape=True) for column in fits)))
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(query.order_by(Certificate.id.desc()).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    return CertificatePage(rows.all(), total, page)


def waits_until(session: Session, address: str, now: dt.datetime) -> dt.datetime | None:
    """When this address may check a code again, or None when it may now."""
    recent = sa.and_(CertificateMiss.address == address, CertificateMiss.at > now - 2 * WINDOW)
    times = session.scalars(sa.select(CertificateMiss.at).where(recent)).all()
    last = max(times, default=None)
    if last is None or sum(at > last - WINDOW for at in times) < MISS_LIMIT:
        return None
    return last + WINDOW if last + WINDOW > now else None
