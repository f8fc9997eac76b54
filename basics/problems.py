"""Problem: one fault in a file, with the place where a person can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A fault at `path:line` (1-based; 0 when the whole file is meant), told in Chinese."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"
