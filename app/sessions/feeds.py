"""Calendar feeds 日历订阅: secret addresses of a person's own sessions and of their unit's, and what they hold.

An address is the feed's id and a signature over its version, so nothing that opens one is kept in the database, and
renewing closes the old one. A feed shows no more than its person could see signed in, as they are now.
"""

import datetime as dt
import hashlib
import hmac

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import User
from app.accounts.queries import branch
from app.calendars import Entry
from app.sessions import queries
from app.sessions.models import ACTIVE, SessionFeed, SessionTarget, Standing, State, TrainingSession
from app.sessions.telling import plain

KEPT = dt.timedelta(days=180)  # how long sessions that are over stay in a feed
SIGNATURE = 32
SCOPES = {"own": "我的培训", "unit": "本单位的培训"}
PREFIXES = {Standing.WAITING: "（候补）", Standing.APPLIED: "（待审核）"}


def signature(secret: str, feed: SessionFeed) -> str:
    """The secret part of a feed's address."""
    message = f"calendar-feed\n{feed.id}\n{feed.version}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:SIGNATURE]


def open_feed(session: Session, secret: str, id: int, given: str, *, demo: bool) -> SessionFeed | None:
    """The feed of an address; None when it is wrong, renewed, or its person may no longer sign in.

    Demo accounts sign in only where `demo`.
    """
    feed = session.get(SessionFeed, id, options=[joinedload(SessionFeed.user).joinedload(User.unit)])
    if feed is None or not hmac.compare_digest(signature(secret, feed).encode(), given.encode()):
        return None
    return feed if feed.user.is_active and (demo or not feed.user.is_demo) else None


def feeds_of(session: Session, user_id: int) -> dict[str, SessionFeed]:
    """A person's feeds by scope."""
    query = sa.select(SessionFeed).where(SessionFeed.user_id == user_id)
    return {feed.scope: feed for feed in session.scalars(query)}


def renew_feed(session: Session, user_id: int, scope: str, *, now: dt.datetime) -> SessionFeed:
    """Make a feed, or give it a new address; the old one then answers nothing."""
    feed = feeds_of(session, user_id).get(scope)
    if feed is None:
        feed = SessionFeed(user_id=user_id, scope=scope, version=1)
        session.add(feed)
    else:
        feed.version += 1
    feed.renewed_at = now
    session.flush()
    return feed


def feed_entries(session: Session, feed: SessionFeed, root: str, now: dt.datetime) -> list[Entry]:
    """What a feed holds; `root` is the site's address without a slash at the end."""
    return (own_entries if feed.scope == "own" else unit_entries)(session, feed.user, root, now)


def own_entries(session: Session, user: User, root: str, now: dt.datetime) -> list[Entry]:
    """A person's sessions, cancelled ones as cancelled, and the sign-up windows of those they may still join."""
    entries = [
        entry_of(line.session, root, Standing(line.standing))
        for line in queries.enrolments_of(session, user.id)
        if line.standing in ACTIVE and line.session.ends_at > now - KEPT
    ]
    return entries + [sign_up_entry(row, root) for row in queries.joinable(session, user, now)]


def unit_entries(session: Session, user: User, root: str, now: dt.datetime) -> list[Entry]:
    """Sessions their unit's branch holds or is meant for, of those they may see."""
    own = branch(user.unit_id)
    meant = sa.select(SessionTarget.id).where(
        SessionTarget.session_id == TrainingSession.id,
        SessionTarget.unit_id.in_(own.union(queries.chain(user.unit_id))),
    )
    query = sa.select(TrainingSession).where(
        queries.visible(user),
        TrainingSession.state != State.DRAFT.value,
        TrainingSession.ends_at > now - KEPT,
        sa.or_(TrainingSession.unit_id.in_(own), meant.exists()),
    )
    rows = session.scalars(query.order_by(TrainingSession.starts_at, TrainingSession.id)).all()
    entries = [entry_of(row, root) for row in rows]
    return entries + [sign_up_entry(row, root) for row in rows if row.sign_up_until_at > now]


def session_entries(row: TrainingSession, root: str) -> list[Entry]:
    """One session and its sign-up window."""
    return [entry_of(row, root), sign_up_entry(row, root)]


def entry_of(row: TrainingSession, root: str, standing: Standing | None = None) -> Entry:
    """A session as a person's calendar shows it; only who has a place gets the link."""
    link = f"线上链接：{row.link}" if row.link and standing is Standing.ENROLLED else ""
    lines = [row.about, f"{plain(row.hours)} 学时", link]
    if row.cancel_reason:
        lines.insert(0, f"已取消：{row.cancel_reason}")
    return Entry(
        uid=f"session-{row.uid}@youshu",
        title=(PREFIXES.get(standing, "") if standing else "") + row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=row.place or "线上",
        description="\n".join(line for line in lines if line),
        url=f"{root}/sessions/{row.id}",
        sequence=row.sequence,
        is_cancelled=row.state == State.CANCELLED,
    )


def sign_up_entry(row: TrainingSession, root: str) -> Entry:
    """A session's sign-up window as an entry of its own."""
    return Entry(
        uid=f"sign-up-{row.uid}@youshu",
        title=f"报名：{row.title}",
        starts_at=row.sign_up_from_at,
        ends_at=row.sign_up_until_at,
        description=f"名额 {row.capacity} 人，满了可以候补。",
        url=f"{root}/sessions/{row.id}",
        sequence=row.sequence,
        is_cancelled=row.state == State.CANCELLED,
    )
