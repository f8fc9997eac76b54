"""What a person asks: a search query, cleaned and bounded before anything looks at it."""

import re
import unicodedata
from dataclasses import dataclass

from corpus.document import Kind

MAX_CHARS = 200
CONTROL = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class QueryError(ValueError):
    """The query cannot be searched; the message (Chinese) says why."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A question with its filters. `text` is folded (NFKC), without control characters, at most 200 characters."""

    text: str
    kind: Kind | None = None
    field: str | None = None

    @classmethod
    def parse(cls, text: str, kind: str | None = None, field: str | None = None) -> "SearchQuery":
        """Read what was typed. Raises QueryError when it is too long or the kind is unknown; may be empty."""
        if len(text) > MAX_CHARS:
            raise QueryError(f"检索词太长：最多 {MAX_CHARS} 个字，现在是 {len(text)} 个字。请写得短一些。")
        plain = CONTROL.sub(" ", unicodedata.normalize("NFKC", text))
        plain = re.sub(r"\s+", " ", plain).strip()
        try:
            wanted = Kind(kind) if kind else None
        except ValueError as error:
            raise QueryError("没有这一类内容，请从页签中选择。") from error
        return cls(plain, wanted, field or None)

    @property
    def is_searchable(self) -> bool:
        """Whether there is a letter or digit to search for."""
        return any(character.isalnum() for character in self.text)
