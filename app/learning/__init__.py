"""Learning 学习: practice, the wrong-answer book, spaced review, mastery, and a person's own record."""

from app.learning import record_views, wrong_views
from app.learning.views import blueprint

__all__ = ["blueprint", "record_views", "wrong_views"]
