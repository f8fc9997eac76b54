"""The pool of experts 师资库: profiles, calendars, and who fits a topic."""

from app.experts import import_views, match_views, models
from app.experts.cli import experts_cli
from app.experts.views import blueprint

__all__ = ["blueprint", "import_views", "match_views", "models"]

blueprint.cli = experts_cli  # comes with the blueprint, as `flask experts`
