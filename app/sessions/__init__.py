"""Sessions 培训班次: from sign-up to attendance, survey and hours."""

from app.sessions import calendar_views, check_in_views, manage_views, people_views
from app.sessions.cli import sessions_cli
from app.sessions.views import blueprint

__all__ = ["blueprint", "calendar_views", "check_in_views", "manage_views", "people_views"]

blueprint.cli = sessions_cli  # comes with the blueprint, as `flask sessions`
