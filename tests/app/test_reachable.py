"""Every document of the book can be reached from the home page by following links."""

import datetime as dt
import re
from pathlib import Path

import pytest

from app.access import Role
from app.index import live_index
from config import ROOT
from corpus.document import Audience, Kind, page_path
from corpus.reader import read_corpus
from fakes import FakeEncoder
from indexer.build import build_index

LINK = re.compile(r'href="(/(?:guides|cases|matters|regulations|explainers)[^"#]*)')
ROOMS = ("/guides", "/cases", "/matters", "/regulations", "/explainers")


@pytest.fixture
def book(app):
    corpus = read_corpus(ROOT / "corpus")
    build_index(corpus, FakeEncoder(), Path(app.config["INDEX_DIR"]), now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    with app.app_context():
        live_index().use(FakeEncoder())
    return corpus


def reachable(client) -> set[str]:
    """Pages linked from the home page, from the lists it links to, and from the pages of those lists."""
    seen: set[str] = set()
    queue = ["/"]
    while queue:
        path = queue.pop()
        found = {link.replace("&amp;", "&") for link in LINK.findall(client.get(path).text)} - seen
        seen |= found
        queue += [link for link in found if link.split("?")[0] in ROOMS]
    return {path.split("?")[0] for path in seen}


def test_officers_reach_every_text_and_visitors_every_public_one(book, client, auth):
    public = {page_path(Kind.REGULATION, r.front.id, Audience.PUBLIC) for r in book.regulations}
    public |= {page_path(Kind.MATTER, m.key, Audience.PUBLIC) for m in book.matters}
    public |= {page_path(Kind.CASE, c.front.id, Audience.PUBLIC) for c in book.cases if c.front.public}
    assert public - reachable(client) == set()
    auth.be(Role.OFFICER)
    officer = {page_path(Kind.GUIDE, g.front.id, Audience.OFFICER) for g in book.guides}
    officer |= {page_path(Kind.CASE, c.front.id, Audience.OFFICER) for c in book.cases}
    assert (officer | public) - reachable(client) == set()
