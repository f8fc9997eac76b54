"""Item analysis of an assignment, and regrades. For trainers within their branch, editors and administrators."""

import time

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.db import db, writing
from app.statistics import items, operations, queries, regrading
from app.statistics.models import REGRADE_NAMES, Regrade, RegradeChange
from app.statistics.operations import Refused
from app.training.models import Assignment
from quizzes.statistics import FEWEST

blueprint = Blueprint("statistics", __name__)
BATCH = 50  # attempts marked anew in one transaction
SECONDS = 12.0  # after which the page answers, and one can go on
only_staff = allow(Role.TRAINER, Role.EDITOR, Role.ADMIN)


@blueprint.app_template_global("corrections")
def corrections(attempt_id: int) -> list[RegradeChange]:
    """The regrades that changed an attempt's score, for its result page."""
    return list(queries.corrections(db.session, attempt_id))


def seen(id: int) -> Assignment:
    """An assignment whose figures the present person may see."""
    return queries.assignment_for(db.session, id, current_user) or abort(404)


def decidable(id: int) -> Regrade:
    """A regrade the present person may decide."""
    return queries.regrade_for(db.session, id, current_user) or abort(404)


@blueprint.get("/training/statistics")
@only_staff
def home() -> str:
    """Assignments that people have taken, and regrades that wait."""
    taken = queries.taken(db.session, current_user)
    waiting = queries.waiting(db.session, current_user)
    return render_template("statistics/home.html", taken=taken, waiting=waiting, fewest=FEWEST)


@blueprint.get("/training/assignments/<int:id>/statistics")
@only_staff
def assignment(id: int) -> str:
    """The figures of one assignment's questions and of the whole paper."""
    assignment, user = seen(id), current_user._get_current_object()
    return render_template(
        "statistics/assignment.html",
        assignment=assignment,
        analysis=items.analysis(db.session, id, queries.scope(user)),
        may_regrade=queries.may_regrade(db.session, id, user),
        regrades=queries.regrades_of(db.session, id),
        names=REGRADE_NAMES,
        fewest=FEWEST,
    )


@blueprint.post("/training/assignments/<int:id>/regrades")
@only_staff
def propose(id: int) -> Response:
    """Propose to mark with the corrected key."""
    assignment, user_id = seen(id), current_user.id
    if not queries.may_regrade(db.session, id, current_user):
        abort(404)
    key, reason = request.form.get("key", ""), request.form.get("reason", "")
    try:
        with writing() as session:
            regrade = operations.propose(session, assignment, key, reason, actor_id=user_id, now=clock.now())
            regrade_id = regrade.id
    except Refused as refusal:
        flash(str(refusal), "error")
        return redirect(url_for("statistics.assignment", id=id), 303)
    flash("已提出，等另一位有权限的人审核。下面是重评后会怎样。", "success")
    return redirect(url_for("statistics.regrade", id=regrade_id), 303)


@blueprint.get("/training/regrades/<int:id>")
@only_staff
def regrade(id: int) -> str:
    """What a regrade would change, or has changed."""
    regrade = decidable(id)
    is_open = regrade.state == "proposed"
    found = regrading.changes(db.session, regrade) if is_open else []
    return render_template(
        "statistics/regrade.html",
        regrade=regrade,
        names=REGRADE_NAMES,
        texts=regrading.both_texts(db.session, regrade),
        summary=regrading.summary(found) if is_open else None,
        changes=[change for change in found if change.moves_score],
        done=queries.applied_changes(db.session, id) if regrade.state == "applied" else [],
        left=len(regrading.pending(db.session, regrade)) if regrade.state == "applied" else 0,
        is_own=regrade.proposer_id == current_user.id,
        with_names=current_user.role != Role.EDITOR,
    )


@blueprint.post("/training/regrades/<int:id>/approve")
@only_staff
def approve(id: int) -> Response:
    """Approve and mark anew, or go on where that was stopped; a second time changes nothing."""
    decidable(id)
    user_id = current_user.id
    try:
        with writing() as session:
            operations.approve(session, id, actor_id=user_id, now=clock.now())
        done = _apply_for_a_while(decidable(id))
        flash(f"已重评，{done} 份答卷的得分有变化，本人会收到通知。" if done else "已重评，没有得分变化。", "success")
    except Refused as refusal:
        flash(str(refusal), "error")
    return redirect(url_for("statistics.regrade", id=id), 303)


def _apply_for_a_while(regrade: Regrade) -> int:
    """Mark anew some attempts after others, so that others can write between; how many scores changed."""
    id, pending, end, done = regrade.id, regrading.pending(db.session, regrade), time.monotonic() + SECONDS, 0
    while pending and time.monotonic() < end:
        with writing() as session:
            done += operations.apply(session, id, pending[:BATCH], now=clock.now())
        pending = pending[BATCH:]
    return done


@blueprint.post("/training/regrades/<int:id>/refuse")
@only_staff
def refuse(id: int) -> Response:
    """Send back, with a reason."""
    decidable(id)
    user_id, note = current_user.id, request.form.get("note", "")
    try:
        with writing() as session:
            operations.refuse(session, id, note, actor_id=user_id, now=clock.now())
        flash("已退回。", "success")
    except Refused as refusal:
        flash(str(refusal), "error")
    return redirect(url_for("statistics.regrade", id=id), 303)
