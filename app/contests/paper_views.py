"""Taking the paper of a contest. Nothing of the key is sent before the results are announced."""

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from app import clock
from app.access import allow
from app.answers import MAX_BYTES, BadAnswers, form_saves, parse_saves
from app.contests import entry_operations, queries
from app.contests.entry_operations import CannotStart, Closed, is_over
from app.contests.models import Contest, Entry, State
from app.contests.views import blueprint
from app.db import db, writing

Answered = tuple[Response, int]


def _own(id: int) -> tuple[Contest, Entry]:
    contest = queries.seen(db.session, id, current_user) or abort(404)
    return contest, queries.entry(db.session, id, current_user.id) or abort(404)


def _still_open(contest: Contest, entry: Entry) -> bool:
    """Whether answers are taken; an entry whose time has run out is marked first."""
    now, user_id = clock.now(), current_user.id
    if entry.is_open and is_over(entry, now):
        with writing() as session:
            entry_operations.hand_in(session, contest, user_id, now=now)
    return entry.is_open and contest.state == State.PUBLISHED


def _seconds_left(entry: Entry) -> int:
    assert entry.deadline_at
    return max(0, int((entry.deadline_at - clock.now()).total_seconds()))


@blueprint.post("/contests/<int:id>/start")
@allow()
def start(id: int) -> Response:
    """Open the paper; the clock runs from now on."""
    contest, user_id = _own(id)[0], current_user.id
    try:
        with writing() as session:
            entry_operations.start(session, contest, user_id, now=clock.now())
    except CannotStart as error:
        flash(str(error), "error")
        return redirect(url_for("contests.contest", id=id))
    return redirect(url_for("contests.paper", id=id), 303)


@blueprint.get("/contests/<int:id>/paper")
@allow()
def paper(id: int) -> str | Response:
    """All questions on one page, with what is saved."""
    contest, entry = _own(id)
    if not _still_open(contest, entry):
        return redirect(url_for("contests.contest", id=id))
    return render_template(
        "contests/paper.html",
        contest=contest,
        entry=entry,
        paper=entry_operations.paper_of(queries.with_paper(db.session, id)),
        kept=queries.saved(db.session, id, current_user.id),
        left=_seconds_left(entry),
    )


@blueprint.get("/contests/<int:id>/answers")
@allow()
def answers(id: int) -> Answered:
    """What is saved, how many seconds are left, and a fresh token: for a page that comes back to the front."""
    contest, entry = _own(id)
    if not _still_open(contest, entry):
        return _closed(id)
    kept = queries.saved(db.session, id, current_user.id)
    document = {key: {"chosen": one.chosen, "seq": one.seq} for key, one in kept.items()}
    return jsonify(state="open", answers=document, left=_seconds_left(entry), token=generate_csrf()), 200


def _closed(id: int) -> Answered:
    return jsonify(state="closed", url=url_for("contests.contest", id=id)), 409


@blueprint.post("/contests/<int:id>/answers")
@allow()
def save(id: int) -> Answered:
    """Save answers sent by the page's script; says what is now kept for each of them."""
    if (request.content_length or 0) > MAX_BYTES:
        return jsonify(error="too long"), 413
    contest, user_id = _own(id)[0], current_user.id
    try:
        saves = parse_saves(request.get_json(silent=True))
        with writing() as session:
            kept = entry_operations.save(session, contest, user_id, saves, now=clock.now())
    except (BadAnswers, KeyError):
        return jsonify(error="not answers to this paper"), 400
    except Closed:
        return _closed(id)
    return jsonify(answers={key: {"chosen": one.chosen, "seq": one.seq} for key, one in kept.items()}), 200


@blueprint.post("/contests/<int:id>/paper")
@allow()
def save_page(id: int) -> Response:
    """Save the page as a plain form, then stay or go on to handing in."""
    contest, user_id = _own(id)[0], current_user.id
    paper = entry_operations.paper_of(queries.with_paper(db.session, id))
    saves = form_saves(request.form, paper, queries.saved(db.session, id, user_id))
    try:
        with writing() as session:
            kept = entry_operations.save(session, contest, user_id, saves, now=clock.now()) if saves else {}
    except Closed:
        flash("时间已到或已交卷，这一页没有存上的答案不再计入。", "error")
        return redirect(url_for("contests.contest", id=id))
    if kept != saves:
        flash("有的题已在另一个窗口或设备上改过，保留了那里较新的答案，请核对。", "error")
    to_confirm = request.form.get("action") == "submit"
    return redirect(url_for("contests.confirm" if to_confirm else "contests.paper", id=id), 303)


@blueprint.get("/contests/<int:id>/confirm")
@allow()
def confirm(id: int) -> str | Response:
    """Ask once more, naming the questions without an answer."""
    contest, entry = _own(id)
    if not _still_open(contest, entry):
        return redirect(url_for("contests.contest", id=id))
    kept = queries.saved(db.session, id, current_user.id)
    done = {key for key, one in kept.items() if any(text.strip() for text in one.chosen)}
    missing = [number for number, key in enumerate(contest.keys, 1) if key not in done]
    return render_template("contests/confirm.html", contest=contest, missing=missing, left=_seconds_left(entry))


@blueprint.post("/contests/<int:id>/submit")
@allow()
def submit(id: int) -> Response:
    """Hand in; a second time changes nothing."""
    contest, user_id = _own(id)[0], current_user.id
    with writing() as session:
        entry_operations.hand_in(session, contest, user_id, now=clock.now())
    return redirect(url_for("contests.result", id=id), 303)
