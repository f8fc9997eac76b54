"""The search page: read the query, ask the index, show what it found."""

from flask import Blueprint, render_template, request

from app.access import audience, public
from app.index import live_index, store
from corpus.document import Kind
from indexer.query import QueryError, SearchQuery

blueprint = Blueprint("search", __name__)
TAB_ORDER = (Kind.MATTER, Kind.GUIDE, Kind.REGULATION, Kind.CASE)


@blueprint.get("/search")
@public
def search() -> str | tuple[str, int]:
    """Results of a question, for whoever asks."""
    given = request.args
    page = {"query_text": given.get("q", "")[:200], "tabs": TAB_ORDER, "fields": store(audience()).fields()}
    try:
        query = SearchQuery.parse(given.get("q", ""), given.get("kind"), given.get("field"))
    except QueryError as error:
        return render_template("search/search.html", problem=str(error), **page), 400
    found = live_index().search(query, audience=audience()) if query.text else None
    return render_template("search/search.html", found=found, query=query, **page)
