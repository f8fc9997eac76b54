"""Suggestions and spelling of one audience, made from its own texts and kept for as long as these do not change.

The first are made when a site starts (or when first asked for). After a new generation opens, the old ones serve for
the moment that the new ones take, in the background.
"""

import threading
from dataclasses import dataclass

from flask import Flask, current_app

from app.index import live_index
from corpus.document import Audience, Kind
from indexer.search import Index
from indexer.spelling import Speller
from indexer.suggest import Suggester, suggestions_of

EXTENSION = "youshu_aids"


@dataclass(frozen=True, slots=True)
class Aids:
    """Help with typing. `contents` is the sum of the texts they were made from."""

    contents: str
    suggester: Suggester
    speller: Speller


class AidsKeeper:
    """The aids of one app, by audience."""

    def __init__(self) -> None:
        self._made: dict[Audience, Aids] = {}
        self._lock = threading.Lock()
        self._renewing: set[str] = set()

    def get(self, index: Index, audience: Audience) -> Aids:
        """The aids of an audience; those of the texts before while new ones are being made."""
        made = self._made.get(audience)
        contents = index.contents(audience)
        if made is None:
            with self._lock:
                return self._made.get(audience) or self._make(index, audience)
        if made.contents != contents and contents not in self._renewing:
            self._renewing.add(contents)
            threading.Thread(target=self._renew, args=(index, audience), name="renew-aids", daemon=True).start()
        return made

    def _renew(self, index: Index, audience: Audience) -> None:
        try:
            self._make(index, audience)
        finally:
            self._renewing.discard(index.contents(audience))

    def _make(self, index: Index, audience: Audience) -> Aids:
        store = index.store(audience)
        names = [n for d in store.documents(Kind.REGULATION) for n in (d.title, *d.front["short_titles"])]
        speller = Speller([chunk.embedded_text for chunk in store.chunks], names)
        self._made[audience] = Aids(index.contents(audience), Suggester(suggestions_of(store)), speller)
        return self._made[audience]


def init_app(app: Flask) -> None:
    """Give `app` its aids."""
    app.extensions[EXTENSION] = AidsKeeper()


def aids(audience: Audience) -> Aids:
    """The aids of an audience in the present app. Raises GenerationError when there is no usable index."""
    keeper: AidsKeeper = current_app.extensions[EXTENSION]
    return keeper.get(live_index().current(), audience)


def warm() -> None:
    """Make the aids of both audiences before they are asked for."""
    for audience in Audience:
        aids(audience)
