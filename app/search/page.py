"""The search page: one search with all that stands around its results."""

import datetime as dt
import logging
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from flask import current_app
from sqlalchemy.exc import OperationalError

from app.db import db
from app.index import live_index
from app.search import operations, queries
from app.search.aids import aids
from app.search.forms import LAST_PAGE, LEVELS, Click, Wanted
from app.search.models import SearchTrace
from app.search.places import Place, find_place, place_of_result
from app.search.traces import traces
from corpus.document import Audience, Kind
from indexer.query import SearchQuery
from indexer.results import Result
from indexer.search import Route, SearchResults

log = logging.getLogger(__name__)
PER_PAGE = 20
FIRST_MATTERS = 3


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who searches: whose texts, and for officers which user in which role."""

    audience: Audience
    user_id: int | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """A value to narrow by, how many results have it, and the arguments of the narrower search."""

    value: str
    count: int
    address: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A result at its rank on the page."""

    rank: int
    result: Result
    place: str


@dataclass(frozen=True)
class SearchPage:
    """What the template shows. `trace` names this search in its links; `why` explains ranks to editors."""

    wanted: Wanted
    found: SearchResults
    trace: str
    matters: list[Ranked]
    results: list[Ranked]
    total: int
    pages: int
    fields: list[Facet]
    levels: list[Facet]
    pins: list[Place]
    instead: str | None
    why: dict[str, str] = field(default_factory=dict)

    def go(self, rank: int, to: str) -> dict[str, str | int]:
        """Arguments of the link that notes which result is opened."""
        return Click(self.trace, rank, to).address(current_app.config["SECRET_KEY"])


def search_page(wanted: Wanted, visitor: Visitor, now: dt.datetime) -> SearchPage:
    """Search as asked, and leave a trace."""
    started = time.monotonic()
    query = wanted.query.widened(_synonyms())
    found = live_index().search(query, audience=visitor.audience)
    ms = (time.monotonic() - started) * 1000
    results = [r for r in found.results if wanted.level in (None, r.document.front.get("level"))]
    matters = [] if wanted.level else list(found.matters)
    first = (wanted.page - 1) * PER_PAGE
    pages = min(LAST_PAGE, max(1, -(-len(results) // PER_PAGE)))
    shown_matters = matters if wanted.query.kind else matters[:FIRST_MATTERS]
    page = SearchPage(
        wanted=wanted,
        found=found,
        trace=wanted.trace or secrets.token_urlsafe(12),
        matters=_ranked(shown_matters if wanted.page == 1 else [], 0),
        results=_ranked(results[first : first + PER_PAGE], first),
        total=len(matters) + len(results),
        pages=pages,
        fields=_by_field(wanted, [*matters, *results]),
        levels=_by_level(wanted, found.results),
        pins=_pins(wanted.query, visitor, now),
        instead=aids(visitor.audience).speller.correct(wanted.query.text),
        why=_why(query, visitor) if wanted.is_explained and found.is_semantic else {},
    )
    best = max((r.score for r in (*matters, *results)), default=0.0)
    _leave_trace(page, visitor, best, round(ms, 1), now)
    return page


def found_ids(wanted: Wanted, audience: Audience) -> list[str]:
    """Ids of the documents a search finds now, for comparing; leaves no trace."""
    found = live_index().search(wanted.query.widened(_synonyms()), audience=audience)
    kept = (r for r in found.results if wanted.level in (None, r.document.front.get("level")))
    return [r.document.id for r in (*(() if wanted.level else found.matters), *kept)]


def _ranked(results: Sequence[Result], before: int) -> list[Ranked]:
    return [Ranked(rank, result, place_of_result(result)) for rank, result in enumerate(results, before + 1)]


def _by_field(wanted: Wanted, results: Sequence[Result]) -> list[Facet]:
    counts = Counter(field for result in results for field in result.document.fields)
    return [Facet(field, count, wanted.address(field=field)) for field, count in counts.most_common()]


def _by_level(wanted: Wanted, results: Sequence[Result]) -> list[Facet]:
    counts = Counter(str(r.document.front["level"]) for r in results if r.kind is Kind.REGULATION)
    ordered = sorted(counts.items(), key=lambda row: LEVELS.index(row[0]))
    return [Facet(level, count, wanted.address(level=level, kind=Kind.REGULATION)) for level, count in ordered]


def _synonyms() -> list[tuple[str, ...]]:
    """Synonyms in use; none while the database is away, so that searching goes on."""
    try:
        return queries.active_synonyms(db.session)
    except OperationalError as error:
        log.warning("searching without synonyms: %s", error)
        return []


def _pins(query: SearchQuery, visitor: Visitor, now: dt.datetime) -> list[Place]:
    """Places pinned to this query that the visitor's own store has."""
    texts = live_index().current().store(visitor.audience)
    try:
        pins = queries.running_pins(db.session, visitor.audience, now)
    except OperationalError as error:
        log.warning("searching without pinned answers: %s", error)
        return []
    found = (find_place(texts, pin.place, visitor.audience) for pin in pins if pin.fits(query.text))
    return [place for place in found if place]


def _why(query: SearchQuery, visitor: Visitor) -> dict[str, str]:
    """For each place, where words alone and meaning alone would put it."""
    told: dict[str, list[str]] = {}
    for route, name in ((Route.KEYWORDS, "字词"), (Route.VECTORS, "意思")):
        for rank, place in enumerate(live_index().rank(query, route, audience=visitor.audience), 1):
            told.setdefault(place, []).append(f"{name}第 {rank} 位")
    return {place: "，".join(ranks) for place, ranks in told.items()}


def _leave_trace(page: SearchPage, visitor: Visitor, best: float, ms: float, now: dt.datetime) -> None:
    wanted = page.wanted
    trace = SearchTrace(
        key=page.trace,
        at=now,
        audience=visitor.audience.value,
        role=visitor.role,
        user_id=visitor.user_id,
        query=operations.without_personal(wanted.query.text),
        kind=wanted.query.kind.value if wanted.query.kind else None,
        field=wanted.query.field,
        level=wanted.level,
        count=page.total,
        best_score=best,
        ms=ms,
        generation=page.found.generation,
    )
    if not wanted.trace:
        traces().add(partial(operations.add_trace, trace=trace))
