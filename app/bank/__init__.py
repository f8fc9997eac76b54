"""Question bank 题库: every question in the database, with its versions and status."""

from app.bank import draft_views, edit_views, import_views, models
from app.bank.views import blueprint

__all__ = ["blueprint", "draft_views", "edit_views", "import_views", "models"]
