"""Questions about people and their sessions."""

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import SignInFailure, Unit, User, UserSession

WINDOW = dt.timedelta(minutes=15)
PAIR_LIMIT = 5  # failures of one username from one address
ADDRESS_LIMIT = 20  # failures from one address, whoever it was


def session_id(token: str) -> str:
    """Key of the session whose cookie carries `token`."""
    return hashlib.sha256(token.encode()).hexdigest()


def user_by_name(session: Session, username: str) -> User | None:
    """The user called `username`, in the form `clean_username` gives."""
    return session.scalar(sa.select(User).where(User.username == username))


# Each request of a signed-in person asks this: built once.
_SIGNED_IN = (
    sa.select(User, UserSession)
    .join(UserSession, UserSession.user_id == User.id)
    .where(UserSession.id == sa.bindparam("id"), UserSession.revoked_at.is_(None))
    .where(UserSession.expires_at > sa.bindparam("now"))
    .where(User.is_active, sa.or_(User.is_demo.is_(False), sa.bindparam("demo", type_=sa.Boolean)))
    .options(joinedload(User.unit))
)


def signed_in(session: Session, token: str, now: dt.datetime, *, demo: bool) -> tuple[User, UserSession] | None:
    """The user of a session that still holds; demo users only where `demo` accounts may sign in."""
    row = session.execute(_SIGNED_IN, {"id": session_id(token), "now": now, "demo": demo}).one_or_none()
    return (row[0], row[1]) if row else None


def sessions_of(session: Session, user_id: int, now: dt.datetime) -> Sequence[UserSession]:
    """Sessions of a user that still hold, the last used first."""
    query = sa.select(UserSession).where(
        UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.expires_at > now
    )
    return session.scalars(query.order_by(UserSession.seen_at.desc())).all()


def demo_usernames(session: Session, usernames: Collection[str]) -> set[str]:
    """Those of `usernames` that are demo accounts able to sign in."""
    query = sa.select(User.username).where(User.is_demo, User.is_active, User.username.in_(usernames))
    return set(session.scalars(query))


def branch(unit_id: int) -> sa.Select[tuple[int]]:
    """Ids of a unit and all below it. Its recursive part has no name, so one query may ask for several branches."""
    top = sa.select(Unit.id).where(Unit.id == unit_id).cte(recursive=True)
    branch = top.union_all(sa.select(Unit.id).join(top, Unit.parent_id == top.c.id))
    return sa.select(branch.c.id)


def waits_until(session: Session, username: str, address: str, now: dt.datetime) -> dt.datetime | None:
    """When this pair may try again, or None when it may now."""
    query = sa.select(SignInFailure.username, SignInFailure.at).where(
        SignInFailure.address == address, SignInFailure.at > now - 2 * WINDOW
    )
    failures = session.execute(query).all()
    ends = [
        _end_of_wait([at for name, at in failures if name == username], PAIR_LIMIT),
        _end_of_wait([at for _, at in failures], ADDRESS_LIMIT),
    ]
    return max((end for end in ends if end and end > now), default=None)


def _end_of_wait(times: Sequence[dt.datetime], limit: int) -> dt.datetime | None:
    """When a wait ends that `limit` failures within one window have begun."""
    last = max(times, default=None)
    if last is None or sum(at > last - WINDOW for at in times) < limit:
        return None
    return last + WINDOW
