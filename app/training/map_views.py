"""The learning map for trainers: drawn, and as a table."""

from flask import Response, abort, render_template, request
from flask_login import current_user

from app import clock
from app.accounts.models import Unit
from app.bank.queries import ready_bank
from app.db import db
from app.training import trainer_queries
from app.training.learning_map import BLUE, COLOUR_WORDS, PAINT, YELLOW, LearningMap, learning_map
from app.training.models import State
from app.training.tally import tally
from app.training.trainer_queries import unit_choices
from app.training.views import blueprint, only_trainer

RULES = {"blue": BLUE, "yellow": YELLOW}


def _map() -> tuple[Unit, list[Unit], LearningMap, str]:
    """The unit asked for, the trainer's units, the map, and the field chosen ("": all)."""
    units = list(trainer_queries.units_below(db.session, current_user.unit_id))
    unit_id = request.args.get("unit", current_user.unit_id, int)
    top = next((unit for unit in units if unit.id == unit_id), None) or abort(404)
    assignments = trainer_queries.assignments_seen(db.session, current_user.unit_id, State.PUBLISHED)
    counts = tally(db.session, top.id, [a.id for a in assignments], clock.now())
    fields = {question.field for question in ready_bank(db.session).questions if question.field}
    found = learning_map(db.session, top, units, assignments, counts, fields)
    field = request.args.get("field", "")
    return top, units, found, field if field in found.fields else ""


@blueprint.get("/training/map")
@only_trainer
def learning_map_page() -> str:
    """Units × fields in three colours."""
    top, units, found, field = _map()
    return render_template(
        "training/map.html", top=top, choices=unit_choices(units), map=found, field=field, paint=PAINT,
        words=COLOUR_WORDS, rules=RULES,
    )  # fmt: skip


@blueprint.get("/training/map.svg")
@only_trainer
def learning_map_svg() -> Response:
    """The drawing alone."""
    top, _, found, field = _map()
    drawing = render_template("training/_map.svg", top=top, map=found, field=field, paint=PAINT)
    disposition = {"Content-Disposition": "inline; filename=learning-map.svg"}
    return Response(drawing, content_type="image/svg+xml; charset=utf-8", headers=disposition)
