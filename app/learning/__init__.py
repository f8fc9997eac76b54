"""Learning 学习: practice, the wrong-answer book, spaced review, mastery, and a person's own record."""

from flask import Flask
from flask_login import current_user

from app import clock
from app.db import db
from app.learning import queries, record_views
from app.learning.views import blueprint

__all__ = ["blueprint", "init_app", "record_views"]


def init_app(app: Flask) -> None:
    """Let the home page say how many questions are due."""
    app.jinja_env.globals.update(due_reviews=lambda: queries.due_count(db.session, current_user.id, clock.now()))
