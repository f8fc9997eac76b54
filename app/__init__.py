"""The website. `create_app` is a list of what it is made of."""

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from app import access, audit, bank, cli, db, errors, filters, index, security

# isort: split
from app import accounts, admin, certificates, contests, experts, explainers, learning, library, notices, review, search

# isort: split
from app import statistics, training

# isort: split
from config import Config

__all__ = ["audit", "bank", "create_app"]


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
    for feature in (
        search, library, explainers, accounts, admin, review, notices, certificates, contests, experts, training,
        learning, statistics,
    ):  # fmt: skip
        app.register_blueprint(feature.blueprint)
    cli.init_app(app)
    return app
