"""Case explainers for the public 以案释法."""

from app.explainers.views import blueprint

__all__ = ["blueprint"]
