"""Places: how results, traces, pins and judged pairs name what was found.

The id of a matter, guide or case, and `regulation#article`, as in corpus/relevance/qrels.tsv.
"""

import re
from dataclasses import dataclass

from corpus.document import EXPLAINER_PATH, PATHS, Audience, Kind, page_path
from indexer.results import Result
from indexer.store import Store, StoredDocument

PAGE = re.compile(rf"(?:{'|'.join((*PATHS.values(), EXPLAINER_PATH))})([\w-]+)(?:\?[^#]*)?(?:#([\w-]*))?")
ARTICLE = re.compile(r"art-\d+(?:-\d+)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A document at a place of it, as one audience may open it."""

    document: StoredDocument
    anchor: str
    url: str

    @property
    def title(self) -> str:
        """The document's name, for a regulation with the article, for a matter the short one."""
        if self.document.kind is Kind.MATTER:
            return str(self.document.front["short_name"])
        section = next((s for s in self.document.sections if s.anchor == self.anchor), None)
        return f"{self.document.title} {section.heading}" if section and self.anchor else self.document.title


def place_of(url: str) -> str | None:
    """The place that a page's address means; None for another page."""
    match = PAGE.fullmatch(url)
    if not match:
        return None
    article = ARTICLE.match(match[2] or "")
    is_article = article and url.startswith(PATHS[Kind.REGULATION])
    return f"{match[1]}#{article[0]}" if article and is_article else match[1]


def place_of_result(result: Result) -> str:
    """The place of a result by its best hit."""
    return place_of(result.url) or result.document.id


def find_place(store: Store, place: str, audience: Audience) -> Place | None:
    """The place as this audience opens it; None when its store has no such document or article."""
    id, _, anchor = place.partition("#")
    document = store.current(id)
    if document is None or (anchor and anchor not in {section.anchor for section in document.sections}):
        return None
    page = page_path(document.kind, document.id, audience)
    return Place(document, anchor, f"{page}#{anchor}" if anchor else page)


def rank_of(place: str, matters: tuple[Result, ...], results: tuple[Result, ...]) -> int | None:
    """Where a place stands, from 1: a matter among the matters found, anything else among the other results.

    A regulation named without article is found by any of its articles.
    """
    for ranked in (matters, results):
        for rank, result in enumerate(ranked, 1):
            hits = {place_of(hit.url) for hit in result.hits}
            if place == result.document.id or place in hits:
                return rank
    return None
