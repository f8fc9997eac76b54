"""What the addresses and forms of search carry, read and checked."""

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from corpus.frontmatter import AuthorityLevel
from indexer.query import QueryError, SearchQuery, read_day

LEVELS: tuple[str, ...] = get_args(AuthorityLevel)
LAST_PAGE = 20  # the index ranks at most a hundred documents of a kind
NAME_CHARS = 40
TRACE = re.compile(r"[\w-]{16}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search as asked for: the query with kind and field, the level 级别 of regulations, the page of results.

    `trace` names the search whose further results are asked for. `on` is what was asked about the time: "" for the law
    of today, a day, or "all" for every version, also what is repealed or not yet in force.
    """

    query: SearchQuery
    level: str | None = None
    page: int = 1
    is_explained: bool = False
    trace: str | None = None
    on: str = ""

    def address(self, **changes: str | int | None) -> dict[str, str | int]:
        """Arguments of the address of this search with some changed; a change of filter begins at page one."""
        kind = self.query.kind.value if self.query.kind else None
        own: dict[str, str | int | None] = {
            "q": self.query.text, "kind": kind, "field": self.query.field, "level": self.level,
            "on": self.on, "why": 1 if self.is_explained else None,
        }  # fmt: skip
        return {key: value for key, value in (own | changes).items() if value}

    def page_address(self, number: int, trace: str) -> dict[str, str | int]:
        """Arguments of the address of another page of this search; the first has the plain address."""
        return self.address(page=number, t=trace) if number > 1 else self.address()


def read_wanted(given: Mapping[str, str], today: dt.date) -> Wanted:
    """Read a search's address. Raises QueryError."""
    on = given.get("on", "").strip()
    query = SearchQuery.parse(
        given.get("q", ""), given.get("kind"), given.get("field", "")[:60], on=read_day(on, today)
    )
    level = given.get("level") or None
    if level and level not in LEVELS:
        raise QueryError("没有这一级别的法规，请从列表中选择。")
    page = given.get("page", "1")
    number = int(page) if page.isdecimal() and len(page) < 4 else 1
    trace = given.get("t", "")
    is_further = number > 1 and TRACE.fullmatch(trace)
    return Wanted(
        query,
        level,
        page=min(max(number, 1), LAST_PAGE),
        is_explained=bool(given.get("why")),
        trace=trace if is_further else None,
        on=on,
    )


def read_name(given: Mapping[str, str]) -> str:
    """The name of a search to save: as typed, or the question itself."""
    return (given.get("name", "").strip() or given.get("q", "").strip())[:NAME_CHARS]


@dataclass(frozen=True, slots=True)
class Click:
    """A result that is opened or judged: from which search, at which rank, and where it leads."""

    trace: str
    rank: int
    to: str

    def signature(self, secret: str) -> str:
        """Proof that the site itself made this link."""
        message = f"search-click\0{self.trace}\0{self.rank}\0{self.to}".encode()
        return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:32]

    def address(self, secret: str) -> dict[str, str | int]:
        """Arguments of the link."""
        return {"trace": self.trace, "rank": self.rank, "to": self.to, "sig": self.signature(secret)}


def read_click(given: Mapping[str, str], secret: str) -> Click | None:
    """A link as the site made it; None when anything in it was changed or leads elsewhere."""
    rank = given.get("rank", "")
    click = Click(given.get("trace", ""), int(rank) if rank.isdecimal() and len(rank) < 4 else 0, given.get("to", ""))
    is_local = click.to.startswith("/") and not click.to.startswith(("//", "/\\"))
    is_ours = hmac.compare_digest(given.get("sig", "").encode(), click.signature(secret).encode())
    return click if is_local and is_ours else None
