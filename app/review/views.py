"""Editors' pages about search: the gap report, a gap, and the traces. To others they do not exist.

Only reporting a gap is for every officer.
"""

import datetime as dt

import numpy as np
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.db import db, writing
from app.index import live_index, store
from app.review import gap_operations, queries
from app.review.forms import STATES, DaysForm, GapForm, RerunForm
from app.review.gaps import SAME_MEANING, bad_queries
from app.review.models import Gap, GapState
from app.review.operations import Refused
from app.search.operations import without_personal
from app.search.places import find_place, place_of, rank_of
from app.search.queries import active_synonyms
from corpus.document import Audience
from indexer.encoder import Vectors
from indexer.query import SearchQuery

blueprint = Blueprint("review", __name__)
only_editor = allow(Role.EDITOR)


def encode(texts: list[str]) -> Vectors:
    """Vectors of questions by the model that searches."""
    vectors: Vectors = np.vstack([live_index().encode(text) for text in texts])
    return vectors


def _gap(id: int) -> Gap:
    return db.session.get(Gap, id) or abort(404)


@blueprint.get("/review/gaps")
@only_editor
def gaps() -> str:
    """The gap report."""
    wanted = request.args.get("state", "")
    state = GapState(wanted) if wanted in list(GapState) else None
    found, counts = queries.gaps(db.session, state), queries.gap_counts(db.session)
    return render_template("review/gaps.html", gaps=found, counts=counts, chosen=state, states=STATES, form=DaysForm())


@blueprint.post("/review/gaps/collect")
@only_editor
def collect_gaps() -> Response:
    """Bring the report up to date with the searches of the last days."""
    form, live, now = DaysForm(), live_index(), clock.now()
    if not form.validate_on_submit():
        abort(400)
    if not live.is_ready:
        flash("按意思归类要用的模型还在准备，请过几秒再试。", "error")
        return redirect(url_for("review.gaps"))
    bad = bad_queries(queries.traces_since(db.session, now - dt.timedelta(days=int(form.days.data))))
    with writing() as session:
        done = gap_operations.collect(session, bad, encode, SAME_MEANING, now=now)
    flash(f"新发现 {done.found} 处缺口，并入已有缺口的问题 {done.joined} 个，重新打开 {done.reopened} 处。", "success")
    return redirect(url_for("review.gaps"))


@blueprint.post("/review/gaps/report")
@allow()
def report_gap() -> Response:
    """Put a question that found nothing fitting on the list; any officer may."""
    query = without_personal(request.form.get("q", "").strip())
    if not query:
        abort(400)
    with writing() as session:
        gap_operations.report_gap(session, query, now=clock.now())
    flash("已记下这个问题，编辑会在缺口报告里看到。", "success")
    return redirect(url_for("search.search", q=query))


@blueprint.route("/review/gaps/<int:id>", methods=["GET", "POST"])
@only_editor
def gap(id: int) -> str | Response:
    """One gap: its questions, owner and state."""
    form = GapForm(_gap(id), queries.editors(db.session))
    if form.validate_on_submit():
        values = (GapState(form.state.data), form.owner.data or None, form.note.data)
        try:
            with writing() as session:
                gap_operations.change_gap(session, _gap(id), *values, actor_id=current_user.id, now=clock.now())
            flash("已保存。", "success")
            return redirect(url_for("review.gaps"))
        except Refused as refusal:
            form.show(refusal)
    return _gap_page(id, form, RerunForm(formdata=None))


def _gap_page(id: int, form: GapForm, rerun: RerunForm) -> str:
    gap, texts = _gap(id), store(Audience.OFFICER)
    closed_by = find_place(texts, gap.closed_by, Audience.OFFICER) if gap.closed_by else None
    return render_template("review/gap.html", gap=gap, form=form, rerun=rerun, closed_by=closed_by, states=STATES)


@blueprint.post("/review/gaps/<int:id>/rerun")
@only_editor
def rerun_gap(id: int) -> str | Response:
    """Search a gap's questions again, and close it when the document now stands among the first three."""
    form, gap = RerunForm(), _gap(id)
    if form.validate_on_submit():
        place = place_of(form.place.data) or form.place.data
        if find_place(store(Audience.OFFICER), place, Audience.OFFICER) is None:
            form.show(Refused("place", "没有这份文档。新加的文档要先重建索引。"))
            return _gap_page(id, GapForm(gap, queries.editors(db.session)), form)
        ranks = {query.query: _rank_now(query.query, place) for query in gap.queries}
        try:
            with writing() as session:
                gap_operations.close_gap(session, _gap(id), place, ranks, actor_id=current_user.id, now=clock.now())
            flash("每个问题的前三项里都有这份文档，缺口已关闭。", "success")
            return redirect(url_for("review.gap", id=id))
        except Refused as refusal:
            form.show(refusal)
    return _gap_page(id, GapForm(_gap(id), queries.editors(db.session)), form)


def _rank_now(text: str, place: str) -> int | None:
    """Where officers find a place for a question today."""
    query = SearchQuery.parse(text, on=clock.today()).widened(active_synonyms(db.session))
    found = live_index().search(query, audience=Audience.OFFICER)
    return rank_of(place, found.matters, found.results)


@blueprint.get("/review/traces")
@only_editor
def traces() -> str:
    """The last searches, without names."""
    rows, texts = queries.newest_traces(db.session), store(Audience.OFFICER)
    places = {r.clicked: find_place(texts, r.clicked, Audience.OFFICER) for r in rows if r.clicked}
    return render_template("review/traces.html", rows=rows, places=places)
