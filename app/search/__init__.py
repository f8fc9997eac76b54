"""Search 检索."""

from flask import Flask

from app.search import aids, offers, saved_views, traces
from app.search.cli import search_cli
from app.search.views import blueprint

__all__ = ["blueprint", "init_app", "saved_views"]

blueprint.cli = search_cli  # comes with the blueprint, as `flask search`


def init_app(app: Flask) -> None:
    """Give `app` what searching keeps in memory."""
    aids.init_app(app)
    offers.init_app(app)
    traces.init_app(app)
