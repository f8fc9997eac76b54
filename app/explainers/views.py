"""Explainers: why a case was decided so, in plain words, without an account.

Everyone gets the public's text here, officers too, so that what an officer shows a citizen is what the citizen sees.
"""

from flask import Blueprint, abort, render_template, request

from app.access import public
from app.explainers import queries
from app.index import store
from corpus.document import Audience, Kind

blueprint = Blueprint("explainers", __name__)


@blueprint.get("/explainers")
@public
def explainers() -> str:
    """All explainers, newest first, or those of one field."""
    texts = store(Audience.PUBLIC)
    field = request.args.get("field") or None
    return render_template(
        "explainers/explainers.html",
        explainers=queries.explainers(texts, field),
        fields=queries.fields(texts),
        chosen=field,
    )


@blueprint.get("/explainers/<id>")
@public
def explainer(id: str) -> str:
    """One explainer."""
    texts = store(Audience.PUBLIC)
    document = texts.document(Kind.CASE, id)
    if document is None:
        abort(404)
    return render_template(
        "explainers/explainer.html",
        document=document,
        matter=texts.document(Kind.MATTER, document.front["matter"]),
        related=queries.related(texts, document),
    )
