"""Training 培训: assignments, attempts, completion, and the learning map."""

from app.training import assignment_views, attempt_views, calendar_views, completion_views, map_views, report_views
from app.training.cli import close, recount_all, remind
from app.training.views import blueprint

__all__ = [
    "assignment_views", "attempt_views", "blueprint", "calendar_views", "close", "completion_views", "map_views",
    "recount_all", "remind", "report_views",
]  # fmt: skip
