"""Experts from a table and as a table: upload, look at what would change, confirm; download."""

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.admin.sheets import MAX_BYTES, BadSheet, write_template
from app.admin.uploads import Uploads
from app.db import db, writing
from app.experts import pool_operations, queries
from app.experts.forms import ImportForm
from app.experts.match import catalogue
from app.experts.operations import Refused
from app.experts.table import HEADING, Plan, notes, present, read_table, write_table
from app.experts.views import blueprint, keeper, only_internal
from app.index import store
from corpus.document import Audience

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _uploads() -> Uploads:
    return Uploads(current_app.config["INSTANCE_DIR"] / "uploads")


def _plan(data: bytes) -> Plan:
    return read_table(data, present(queries.with_internal(db.session)), catalogue(store(Audience.OFFICER)))


@blueprint.route("/experts/import", methods=["GET", "POST"])
@only_internal
def import_experts() -> str:
    """Upload a table and look at what it would change."""
    keeper()
    form = ImportForm()
    if form.validate_on_submit():
        with form.file.data.stream as stream:
            data = stream.read(MAX_BYTES + 1)
        try:
            plan = _plan(data)
        except BadSheet as error:
            form.show(Refused("file", str(error)))
        else:
            upload = _uploads().keep(data, current_user.id) if plan.is_ready else ""
            return render_template("experts/import_preview.html", plan=plan, upload=upload)
    return render_template("experts/import.html", form=form)


@blueprint.post("/experts/import/confirm")
@only_internal
def confirm_import() -> BaseResponse:
    """Import what was previewed."""
    keeper()
    token = request.form.get("upload", "")
    data = _uploads().read(token, current_user.id)
    _uploads().forget(token, current_user.id)
    if data is None:
        flash("这份文件已经导入过，或者超过一小时没有确认。请重新上传。", "error")
        return redirect(url_for("experts.import_experts"))
    return redirect(url_for("experts.experts" if _import(data) else "experts.import_experts"))


def _import(data: bytes) -> bool:
    try:
        with writing() as session:
            plan = _plan(data)
            pool_operations.import_table(session, plan, actor_id=current_user.id, now=clock.now())
    except (BadSheet, Refused) as error:
        flash(str(error), "error")
        return False
    flash(f"已导入：新增 {len(plan.added)}，变更 {len(plan.changed)}，不变 {plan.unchanged}。", "success")
    return True


@blueprint.get("/experts/template")
@only_internal
def template() -> Response:
    """A table to fill in."""
    return _download(write_template(HEADING, notes()), "experts-template.xlsx")


@blueprint.get("/experts/export")
@only_internal
def export() -> Response:
    """Those in the pool as a table."""
    return _download(write_table(present(queries.with_internal(db.session))), "experts.xlsx")


def _download(content: bytes, name: str) -> Response:
    return Response(content, mimetype=EXCEL, headers={"Content-Disposition": f'attachment; filename="{name}"'})
