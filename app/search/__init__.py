"""Search 检索."""

from app.search.views import blueprint

__all__ = ["blueprint"]
