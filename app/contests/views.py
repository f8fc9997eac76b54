"""Contests as everyone concerned sees them: the list, the page of one, the board, one's own result."""

from collections.abc import Sequence

from flask import Blueprint, abort, jsonify, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import allow
from app.contests import entry_operations, queries
from app.contests.models import Contest, State
from app.contests.standings import rule
from app.db import db, writing
from quizzes.grading import grade

blueprint = Blueprint("contests", __name__)


def _seen(id: int) -> Contest:
    return queries.seen(db.session, id, current_user) or abort(404)


def _settled(id: int) -> Contest:
    """A contest whose overdue entries have been marked."""
    contest, now = _seen(id), clock.now()
    if queries.has_overdue(db.session, id, now):
        with writing() as session:
            entry_operations.close_overdue(session, contest, now=now)
        contest = _seen(id)
    return contest


def _board(contest: Contest) -> queries.Board:
    is_live = queries.is_held(db.session, contest, current_user)
    return queries.board(db.session, contest, is_live=is_live, now=clock.now())


@blueprint.app_template_global("papers_to_answer")
def papers_to_answer() -> Sequence[Contest]:
    """Contests under way that wait for the present person's paper, for the home page."""
    return queries.waiting_for(db.session, current_user.id, clock.now())


@blueprint.get("/contests")
@allow()
def contests() -> str:
    """The contests one takes part in or holds."""
    return render_template(
        "contests/contests.html", contests=queries.contests(db.session, current_user), now=clock.now()
    )


@blueprint.get("/contests/<int:id>")
@allow()
def contest(id: int) -> str:
    """What a contest is, its teams, and where this person stands with it."""
    contest = _settled(id)
    return render_template(
        "contests/contest.html",
        contest=contest,
        teams=queries.teams(db.session, id),
        entry=queries.entry(db.session, id, current_user.id),
        is_held=queries.is_held(db.session, contest, current_user),
        rule=rule(contest.best_of),
        now=clock.now(),
    )


@blueprint.get("/contests/<int:id>/board")
@allow()
def board(id: int) -> str:
    """How the teams stand; the page renews itself."""
    contest = _settled(id)
    if contest.state in (State.DRAFT, State.CANCELLED):
        abort(404)
    return render_template(
        "contests/board.html", contest=contest, board=_board(contest), rule=rule(contest.best_of), now=clock.now()
    )


@blueprint.get("/contests/<int:id>/board.json")
@allow()
def board_data(id: int) -> Response:
    """The board for the page's script: small, three queries beside the sign-in."""
    contest = _settled(id)
    if contest.state in (State.DRAFT, State.CANCELLED):
        abort(404)
    board = _board(contest)
    body = render_template("contests/_board.html", contest=contest, board=board, now=clock.now())
    at = f"{clock.now().astimezone(clock.LOCAL):%H:%M:%S}"
    return jsonify(html=body, at=at, is_final=contest.state == State.ANNOUNCED)


@blueprint.get("/contests/<int:id>/result")
@allow()
def result(id: int) -> str:
    """One's own score; each question with its right answer once the results are announced."""
    contest = _settled(id)
    entry = queries.entry(db.session, id, current_user.id)
    if entry is None or entry.finished_at is None:
        abort(404)
    marks = None
    if contest.state == State.ANNOUNCED:
        paper = entry_operations.paper_of(queries.with_paper(db.session, id))
        kept = queries.saved(db.session, id, current_user.id)
        grading = grade(paper, {key: one.chosen for key, one in kept.items()})
        marks = list(zip(paper.leaves, grading.marks, strict=True))
    return render_template(
        "contests/result.html", contest=contest, entry=entry, marks=marks, board_url=url_for("contests.board", id=id)
    )
