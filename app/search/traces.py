"""Writes traces beside the requests: a search neither waits for the database nor fails with it.

One thread a process takes what is waiting and writes it in one short transaction. When the database is away or the
queue is full, traces are lost and the log says so; nothing else is.
"""

import logging
import queue
import threading
from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError
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
        while True:
            changes = [self._queue.get()]
            while len(changes) < BATCH and not self._queue.empty():
                changes.append(self._queue.get_nowait())
            self._write(changes)
            for _ in changes:
                self._queue.task_done()

    def _write(self, changes: list[Change]) -> None:
        try:
            with self._app.app_context(), writing() as session:
                for change in changes:
                    change(session)
        except SQLAlchemyError as error:
            log.warning("%d search traces lost: %s", len(changes), error)


def init_app(app: Flask) -> None:
    """Give `app` its writer; the thread starts with the first trace."""
    app.extensions[EXTENSION] = TraceWriter(app)


def traces() -> TraceWriter:
    """The writer of the present app."""
    writer: TraceWriter = current_app.extensions[EXTENSION]
    return writer
