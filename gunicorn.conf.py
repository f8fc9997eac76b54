"""How the site is served: two processes with threads, forked from one that holds the index."""

import gc
import os
from typing import Any

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = 2
threads = 4
worker_class = "gthread"
preload_app = True
accesslog = None
loglevel = "warning"


def when_ready(server: Any) -> None:
    """Open the index, and make what helps with typing, before the workers are forked: they then share the memory."""
    from app.search.aids import warm
    from indexer.generation import GenerationError

    with server.app.wsgi().app_context():
        try:
            warm()
        except GenerationError as error:  # no index yet: searches say so
            server.log.warning("%s", error)
    gc.collect()
    gc.freeze()  # a collector that counts shared objects would copy their pages
    server.log.warning("serving on http://%s", bind)


def post_worker_init(worker: Any) -> None:
    """Load the model in the background (ONNX Runtime's and torch's threads do not survive a fork)."""
    from app.index import live_index

    with worker.wsgi.app_context():
        live_index().warm()
