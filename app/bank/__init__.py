"""Question bank 题库: every question in the database, with its versions and status."""

from app.bank import edit_views, import_views, models
from app.bank.views import blueprint

__all__ = ["blueprint", "edit_views", "import_views", "models"]
