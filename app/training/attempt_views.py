"""Taking a quiz: the page, saving, handing in, the result. Nothing of the key is sent before an attempt is finished."""

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from app import clock
from app.access import allow
from app.answers import MAX_BYTES, BadAnswers, Save, form_saves, parse_saves
from app.db import db, writing
from app.training import attempt_operations, papers, queries
from app.training.attempt_operations import Closed, is_over
from app.training.models import Attempt, AttemptState
from app.training.results import answers_open, result_of
from app.training.views import blueprint

Answered = tuple[Response, int]


def _own(id: int) -> Attempt:
    return queries.attempt_of(db.session, id, current_user.id) or abort(404)


def _still_open(attempt: Attempt) -> bool:
    """Whether answers are taken; one whose time has run out is finished first."""
    now, id, user_id = clock.now(), attempt.id, current_user.id
    if attempt.state == AttemptState.OPEN and is_over(attempt.deadline_at, now):
        with writing() as session:
            attempt_operations.submit(session, id, user_id, now=now)
    return attempt.state == AttemptState.OPEN


def _seconds_left(attempt: Attempt) -> int | None:
    deadline = attempt.deadline_at
    return max(0, int((deadline - clock.now()).total_seconds())) if deadline else None


@blueprint.get("/training/attempts/<int:id>")
@allow()
def attempt(id: int) -> str | Response:
    """All questions on one page, with what is saved."""
    attempt = _own(id)
    if not _still_open(attempt):
        return redirect(url_for("training.result", id=id))
    return render_template(
        "training/attempt.html",
        attempt=attempt,
        paper=papers.unpack(db.session, attempt.paper),
        kept=queries.saved(db.session, id),
        left=_seconds_left(attempt),
    )


@blueprint.get("/training/attempts/<int:id>/answers")
@allow()
def answers(id: int) -> Answered:
    """What is saved, how many seconds are left, and a fresh token: for a page that comes back to the front."""
    attempt = _own(id)
    if not _still_open(attempt):
        return jsonify(state="closed", url=url_for("training.result", id=id)), 409
    kept = {key: {"chosen": one.chosen, "seq": one.seq} for key, one in queries.saved(db.session, id).items()}
    return jsonify(state="open", answers=kept, left=_seconds_left(attempt), token=generate_csrf()), 200


@blueprint.post("/training/attempts/<int:id>/answers")
@allow()
def save(id: int) -> Answered:
    """Save answers sent by the page's script; says what is now kept for each of them."""
    if (request.content_length or 0) > MAX_BYTES:
        return jsonify(error="too long"), 413
    user_id = current_user.id
    try:
        saves = parse_saves(request.get_json(silent=True))
        with writing() as session:
            kept = attempt_operations.save(session, id, user_id, saves, now=clock.now())
    except (BadAnswers, KeyError):
        return jsonify(error="not answers to this paper"), 400
    except Closed:
        return jsonify(state="closed", url=url_for("training.result", id=id)), 409
    if kept is None:
        abort(404)
    return jsonify(answers={key: {"chosen": one.chosen, "seq": one.seq} for key, one in kept.items()}), 200


@blueprint.post("/training/attempts/<int:id>/save")
@allow()
def save_page(id: int) -> Response:
    """Save the page as a plain form, then stay or go on to handing in."""
    attempt = _own(id)
    paper, kept = papers.unpack(db.session, attempt.paper), queries.saved(db.session, id)
    saves, user_id = form_saves(request.form, paper, kept), current_user.id
    try:
        with writing() as session:
            now_kept = attempt_operations.save(session, id, user_id, saves, now=clock.now()) if saves else {}
    except Closed:
        flash("时间已到，这一页没有存上的答案不再计入。", "error")
        return redirect(url_for("training.result", id=id))
    _tell_saved(saves, now_kept or {})
    to_confirm = request.form.get("action") == "submit"
    return redirect(url_for("training.confirm" if to_confirm else "training.attempt", id=id), 303)


def _tell_saved(saves: dict[str, Save], kept: dict[str, Save]) -> None:
    stale = sum(kept[key] != one for key, one in saves.items())
    if stale:
        flash(f"有 {stale} 题已在另一个窗口或设备上改过，保留了那里较新的答案，请核对。", "error")
    elif request.form.get("action") != "submit":
        flash("已保存。", "success")


@blueprint.get("/training/attempts/<int:id>/confirm")
@allow()
def confirm(id: int) -> str | Response:
    """Ask once more, naming the questions without an answer."""
    attempt = _own(id)
    if not _still_open(attempt):
        return redirect(url_for("training.result", id=id))
    kept = queries.saved(db.session, id)
    missing = [
        (number, key)
        for number, key in enumerate(papers.keys(attempt.paper), 1)
        if not (key in kept and any(text.strip() for text in kept[key].chosen))
    ]
    total = len(papers.keys(attempt.paper))
    return render_template(
        "training/confirm.html", attempt=attempt, missing=missing, total=total, left=_seconds_left(attempt)
    )


@blueprint.post("/training/attempts/<int:id>/submit")
@allow()
def submit(id: int) -> Response:
    """Hand in; a second time changes nothing."""
    user_id, now = current_user.id, clock.now()
    with writing() as session:
        attempt_operations.submit(session, id, user_id, now=now) or abort(404)
    return redirect(url_for("training.result", id=id), 303)


@blueprint.get("/training/attempts/<int:id>/result")
@allow()
def result(id: int) -> str | Response:
    """Score and marks; the right answers and whys once they may be shown. Trainers see those of their people."""
    attempt = queries.attempt_seen(db.session, id, current_user) or abort(404)
    is_own = attempt.user_id == current_user.id
    if attempt.state == AttemptState.OPEN and (not is_own or _still_open(attempt)):
        return redirect(url_for("training.attempt", id=id)) if is_own else abort(404)
    now = clock.now()
    allowed = queries.allowance(db.session, attempt.assignment, attempt.user)
    used = len(queries.attempts_of(db.session, attempt.assignment_id, attempt.user_id))
    refusal = attempt_operations.refusal(attempt.assignment, allowed, used, now) if is_own else "no"
    return render_template(
        "training/result.html",
        attempt=attempt,
        result=result_of(db.session, attempt),
        is_open=not is_own or answers_open(attempt.assignment, allowed, now),
        is_own=is_own,
        may_retake=is_own and not refusal,
        due_at=allowed.due_at,
    )
