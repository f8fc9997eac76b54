"""Vectors of all stems, made beside the requests: the first request would wait a quarter of a minute for them."""

import threading

from flask import Flask
from sqlalchemy.orm import Session

from app.bank.queries import all_present
from app.bank.similar import Model, Similar, keep_vectors
from app.db import db, writing
from app.index import live_index

_filling = threading.Lock()


def prepare(session: Session, model: Model) -> Similar:
    """The bank ready to be compared with texts. Of the stems not yet encoded some are, and kept."""
    found = Similar(session, all_present(session), model)
    if found.fresh and model.fingerprint:
        with writing() as writer:
            keep_vectors(writer, model.fingerprint, found.fresh)
    return found


def fill_beside(app: Flask) -> None:
    """Encode all stems in a thread, one such thread a process."""
    if _filling.acquire(blocking=False):
        threading.Thread(target=fill, args=(app,), name="bank-vectors", daemon=True).start()


def fill(app: Flask) -> None:
    """Encode what is missing, some at a time. Whoever calls holds `_filling`; it is given back at the end."""
    try:
        with app.app_context():
            while prepare(db.session, live_index()).fresh:
                db.session.rollback()
    finally:
        _filling.release()
