"""A person's own training: what is to be done, one task, starting it."""

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.bank.queries import ready_bank
from app.db import db, writing
from app.training import attempt_operations, papers, queries
from app.training.attempt_operations import CannotStart
from app.training.models import Assignment
from app.training.queries import TASK_NAMES, Task, TaskState
from quizzes.paper import NotEnough

blueprint = Blueprint("training", __name__, cli_group="training")
only_trainer = allow(Role.TRAINER)
SECTIONS = {
    TaskState.OVERDUE: "逾期未完成",
    TaskState.DUE: "待完成",
    TaskState.UPCOMING: "还没开始",
    TaskState.DONE: "已完成",
    TaskState.MISSED: "已截止的选做",
}


def own_assignment(id: int) -> Assignment:
    """An assignment that the present person has."""
    return queries.assignment_for(db.session, id, current_user) or abort(404)


@blueprint.app_template_global("due_tasks")
def due_tasks() -> list[Task]:
    """What the present person has to do now, for the home page: overdue or due, the earliest first."""
    tasks = queries.tasks(db.session, current_user, clock.now())
    return [task for task in tasks if task.state in (TaskState.OVERDUE, TaskState.DUE)]


@blueprint.get("/training")
@allow()
def home() -> str:
    """What the person has to do, has not begun, has done."""
    _close_own()
    tasks = queries.tasks(db.session, current_user, clock.now())
    groups = {state: [task for task in tasks if task.state is state] for state in SECTIONS}
    fresh = [task for task in tasks if task.is_new]
    return render_template("training/home.html", groups=groups, names=SECTIONS, fresh=fresh, total=len(tasks))


def _close_own() -> None:
    """Mark the person's attempts whose time has run out, so that the page shows them as they are."""
    now = clock.now()
    if queries.has_overdue_attempt(db.session, current_user.id, now - attempt_operations.GRACE):
        user_id = current_user.id
        with writing() as session:
            attempt_operations.close_overdue(session, now=now, user_id=user_id)


@blueprint.get("/training/tasks/<int:id>")
@allow()
def task(id: int) -> str:
    """One assignment: its rules, the person's attempts, and the button to start."""
    assignment = own_assignment(id)
    _close_own()
    now = clock.now()
    allowed = queries.allowance(db.session, assignment, current_user)
    attempts = queries.attempts_of(db.session, id, current_user.id)
    return render_template(
        "training/task.html",
        assignment=assignment,
        allowed=allowed,
        attempts=attempts,
        open_attempt=next((attempt for attempt in attempts if attempt.state == "open"), None),
        refusal=attempt_operations.refusal(assignment, allowed, len(attempts), now),
        standing=queries.standing(db.session, id, current_user.id),
        is_late=now > allowed.due_at,
        states=TASK_NAMES,
    )


@blueprint.post("/training/tasks/<int:id>/start")
@allow()
def start(id: int) -> Response:
    """Draw a paper and begin, or go on with the attempt that is open."""
    assignment = own_assignment(id)
    allowed = queries.allowance(db.session, assignment, current_user)
    user_id, now, bank = current_user.id, clock.now(), ready_bank(db.session)
    blueprint = papers.blueprint_from_record(assignment.title, assignment.blueprint)
    try:
        drawn = papers.new_paper(bank, blueprint, secrets.randbits(48))  # before the database is locked for writing
        with writing() as session:
            attempt_id = attempt_operations.start(session, assignment, user_id, allowed, drawn, now=now)
    except CannotStart as reason:
        flash(str(reason), "error")
        return redirect(url_for("training.task", id=id))
    except NotEnough as error:
        flash(f"现在开始不了：{error}。请告诉布置的培训管理员。", "error")
        return redirect(url_for("training.task", id=id))
    return redirect(url_for("training.attempt", id=attempt_id), 303)
