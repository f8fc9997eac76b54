"""The pool of experts 师资库: profiles, calendars, and who fits a topic."""

from app.experts import models
from app.experts.cli import experts_cli
from app.experts.views import blueprint

__all__ = ["blueprint", "models"]

blueprint.cli = experts_cli  # comes with the blueprint, as `flask experts`
