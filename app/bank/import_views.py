"""Questions from files and into files: look at what would change, confirm; a template; the list as a file."""

from typing import Any
from urllib.parse import quote

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.admin.uploads import Uploads
from app.bank import list_queries, operations, queries
from app.bank.forms import FilterForm, ImportForm
from app.bank.importing import Plan, plan_questions
from app.bank.models import Status
from app.bank.operations import Refused
from app.bank.preview import Preview, preview_of
from app.bank.views import blueprint, choices, similar, wanted, writers
from app.db import db, writing
from app.index import store
from corpus.document import Audience
from quizzes.formats import FORMATS, Fault, FormatError, read_file, write_file
from quizzes.formats.errors import MAX_BYTES
from quizzes.question import CONTROL, Question

LONGEST_NAME = 100


def _uploads() -> Uploads:
    return Uploads(current_app.config["INSTANCE_DIR"] / "uploads")


@blueprint.route("/bank/import", methods=["GET", "POST"])
@writers
def import_questions() -> str:
    """Upload a file of questions and look at what it would change."""
    form = ImportForm()
    if not form.validate_on_submit():
        return render_template("bank/import.html", form=form)
    name = CONTROL.sub("", form.file.data.filename).replace("\n", "")[-LONGEST_NAME:]
    with form.file.data.stream as stream:
        data = stream.read(MAX_BYTES + 1)
    try:
        questions = read_file(name, data)
    except FormatError as error:
        return _preview(name, faults=error.faults)
    plan = plan_questions(questions, queries.all_present(db.session))
    upload = _uploads().keep(name.encode() + b"\n" + data, current_user.id) if plan.is_ready else ""
    return _preview(name, plan=plan, upload=upload, shown=preview_of(plan, similar(), store(Audience.OFFICER)))


def _preview(name: str, *, faults: list[Fault] | None = None, **values: Any) -> str:
    shown: Preview | None = values.pop("shown", None)
    return render_template("bank/import_preview.html", name=name, faults=faults or [], shown=shown, **values)


def _kept() -> tuple[str, list[Question]]:
    """The upload that was looked at, with its name; used up by this. Raises Refused and FormatError."""
    token = request.form.get("upload", "")
    kept = _uploads().read(token, current_user.id)
    _uploads().forget(token, current_user.id)
    if kept is None:
        raise Refused("file", "这份文件已经导入过，或者超过一小时没有确认。请重新上传。")
    name, _, data = kept.partition(b"\n")
    return name.decode(), read_file(name.decode(), data)


@blueprint.post("/bank/import/confirm")
@writers
def confirm_import() -> BaseResponse:
    """Import what was looked at: all of it, as drafts."""
    try:
        name, questions = _kept()
    except (Refused, FormatError) as error:
        flash(str(error), "error")
        return redirect(url_for("bank.import_questions"))
    with writing() as session:
        plan: Plan = plan_questions(questions, queries.all_present(session))
        note = f"导入自 {name}"
        operations.take_in(session, plan, Status.DRAFT, actor_id=current_user.id, now=clock.now(), note=note)
    flash(f"新增 {len(plan.added)} 道，变更 {len(plan.changed)} 道，都是草稿，等另一人审核。", "success")
    return redirect(url_for("bank.questions", status=Status.DRAFT.value))


@blueprint.get("/bank/template")
@writers
def template() -> Response:
    """An empty table to fill in, with a sheet that tells how."""
    return _file("xlsx", [], "题库模板")


@blueprint.get("/bank/export")
@writers
def export() -> BaseResponse:
    """The questions of a narrowed list as a file."""
    kind = request.args.get("format", "xlsx")
    found = list_queries.all_of(db.session, wanted(FilterForm(request.args, choices())))
    if kind not in FORMATS or not found:
        flash("没有符合条件的题目可以导出。" if kind in FORMATS else "没有这种格式。", "error")
        return redirect(url_for("bank.questions"))
    return _file(kind, found, f"题库-{clock.today()}")


def _file(kind: str, questions: list[Question], name: str) -> Response:
    """A download. Its name is quoted (RFC 8187), since a header carries no Chinese."""
    content = write_file(kind, questions)
    quoted = quote(name + FORMATS[kind].endings[0])
    disposition = {"Content-Disposition": f"attachment; filename*=UTF-8''{quoted}"}
    return Response(content, mimetype=FORMATS[kind].media_type, headers=disposition)
