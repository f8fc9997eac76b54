"""The printable report of a week, month or quarter."""

import datetime as dt

from flask import abort, render_template, request
from flask_login import current_user

from app import clock
from app.db import db
from app.training import report, trainer_queries
from app.training.models import State
from app.training.tally import Sum, by_assignment, by_unit, tally
from app.training.trainer_queries import unit_choices
from app.training.views import blueprint, only_trainer
from app.training.weakest import Period, weakest

WEAKEST_SHOWN = 10


def _day() -> dt.date:
    try:
        return dt.date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return clock.today()


@blueprint.get("/training/report")
@only_trainer
def report_page() -> str:
    """Figures of the branch in a span of time, to be printed."""
    units = list(trainer_queries.units_below(db.session, current_user.unit_id))
    unit_id = request.args.get("unit", current_user.unit_id, int)
    unit = next((unit for unit in units if unit.id == unit_id), None) or abort(404)
    span = request.args.get("span", "month")
    span = span if span in report.SPANS else "month"
    first = report.first_day(span, _day())
    end = report.next_day(span, first)
    within = report.period(first, end)
    facts = _facts(unit.id, within)
    links = {"before": report.first_day(span, first - dt.timedelta(days=1)), "after": end}
    facts |= {"name": report.span_name(span, first), "now": clock.now(), "spans": report.SPANS, "span": span}
    return render_template(
        "training/report.html", unit=unit, units={u.id: u for u in units}, choices=unit_choices(units), first=first,
        last=end - dt.timedelta(days=1), links=links, **facts,
    )  # fmt: skip


def _facts(unit_id: int, within: Period) -> dict[str, object]:
    found = trainer_queries.assignments_seen(db.session, current_user.unit_id, State.PUBLISHED)
    shown = [a for a in found if a.opens_at < within.end and (a.published_at or a.opens_at) < within.end]
    running = [a for a in shown if a.due_at >= within.start]
    ids = [a.id for a in running]
    counts = tally(db.session, unit_id, ids, clock.now())
    questions, articles = weakest(db.session, unit_id, [a.id for a in shown], within)
    return {
        "assignments": running,
        "sums": by_assignment(counts),
        "children": by_unit(counts),
        "total": sum(by_unit(counts).values(), Sum()),
        "activity": report.activity(db.session, unit_id, [a.id for a in shown], within),
        "questions": questions[:WEAKEST_SHOWN],
        "articles": articles[:WEAKEST_SHOWN],
    }
