"""Completion for trainers: the matrix by unit, one person, the export. Nothing outside the trainer's branch."""

from dataclasses import dataclass
from typing import Any

from flask import Response, abort, render_template, request, send_file
from flask_login import current_user

from app import clock
from app.accounts.models import Unit, User
from app.db import db
from app.training import trainer_queries
from app.training.completion import PeopleFilter, cells, people_page
from app.training.export import workbook
from app.training.models import Assignment, State
from app.training.queries import TASK_NAMES, TaskState
from app.training.tally import Sum, by_assignment, by_unit, tally
from app.training.trainer_queries import unit_choices
from app.training.views import blueprint, only_trainer
from app.training.weakest import weakest

COLUMNS = 10  # assignments side by side
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Wanted:
    """What the page was asked for, narrowed to what the trainer may see."""

    units: list[Unit]
    unit: Unit
    assignments: list[Assignment]
    chosen: Assignment | None
    need: str
    text: str
    state: TaskState | None

    @property
    def shown(self) -> list[Assignment]:
        """The assignments that are counted."""
        if self.chosen:
            return [self.chosen]
        wanted = {"required": True, "optional": False}.get(self.need)
        return [a for a in self.assignments if wanted is None or a.is_required == wanted]

    def people(self) -> PeopleFilter:
        """Whose rows are shown."""
        return PeopleFilter(self.unit.id, [a.id for a in self.shown], self.text, self.state)


def wanted() -> Wanted:
    """Read the filters of the address. Units and assignments outside the branch answer as if they did not exist."""
    units = list(trainer_queries.units_below(db.session, current_user.unit_id))
    unit_id = request.args.get("unit", current_user.unit_id, int)
    unit = next((unit for unit in units if unit.id == unit_id), None) or abort(404)
    found = list(trainer_queries.assignments_seen(db.session, current_user.unit_id, State.PUBLISHED))
    assignment_id = request.args.get("assignment", 0, int)
    chosen = next((a for a in found if a.id == assignment_id), None)
    if assignment_id and chosen is None:
        abort(404)
    state = request.args.get("state", "")
    text = request.args.get("q", "").strip()[:60]
    known = TaskState(state) if state in list(TaskState) else None
    return Wanted(units, unit, found, chosen, request.args.get("need", ""), text, known)


@blueprint.get("/training/completion")
@only_trainer
def completion() -> str:
    """People × assignments, with the sums by unit above."""
    asked, now = wanted(), clock.now()
    page = min(max(1, request.args.get("page", 1, int)), 100_000)
    columns_page = min(max(1, request.args.get("columns", 1, int)), 1000)
    columns = asked.shown[(columns_page - 1) * COLUMNS : columns_page * COLUMNS]
    counts = tally(db.session, asked.unit.id, [a.id for a in asked.shown], now)
    sums = by_assignment(counts)
    found = people_page(db.session, asked.people(), page, now)
    here = User.id.in_([person.id for person in found.people])
    facts: dict[str, Any] = {
        "total": sum(sums.values(), Sum()),
        "children": by_unit(counts),
        "cells": {(c.user_id, c.assignment_id): c for c in cells(db.session, now, [a.id for a in columns], here)},
    }
    return _page(asked, columns, columns_page, counts=sums, found=found, **facts)


def _page(asked: Wanted, columns: list[Assignment], columns_page: int, **facts: Any) -> str:
    names = {unit.id: unit for unit in asked.units}
    keep = {key: value for key, value in request.args.items() if key not in ("page", "columns") and value}
    return render_template(
        "training/completion.html", asked=asked, columns=columns, columns_page=columns_page, names=names, keep=keep,
        columns_pages=max(1, -(-len(asked.shown) // COLUMNS)), choices=unit_choices(asked.units), states=TASK_NAMES,
        **facts,
    )  # fmt: skip


@blueprint.get("/training/completion/export")
@only_trainer
def export() -> Response:
    """The whole matrix of the filters as Excel."""
    asked, now = wanted(), clock.now()
    stream = workbook(db.session, asked.people(), asked.shown, asked.units, now)
    name = f"完成情况-{asked.unit.name}-{clock.today():%Y%m%d}.xlsx"
    return send_file(stream, mimetype=XLSX, as_attachment=True, download_name=name)


@blueprint.get("/training/people/<int:id>")
@only_trainer
def person(id: int) -> str:
    """How one person of the branch stands with every assignment the trainer sees, with their attempts."""
    person = trainer_queries.person_seen(db.session, id, current_user.unit_id) or abort(404)
    found = trainer_queries.assignments_seen(db.session, current_user.unit_id, State.PUBLISHED)
    ids = [a.id for a in found]
    return render_template(
        "training/person.html",
        person=person,
        assignments={a.id: a for a in found},
        cells=cells(db.session, clock.now(), ids, User.id == id),
        attempts=trainer_queries.attempts_by_assignment(db.session, id, ids),
        states=TASK_NAMES,
    )


@blueprint.get("/training/assignments/<int:id>/weakest")
@only_trainer
def weakest_of(id: int) -> str:
    """Questions and articles of one assignment on which people of the branch did worst."""
    assignment = trainer_queries.assignment_seen(db.session, id, current_user.unit_id) or abort(404)
    questions, articles = weakest(db.session, current_user.unit_id, [id])
    return render_template("training/weakest.html", assignment=assignment, questions=questions, articles=articles)
