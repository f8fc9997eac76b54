"""How the site is served: two processes with threads, forked from one that holds index and model."""

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
    """Open index and model before the workers are forked: they then share the memory."""
    with server.app.wsgi().app_context():
        from app.index import live_index

        live_index().preload()
    gc.collect()
    gc.freeze()  # a collector that counts shared objects would copy their pages
    server.log.warning("serving on http://%s", bind)


def post_worker_init(worker: Any) -> None:
    """Load a model that could not be shared in the background; until then searches go by keywords."""
    with worker.wsgi.app_context():
        from app.index import live_index

        live_index().warm()
