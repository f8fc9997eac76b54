"""What a person asks: a search query, cleaned and bounded before anything looks at it, and widened by synonyms."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from corpus.document import Kind
from corpus.statute import ARTICLE_NUMBER, NUMERAL, to_chinese, to_int

MAX_CHARS = 200
ALL_VERSIONS = "all"
MAX_SYNONYMS = 10  # more would drown the question
NUMBER = re.compile(rf"(?<![0-9.]){NUMERAL}(?![0-9.年〕\])])")  # not years
NAMES_AN_ARTICLE = re.compile(ARTICLE_NUMBER.replace("第", "第?", 1))
CONTROL = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class QueryError(ValueError):
    """The query cannot be searched; the message (Chinese) says why."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A question with its filters. `text` is folded (NFKC), without control characters, at most 200 characters.

    `also` are other words for words of the text; the search by words looks for them too. `on`: the day whose law is
    searched; None: all versions, also what is repealed or not yet in force.
    """

    text: str
    kind: Kind | None = None
    field: str | None = None
    also: tuple[str, ...] = ()
    on: dt.date | None = None

    @classmethod
    def parse(
        cls, text: str, kind: str | None = None, field: str | None = None, on: dt.date | None = None
    ) -> "SearchQuery":
        """Read what was typed. Raises QueryError when it is too long or the kind is unknown; may be empty."""
        if len(text) > MAX_CHARS:
            raise QueryError(f"检索词太长：最多 {MAX_CHARS} 个字，现在是 {len(text)} 个字。请写得短一些。")
        plain = CONTROL.sub(" ", unicodedata.normalize("NFKC", text))
        plain = re.sub(r"\s+", " ", plain).strip()
        try:
            wanted = Kind(kind) if kind else None
        except ValueError as error:
            raise QueryError("没有这一类内容，请从页签中选择。") from error
        return cls(plain, wanted, field or None, on=on)

    @property
    def is_searchable(self) -> bool:
        """Whether there is a letter or digit to search for."""
        return any(character.isalnum() for character in self.text)

    @property
    def words(self) -> str:
        """All that the search by words looks for."""
        return " ".join((self.text, *self.also))

    def widened(self, groups: Iterable[tuple[str, ...]]) -> "SearchQuery":
        """The same question with the synonyms 同义词 of its words and its numbers in the other numerals.

        `groups` are words that mean the same. A question that names an article stays as it is: it is looked up.
        """
        if NAMES_AN_ARTICLE.search(self.text):
            return self
        more = dict.fromkeys((*synonyms(self.text, groups), *other_numerals(self.text)))
        return replace(self, also=tuple(word for word in more if word not in self.text)[:MAX_SYNONYMS])


def read_day(text: str, today: dt.date) -> dt.date | None:
    """The day whose law is searched: today when nothing is asked, None for "all". Raises QueryError."""
    if text == ALL_VERSIONS:
        return None
    try:
        return dt.date.fromisoformat(text) if text else today
    except ValueError as error:
        raise QueryError("日期写得不对，请写成 2021-07-14 这样。") from error


def synonyms(text: str, groups: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Words that mean the same as words of `text`; of words within words (煤气 in 煤气罐) the longest counts."""
    folded = text.lower()
    found = [(word, group) for group in groups for word in group if word.lower() in folded]
    for word, group in found:
        if not any(word != longer and word in longer for longer, _ in found):
            yield from (other for other in group if other != word)


def other_numerals(text: str) -> Iterator[str]:
    """Numbers of two digits and more in the other numerals, 3000 as 三千 and 三千 as 3000."""
    for match in NUMBER.finditer(text):
        numeral = match[0]
        if not 2 <= len(numeral) <= 9:
            continue
        try:
            number = to_int(numeral)
        except ValueError:
            continue
        if number >= 10:
            yield to_chinese(number) if numeral.isdecimal() else str(number)
