"""Pinned answers 置顶答案."""

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.db import db, writing
from app.index import store
from app.review import operations, queries
from app.review.forms import AUDIENCES, PinForm
from app.review.views import blueprint, only_editor
from app.search.models import PinnedAnswer
from app.search.places import find_place
from corpus.document import Audience


def _pin(id: int) -> PinnedAnswer:
    return db.session.get(PinnedAnswer, id) or abort(404)


@blueprint.get("/review/pins")
@only_editor
def pins() -> str:
    """All pins, running and ended."""
    found, texts = queries.pins(db.session), store(Audience.OFFICER)
    places = {pin.id: find_place(texts, pin.place, Audience.OFFICER) for pin in found}
    today = clock.today()
    return render_template("review/pins.html", pins=found, places=places, today=today, audiences=AUDIENCES)


@blueprint.route("/review/pins/add", methods=["GET", "POST"])
@only_editor
def add_pin() -> str | Response:
    """Pin a place."""
    return _edit(None)


@blueprint.route("/review/pins/<int:id>", methods=["GET", "POST"])
@only_editor
def edit_pin(id: int) -> str | Response:
    """Change a pin."""
    return _edit(_pin(id))


def _edit(pin: PinnedAnswer | None) -> str | Response:
    stores = {audience: store(audience) for audience in Audience}
    form = PinForm(pin, stores, clock.today())
    if form.validate_on_submit():
        id = pin.id if pin else None
        with writing() as session:
            kept = form.fill(_pin(id) if id else PinnedAnswer())
            operations.keep_pin(session, kept, actor_id=current_user.id, now=clock.now())
        flash("已保存，马上在检索里置顶。", "success")
        return redirect(url_for("review.pins"))
    return render_template("review/pin.html", form=form, pin=pin)


@blueprint.post("/review/pins/<int:id>/delete")
@only_editor
def delete_pin(id: int) -> Response:
    """Remove a pin."""
    with writing() as session:
        operations.delete_pin(session, _pin(id), actor_id=current_user.id, now=clock.now())
    flash("已取消置顶。", "success")
    return redirect(url_for("review.pins"))
