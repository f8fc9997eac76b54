"""Calendar files and feeds."""

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.access import allow, public
from app.calendars import CONTENT_TYPE, ics
from app.db import db, writing
from app.sessions import feeds, queries
from app.sessions.models import State
from app.sessions.page import attachment
from app.sessions.views import blueprint


def _root() -> str:
    return request.url_root.rstrip("/")


@blueprint.get("/sessions/<int:id>/calendar.ics")
@allow()
def calendar_file(id: int) -> Response:
    """One session and its sign-up window, as a file to open."""
    row = queries.visible_session(db.session, id, current_user)
    if row is None or row.state == State.DRAFT:
        abort(404)
    content = ics(row.title, feeds.session_entries(row, _root()), now=clock.now())
    return attachment(content, f"{row.title}.ics", CONTENT_TYPE)


@blueprint.get("/sessions/calendar")
@allow()
def calendar() -> str:
    """The person's secret feed addresses."""
    addresses = {
        scope: url_for(
            "sessions.feed",
            id=feed.id,
            signature=feeds.signature(current_app.config["SECRET_KEY"], feed),
            _external=True,
        )
        for scope, feed in feeds.feeds_of(db.session, current_user.id).items()
    }
    return render_template("sessions/calendar.html", addresses=addresses, scopes=feeds.SCOPES)


@blueprint.post("/sessions/calendar/<scope>")
@allow()
def renew_feed(scope: str) -> BaseResponse:
    """Make a feed, or renew its address."""
    if scope not in feeds.SCOPES:
        abort(404)
    with writing() as session:
        feed = feeds.renew_feed(session, current_user.id, scope, now=clock.now())
        is_first = feed.version == 1
    flash("订阅地址已生成。" if is_first else "已换成新地址，旧地址立即失效。", "success")
    return redirect(url_for("sessions.calendar"))


@blueprint.get("/sessions/feeds/<int:id>/<signature>.ics")
@public
def feed(id: int, signature: str) -> Response:
    """A feed, to whoever has its address: calendar programs cannot sign in."""
    config = current_app.config
    found = feeds.open_feed(db.session, config["SECRET_KEY"], id, signature, demo=config["DEMO"]) or abort(404)
    now = clock.now()
    content = ics(feeds.SCOPES[found.scope], feeds.feed_entries(db.session, found, _root(), now), now=now)
    return Response(content, content_type=CONTENT_TYPE)
