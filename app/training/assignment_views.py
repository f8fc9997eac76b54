"""A trainer's work on assignments: list, write, preview, publish, withdraw, copy, extend."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.bank.queries import ready_bank
from app.db import db, writing
from app.training import operations, papers, trainer_queries
from app.training.forms import AssignmentForm, ExtensionForm, WithdrawForm, new_values, present_values
from app.training.models import STATE_NAMES, Assignment, State
from app.training.operations import Refused, Targets
from app.training.reach import count_reached
from app.training.tally import by_assignment, tally
from app.training.views import blueprint, only_trainer
from quizzes.paper import NotEnough, draw
from quizzes.presets import PRESETS


def owned(id: int) -> Assignment:
    """An assignment the present trainer may change."""
    return trainer_queries.assignment_owned(db.session, id, current_user.unit_id) or abort(404)


def seen(id: int) -> Assignment:
    """An assignment the present trainer may look at."""
    return trainer_queries.assignment_seen(db.session, id, current_user.unit_id) or abort(404)


def unit_choices() -> dict[int, str]:
    """The units of the present trainer's branch, indented as in the tree."""
    units = trainer_queries.units_below(db.session, current_user.unit_id)
    return trainer_queries.unit_choices(units)


@blueprint.get("/training/assignments")
@only_trainer
def assignments() -> str:
    """The assignments of the branch, and those from above that reach it."""
    wanted = request.args.get("state", "")
    state = State(wanted) if wanted in list(State) else None
    found = trainer_queries.assignments_seen(db.session, current_user.unit_id, state)
    published = [a.id for a in found if a.state == State.PUBLISHED]
    counts = tally(db.session, current_user.unit_id, published, clock.now()) if published else []
    own = set(trainer_queries.branch_ids(db.session, current_user.unit_id))
    return render_template(
        "training/assignments.html",
        assignments=found,
        sums=by_assignment(counts),
        names=STATE_NAMES,
        chosen=state,
        own=own,
    )


@blueprint.route("/training/assignments/add", methods=["GET", "POST"])
@only_trainer
def add_assignment() -> str | Response:
    """Write a new assignment, from a preset or from nothing."""
    number = request.args.get("preset", -1, int)
    preset = PRESETS[number] if 0 <= number < len(PRESETS) else None
    form = _form(new_values(clock.now(), preset))
    if form.validate_on_submit() and (id := _keep(form, Assignment(state=State.DRAFT.value))):
        return redirect(url_for("training.assignment", id=id))
    return _form_page(form, None, preset)


@blueprint.route("/training/assignments/<int:id>/edit", methods=["GET", "POST"])
@only_trainer
def edit_assignment(id: int) -> str | Response:
    """Change an assignment."""
    assignment = owned(id)
    people = trainer_queries.usernames(db.session, sorted(Targets.of(assignment).user_ids))
    form = _form(present_values(assignment, people))
    if form.validate_on_submit() and _keep(form, assignment):
        return redirect(url_for("training.assignment", id=id))
    return _form_page(form, owned(id), None)


def _form(present: dict[str, object]) -> AssignmentForm:
    fields = sorted({q.field for q in ready_bank(db.session).questions if q.field})
    return AssignmentForm(unit_choices(), fields, **present)


def _form_page(form: AssignmentForm, assignment: Assignment | None, preset: object) -> str:
    questions = ready_bank(db.session).questions
    stock: dict[str, dict[str, int]] = {}
    for question in questions:
        row = stock.setdefault(question.field or "（没有领域）", {})
        row[question.type.value] = row.get(question.type.value, 0) + 1
    matters = sorted({question.matter for question in questions if question.matter})
    return render_template(
        "training/assignment_form.html", form=form, assignment=assignment, presets=PRESETS, preset=preset, stock=stock,
        matters=matters,
    )  # fmt: skip


def _keep(form: AssignmentForm, assignment: Assignment) -> int | None:
    """Keep what the form says; the id, or None when it was refused."""
    trainer, now = current_user._get_current_object(), clock.now()
    try:
        people = trainer_queries.people_by_username(db.session, form.usernames, trainer.unit_id)
        targets = form.targets(people)
        with writing() as session:
            operations.keep_assignment(session, assignment, form.values(), targets, trainer=trainer, now=now)
            id = assignment.id
        flash("已保存。", "success")
        return id
    except Refused as refusal:
        form.show(refusal)
        return None


