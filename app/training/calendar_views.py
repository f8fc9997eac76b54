"""One's own due dates as a calendar: a file to download, and a secret address that calendar programs may read."""

from flask import Response, abort, current_app, flash, redirect, render_template, url_for
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.access import allow, public
from app.accounts.models import User
from app.calendars import CONTENT_TYPE, ics
from app.db import db, writing
from app.training import operations, queries
from app.training.due_dates import entries
from app.training.models import CalendarFeed
from app.training.views import blueprint


def _signer() -> URLSafeSerializer:
    """Signs (user id, version): a stolen table opens no calendar."""
    return URLSafeSerializer(current_app.secret_key or "", salt="training-feed")


def feed_token(feed: CalendarFeed) -> str:
    """The secret part of a person's calendar address."""
    token = _signer().dumps([feed.user_id, feed.version])
    return token if isinstance(token, str) else token.decode()


def _file(user: User) -> bytes:
    now = clock.now()
    site = url_for("library.home", _external=True).rstrip("/")
    return ics("培训截止时间", entries(queries.tasks(db.session, user, now, withdrawn=True), site), now=now)


@blueprint.get("/training/calendar")
@allow()
def calendar() -> str:
    """How to get the due dates into a calendar."""
    feed = db.session.get(CalendarFeed, current_user.id)
    address = url_for("training.feed", token=feed_token(feed), _external=True) if feed else None
    return render_template("training/calendar.html", address=address)


@blueprint.post("/training/calendar")
@allow()
def renew_feed() -> BaseResponse:
    """Make the address, or another one in its place."""
    user_id = current_user.id
    with writing() as session:
        operations.renew_feed(session, user_id)
    flash("新的订阅地址已生成，原来的地址（如果有）不能再用。", "success")
    return redirect(url_for("training.calendar"))


@blueprint.get("/training/due-dates.ics")
@allow()
def due_dates() -> Response:
    """The due dates as a file."""
    disposition = {"Content-Disposition": "attachment; filename=due-dates.ics"}
    return Response(_file(current_user), content_type=CONTENT_TYPE, headers=disposition)


@blueprint.get("/training/feeds/<token>.ics")
@public
def feed(token: str) -> Response:
    """The due dates of whoever the secret address belongs to."""
    try:
        user_id, version = _signer().loads(token)
    except (BadSignature, TypeError, ValueError):
        abort(404)
    feed, user = db.session.get(CalendarFeed, user_id), db.session.get(User, user_id)
    if feed is None or feed.version != version or user is None or not user.is_active:
        abort(404)
    return Response(_file(user), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
