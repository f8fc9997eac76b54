"""The wrong-answer book: by field, and on paper."""

from flask import render_template, request
from flask_login import current_user

from app import clock
from app.access import allow
from app.db import db
from app.learning import overview, queries
from app.learning.models import LEAVES_AFTER, Source
from app.learning.views import blueprint


@blueprint.get("/learning/wrong")
@allow()
def wrong() -> str:
    """The wrong-answer book by field."""
    user_id = current_user.id
    book = overview.open_book(db.session, user_id)
    return render_template(
        "learning/wrong.html", groups=overview.by_field(book), total=len(book), leaves_after=LEAVES_AFTER,
        paused=len(queries.wrong_book(db.session, user_id)) - len(book), left=queries.left_count(db.session, user_id),
        source=Source.WRONG,
    )  # fmt: skip


@blueprint.get("/learning/wrong/print")
@allow()
def print_wrong() -> str:
    """The book on paper, of one field or all; the answers on pages of their own at the end."""
    field = request.args.get("field", "")
    book = [line for line in overview.open_book(db.session, current_user.id) if field in ("", line.question.field)]
    return render_template("learning/wrong_print.html", book=book, field=field, now=clock.now())
