"""The people of a session, for its trainers: sign-ups, attendance, holding it, corrections, results, materials."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.accounts.queries import user_by_name
from app.db import db, writing
from app.sessions import enrolment_operations, material_operations, outcome_operations, outcome_queries, queries
from app.sessions.forms import CorrectionForm, MaterialForm, PersonForm, ReasonForm
from app.sessions.manage_views import managed, only_trainer
from app.sessions.models import Standing
from app.sessions.page import attachment, materials_shelf, people_table, shown_materials
from app.sessions.refusals import Refused
from app.sessions.results import results
from app.sessions.shelf import MAX_BYTES
from app.sessions.views import blueprint

SPARE = 100_000  # bytes of a form around its file


@blueprint.url_value_preprocessor
def _let_files_in(endpoint: str | None, _values: object) -> None:
    """Materials may be larger than other uploads; said before anything reads the form."""
    if endpoint == "sessions.materials":
        request.max_content_length = MAX_BYTES + SPARE


@blueprint.get("/sessions/<int:id>/people")
@only_trainer
def people(id: int) -> str:
    """Everyone who signed up."""
    row = managed(id)
    lines = queries.people(db.session, id)
    groups = {standing: [line for line in lines if line.standing == standing] for standing in Standing}
    clashing = queries.clashing(db.session, row)
    forms = {"form": PersonForm(formdata=None), "reason": ReasonForm(formdata=None)}
    return render_template("sessions/people.html", row=row, groups=groups, clashing=clashing, **forms)


@blueprint.get("/sessions/<int:id>/people.csv")
@only_trainer
def people_file(id: int) -> Response:
    """The same as a table, with attendance and hours."""
    row = managed(id)
    return attachment(people_table(db.session, row), f"{row.title}-名单.csv")


@blueprint.post("/sessions/<int:id>/people/<int:user_id>/approve")
@only_trainer
def approve(id: int, user_id: int) -> BaseResponse:
    """Let an applicant in."""
    managed(id)
    try:
        with writing() as session:
            enrolment_operations.approve(session, id, user_id, actor_id=current_user.id, now=clock.now())
        flash("已通过，本人会收到通知。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("sessions.people", id=id))


@blueprint.post("/sessions/<int:id>/people/<int:user_id>/decline")
@only_trainer
def decline(id: int, user_id: int) -> BaseResponse:
    """Turn somebody down or take them out, with the reason."""
    managed(id)
    form = ReasonForm()
    if not form.validate_on_submit():
        flash(" ".join(form.reason.errors) or "请填写原因。", "error")
        return redirect(url_for("sessions.people", id=id))
    try:
        with writing() as session:
            values = {"actor_id": current_user.id, "now": clock.now()}
            enrolment_operations.decline(session, id, user_id, form.reason.data, **values)
        flash("已处理，本人会收到通知。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("sessions.people", id=id))


@blueprint.post("/sessions/<int:id>/people")
@only_trainer
def add_person(id: int) -> BaseResponse:
    """Put somebody of the trainer's branch into a session."""
    managed(id)
    form = PersonForm()
    user = user_by_name(db.session, form.username.data or "") if form.validate_on_submit() else None
    if user is None or not user.is_active or not queries.is_in_branch(db.session, user, current_user):
        flash("您管理的单位里没有这个用户名，请检查。", "error")
        return redirect(url_for("sessions.people", id=id))
    try:
        with writing() as session:
            enrolment_operations.add_person(session, id, user, actor_id=current_user.id, now=clock.now())
        flash(f"{user.name}已加入名单，本人会收到通知。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("sessions.people", id=id))


@blueprint.route("/sessions/<int:id>/attendance", methods=["GET", "POST"])
@only_trainer
def attendance(id: int) -> str | BaseResponse:
    """The trainer's list to tick."""
    row = managed(id)
    if request.method == "POST":
        ticked, shown = request.form.getlist("present", int), request.form.getlist("shown", int)
        try:
            with writing() as session:
                values = {"actor_id": current_user.id, "now": clock.now()}
                added, removed = outcome_operations.mark(session, id, ticked, shown, **values)
            flash(f"已保存：新登记 {added} 人，取消 {removed} 人。", "success")
        except Refused as refusal:
            flash(refusal.message, "error")
        return redirect(url_for("sessions.attendance", id=id))
    lines = queries.people(db.session, id, Standing.ENROLLED)
    there = outcome_queries.attendances(db.session, id)
    return render_template("sessions/attendance.html", row=row, lines=lines, there=there, now=clock.now())


@blueprint.post("/sessions/<int:id>/hold")
@only_trainer
def hold(id: int) -> BaseResponse:
    """Confirm that the session was held, and credit its hours."""
    managed(id)
    try:
        with writing() as session:
            count = outcome_operations.hold(session, id, actor_id=current_user.id, now=clock.now())
        flash(f"已确认举办，{count} 人各记一次学时，并请他们填写调查。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("sessions.attendance", id=id))
    return redirect(url_for("sessions.result", id=id))


@blueprint.route("/sessions/<int:id>/corrections", methods=["GET", "POST"])
@only_trainer
def corrections(id: int) -> str | BaseResponse:
    """Put attendance or hours right after the session was held."""
    row = managed(id)
    people = queries.people(db.session, id, Standing.ENROLLED)
    form = CorrectionForm({line.user_id: f"{line.user.name}（{line.user.unit.name}）" for line in people})
    if form.validate_on_submit():
        try:
            with writing() as session:
                outcome_operations.correct(session, id, form.correction(), actor_id=current_user.id, now=clock.now())
            flash("已更正，本人会收到通知。", "success")
            return redirect(url_for("sessions.corrections", id=id))
        except Refused as refusal:
            form.show(refusal)
    shown = {"lines": people, "there": outcome_queries.attendances(db.session, id)}
    shown |= {"hours": outcome_queries.credits(db.session, id), "done": outcome_queries.corrections(db.session, id)}
    return render_template("sessions/corrections.html", row=row, form=form, **shown)


@blueprint.get("/sessions/<int:id>/result")
@only_trainer
def result(id: int) -> str:
    """What came of a session: attendance, survey, quiz before and after."""
    row = managed(id)
    return render_template("sessions/result.html", row=row, result=results(db.session, row))


@blueprint.route("/sessions/<int:id>/materials", methods=["GET", "POST"])
@only_trainer
def materials(id: int) -> str | BaseResponse:
    """Materials of a session: add a document of the library or a file."""
    row, form = managed(id), MaterialForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                values = {"actor_id": current_user.id, "now": clock.now()}
                material_operations.add(session, id, form.material(), materials_shelf(), **values)
            flash("材料已添加。", "success")
            return redirect(url_for("sessions.materials", id=id))
        except Refused as refusal:
            form.show(refusal)
    return render_template("sessions/materials.html", row=row, form=form, found=shown_materials(db.session, id))


@blueprint.post("/sessions/<int:id>/materials/<int:material_id>/delete")
@only_trainer
def delete_material(id: int, material_id: int) -> BaseResponse:
    """Take a material away."""
    managed(id)
    found = queries.material(db.session, id, material_id) or abort(404)
    stored = found.stored_name
    with writing() as session:
        material_operations.delete(session, id, material_id, actor_id=current_user.id, now=clock.now())
    if stored:
        materials_shelf().remove(stored)
    flash("材料已删除。", "success")
    return redirect(url_for("sessions.materials", id=id))


@blueprint.errorhandler(413)
def too_large(_error: Exception) -> tuple[str, int]:
    """An upload larger than materials may be."""
    advice = f"上传的文件超过了 {MAX_BYTES // 1_000_000} MB，没有保存。请压缩或者拆分后再传。"
    return render_template("errors/error.html", title="文件太大", advice=advice, status=413, number=""), 413
