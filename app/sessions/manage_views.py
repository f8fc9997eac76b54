"""What trainers do with the sessions of their branch: write, publish, change, cancel. To others these do not exist."""

import datetime as dt

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.db import db, writing
from app.sessions import operations, queries
from app.sessions.facts import Facts, facts_of
from app.sessions.forms import ReasonForm
from app.sessions.models import State, TrainingSession
from app.sessions.page import form_choices, materials_shelf, suggested
from app.sessions.refusals import Refused
from app.sessions.session_forms import SeriesForm, SessionForm
from app.sessions.views import blueprint

only_trainer = allow(Role.TRAINER)


def managed(id: int) -> TrainingSession:
    """A session of the trainer's own branch."""
    return queries.managed_session(db.session, id, current_user) or abort(404)


def _page_number() -> int:
    return min(max(1, request.args.get("page", 1, int)), 100_000)


def _copied() -> Facts | None:
    """What a new session takes over: a managed one named by `copy`."""
    row = queries.managed_session(db.session, request.args.get("copy", 0, int), current_user)
    return facts_of(row).moved_to(row.starts_at + dt.timedelta(days=7)) if row else None


@blueprint.get("/sessions/manage")
@only_trainer
def manage() -> str:
    """Sessions of the trainer's branch."""
    wanted, text = request.args.get("state", ""), request.args.get("q", "").strip()[:60]
    state = wanted if wanted in list(State) else ""
    found = queries.managed_page(db.session, current_user, state=state, text=text, page=_page_number())
    keep = {"state": state, "q": text}
    return render_template("sessions/manage.html", found=found, keep=keep, states=list(State), now=clock.now())


@blueprint.route("/sessions/new", methods=["GET", "POST"])
@only_trainer
def add() -> str | Response:
    """Write a new session."""
    choices = form_choices(db.session, current_user, None)
    form = SessionForm(choices, _copied(), current_user.unit_id, **suggested(request.args, choices))
    if form.validate_on_submit():
        values = {"actor_id": current_user.id, "now": clock.now()}
        try:
            with writing() as session:
                row = operations.add_session(session, form.facts(), form.unit.data, **values)
            flash("草稿已保存。检查无误后请发布，发布后才能报名。", "success")
            return redirect(url_for("sessions.session", id=row.id))
        except Refused as refusal:
            form.show(refusal)
    return render_template("sessions/edit.html", form=form, row=None)


@blueprint.route("/sessions/<int:id>/edit", methods=["GET", "POST"])
@only_trainer
def edit(id: int) -> str | Response:
    """Change a session."""
    row = managed(id)
    form = SessionForm(form_choices(db.session, current_user, row), facts_of(row), row.unit_id)
    if form.validate_on_submit():
        try:
            with writing() as session:
                operations.change_session(session, id, form.facts(), actor_id=current_user.id, now=clock.now())
            flash("已保存。时间或者地点有变动时，报了名的人会收到通知。", "success")
            return redirect(url_for("sessions.session", id=id))
        except Refused as refusal:
            form.show(refusal)
    return render_template("sessions/edit.html", form=form, row=managed(id))


@blueprint.post("/sessions/<int:id>/publish")
@only_trainer
def publish(id: int) -> Response:
    """Open a draft to its audience."""
    managed(id)
    try:
        with writing() as session:
            operations.publish_session(session, id, actor_id=current_user.id, now=clock.now())
        flash("已发布，培训对象会收到通知。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("sessions.session", id=id))


@blueprint.route("/sessions/<int:id>/cancel", methods=["GET", "POST"])
@only_trainer
def cancel(id: int) -> str | Response:
    """Call a published session off, with the reason."""
    row, form = managed(id), ReasonForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                operations.cancel_session(session, id, form.reason.data, actor_id=current_user.id, now=clock.now())
            flash("班次已取消，报名和候补的人会收到通知。", "success")
            return redirect(url_for("sessions.session", id=id))
        except Refused as refusal:
            form.show(refusal)
    return render_template("sessions/cancel.html", form=form, row=row)


@blueprint.post("/sessions/<int:id>/discard")
@only_trainer
def discard(id: int) -> Response:
    """Throw a draft away."""
    managed(id)
    try:
        with writing() as session:
            files = operations.discard_draft(session, id, actor_id=current_user.id, now=clock.now())
    except Refused as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("sessions.session", id=id))
    for name in files:
        materials_shelf().remove(name)
    flash("草稿已删除。", "success")
    return redirect(url_for("sessions.manage"))


@blueprint.get("/sessions/series")
@only_trainer
def series() -> str:
    """Series of the trainer's branch."""
    return render_template("sessions/series.html", found=queries.managed_series(db.session, current_user))


@blueprint.route("/sessions/series/new", methods=["GET", "POST"])
@only_trainer
def add_series() -> str | Response:
    """Make several sessions from one template."""
    form = SeriesForm(form_choices(db.session, current_user, None), _copied(), current_user.unit_id)
    if form.validate_on_submit():
        values = (form.title.data, form.facts(), form.starts(), form.unit.data)
        try:
            with writing() as session:
                operations.add_series(session, *values, actor_id=current_user.id, now=clock.now())
            flash(f"已建好 {len(values[2])} 期草稿，请逐期检查并发布。", "success")
            return redirect(url_for("sessions.series"))
        except Refused as refusal:
            form.show(refusal)
    return render_template("sessions/edit.html", form=form, row=None)


@blueprint.post("/sessions/series/<int:id>/publish")
@only_trainer
def publish_series(id: int) -> Response:
    """Publish all drafts of a series, or none when one of them cannot be."""
    found = next((one for one in queries.managed_series(db.session, current_user) if one.id == id), None) or abort(404)
    drafts = [row.id for row in found.sessions if row.state == State.DRAFT]
    try:
        with writing() as session:
            for draft in drafts:
                operations.publish_session(session, draft, actor_id=current_user.id, now=clock.now())
        flash(f"已发布 {len(drafts)} 期。", "success")
    except Refused as refusal:
        flash(f"没有发布：{refusal.message}", "error")
    return redirect(url_for("sessions.series"))
