"""What trainers do with the contests they hold."""

import datetime as dt
from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.bank.queries import ready_questions
from app.contests import operations, queries
from app.contests.forms import CancelForm, ContestForm, TeamForm
from app.contests.models import Contest, Team
from app.contests.operations import Refused
from app.contests.views import blueprint
from app.db import db, writing

only_trainer = allow(Role.TRAINER)
Act = Callable[[Session, Contest], None]


def _held(id: int) -> Contest:
    return queries.held(db.session, id, current_user) or abort(404)


def _team(contest: Contest, team_id: int) -> Team:
    team = db.session.get(Team, team_id)
    return team if team and team.contest_id == contest.id else abort(404)


def _unit_choices(contest: Contest) -> dict[int, str]:
    units = queries.units_below(db.session, contest.unit_id)
    depth = {contest.unit_id: 0}
    for unit in sorted(units, key=lambda unit: ["市", "县市区", "乡镇街道", "中队"].index(unit.level)):
        depth.setdefault(unit.id, depth.get(unit.parent_id or 0, 0) + 1)
    return {unit.id: "\u3000" * depth[unit.id] + unit.name for unit in units}


def _do(id: int, act: Act, done: str, target: str = "") -> Response:
    """Carry out an act on a contest one holds; tell that it is done, or why it is refused. Leads to `target`."""
    _held(id)
    here = url_for("contests.contest", id=id)
    try:
        with writing() as session:
            act(session, _held(id))
    except Refused as refusal:
        flash(refusal.message, "error")
        return redirect(here)
    flash(done, "success")
    return redirect(target or here)


@blueprint.route("/contests/add", methods=["GET", "POST"])
@only_trainer
def add() -> str | Response:
    """Set up a contest."""
    return _edit(None)


@blueprint.route("/contests/<int:id>/edit", methods=["GET", "POST"])
@only_trainer
def edit(id: int) -> str | Response:
    """Change a draft."""
    return _edit(_held(id))


def _edit(contest: Contest | None) -> str | Response:
    fields = sorted({question.field for question in ready_questions(db.session) if question.field})
    form = ContestForm(fields, contest, clock.now() + dt.timedelta(days=7))
    if form.validate_on_submit():
        id, values = contest.id if contest else None, form.values()
        try:
            with writing() as session:
                kept = _held(id) if id else Contest()
                operations.keep(session, kept, values, actor=current_user, now=clock.now())
                id = kept.id
            flash("已保存。", "success")
            return redirect(url_for("contests.contest", id=id))
        except Refused as refusal:
            form.show(refusal)
    return render_template("contests/edit.html", form=form, contest=contest)


@blueprint.route("/contests/<int:id>/teams", methods=["GET", "POST"])
@only_trainer
def teams(id: int) -> str | Response:
    """The teams of a draft, and adding one."""
    contest = _held(id)
    form = TeamForm(_unit_choices(contest))
    if form.validate_on_submit():
        try:
            with writing() as session:
                team_id = operations.add_team(session, _held(id), form.name.data, form.unit.data).id
            return redirect(url_for("contests.team", id=id, team_id=team_id))
        except Refused as refusal:
            form.show(refusal)
    return render_template("contests/teams.html", form=form, contest=contest, teams=queries.teams(db.session, id))


@blueprint.post("/contests/<int:id>/teams/units")
@only_trainer
def add_unit_teams(id: int) -> Response:
    """A team for each unit directly below."""

    def act(session: Session, contest: Contest) -> None:
        if not operations.add_unit_teams(session, contest):
            raise Refused("", "下级单位都已有队，没有新增。")

    return _do(id, act, "已按下级单位各建一队，请逐队选队员。", url_for("contests.teams", id=id))


@blueprint.get("/contests/<int:id>/teams/<int:team_id>")
@only_trainer
def team(id: int, team_id: int) -> str:
    """The members of a team, and people one may add."""
    contest, text = _held(id), request.args.get("q", "").strip()[:30]
    team = _team(contest, team_id)
    return render_template(
        "contests/team.html",
        contest=contest,
        team=team,
        text=text,
        candidates=queries.candidates(db.session, contest, team, text),
        most=queries.MOST_PEOPLE,
    )


@blueprint.post("/contests/<int:id>/teams/<int:team_id>/members")
@only_trainer
def change_members(id: int, team_id: int) -> Response:
    """Put people into a team, or take one out."""
    user_ids, out = request.form.getlist("user", int)[:500], request.form.get("remove", 0, int)
    _team(_held(id), team_id)
    try:
        with writing() as session:
            contest = _held(id)
            team = _team(contest, team_id)
            if out:
                operations.remove_member(session, contest, team, out)
                flash("已移出。", "success")
            else:
                flash(f"已加入 {operations.add_members(session, contest, team, user_ids)} 人。", "success")
    except Refused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("contests.team", id=id, team_id=team_id))


@blueprint.post("/contests/<int:id>/teams/<int:team_id>/delete")
@only_trainer
def delete_team(id: int, team_id: int) -> Response:
    """Take a team out of a draft."""
    _team(_held(id), team_id)

    def act(session: Session, contest: Contest) -> None:
        operations.delete_team(session, contest, _team(contest, team_id))

    return _do(id, act, "已删除这个队。", url_for("contests.teams", id=id))


@blueprint.post("/contests/<int:id>/publish")
@only_trainer
def publish(id: int) -> Response:
    """Draw the paper and tell the members."""
    questions, who = ready_questions(db.session), {"actor_id": current_user.id, "now": clock.now()}
    return _do(id, lambda s, contest: operations.publish(s, contest, questions, **who), "已抽好试卷并通知全体队员。")


@blueprint.post("/contests/<int:id>/unpublish")
@only_trainer
def unpublish(id: int) -> Response:
    """Make it a draft again before it starts."""
    who = {"actor_id": current_user.id, "now": clock.now()}
    return _do(id, lambda s, contest: operations.unpublish(s, contest, **who), "已撤回为草稿，重新发布时另抽试卷。")


@blueprint.route("/contests/<int:id>/cancel", methods=["GET", "POST"])
@only_trainer
def cancel(id: int) -> str | Response:
    """Cancel a published contest, with a reason."""
    contest, form = _held(id), CancelForm()
    if form.validate_on_submit():
        reason, who = form.reason.data, {"actor_id": current_user.id, "now": clock.now()}
        return _do(id, lambda s, contest: operations.cancel(s, contest, reason, **who), "已取消并通知全体队员。")
    return render_template("contests/cancel.html", contest=contest, form=form)


@blueprint.post("/contests/<int:id>/delete")
@only_trainer
def delete(id: int) -> Response:
    """Remove a draft."""
    who = {"actor_id": current_user.id, "now": clock.now()}
    target = url_for("contests.contests")
    return _do(id, lambda s, contest: operations.delete_draft(s, contest, **who), "草稿已删除。", target)


@blueprint.post("/contests/<int:id>/announce")
@only_trainer
def announce(id: int) -> Response:
    """Open the final board and issue the certificates."""
    who = {"actor_id": current_user.id, "now": clock.now()}
    done, target = "结果已公布，证书已发，全体队员已通知。", url_for("contests.board", id=id)
    return _do(id, lambda s, contest: operations.announce(s, contest, **who), done, target)
