"""What changes a person's own account: signing in and out, sessions, the password.

A try to sign in is entered as a failure before the password is checked and taken out when it was right, so guesses sent
side by side cannot pass the limit.
"""

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.models import SignInFailure, User, UserSession
from app.audit import record

KEEP_FAILURES = dt.timedelta(days=1)
KEEP_SESSIONS = dt.timedelta(days=30)  # after their end


class MustWait(Exception):
    """Too many failures; carries for how many minutes."""

    def __init__(self, until: dt.datetime, now: dt.datetime) -> None:
        super().__init__("too many failed sign-ins")
        self.minutes = max(1, -int((now - until).total_seconds() // 60))


class FixedAccount(Exception):
    """Password and address of a demo account stay as they are: anyone may use it."""


def begin_attempt(session: Session, username: str, address: str, *, now: dt.datetime) -> None:
    """Enter a try as failed until shown otherwise. Raises MustWait."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        session.execute(sa.text("LOCK TABLE sign_in_failure IN SHARE ROW EXCLUSIVE MODE"))
    until = queries.waits_until(session, username, address, now)
    if until:
        raise MustWait(until, now)
    session.add(SignInFailure(username=username, address=address, at=now))


def fail_attempt(session: Session, username: str, address: str, *, user: User | None, now: dt.datetime) -> None:
    """Leave the try as failed; the one that begins a wait goes into the audit trail."""
    if queries.waits_until(session, username, address, now):
        target = f"user {username}" if user else "user unknown"
        record(session, "accounts.sign_in_blocked", target, actor_id=None, now=now, detail=f"from {address}")


def pass_attempt(session: Session, username: str, address: str, *, now: dt.datetime) -> None:
    """Take back the failures of a pair that has shown the right password, and forget old ones."""
    pair = sa.and_(SignInFailure.username == username, SignInFailure.address == address)
    session.execute(sa.delete(SignInFailure).where(sa.or_(pair, SignInFailure.at < now - KEEP_FAILURES)))


def renew_hash(session: Session, user: User, checked: str, better: str | None) -> bool:
    """Keep a `better` hash of the password just checked; False when another one was set in the meantime."""
    session.refresh(user, ["password_hash"], with_for_update=True)
    if user.password_hash != checked:
        return False
    user.password_hash = better or checked
    return True


def start_session(session: Session, user: User, *, address: str, agent: str, hours: int, now: dt.datetime) -> None:
    """Sign `user` in: a new session, whose token is then in `user.token`."""
    user.token = secrets.token_urlsafe(32)
    user.session_id = queries.session_id(user.token)
    session.execute(sa.delete(UserSession).where(UserSession.expires_at < now - KEEP_SESSIONS))
    session.add(
        UserSession(
            id=user.session_id,
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + dt.timedelta(hours=hours),
            address=address,
            agent=agent[:200],
        )
    )
    record(session, "accounts.sign_in", f"user {user.username}", actor_id=user.id, now=now, detail=f"from {address}")


def touch_session(session: Session, session_id: str, *, now: dt.datetime) -> None:
    """Note that a session was used."""
    session.execute(sa.update(UserSession).where(UserSession.id == session_id).values(seen_at=now))


def end_session(session: Session, user: User, *, now: dt.datetime) -> None:
    """Sign `user` out here."""
    session.execute(sa.update(UserSession).where(UserSession.id == user.session_id).values(revoked_at=now))
    record(session, "accounts.sign_out", f"user {user.username}", actor_id=user.id, now=now)


def end_other_sessions(session: Session, user: User, *, now: dt.datetime) -> int:
    """Sign `user` out everywhere but here; how many sessions that were."""
    ended = revoke_sessions(session, user, now=now, but=user.session_id)
    record(
        session, "accounts.sessions_ended", f"user {user.username}", actor_id=user.id, now=now, detail=f"{ended} others"
    )
    return ended


def revoke_sessions(session: Session, user: User, *, now: dt.datetime, but: str = "") -> int:
    """End the sessions of `user`, all or all `but` one; how many that were."""
    held = sa.and_(UserSession.user_id == user.id, UserSession.revoked_at.is_(None), UserSession.expires_at > now)
    query = sa.select(UserSession).where(held, UserSession.id != but)
    rows = session.scalars(query).all()
    for row in rows:
        row.revoked_at = now
    return len(rows)


def change_email(session: Session, user: User, email: str, *, now: dt.datetime) -> None:
    """Set where a person's notices are sent as mail; "" for nowhere."""
    if user.is_demo:
        raise FixedAccount
    if (email or None) != user.email:
        user.email = email or None
        record(session, "accounts.email_changed", f"user {user.username}", actor_id=user.id, now=now)


def change_password(session: Session, user: User, new_hash: str, *, now: dt.datetime) -> None:
    """Set the password a person chose and end all their sessions; the caller starts a new one here."""
    if user.is_demo:
        raise FixedAccount
    user.password_hash = new_hash
    user.must_change_password = False
    user.password_changed_at = now
    revoke_sessions(session, user, now=now)
    record(session, "accounts.password_changed", f"user {user.username}", actor_id=user.id, now=now)
