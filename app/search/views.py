"""Search: results, what is offered while typing, what is like a passage, and what visitors tell by what they open."""

from functools import partial

from flask import Blueprint, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow, audience, public
from app.db import db, writing
from app.index import live_index, store
from app.search import operations, queries
from app.search.forms import read_click, read_wanted
from app.search.offers import offers
from app.search.page import Visitor, search_page
from app.search.places import place_of
from app.search.traces import traces
from corpus.document import Audience, Kind
from indexer.query import QueryError
from indexer.similar import similar as similar_passages

blueprint = Blueprint("search", __name__, cli_group="search")
TAB_ORDER = (Kind.MATTER, Kind.GUIDE, Kind.REGULATION, Kind.CASE)
EXPLAINS = (Role.EDITOR, Role.ADMIN)
SIMILAR_KINDS = {Kind.REGULATION: "相似条文", Kind.CASE: "相似案例"}


def _visitor() -> Visitor:
    if audience() is Audience.PUBLIC:
        return Visitor(Audience.PUBLIC)
    return Visitor(Audience.OFFICER, current_user.id, current_user.role)


@blueprint.get("/search")
@public
def search() -> str | tuple[str, int]:
    """Results of a question, for whoever asks."""
    may_explain = current_user.is_authenticated and current_user.role in EXPLAINS
    shown = {"query_text": request.args.get("q", "")[:200], "tabs": TAB_ORDER, "may_explain": may_explain}
    try:
        wanted = read_wanted(request.args, clock.today())
    except QueryError as error:
        return render_template("search/search.html", problem=str(error), **shown), 400
    if wanted.is_explained and not may_explain:
        abort(404)
    page = search_page(wanted, _visitor(), clock.now()) if wanted.query.text else None
    return render_template("search/search.html", page=page, wanted=wanted, **shown)


@blueprint.get("/search/help")
@public
def help() -> str:
    """How to search, in plain words."""
    return render_template("search/help.html")


@blueprint.get("/suggest")
@public
def suggest() -> Response:
    """What to offer for the letters typed so far."""
    return jsonify(suggestions=offers(request.args.get("q", ""), audience(), clock.now()))


@blueprint.get("/similar/<kind>/<id>")
@public
def similar(kind: str, id: str) -> str:
    """Articles and cases like a passage; `anchor` in the address says which."""
    texts, anchor = store(audience()), request.args.get("anchor", "")
    document = texts.document(Kind(kind), id) if kind in list(Kind) else None
    if document is None:
        abort(404)
    find = partial(similar_passages, live_index().current(), document, anchor, audience=audience())
    groups = {name: find(kind) for kind, name in SIMILAR_KINDS.items()}
    section = next((s for s in document.sections if s.anchor == anchor), None)
    return render_template("search/similar.html", document=document, section=section, groups=groups)


@blueprint.get("/search/go")
@public
def go() -> Response:
    """Open a result and note which; only links that this site made lead anywhere."""
    click = read_click(request.args, current_app.config["SECRET_KEY"]) or abort(404)
    place = place_of(click.to)
    if place:
        traces().add(partial(operations.add_click, key=click.trace, place=place, rank=click.rank))
    return redirect(click.to)


@blueprint.post("/search/vote")
@allow()
def vote() -> Response:
    """Say that a result was of use, or not."""
    click = read_click(request.form, current_app.config["SECRET_KEY"]) or abort(404)
    traces().drain()
    place, trace = place_of(click.to), queries.own_trace(db.session, current_user.id, click.trace)
    if place is None or trace is None:
        abort(404)
    is_useful = request.form.get("useful") == "1"
    back = url_for("search.search", q=trace.query, kind=trace.kind, field=trace.field, level=trace.level)
    with writing() as session:
        operations.vote(session, current_user.id, trace.query, place, is_useful, now=clock.now())
    flash("已记下，谢谢。编辑会据此改进检索。", "success")
    return redirect(back)
