"""How a person stands: mastery of fields, and the record of everything, to keep and to print."""

from flask import Response, render_template, request, send_file
from flask_login import current_user

from app import clock
from app.access import allow
from app.bank.queries import ready_bank
from app.db import db
from app.learning import mastery, overview, queries, record
from app.learning.advice import advice
from app.learning.views import blueprint

SHOWN = 50
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/learning/mastery")
@allow()
def mastery_page() -> str:
    """Every field with what is mastered of it, how broad that is, and what keeps going wrong."""
    states, now, texts = queries.matter_states(db.session, current_user.id), clock.now(), overview.texts()
    lines = mastery.by_field(mastery.matters_by_field(ready_bank(db.session).questions), states, now)
    failing = mastery.struggles(states)
    found = [(state, advice(texts, state.matter) if texts else None) for state in failing]
    experts = queries.experts_of(db.session, {one.field for _, one in found if one and one.field})
    return render_template(
        "learning/mastery.html", lines=lines, breadth=mastery.breadth(lines), failing=found, experts=experts,
        rules=mastery, levels=mastery.Level,
    )  # fmt: skip


@blueprint.get("/learning/record")
@allow()
def record_page() -> str:
    """The record to read and print; long sections cut short unless all is asked for."""
    found, now = record.sections(db.session, current_user, clock.now()), clock.now()
    shown = max((len(section.rows) for section in found), default=0) if "all" in request.args else SHOWN
    return render_template("learning/record.html", sections=found, shown=shown, now=now)


@blueprint.get("/learning/record.xlsx")
@allow()
def record_xlsx() -> Response:
    """The record as Excel."""
    now = clock.now()
    stream = record.workbook(current_user, record.sections(db.session, current_user, now), now)
    return send_file(stream, EXCEL, as_attachment=True, download_name=f"学习档案-{clock.today()}.xlsx")


@blueprint.get("/learning/record.json")
@allow()
def record_json() -> Response:
    """The record as JSON."""
    now = clock.now()
    text = record.document(current_user, record.sections(db.session, current_user, now), now)
    response = Response(text, mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"learning-record-{clock.today()}.json")
    return response
