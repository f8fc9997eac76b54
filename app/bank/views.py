"""The list of questions, a question's page, its status and its history. For trainers and editors."""

from dataclasses import replace
from itertools import pairwise

from flask import Blueprint, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.bank import list_queries, operations, queries
from app.bank.differences import differences
from app.bank.filling import fill_beside, prepare
from app.bank.forms import Choices, FilterForm, StatusForm
from app.bank.list_queries import Filter
from app.bank.models import STATUS_NAMES, BankQuestion, Status
from app.bank.operations import MOVES, Conflict, Refused
from app.bank.references import look_up, what_is_missing
from app.bank.similar import Similar
from app.db import db, writing
from app.index import live_index, store
from corpus.document import Audience
from quizzes.formats import FORMATS
from quizzes.question import TYPE_NAMES, Question, from_record

blueprint = Blueprint("bank", __name__)
writers = allow(Role.TRAINER, Role.EDITOR)
NEAREST = 60  # questions listed for a meaning
MOST_CITES = 30


@blueprint.context_processor
def names() -> dict[str, object]:
    """Names that the templates of the bank show."""
    return {"type_names": TYPE_NAMES, "status_names": STATUS_NAMES, "formats": FORMATS}


def row_of(key: str) -> BankQuestion:
    """The question with a key, or the page for what does not exist."""
    return queries.by_key(db.session, key) or abort(404)


def choices() -> Choices:
    """What the texts offer to choose from."""
    return Choices(store(Audience.OFFICER))


def similar() -> Similar:
    """The bank made ready to be compared with texts. Stems not yet encoded are, a few now and the rest beside."""
    found = prepare(db.session, live_index())
    if not found.is_whole:
        fill_beside(current_app._get_current_object())  # type: ignore[attr-defined]
    return found


def wanted(form: FilterForm) -> Filter:
    """What a list is narrowed to; for a meaning the questions that fit it, the best first."""
    if not form.is_by_meaning:
        return form.wanted()
    return replace(form.wanted(), text="", keys=tuple(similar().search(form.q.data, NEAREST)))


@blueprint.get("/bank")
@writers
def questions() -> str:
    """The list, narrowed and by pages."""
    form = FilterForm(request.args, choices())
    found = list_queries.page_of(db.session, wanted(form), request.args.get("page", 1, int))
    keep = {key: value for key, value in request.args.items() if key != "page" and value}
    return render_template("bank/questions.html", form=form, found=found, keep=keep)


@blueprint.get("/bank/questions/<key>")
@writers
def question(key: str) -> str:
    """One question as officers see it, with its key and reasons, and what may be done with it."""
    row = row_of(key)
    return question_page(row, StatusForm(formdata=None, version=row.version))


def question_page(row: BankQuestion, form: StatusForm) -> str:
    """The page of a question, with what was typed into its form."""
    present, texts = queries.present(db.session, row), store(Audience.OFFICER)
    status = Status(row.status)
    return render_template(
        "bank/question.html",
        row=row,
        question=present,
        form=form,
        moves=MOVES[status],
        missing=[] if status is Status.RETIRED else what_is_missing(texts, present),
        versions=queries.versions(db.session, row),
        near=similar().to(present.stem, without=(row.key,)),
        four_eyes=current_app.config["BANK_FOUR_EYES"],
        choices=Choices(texts),
    )


@blueprint.post("/bank/questions/<key>/status")
@writers
def change_status(key: str) -> str | Response | tuple[str, int]:
    """Approve, put on hold, take back, or retire a question."""
    form = StatusForm()
    if not form.validate():
        return question_page(row_of(key), form)
    try:
        with writing():
            decide(key, form.decision)
    except Refused as refusal:
        form.show(refusal)
        return question_page(row_of(key), form)
    except Conflict as conflict:
        form.show(Refused("", f"{conflict}请看过新的内容再决定。"))
        form.version.data = conflict.row.version
        return question_page(row_of(key), form), 409
    flash(f"已改为“{STATUS_NAMES[form.decision.status]}”。", "success")
    return redirect(url_for("bank.question", key=key))


def decide(key: str, decision: operations.Decision) -> None:
    """Move a question within a write transaction. What lacks a basis or a reason does not become ready."""
    row = operations.locked(db.session, key)
    if decision.status is Status.READY and what_is_missing(store(Audience.OFFICER), queries.present(db.session, row)):
        raise Refused("status", "还有没补齐的内容，补齐后才能改成“可用”。")
    four_eyes = current_app.config["BANK_FOUR_EYES"]
    operations.move(db.session, key, decision, actor_id=current_user.id, now=clock.now(), four_eyes=four_eyes)


@blueprint.post("/bank/approve")
@writers
def approve() -> Response:
    """Approve the drafts that were ticked in the list; says of each that was not why."""
    done, refused = 0, []
    with writing():
        for ticked in request.form.getlist("ticked")[: list_queries.PAGE]:
            key, _, version = ticked.partition(":")
            try:
                decide(key, operations.Decision(int(version) if version.isdecimal() else 0, Status.READY))
                done += 1
            except (Refused, Conflict) as error:
                refused.append(f"{key}：{error}")
    if done:
        flash(f"通过 {done} 道，已改为“可用”。", "success")
    for message in refused or ([] if done else ["没有勾选题目。"]):
        flash(message, "error")
    return redirect(url_for("bank.questions", status=Status.DRAFT.value))


@blueprint.get("/bank/questions/<key>/history")
@writers
def history(key: str) -> str:
    """All versions of a question with what each changed, and all changes of its status."""
    row = row_of(key)
    versions = queries.versions(db.session, row)
    texts: list[Question] = [from_record(version.record) for version in versions]
    changes = [differences(old, new) for new, old in pairwise(texts)]
    statuses = queries.status_changes(db.session, row)
    return render_template(
        "bank/history.html", row=row, versions=versions, texts=texts, changes=changes, statuses=statuses
    )


@blueprint.get("/bank/citations")
@writers
def citations() -> Response:
    """What the lines of a basis mean, for the form to show beside them."""
    lines = [line.strip() for line in request.args.get("text", "").splitlines() if line.strip()]
    found = [look_up(store(Audience.OFFICER), line) for line in lines[:MOST_CITES]]
    return jsonify(citations=[{"text": c.text, "name": c.name, "url": c.url, "fault": c.fault} for c in found])
