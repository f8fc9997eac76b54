"""The library 知识库: guides, cases, regulations and matters, as pages."""

from app.library.views import blueprint

__all__ = ["blueprint"]
