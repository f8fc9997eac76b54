"""Accounts 账号: who a visitor is. Sessions are rows, so ending one takes effect at the very next request."""

import datetime as dt
import logging

from flask import Flask, current_app, g, request
from flask_login import LoginManager, current_user
from sqlalchemy.exc import OperationalError

from app import clock
from app.accounts import operations, queries
from app.accounts.models import User
from app.accounts.views import blueprint
from app.db import db, writing

__all__ = ["blueprint", "init_app"]

log = logging.getLogger(__name__)
SEEN_EVERY = dt.timedelta(minutes=10)


def init_app(app: Flask) -> None:
    """Tell flask-login how a cookie becomes a user."""
    manager = LoginManager()
    manager.session_protection = None  # the rows decide; a phone that changes networks stays signed in
    manager.init_app(app)
    manager.user_loader(_load_user)
    app.before_request(_mark_seen)


def _load_user(token: str) -> User | None:
    found = queries.signed_in(db.session, token, clock.now(), demo=current_app.config["DEMO"])
    if found is None:
        return None
    user, g.user_session = found
    user.session_id = g.user_session.id
    return user


def _mark_seen() -> None:
    """Note now and then that a session is in use, for the person's list of devices."""
    if request.endpoint == "static" or not current_user.is_authenticated:
        return
    now = clock.now()
    if now - g.user_session.seen_at > SEEN_EVERY:
        try:
            with writing() as transaction:
                operations.touch_session(transaction, current_user.session_id, now=now)
        except OperationalError:
            log.warning("session use not noted: the database takes no writes just now")
