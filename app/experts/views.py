"""The pool of experts: the list, a profile, changing it.

Officers read what they may; trainers and administrators read all. The pool is the city's: trainers of the city's own
unit and administrators keep it.
"""

import datetime as dt

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.db import db, writing
from app.experts import pool_operations, queries
from app.experts.availability import load
from app.experts.forms import FilterForm, ProfileForm, RenewForm, RetireForm
from app.experts.listing import Filter, is_shown, lines
from app.experts.match import catalogue
from app.experts.models import Expert
from app.experts.operations import Refused
from app.experts.profile import write_profile
from app.index import store
from corpus.document import Audience

blueprint = Blueprint("experts", __name__, cli_group="experts")
only_internal = allow(Role.TRAINER, Role.ADMIN)


@blueprint.app_context_processor
def _rights() -> dict[str, object]:
    """What templates ask: may this person read the internal part, and keep the pool."""
    return {"reads_experts": is_internal, "keeps_experts": is_keeper}


def is_internal() -> bool:
    """Whether the present person may read what is internal."""
    return current_user.is_authenticated and current_user.role in (Role.TRAINER, Role.ADMIN)


def is_keeper() -> bool:
    """Whether the present person keeps the pool: administrators, and trainers of the city's own unit."""
    return is_internal() and (current_user.role == Role.ADMIN or current_user.unit.parent_id is None)


def keeper() -> None:
    """To those who do not keep the pool, its forms do not exist."""
    if not is_keeper():
        abort(404)


def found_expert(key: str) -> Expert:
    """An expert this person may see."""
    expert = queries.expert(db.session, key)
    if expert is None or not (is_internal() or is_shown(expert)):
        abort(404)
    return expert


@blueprint.get("/experts")
@allow()
def experts() -> str:
    """The list."""
    form = FilterForm(request.args, queries.fields_in_use(db.session))
    good = form.validate()
    wanted = Filter(form.q.data or "", form.kind.data or "", form.field.data or "")
    if is_internal():
        wanted = Filter(wanted.text, wanted.kind, wanted.field, form.free_on.data, form.state.data == "retired")
    today = clock.today()
    found = lines(db.session, wanted, today, is_internal=is_internal()) if good else []
    return render_template("experts/experts.html", form=form, lines=found, wanted=wanted, today=today)


@blueprint.get("/experts/<key>")
@allow()
def expert(key: str) -> str:
    """A profile."""
    expert = found_expert(key)
    if not is_internal():
        return render_template("experts/expert.html", expert=expert, internal=None)
    return _internal_page(expert, RenewForm(_last_day(expert)), RetireForm(formdata=None))


def _last_day(expert: Expert) -> dt.date | None:
    return max((term.ends_on for term in expert.terms), default=None)


def _internal_page(expert: Expert, renew: RenewForm, retire: RetireForm) -> str:
    now, today = clock.now(), clock.today()
    timetable = queries.timetables(db.session, [expert])[expert.id]
    shown = {
        "internal": queries.internal(db.session, expert.id),
        "rating": queries.ratings(db.session).get(expert.id),
        "comments": queries.comments(db.session, expert.id),
        "ahead": queries.bookings(db.session, [expert.id], since=now),
        "load": load(timetable, today.year),
        "texts": write_profile(expert, queries.internal(db.session, expert.id)),
    }
    return render_template("experts/expert.html", expert=expert, today=today, renew=renew, retire=retire, **shown)


@blueprint.route("/experts/add", methods=["GET", "POST"])
@only_internal
def add_expert() -> str | Response:
    """Add an expert."""
    keeper()
    form = ProfileForm(catalogue(store(Audience.OFFICER)))
    if form.validate_on_submit() and form.profile:
        with writing() as session:
            added = pool_operations.add_expert(session, form.profile, actor_id=current_user.id, now=clock.now())
        flash(f"已添加{added.name}。", "success")
        return redirect(url_for("experts.expert", key=added.key))
    return render_template("experts/edit.html", form=form, expert=None)


@blueprint.route("/experts/<key>/edit", methods=["GET", "POST"])
@only_internal
def edit_expert(key: str) -> str | Response:
    """Change a profile."""
    keeper()
    expert = found_expert(key)
    present = write_profile(expert, queries.internal(db.session, expert.id))
    form = ProfileForm(catalogue(store(Audience.OFFICER)), present, expert.version)
    if form.validate_on_submit() and form.profile:
        version = int(form.version.data) if form.version.data.isdecimal() else 0
        try:
            with writing() as session:
                acting = {"version": version, "actor_id": current_user.id, "now": clock.now()}
                pool_operations.change_expert(session, found_expert(key), form.profile, **acting)
            flash("已保存。", "success")
            return redirect(url_for("experts.expert", key=key))
        except Refused as refusal:
            form.show(refusal)
    return render_template("experts/edit.html", form=form, expert=found_expert(key))


@blueprint.post("/experts/<key>/renew")
@only_internal
def renew_expert(key: str) -> str | Response:
    """Add a term of appointment."""
    keeper()
    form = RenewForm()
    if form.validate_on_submit():
        term = (form.starts_on.data, form.ends_on.data)
        try:
            with writing() as session:
                pool_operations.renew(session, found_expert(key), term, actor_id=current_user.id, now=clock.now())
            flash("已续聘。", "success")
            return redirect(url_for("experts.expert", key=key))
        except Refused as refusal:
            form.show(refusal)
    return _internal_page(found_expert(key), form, RetireForm(formdata=None))


@blueprint.post("/experts/<key>/retire")
@only_internal
def retire_expert(key: str) -> str | Response:
    """Take an expert out of the pool."""
    keeper()
    form = RetireForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                reason = form.reason.data
                pool_operations.retire(session, found_expert(key), reason, actor_id=current_user.id, now=clock.now())
            flash("已退出师资库，资料和记录都保留。", "success")
            return redirect(url_for("experts.expert", key=key))
        except Refused as refusal:
            form.show(refusal)
    return _internal_page(found_expert(key), RenewForm(_last_day(found_expert(key))), form)


@blueprint.post("/experts/<key>/restore")
@only_internal
def restore_expert(key: str) -> Response:
    """Take a retired expert back."""
    keeper()
    with writing() as session:
        pool_operations.restore(session, found_expert(key), actor_id=current_user.id, now=clock.now())
    flash("已恢复到师资库。", "success")
    return redirect(url_for("experts.expert", key=key))