@blueprint.get("/training/assignments/<int:id>")
@only_trainer
def assignment(id: int) -> str:
    """One assignment as its trainers see it."""
    assignment, unit_id, now = seen(id), current_user.unit_id, clock.now()
    return render_template(
        "training/assignment.html",
        assignment=assignment,
        is_own=trainer_queries.assignment_owned(db.session, id, unit_id) is not None,
        reached=count_reached(db.session, id) if assignment.state == State.DRAFT else None,
        sums=by_assignment(tally(db.session, unit_id, [id], now)).get(id),
        extensions=trainer_queries.extensions(db.session, id, unit_id),
        targets=trainer_queries.target_names(db.session, assignment),
        problem=_problem(assignment) if assignment.state == State.DRAFT else "",
        names=STATE_NAMES,
        withdraw_form=WithdrawForm(formdata=None),
    )


def _problem(assignment: Assignment) -> str:
    """Why no paper can be drawn; empty when one can."""
    try:
        _preview_paper(assignment, 0)
    except NotEnough as error:
        return f"{error}。"
    return ""


def _preview_paper(assignment: Assignment, seed: int) -> object:
    blueprint = papers.blueprint_from_record(assignment.title, assignment.blueprint)
    return draw(blueprint, ready_bank(db.session).questions, seed)


@blueprint.get("/training/assignments/<int:id>/preview")
@only_trainer
def preview(id: int) -> str | Response:
    """A paper as somebody might get it, to read or print, with or without the key."""
    assignment, seed = seen(id), abs(request.args.get("seed", 1, int)) % 1_000_000
    try:
        paper = _preview_paper(assignment, seed)
    except NotEnough as error:
        flash(f"组不成卷：{error}。", "error")
        return redirect(url_for("training.assignment", id=id))
    return render_template(
        "training/preview.html", assignment=assignment, paper=paper, with_key="key" in request.args, seed=seed
    )


@blueprint.post("/training/assignments/<int:id>/publish")
@only_trainer
def publish(id: int) -> Response:
    """Give it to its people."""
    assignment, actor_id, bank = owned(id), current_user.id, ready_bank(db.session)
    try:
        with writing() as session:
            reached = operations.publish(session, assignment, bank, actor_id=actor_id, now=clock.now())
        flash(f"已发布，{reached} 人会收到通知。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("training.assignment", id=id))


@blueprint.post("/training/assignments/<int:id>/withdraw")
@only_trainer
def withdraw(id: int) -> Response:
    """Take it back, with a reason."""
    assignment, actor_id, form = owned(id), current_user.id, WithdrawForm()
    if not form.validate_on_submit():
        flash("请写明撤回的理由（最多 200 个字）。", "error")
        return redirect(url_for("training.assignment", id=id))
    try:
        with writing() as session:
            operations.withdraw(session, assignment, form.reason.data, actor_id=actor_id, now=clock.now())
        flash("已撤回，收到布置的人会收到通知；已有的成绩保留。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("training.assignment", id=id))


@blueprint.post("/training/assignments/<int:id>/copy")
@only_trainer
def copy(id: int) -> Response:
    """Make a draft like it."""
    assignment, trainer = seen(id), current_user._get_current_object()
    with writing() as session:
        twin_id = operations.copy(session, assignment, trainer=trainer, now=clock.now()).id
    flash("已复制成草稿，请核对时间和对象。", "success")
    return redirect(url_for("training.edit_assignment", id=twin_id))


@blueprint.post("/training/assignments/<int:id>/delete")
@only_trainer
def delete_assignment(id: int) -> Response:
    """Remove a draft."""
    assignment, actor_id = owned(id), current_user.id
    try:
        with writing() as session:
            operations.delete_draft(session, assignment, actor_id=actor_id, now=clock.now())
        flash("草稿已删除。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("training.assignment", id=id))
    return redirect(url_for("training.assignments"))


@blueprint.route("/training/assignments/<int:id>/extend", methods=["GET", "POST"])
@only_trainer
def extend(id: int) -> str | Response:
    """More time for a person or a unit."""
    assignment, form = owned(id), ExtensionForm(unit_choices())
    trainer, now = current_user._get_current_object(), clock.now()
    if form.validate_on_submit():
        names = [form.person.data] if form.person.data else []
        try:
            grant = form.grant(trainer_queries.people_by_username(db.session, names, trainer.unit_id))
            with writing() as session:
                operations.extend(session, assignment, grant, trainer=trainer, now=now)
            flash("已放宽，本人会收到通知。", "success")
            return redirect(url_for("training.assignment", id=id))
        except Refused as refusal:
            form.show(refusal)
    return render_template("training/extend.html", assignment=owned(id), form=form)
