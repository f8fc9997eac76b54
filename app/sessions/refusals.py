"""How the rules of sessions say no."""


class Refused(Exception):
    """A change that the rules forbid; names the form field it is about and says why in Chinese."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.message = message
