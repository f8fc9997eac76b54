"""Synonyms 同义词: the list, one group with a preview of what it changes, a table in and out."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.admin.sheets import MAX_BYTES, BadSheet, Fault
from app.db import db, writing
from app.index import live_index
from app.review import operations, queries
from app.review.forms import ImportForm, SynonymForm
from app.review.operations import Refused
from app.review.preview import preview
from app.review.synonym_table import COLUMNS, SynonymRow, read_table, write_table
from app.review.views import blueprint, only_editor
from app.search.models import SynonymGroup
from app.search.queries import active_synonyms
from corpus.document import Audience


def _group(id: int) -> SynonymGroup:
    return db.session.get(SynonymGroup, id) or abort(404)


@blueprint.get("/review/synonyms")
@only_editor
def synonyms() -> str:
    """All groups."""
    return render_template("review/synonyms.html", groups=queries.synonym_groups(db.session))


@blueprint.route("/review/synonyms/add", methods=["GET", "POST"])
@only_editor
def add_synonyms() -> str | Response:
    """Add a group, or look at what it would change."""
    return _edit(None)


@blueprint.route("/review/synonyms/<int:id>", methods=["GET", "POST"])
@only_editor
def edit_synonyms(id: int) -> str | Response:
    """Change a group, or look at what that would change."""
    return _edit(_group(id))


def _edit(group: SynonymGroup | None) -> str | Response:
    form, changes = SynonymForm(group), None
    if form.validate_on_submit():
        if request.form.get("action") == "preview":
            others = [g for g in active_synonyms(db.session) if not group or set(g) != set(group.words)]
            live = live_index()
            changes = preview(live, form.preview.data, others, tuple(form.words), audience=Audience.OFFICER)
        elif _keep(group.id if group else None, form):
            return redirect(url_for("review.synonyms"))
    return render_template("review/synonym.html", form=form, group=group, changes=changes)


def _keep(id: int | None, form: SynonymForm) -> bool:
    values = {"reason": form.reason.data, "is_active": form.state.data == "active"}
    try:
        with writing() as session:
            group = _group(id) if id else SynonymGroup(terms=[])
            acting = {"actor_id": current_user.id, "now": clock.now()}
            operations.keep_synonyms(session, group, form.words, **values, **acting)
    except Refused as refusal:
        form.show(refusal)
        return False
    flash("已保存，马上用于检索。", "success")
    return True


@blueprint.post("/review/synonyms/<int:id>/delete")
@only_editor
def delete_synonyms(id: int) -> Response:
    """Remove a group."""
    with writing() as session:
        operations.delete_synonyms(session, _group(id), actor_id=current_user.id, now=clock.now())
    flash("已删除这组同义词。", "success")
    return redirect(url_for("review.synonyms"))


@blueprint.get("/review/synonyms/table")
@only_editor
def synonym_table() -> Response:
    """All groups as a table."""
    content = write_table(queries.synonym_groups(db.session))
    return Response(
        content, mimetype="text/csv", headers={"Content-Disposition": 'attachment; filename="synonyms.csv"'}
    )


@blueprint.route("/review/synonyms/import", methods=["GET", "POST"])
@only_editor
def import_synonyms() -> str | Response:
    """Add and change groups from a table: all rows or none."""
    form, faults = ImportForm(), list[Fault]()
    if form.validate_on_submit():
        with form.file.data.stream as stream:
            data = stream.read(MAX_BYTES + 1)
        try:
            faults = _import(data)
            if not faults:
                return redirect(url_for("review.synonyms"))
        except BadSheet as error:
            form.show(Refused("file", str(error)))
    return render_template("review/synonym_import.html", form=form, faults=faults, columns=COLUMNS)


def _import(data: bytes) -> list[Fault]:
    """Use a table; its faults when it has any."""
    with writing() as session:
        rows, faults = read_table(data, queries.synonym_groups(session))
        if faults:
            return faults
        for row in rows:
            _keep_row(row)
    flash(f"已导入 {len(rows)} 组同义词。", "success")
    return []


def _keep_row(row: SynonymRow) -> None:
    group = row.group or SynonymGroup(terms=[])
    acting = {"actor_id": current_user.id, "now": clock.now()}
    operations.keep_synonyms(db.session, group, row.terms, reason=row.reason, is_active=row.is_active, **acting)
