"""Certificates 证书: issued by other features, printed by their holders, checked by anyone."""

from app.certificates.views import blueprint

__all__ = ["blueprint"]
