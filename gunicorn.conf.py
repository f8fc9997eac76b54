"""How the site is served: one process, so that the model is in memory once, with threads."""

import os
import threading
from contextlib import suppress
from typing import Any

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = 1
threads = 8
worker_class = "gthread"
preload_app = False  # torch's threads do not survive a fork
accesslog = None
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Load the model in the background; until then searches go by keywords. Make what helps with typing as well."""
    with worker.wsgi.app_context():
        from app.index import live_index

        live_index().warm()
    threading.Thread(target=_warm_aids, args=(worker.wsgi,), name="warm-aids", daemon=True).start()
    worker.log.warning("serving on http://%s", bind)


def _warm_aids(app: Any) -> None:
    from app.search.aids import warm
    from indexer.generation import GenerationError

    with app.app_context(), suppress(GenerationError):  # no index yet: they are made when first asked for
        warm()
