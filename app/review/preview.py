"""What a group of synonyms would change for a question: the first results before and after."""

from dataclasses import dataclass

from app import clock
from app.index import LiveIndex
from corpus.document import Audience
from indexer.query import SearchQuery
from indexer.search import SearchResults

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Change:
    """A result by its title, at its place before and after (None: not among the first)."""

    title: str
    before: int | None
    after: int | None


def preview(
    live: LiveIndex, text: str, others: list[tuple[str, ...]], group: tuple[str, ...], *, audience: Audience
) -> list[Change]:
    """The first results of a question with `group` beside the `others`, and those that fall out. Raises QueryError."""
    query = SearchQuery.parse(text, on=clock.today())
    before = _titles(live.search(query.widened(others), audience=audience))
    after = _titles(live.search(query.widened([*others, group]), audience=audience))
    places = {title: place for place, title in enumerate(before, 1)}
    changes = [Change(title, places.get(title), place) for place, title in enumerate(after, 1)]
    return changes + [Change(title, place, None) for title, place in places.items() if title not in after]


def _titles(found: SearchResults) -> list[str]:
    ranked = sorted((*found.matters, *found.results), key=lambda result: -result.score)
    return [result.document.front.get("short_name", result.document.title) for result in ranked[:SHOWN]]
