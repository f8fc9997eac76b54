"""A person's own saved searches."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import allow, audience
from app.db import db, writing
from app.search import operations, queries
from app.search.forms import read_name, read_wanted
from app.search.models import SavedSearch
from app.search.page import found_ids
from app.search.views import blueprint
from indexer.query import QueryError


def _own(id: int) -> SavedSearch:
    return queries.saved_search(db.session, current_user.id, id) or abort(404)


@blueprint.get("/search/saved")
@allow()
def saved() -> str:
    """The list, with how much each finds that was not there when last opened."""
    rows = []
    for search in queries.saved_searches(db.session, current_user.id):
        found = found_ids(read_wanted(search.address, clock.today()), audience())
        rows.append((search, len(found), len(set(found) - set(search.seen.splitlines()))))
    return render_template("search/saved.html", rows=rows)


@blueprint.post("/search/saved")
@allow()
def save() -> Response:
    """Keep a search."""
    try:
        wanted, name = read_wanted(request.form, clock.today()), read_name(request.form)
    except QueryError as error:
        flash(str(error), "error")
        return redirect(url_for("search.search"))
    if not name or not wanted.query.text:
        abort(400)
    filters = {key: value for key, value in wanted.address().items() if key in ("kind", "field", "level")}
    seen, now = "\n".join(found_ids(wanted, audience())), clock.now()
    search = SavedSearch(
        user_id=current_user.id, name=name, query=wanted.query.text, seen=seen, opened_at=now, **filters
    )
    return _saved(search)


def _saved(search: SavedSearch) -> Response:
    address, name = search.address, search.name
    try:
        with writing() as session:
            operations.save_search(session, search)
        flash(f"已保存“{name}”，在右上角菜单的“我的检索”里可以再打开。", "success")
    except operations.Refused as refusal:
        flash(str(refusal), "error")
    return redirect(url_for("search.search", **address))


@blueprint.post("/search/saved/<int:id>/open")
@allow()
def open_saved(id: int) -> Response:
    """Open a saved search; what it finds now is no longer new."""
    search = _own(id)
    address = search.address
    found = found_ids(read_wanted(address, clock.today()), audience())
    with writing():
        operations.open_search(_own(id), found, now=clock.now())
    return redirect(url_for("search.search", **address))


@blueprint.post("/search/saved/<int:id>/delete")
@allow()
def delete_saved(id: int) -> Response:
    """Remove a saved search."""
    with writing() as session:
        operations.delete_search(session, _own(id))
    flash("已删除。", "success")
    return redirect(url_for("search.saved"))
