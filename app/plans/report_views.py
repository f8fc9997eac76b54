"""What came of a plan: the report to print, the Excel file, and carrying over what is left."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.db import db, writing
from app.plans import operations, queries
from app.plans.page import bars, excel, field_lines, plan_report, unit_lines
from app.plans.views import blueprint, found_plan, only_planner, own_plan
from app.sessions.outcome_queries import hours_by_unit

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/plans/<int:id>/report")
@only_planner
def report(id: int) -> str:
    """Planned beside held, by quarter, unit and field, drawn and in tables; made to be printed."""
    plan = found_plan(id)
    found = plan_report(db.session, plan)
    units, fields = unit_lines(db.session, found), field_lines(found)
    trained = queries.trained(db.session, plan, hours_by_unit(db.session, *queries.year_of(plan.year)))
    drawn = {"unit_bars": bars(units), "field_bars": bars(fields)}
    shown = {"units": units, "fields": fields, "trained": trained, "today": clock.today()}
    return render_template("plans/report.html", plan=plan, report=found, **shown, **drawn)


@blueprint.get("/plans/<int:id>/export")
@only_planner
def export(id: int) -> Response:
    """The plan and its report as Excel."""
    plan = found_plan(id)
    disposition = f'attachment; filename="plan-{plan.year}.xlsx"'
    return Response(excel(db.session, plan), mimetype=EXCEL, headers={"Content-Disposition": disposition})


@blueprint.route("/plans/<int:id>/carry", methods=["GET", "POST"])
@only_planner
def carry(id: int) -> str | BaseResponse:
    """Choose unfinished items to go on with next year."""
    plan = own_plan(id)
    if request.method == "POST":
        chosen = request.form.getlist("item", type=int)
        acting = {"actor_id": current_user.id, "now": clock.now()}
        with writing() as session:
            figures = plan_report(session, own_plan(id)).items
            following, count = operations.carry_over(session, own_plan(id), chosen, figures, **acting)
        told = f"已把 {count} 项结转到{following.title}。" if count else "没有选中可以结转的项目。"
        flash(told, "success" if count else "error")
        return redirect(url_for("plans.plan", id=following.id if count else id))
    found = plan_report(db.session, plan)
    items, carried = operations.unfinished(plan, found.items), queries.carried(db.session, list(found.items))
    return render_template("plans/carry.html", plan=plan, items=items, carried=carried, report=found)
