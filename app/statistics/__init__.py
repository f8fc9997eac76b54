"""Statistics of assignments that people have taken: item analysis, and regrades of wrong keys."""

from app.statistics.views import blueprint

__all__ = ["blueprint"]
