"""A person's own notices."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import allow
from app.db import db, writing
from app.notices import operations, queries

blueprint = Blueprint("notices", __name__, cli_group="notices")


@blueprint.get("/notices")
@allow()
def notices() -> str:
    """The person's notices, the unread first."""
    page = min(max(1, request.args.get("page", 1, int)), 100_000)
    return render_template("notices/notices.html", found=queries.notices_page(db.session, current_user.id, page))


@blueprint.post("/notices/<int:id>/open")
@allow()
def open_notice(id: int) -> Response:
    """Mark a notice as read and go where it leads."""
    with writing() as session:
        notice = operations.read(session, current_user.id, id, now=clock.now()) or abort(404)
        url = notice.url
    return redirect(url or url_for("notices.notices"))


@blueprint.post("/notices/read")
@allow()
def read_all() -> Response:
    """Mark as read all that the page showed or could have shown."""
    up_to = request.form.get("up_to", 0, int)
    with writing() as session:
        done = operations.read_all(session, current_user.id, up_to=up_to, now=clock.now())
    flash(f"已把 {done} 条标为已读。" if done else "没有未读的通知。", "success")
    return redirect(url_for("notices.notices"))
