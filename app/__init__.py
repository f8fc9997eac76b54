"""The website. `create_app` is a list of what it is made of."""

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from app import access, audit, bank, cli, db, errors, filters, index, security

# isort: split
from app import accounts, admin, explainers, library, review, search

# isort: split
from app import certificates, contests, experts, notices, plans, sessions, training

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
    security.init_app(app)
    accounts.init_app(app)
    access.init_app(app)
    errors.init_app(app)
    filters.init_app(app)
    search.init_app(app)
    notices.init_app(app)
    learning = (notices, certificates, contests, training, experts, sessions, plans)
    for feature in (search, library, explainers, accounts, admin, review, *learning):
        app.register_blueprint(feature.blueprint)
    cli.init_app(app)
    return app
