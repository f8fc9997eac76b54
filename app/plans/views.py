"""The annual plan: the list, a plan with its items, writing and publishing it. For trainers and administrators.

A trainer changes plans of the own branch and reads published ones of the units above; others do not exist for them.
"""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.db import db, writing
from app.index import store
from app.plans import operations, queries
from app.plans.forms import QUARTERS, ItemForm, PlanForm
from app.plans.models import Plan, PlanItem, State
from app.plans.operations import Refused
from app.plans.page import cells, number, plan_report
from corpus.document import Audience, Kind

blueprint = Blueprint("plans", __name__)
only_planner = allow(Role.TRAINER, Role.ADMIN)


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {"cells": cells, "number": number, "QUARTERS": QUARTERS}


def found_plan(id: int) -> Plan:
    """A plan the present person may read."""
    return queries.plan(db.session, id, current_user) or abort(404)


def own_plan(id: int) -> Plan:
    """A plan the present person may change."""
    return queries.own_plan(db.session, id, current_user) or abort(404)


def own_item(id: int, item_id: int) -> PlanItem:
    """An item of such a plan."""
    return next((item for item in own_plan(id).items if item.id == item_id), None) or abort(404)


@blueprint.errorhandler(Refused)
def refused(refusal: Refused) -> Response:
    """A change that the rules forbid, asked for by a button: say why where the plan is shown."""
    flash(refusal.message, "error")
    id = (request.view_args or {}).get("id")
    return redirect(url_for("plans.plan", id=id) if id else url_for("plans.plans"))


@blueprint.get("/plans")
@only_planner
def plans() -> str:
    """All plans this person may read."""
    return render_template("plans/plans.html", plans=queries.visible(db.session, current_user))


@blueprint.route("/plans/add", methods=["GET", "POST"])
@only_planner
def add_plan() -> str | Response:
    """Begin a plan."""
    units = {unit.id: unit.name for unit in queries.units(db.session, current_user)}
    form = PlanForm(units, current_user.unit_id, clock.today().year + (clock.today().month > 6))
    if form.validate_on_submit():
        acting = {"actor_id": current_user.id, "now": clock.now()}
        try:
            with writing() as session:
                plan = operations.add_plan(session, form.unit.data, form.year.data, form.note.data, **acting)
            flash("已建立草稿，请添加项目。", "success")
            return redirect(url_for("plans.plan", id=plan.id))
        except Refused as refusal:
            form.show(refusal)
    return render_template("plans/add.html", form=form)


@blueprint.get("/plans/<int:id>")
@only_planner
def plan(id: int) -> str:
    """A plan, quarter by quarter, with what was held."""
    plan = found_plan(id)
    own = queries.own_plan(db.session, id, current_user) is not None
    ids = [item.id for item in plan.items]
    sessions, carried = queries.item_sessions(db.session, ids), queries.carried(db.session, ids)
    shown = {"report": plan_report(db.session, plan), "sessions": sessions, "carried": carried, "own": own}
    return render_template("plans/plan.html", plan=plan, **shown)


@blueprint.route("/plans/<int:id>/items/add", methods=["GET", "POST"])
@only_planner
def add_item(id: int) -> str | Response:
    """Add an item."""
    own_plan(id)
    return _edit(id, None)


@blueprint.route("/plans/<int:id>/items/<int:item_id>", methods=["GET", "POST"])
@only_planner
def edit_item(id: int, item_id: int) -> str | Response:
    """Change an item."""
    own_item(id, item_id)
    return _edit(id, item_id)


def _edit(id: int, item_id: int | None) -> str | Response:
    matters = store(Audience.OFFICER).documents(Kind.MATTER)
    fields = list(dict.fromkeys(field for matter in matters for field in matter.fields))
    form = ItemForm(fields, own_item(id, item_id) if item_id else None)
    if form.validate_on_submit():
        with writing() as session:
            item = own_item(id, item_id) if item_id else None
            acting = {"actor_id": current_user.id, "now": clock.now()}
            operations.keep_item(session, own_plan(id), item, form.facts(), **acting)
        flash("已保存。", "success")
        return redirect(url_for("plans.plan", id=id))
    return render_template("plans/item.html", form=form, plan=own_plan(id), item_id=item_id)


@blueprint.post("/plans/<int:id>/items/<int:item_id>/delete")
@only_planner
def delete_item(id: int, item_id: int) -> Response:
    """Remove an item."""
    with writing() as session:
        operations.delete_item(session, own_item(id, item_id), actor_id=current_user.id, now=clock.now())
    flash("已删除这一项。", "success")
    return redirect(url_for("plans.plan", id=id))


@blueprint.post("/plans/<int:id>/state")
@only_planner
def change_state(id: int) -> Response:
    """Publish a plan, close it, or open it again."""
    wanted = request.form.get("state", "")
    if wanted not in (State.PUBLISHED, State.CLOSED):
        abort(400)
    with writing() as session:
        operations.change_state(session, own_plan(id), State(wanted), actor_id=current_user.id, now=clock.now())
    flash("计划已发布。" if wanted == State.PUBLISHED else "计划已结束，不再改动。", "success")
    return redirect(url_for("plans.plan", id=id))


@blueprint.post("/plans/<int:id>/delete")
@only_planner
def delete_plan(id: int) -> Response:
    """Remove a draft without items."""
    with writing() as session:
        operations.delete_plan(session, own_plan(id), actor_id=current_user.id, now=clock.now())
    flash("已删除草稿。", "success")
    return redirect(url_for("plans.plans"))
