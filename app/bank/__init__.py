"""Question bank 题库: every question in the database, with its versions and status."""

from app.bank import models

__all__ = ["models"]
