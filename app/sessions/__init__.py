"""Sessions 培训班次: from sign-up to attendance, survey and hours."""

from app.sessions import models, outcome_models

__all__ = ["models", "outcome_models"]
