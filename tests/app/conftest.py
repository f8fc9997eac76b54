"""An index of the small corpus for tests of pages."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from app import create_app
from app.db import db, writing
from app.demo import load_demo
from app.experts import import_views, queries, views
from app.experts.profile import Catalogue
from app.index import live_index
from config import Config
from corpus.reader import read_corpus
from fakes import FakeEncoder, write_corpus
from indexer.build import build_index


@pytest.fixture(scope="session")
def small_index(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    now = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    build_index(read_corpus(write_corpus(folder / "corpus")), FakeEncoder(), folder / "index", now=now)
    return folder / "index"


@pytest.fixture
def indexed(app, small_index):
    """The app with the small corpus indexed and a model that answers at once."""
    shutil.copytree(small_index, app.config["INDEX_DIR"], symlinks=True)
    with app.app_context():
        live_index().use(FakeEncoder())
    return app


@pytest.fixture(scope="session")
def demo_sqlite(tmp_path_factory, empty_sqlite) -> Path:
    """A migrated SQLite file with the demo data as of 28 November 2026, to copy."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(empty_sqlite, folder / "app.db")
    app = create_app(Config({"INSTANCE_DIR": str(folder), "HTTPS": "0", "SECRET_KEY": "k"}))
    with app.app_context():
        with writing() as session:
            load_demo(session, dt.datetime(2026, 11, 28, tzinfo=dt.UTC))
        db.engine.dispose()
    return folder / "app.db"


@pytest.fixture
def pool(indexed, demo_sqlite):
    """The indexed app with the demo data: units, accounts, experts."""
    shutil.copy(demo_sqlite, indexed.config["INSTANCE_DIR"] / "app.db")
    return indexed


@pytest.fixture
def full_catalogue(pool, monkeypatch):
    """The pool, under a catalogue that knows whatever its profiles name; the small corpus has one field."""
    with pool.app_context():
        rows = queries.experts(db.session)
        fields, matters = ({value for row in rows for value in getattr(row, name)} for name in ("fields", "matters"))
    for module in (import_views, views):
        monkeypatch.setattr(module, "catalogue", lambda _store: Catalogue(frozenset(fields), frozenset(matters)))
    return pool
