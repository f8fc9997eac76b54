"""The annual plan 年度培训计划: what is to be held in a year, beside what was held."""

from app.plans import report_views
from app.plans.views import blueprint

__all__ = ["blueprint", "report_views"]
