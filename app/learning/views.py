"""Practice: choosing a scope, one question at a time, the answer with its reasons at once."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import allow
from app.bank.queries import questions_by_version, ready_bank
from app.db import db, writing
from app.learning import choosing, operations, overview, queries
from app.learning.forms import SEEDS, BadAnswer, Scope, is_empty, parse_given
from app.learning.models import FELT_NAMES, LEAVES_AFTER, Felt
from app.learning.operations import Given, Refused
from app.learning.showing import marked, shown
from quizzes.question import Question

blueprint = Blueprint("learning", __name__)


@blueprint.app_template_global("due_reviews")
def due_reviews() -> int:
    """How many questions the present person should look at again today, for the home page."""
    return queries.due_count(db.session, current_user.id, clock.now())


@blueprint.get("/learning/practice")
@allow()
def practice() -> str:
    """What can be practised: due today, the wrong-answer book, a field, its matters and guide."""
    user_id, field = current_user.id, request.args.get("field", "")
    questions, last = ready_bank(db.session).questions, queries.last_answers(db.session, user_id)
    return render_template(
        "learning/practice.html",
        due=queries.due_count(db.session, user_id, clock.now()),
        next_due=queries.next_due(db.session, user_id),
        wrong=len(overview.open_book(db.session, user_id)),
        stocks=overview.stocks(questions, last),
        field=field,
        matters=overview.matter_stocks([q for q in questions if q.field == field], last) if field else [],
        guide=next((q.guide for q in questions if field and q.field == field and q.guide), ""),
    )


@blueprint.get("/learning/practice/next")
@allow()
def question() -> str | Response:
    """The next question of a scope."""
    scope = Scope.parse(request.args)
    keys = overview.keys_in(db.session, current_user.id, scope, clock.now())
    key = choosing.after(keys, request.args.get("after", ""))
    if key is None:
        return render_template(
            "learning/nothing.html", scope=scope, name=overview.scope_name(scope),
            next_due=queries.next_due(db.session, current_user.id),
        )  # fmt: skip
    bank = ready_bank(db.session)
    found = next(question for question in bank.questions if question.key == key)
    given = Given(bank.versions[key], secrets.randbelow(SEEDS), secrets.token_hex(16), scope.source, {})
    return _question_page(scope, found, given, len(keys))


def _question_page(scope: Scope, question: Question, given: Given, left: int) -> str:
    return render_template(
        "learning/question.html", scope=scope, name=overview.scope_name(scope), given=given, left=left,
        item=shown(question, given.seed), key=question.key,
    )  # fmt: skip


@blueprint.post("/learning/practice/answer")
@allow()
def answer() -> str | Response:
    """Mark an answer and show it. A question that has changed meanwhile is asked anew."""
    scope, key, user_id = Scope.parse(request.form), request.form.get("key", ""), current_user.id
    bank = ready_bank(db.session)
    found = next((question for question in bank.questions if question.key == key), None)
    if found is None or request.form.get("version", -1, int) != bank.versions[key]:
        flash("这道题刚刚有改动，没有计入。请答下面这道。", "error")
        return redirect(url_for("learning.question", **scope.args), 303)
    try:
        given = parse_given(request.form, found, scope.source)
    except BadAnswer:
        abort(400)
    if is_empty(given):
        flash("还没有作答。不会做可以点“不会，看答案”。", "error")
        return _question_page(scope, found, given, 1)
    with writing() as session:
        id = operations.answer(session, user_id, found, given, now=clock.now())
    return redirect(url_for("learning.answered", id=id, **scope.args), 303)


@blueprint.get("/learning/practice/answers/<int:id>")
@allow()
def answered(id: int) -> str:
    """Right or wrong, the reason of each option, the passages, when the question comes again."""
    row = queries.answer_of(db.session, current_user.id, id) or abort(404)
    scope = Scope.parse(request.args)
    whole = questions_by_version(db.session, [row.version_id])[row.version_id]
    card = queries.card_of(db.session, current_user.id, row.key)
    return render_template(
        "learning/answered.html", row=row, scope=scope, name=overview.scope_name(scope), question=whole,
        lines=marked(whole, row.seed, row.chosen), card=card if card and card.answer_id == id else None,
        wrong=queries.wrong_line(db.session, current_user.id, row.key), felts=FELT_NAMES, leaves_after=LEAVES_AFTER,
        advice=overview.advice_for(db.session, current_user.id, whole) if not row.is_right else None,
    )  # fmt: skip


@blueprint.post("/learning/practice/answers/<int:id>/felt")
@allow()
def rate(id: int) -> Response:
    """Say how hard a right answer was, and go on."""
    scope, felt, user_id = Scope.parse(request.form), request.form.get("felt", ""), current_user.id
    if felt not in list(Felt):
        abort(400)
    try:
        with writing() as session:
            row = operations.rate(session, user_id, id, Felt(felt)) or abort(404)
            key = row.key
    except Refused as refusal:
        flash(str(refusal), "error")
        return redirect(url_for("learning.answered", id=id, **scope.args), 303)
    return redirect(url_for("learning.question", after=key, **scope.args), 303)
