"""Writes traces beside the requests: a search neither waits for the database nor fails with it.

A thread takes what is waiting, writes it in one short transaction and ends. When the database is away or the
queue is full, traces are lost and the log says so; nothing else is.
"""

import logging
import queue
import threading
from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy.orm import Session

from app.db import writing

log = logging.getLogger(__name__)
EXTENSION = "youshu_traces"
WAITING = 1000
BATCH = 100
Change = Callable[[Session], None]


class TraceWriter:
    """The queue of one app and the thread that empties it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._queue: queue.Queue[Change] = queue.Queue(maxsize=WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, change: Change) -> None:
        """Have `change` made soon; never waits."""
        try:
            self._queue.put_nowait(change)
        except queue.Full:
            log.warning("search trace lost: %d are waiting", WAITING)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="search-traces", daemon=True)
                self._thread.start()

    def drain(self) -> None:
        """Wait until all that was added is written."""
        self._queue.join()

    def _run(self) -> None:
        """Write what is waiting; end when nothing is."""
        while True:
            with self._lock:
                if self._queue.empty():
                    self._thread = None
                    return
            changes = [self._queue.get() for _ in range(min(BATCH, self._queue.qsize()))]
            try:
                self._write(changes)
            except Exception as error:  # whatever it is, searching goes on and the next batch is tried
                log.warning("%d search traces lost: %s", len(changes), error)
            finally:
                for _ in changes:
                    self._queue.task_done()

    def _write(self, changes: list[Change]) -> None:
        with self._app.app_context(), writing() as session:
            for change in changes:
                change(session)


def init_app(app: Flask) -> None:
    """Give `app` its writer; the thread starts with the first trace."""
    app.extensions[EXTENSION] = TraceWriter(app)


def traces() -> TraceWriter:
    """The writer of the present app."""
    writer: TraceWriter = current_app.extensions[EXTENSION]
    return writer
