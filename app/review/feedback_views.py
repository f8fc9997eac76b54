"""Search feedback 检索反馈: an editor accepts or rejects what clicks and votes suggest."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.db import db, writing
from app.index import store
from app.review import operations, queries
from app.review.views import blueprint, only_editor
from app.search.models import Verdict
from app.search.places import find_place
from corpus.document import Audience


@blueprint.get("/review/feedback")
@only_editor
def feedback() -> str:
    """Candidate pairs, most evidence first."""
    texts = store(Audience.OFFICER)
    rows = [(c, find_place(texts, c.place, Audience.OFFICER)) for c in queries.candidates(db.session)]
    shown = [(candidate, place) for candidate, place in rows if place]
    return render_template("review/feedback.html", rows=shown, decided=queries.decided_count(db.session))


@blueprint.post("/review/feedback")
@only_editor
def decide() -> Response:
    """Decide on one candidate."""
    query, place, verdict = (request.form.get(name, "") for name in ("query", "place", "verdict"))
    if not query or verdict not in list(Verdict) or not find_place(store(Audience.OFFICER), place, Audience.OFFICER):
        abort(400)
    with writing() as session:
        operations.decide_pair(session, query[:200], place, Verdict(verdict), actor_id=current_user.id, now=clock.now())
    flash("已记下。", "success")
    return redirect(url_for("review.feedback"))
