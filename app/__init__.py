"""The website. `create_app` is a list of what it is made of."""

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from app import access, audit, cli, db, errors, filters, index, security

# isort: split
from app import accounts, admin, explainers, library, review, search

# isort: split
from app import bank, certificates, contests, experts, learning, notices, sessions, statistics, training

# isort: split
from config import Config

__all__ = ["audit", "create_app"]


def create_app(config: Config | None = None) -> Flask:
    """Make the application from `config` (default: the environment)."""
    app = Flask(__name__, static_folder="static")
    app.config.from_mapping((config or Config()).flask())
    db.init_app(app)
    index.init_app(app)
    Bootstrap5(app)
    CSRFProtect(app)
    for part in (security, accounts, access, errors, filters, search, notices):
        part.init_app(app)
    reading = (search, library, explainers, accounts, admin, review, notices)
    training_parts = (certificates, contests, training, bank, experts, sessions, learning, statistics)
    for feature in (*reading, *training_parts):
        app.register_blueprint(feature.blueprint)
    cli.init_app(app)
    return app
