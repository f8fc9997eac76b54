"""Notices 通知: what a person is told, on the site and by mail."""

from flask import Flask, g
from flask_login import current_user

from app.db import db
from app.notices import outbox_views, queries
from app.notices.cli import notices_cli
from app.notices.views import blueprint

__all__ = ["blueprint", "init_app", "outbox_views"]

blueprint.cli = notices_cli  # comes with the blueprint, as `flask notices`


def init_app(app: Flask) -> None:
    """Let the header of every page say how many notices are unread."""
    app.jinja_env.globals.update(unread_notices=_unread_notices)


def _unread_notices() -> int:
    if "unread_notices" not in g:
        g.unread_notices = queries.unread_count(db.session, current_user.id)
    count: int = g.unread_notices
    return count
