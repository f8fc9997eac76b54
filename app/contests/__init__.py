"""Contests 大比武: teams of units take the same paper; a live board, a freeze, a final result."""

from app.contests import paper_views, setup_views
from app.contests.views import blueprint

__all__ = ["blueprint", "paper_views", "setup_views"]
