"""Review 审阅: what editors do with what search tells them."""

from app.review import feedback_views, pin_views, synonym_views
from app.review.views import blueprint

__all__ = ["blueprint", "feedback_views", "pin_views", "synonym_views"]
