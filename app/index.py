"""The search index as the site uses it: opens the current generation, notices a new one, encodes queries.

A running site picks up a new generation at the next request; requests under way finish on the old one. A damaged new
generation is told in the log and the old one goes on.
"""

import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from flask import Flask, current_app

from corpus.document import Audience
from indexer.encoder import Encoder, Vectors, open_encoder
from indexer.generation import GenerationError, Generations, read_manifest
from indexer.learn import Lesson
from indexer.lesson import AdapterLesson, teach
from indexer.models import ModelError
from indexer.query import SearchQuery
from indexer.search import Index, Route, SearchResults
from indexer.store import Store

log = logging.getLogger(__name__)
EXTENSION = "youshu_index"


class _Opened(NamedTuple):
    """An opened generation and the fingerprint of the model that made its vectors."""

    generation: Index
    fingerprint: str


class LiveIndex:
    """Holds the opened index and the query encoder of one process."""

    def __init__(self, root: Path, encoder_name: str, models_dir: Path) -> None:
        self._root = root
        self._encoder_name = encoder_name
        self._models_dir = models_dir
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._refused: str | None = None
        self._encoder: Encoder | None = None
        self._encode = lru_cache(maxsize=2000)(_encode_query)

    def current(self) -> Index:
        """The index to answer from. Raises GenerationError when there is none that can be used."""
        return self._current().generation

    def _current(self) -> _Opened:
        folder = Generations(self._root).current()
        name = folder.name if folder else None
        opened = self._opened
        if opened is not None and name in (opened.generation.name, self._refused):
            return opened
        with self._lock:
            if self._opened is None or self._opened.generation.name != name:
                self._open(name)
            assert self._opened is not None
            return self._opened

    def _open(self, name: str | None) -> None:
        try:
            index = Index.open(self._root)
            self._opened = _Opened(index, read_manifest(self._root / index.name)["fingerprint"])
            log.info("index generation %s opened", index.name)
        except GenerationError as error:
            if self._opened is None:
                raise
            self._refused = name
            log.error("new index refused, the old one goes on: %s", error)
        if self._encoder is not None and not self._fits(self._encoder):
            self.warm()  # the build has changed the model

    def _fits(self, encoder: Encoder) -> bool:
        """Whether the vectors of the opened index are this encoder's."""
        return self._opened is not None and self._opened.fingerprint == encoder.fingerprint

    def warm(self) -> None:
        """Load the model in the background, unless it is there; until then searches go by keywords."""
        if self._encoder is None or not self._fits(self._encoder):
            threading.Thread(target=self._load, name="warm-encoder", daemon=True).start()

    def _load(self) -> None:
        try:
            encoder = open_encoder(self._encoder_name, self._models_dir)
            encoder.encode_queries(["预热"])
        except ModelError as error:
            log.error("searching by keywords only: %s", error)
            return
        self._encoder = encoder
        log.info("embedding model ready")

    def get_encoder(self) -> None:
        """Make searches go by meaning before going on.

        Raises ModelError when the model is missing, broken or not the one the index was built with.
        """
        self._encoder = self._encoder or open_encoder(self._encoder_name, self._models_dir)
        self.current()
        if not self._fits(self._encoder):
            raise ModelError("索引是用别的模型建的：请运行 flask index build")

    def use(self, encoder: Encoder) -> None:
        """Take this encoder instead of loading one."""
        self._encoder = encoder

    def search(self, query: SearchQuery, *, audience: Audience) -> SearchResults:
        """Search by meaning and keywords, or by keywords alone while there is no model that fits the index."""
        index, fingerprint = self._current()
        encoder = self._encoder
        fits = encoder is not None and encoder.fingerprint == fingerprint
        vector = self._encode(encoder, query.text) if encoder and fits and query.is_searchable else None
        return index.search(query, vector, audience=audience)

    @property
    def is_ready(self) -> bool:
        """Whether questions can be encoded."""
        return self._encoder is not None

    @property
    def fingerprint(self) -> str | None:
        """Names the model that encodes; None while there is none."""
        return self._encoder.fingerprint if self._encoder else None

    @property
    def encoder(self) -> Encoder | None:
        """The model that encodes questions, None while there is none."""
        return self._encoder

    def encode(self, text: str) -> Vectors:
        """Vector (1, dimension) of a question. Raises ModelError while there is no model."""
        if self._encoder is None:
            raise ModelError("检索模型还没有准备好")
        return self._encode(self._encoder, text)

    def rank(self, query: SearchQuery, route: Route, *, audience: Audience) -> list[str]:
        """Places in the order of one route, for measuring; the encoder must be there."""
        return self.current().rank(query, self.encode(query.text), route, audience=audience)

    def learn(self, queries: dict[str, str], qrels: dict[str, dict[str, int]]) -> tuple[Lesson, AdapterLesson]:
        """Learn from judged queries; what is better is used from the next start on."""
        return teach(self._root, Index.open(self._root, adapted=False), self.encode, queries, qrels)


def _encode_query(encoder: Encoder, text: str) -> Vectors:
    return encoder.encode_queries([text])


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
