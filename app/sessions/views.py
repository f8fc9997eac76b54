"""Sessions as everyone signed in sees them: what one can join, one's own, signing up, hours, the survey."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, send_file, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.access import allow
from app.admin.sheets import write_csv
from app.db import db, writing
from app.sessions import enrolment_operations, outcome_operations, outcome_queries, queries, words
from app.sessions.forms import survey_form
from app.sessions.models import TrainingSession
from app.sessions.page import attachment, ledger_rows, materials_shelf, session_page
from app.sessions.refusals import Refused

blueprint = Blueprint("sessions", __name__)
HOURS_COLUMNS = ("记入时间", "班次", "举办单位", "开班时间", "类别", "学时", "理由")


def _visible(id: int) -> TrainingSession:
    return queries.visible_session(db.session, id, current_user) or abort(404)


@blueprint.get("/sessions")
@allow()
def sessions() -> str:
    """Sessions one may join."""
    now = clock.now()
    rows = queries.joinable(db.session, current_user, now)
    return render_template("sessions/sessions.html", rows=rows, now=now)


@blueprint.get("/sessions/mine")
@allow()
def mine() -> str:
    """Sessions one has signed up for."""
    lines = queries.enrolments_of(db.session, current_user.id)
    attended = outcome_queries.attended_ids(db.session, current_user.id)
    return render_template("sessions/mine.html", lines=lines, attended=attended, now=clock.now())


@blueprint.get("/sessions/hours")
@allow()
def hours() -> str:
    """One's own hours ledger."""
    lines = outcome_queries.ledger(db.session, current_user.id)
    return render_template("sessions/hours.html", lines=lines, years=outcome_queries.by_year(lines))


@blueprint.get("/sessions/hours.csv")
@allow()
def hours_table() -> Response:
    """One's own hours ledger as a table."""
    rows = ledger_rows(outcome_queries.ledger(db.session, current_user.id))
    return attachment(write_csv(HOURS_COLUMNS, rows), f"学时-{current_user.name}.csv")


@blueprint.get("/sessions/<int:id>")
@allow()
def session(id: int) -> str:
    """One session."""
    page = session_page(db.session, _visible(id), current_user, clock.now())
    return render_template("sessions/session.html", page=page, row=page.row)


@blueprint.post("/sessions/<int:id>/sign-up")
@allow()
def sign_up(id: int) -> BaseResponse:
    """Sign up."""
    _visible(id)
    try:
        with writing() as session:
            enrolment_operations.sign_up(session, id, current_user, now=clock.now())
    except Refused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("sessions.session", id=id) + "#mine")


@blueprint.post("/sessions/<int:id>/leave")
@allow()
def leave(id: int) -> BaseResponse:
    """Take one's sign-up back."""
    _visible(id)
    try:
        with writing() as session:
            enrolment_operations.leave(session, id, current_user.id, now=clock.now())
        flash("已取消报名。名额会让给候补的人。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("sessions.session", id=id))


@blueprint.route("/sessions/<int:id>/survey", methods=["GET", "POST"])
@allow()
def survey(id: int) -> str | BaseResponse:
    """The survey of those who attended, once and without names."""
    row = _visible(id)
    closed = outcome_operations.no_survey(db.session, row, current_user.id, clock.now())
    form = survey_form([(line.expert_id, line.expert.name) for line in row.experts])
    if not closed and form.validate_on_submit():
        try:
            with writing() as session:
                outcome_operations.answer_survey(session, id, current_user.id, form.survey(), now=clock.now())
            flash("谢谢，您的意见已经记下，不记名。", "success")
            return redirect(url_for("sessions.session", id=id))
        except Refused as refusal:
            form.show(refusal)
    return render_template("sessions/survey.html", row=row, form=form, closed=closed)


@blueprint.post("/sessions/<int:id>/certificate")
@allow()
def certificate(id: int) -> BaseResponse:
    """The certificate of one who attended."""
    _visible(id)
    try:
        with writing() as session:
            issued = outcome_operations.give_certificate(session, id, current_user.id, now=clock.now())
            certificate_id = issued.id
    except Refused as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("sessions.session", id=id))
    return redirect(url_for("certificates.show", id=certificate_id))


@blueprint.get("/sessions/<int:id>/materials/<int:material_id>")
@allow()
def material(id: int, material_id: int) -> BaseResponse:
    """A file, to whoever may see its session; always as a download."""
    _visible(id)
    found = queries.material(db.session, id, material_id)
    if found is None or found.stored_name is None:
        abort(404)
    path = materials_shelf().path(found.stored_name)
    if not path.exists():
        abort(404)
    name = f"{found.title}{path.suffix}"
    return send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=name, max_age=0)


@blueprint.context_processor
def _words() -> dict[str, object]:
    """What templates of sessions call things."""
    return {"words": words}
