"""Drafts from an article: choose one, look at what it offers, take over what is of use. Nothing is ready by itself."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.bank import operations
from app.bank.drafting import articles, drafts_of, source_of
from app.bank.views import blueprint, similar, writers
from app.db import writing
from app.index import store
from corpus.document import Audience, Kind

MOST_SEEDS = 1000


def _seed(value: int | None) -> int:
    return min(max(0, value or 0), MOST_SEEDS)


@blueprint.get("/bank/drafts")
@writers
def drafts() -> str:
    """Choose a regulation and an article, and see the drafts it gives."""
    texts, id, seed = store(Audience.OFFICER), request.args.get("regulation", ""), request.args.get("seed", 0, int)
    regulation = texts.document(Kind.REGULATION, id)
    source = source_of(texts, id, request.args.get("article", ""))
    made = drafts_of(source, _seed(seed)) if source else []
    near = similar() if made else None
    return render_template(
        "bank/drafts.html",
        regulations=sorted(texts.documents(Kind.REGULATION), key=lambda document: document.title),
        regulation=regulation,
        articles=articles(regulation) if regulation else {},
        source=source,
        drafts=[(question, near.to(question.stem, most=2)) for question in made] if near else [],
        seed=_seed(seed),
    )


@blueprint.post("/bank/drafts/accept")
@writers
def accept_draft() -> Response:
    """Take over one draft, and go on writing it."""
    id, anchor = request.form.get("regulation", ""), request.form.get("article", "")
    source = source_of(store(Audience.OFFICER), id, anchor) or abort(404)
    made, wanted = drafts_of(source, _seed(request.form.get("seed", 0, int))), request.form.get("number", -1, int)
    if not 0 <= wanted < len(made):
        abort(404)
    note = f"据{source.cite}起草"
    with writing() as session:
        key = operations.add_draft(session, made[wanted], actor_id=current_user.id, now=clock.now(), note=note)
    flash("已收下，存为草稿。请补上解析，核对选项和理由。", "success")
    return redirect(url_for("bank.edit_question", key=key))
