"""An index of the small corpus for tests of pages."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from app.index import live_index
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
