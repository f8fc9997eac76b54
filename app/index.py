"""The search index as the site uses it: opens the current generation, notices a new one, encodes queries.

A running site picks up a new generation at the next request; requests under way finish on the old one. A damaged new
generation is told in the log and the old one goes on.
"""

import logging
import threading
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app

from corpus.document import Audience
from indexer.encoder import Encoder, SentenceEncoder, Vectors
from indexer.evidence import WEIGHTS_FILE
from indexer.generation import GenerationError, Generations
from indexer.learn import Lesson, learn, write_weights
from indexer.models import ModelError
from indexer.query import SearchQuery
from indexer.search import Index, Route, SearchResults
from indexer.store import Store

log = logging.getLogger(__name__)
EXTENSION = "youshu_index"


class LiveIndex:
    """Holds the opened index and the query encoder of one process."""

    def __init__(self, root: Path, encoder_name: str, models_dir: Path) -> None:
        self._root = root
        self.lender = root.parent / "encoder.sock"
        self._encoder_name = encoder_name
        self._models_dir = models_dir
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._refused: str | None = None
        self._encoder: Encoder | None = None
        self._warming: threading.Thread | None = None
        self._encode = lru_cache(maxsize=2000)(self._encode_query)

    def current(self) -> Index:
        """The index to answer from. Raises GenerationError when there is none that can be used."""
        folder = Generations(self._root).current()
        name = folder.name if folder else None
        if self._index is not None and name in (self._index.name, self._refused):
            return self._index
        with self._lock:
            if self._index is None or self._index.name != name:
                self._open(name)
            assert self._index is not None
            return self._index

    def _open(self, name: str | None) -> None:
        try:
            self._index = Index.open(self._root)
            log.info("index generation %s opened", self._index.name)
        except GenerationError as error:
            if self._index is None:
                raise
            self._refused = name
            log.error("new index refused, the old one goes on: %s", error)

    def warm(self) -> None:
        """Load the model in the background and lend it; until it is there, searches go by keywords."""
        with self._lock:
            if self._encoder is None and self._warming is None:
                self._warming = threading.Thread(target=self._load, name="warm-encoder", daemon=True)
                self._warming.start()

    def get_encoder(self) -> None:
        """Make searches go by meaning before going on: borrow a running site's model, or load it.

        Raises ModelError when the model is missing or broken.
        """
        if self._encoder is None:
            self._encoder = self._new_encoder(self.lender)

    def _new_encoder(self, lender: Path | None) -> SentenceEncoder:
        encoder = SentenceEncoder(self._encoder_name, self._models_dir, lender)
        encoder.encode_queries(["预热"])
        return encoder

    def _load(self) -> None:
        try:
            encoder = self._new_encoder(None)
            encoder.lend(self.lender)
        except (ModelError, OSError) as error:
            log.error("searching by keywords only: %s", error)
            return
        self._encoder = encoder
        log.info("embedding model ready")

    def use(self, encoder: Encoder) -> None:
        """Take this encoder instead of loading one."""
        self._encoder = encoder

    def _encode_query(self, text: str) -> Vectors:
        assert self._encoder is not None
        return self._encoder.encode_queries([text])

    def search(self, query: SearchQuery, *, audience: Audience) -> SearchResults:
        """Search by meaning and keywords, or by keywords alone while the model is not loaded."""
        index = self.current()
        vector = self._encode(query.text) if self._encoder and query.is_searchable else None
        return index.search(query, vector, audience=audience)

    def rank(self, query: SearchQuery, route: Route, *, audience: Audience) -> list[str]:
        """Places in the order of one route, for measuring; the encoder must be there."""
        return self.current().rank(query, self._encode(query.text), route, audience=audience)

    def learn(self, queries: dict[str, str], qrels: dict[str, dict[str, int]]) -> Lesson:
        """Learn the weights of evidence from judged queries; used from the next start on when they are better."""
        index = self.current()
        examples = []
        for key, judged in qrels.items():
            query = SearchQuery.parse(queries[key])
            example = index.example(query, self._encode(query.text), judged)
            examples += [example] if example else []
        lesson = learn(examples, index.weights())
        if lesson.is_better:
            write_weights(self._root / WEIGHTS_FILE, lesson.weights)
        return lesson


def init_app(app: Flask) -> None:
    """Give `app` its index."""
    config = app.config
    app.extensions[EXTENSION] = LiveIndex(config["INDEX_DIR"], config["EMBEDDING_MODEL"], config["MODELS_DIR"])


def live_index() -> LiveIndex:
    """The index of the present app."""
    index: LiveIndex = current_app.extensions[EXTENSION]
    return index


def store(audience: Audience) -> Store:
    """The texts `audience` may read. Raises GenerationError when there is no usable index."""
    return live_index().current().store(audience)
