"""Writing a question: a new one, or a new version of one. Works without script; buttons add rows and parts."""

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.bank import editing, operations, queries
from app.bank.differences import differences
from app.bank.editing import Editor
from app.bank.forms import DIFFICULTIES
from app.bank.models import BankQuestion
from app.bank.operations import Conflict
from app.bank.references import look_up, what_is_missing
from app.bank.views import blueprint, choices, row_of, similar, writers
from app.db import db, writing
from app.index import store
from corpus.document import Audience
from quizzes.question import QuestionType


@blueprint.route("/bank/add", methods=["GET", "POST"])
@writers
def add_question() -> str | Response:
    """Write a new question; it is kept as a draft."""
    asked = request.values.get("type", "")
    kind = QuestionType(asked) if asked in list(QuestionType) else QuestionType.SINGLE
    if request.method == "GET":
        return _page(Editor(editing.empty(kind)), None)
    editor = editing.read(request.form, "", kind)
    if not _is_to_be_kept(editor, None):
        return _page(editor, None)
    with writing() as session:
        key = operations.add_draft(
            session, editor.question, actor_id=current_user.id, now=clock.now(), note=editor.note
        )
    flash("已存为草稿。", "success")
    return redirect(url_for("bank.question", key=key))


@blueprint.route("/bank/questions/<key>/edit", methods=["GET", "POST"])
@writers
def edit_question(key: str) -> str | Response | tuple[str, int]:
    """Write a new version of a question."""
    row = row_of(key)
    if request.method == "GET":
        return _page(Editor(queries.present(db.session, row), base=row.version), row)
    editor = editing.read(request.form, key, QuestionType(row.type))
    if not _is_to_be_kept(editor, row):
        return _page(editor, row)
    try:
        with writing() as session:
            is_new = operations.save_version(
                session, key, editor.base, editor.question, actor_id=current_user.id, now=clock.now(), note=editor.note
            )
    except Conflict as conflict:
        return _conflict_page(editor, conflict)
    flash("已存为新版本，状态是草稿。" if is_new else "内容没有变化，没有存新版本。", "success")
    return redirect(url_for("bank.question", key=key))


def _is_to_be_kept(editor: Editor, row: BankQuestion | None) -> bool:
    """Whether a question can be kept as it was sent; else the page says what is wrong or near."""
    if editor.action != "save":
        editor.act()
        if editor.action == "preview":
            editor.check()
        return False
    if not editor.check():
        return False
    if row is None or queries.present(db.session, row).stem != editor.question.stem:
        near = similar().to(editor.question.stem, without=(editor.question.key,))
        editor.near = [one for one in near if one.is_same]
    return {one.question.key for one in editor.near} <= editor.seen


def _conflict_page(editor: Editor, conflict: Conflict) -> tuple[str, int]:
    """Somebody was faster: their text beside this person's, which is kept in the form."""
    theirs = queries.present(db.session, conflict.row)
    editor.base = conflict.row.version
    return _page(editor, conflict.row, differences(theirs, editor.question)), 409


def _page(editor: Editor, row: BankQuestion | None, theirs: object = None) -> str:
    texts = store(Audience.OFFICER)
    question = editor.question
    shown = question if editor.action == "preview" and not editor.errors else None
    return render_template(
        "bank/edit.html",
        editor=editor,
        row=row,
        theirs=theirs,
        shown=shown,
        missing=what_is_missing(texts, question) if shown else [],
        cited={cite: look_up(texts, cite) for leaf in (question, *question.parts) for cite in leaf.cites},
        choices=choices(),
        difficulties=DIFFICULTIES,
        part_types=editing.PART_TYPES,
    )
