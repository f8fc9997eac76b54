"""A running site with the shipped texts, and Chromium to walk through it.

Without Chromium these tests are skipped and say so loudly; with REQUIRE_BROWSER=1 that is a failure.
"""

import datetime as dt
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from werkzeug.serving import make_server

from app import create_app
from app.db import alembic, writing
from app.demo import DEMO_PASSWORDS, load_demo
from app.index import live_index
from config import ROOT, Config
from corpus.reader import read_corpus
from fakes import FakeEncoder
from indexer.build import build_index

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with the shipped texts and the demo data, not yet served."""
    instance = tmp_path_factory.mktemp("site")
    build_index(read_corpus(ROOT / "corpus"), FakeEncoder(), instance / "index", now=NOW)
    app = create_app(Config({"INSTANCE_DIR": str(instance), "HTTPS": "0", "DEMO": "1", "SECRET_KEY": "k"}))
    with app.app_context():
        alembic.upgrade()
        with writing() as session:
            load_demo(session, NOW)
        live_index().use(FakeEncoder())
    return app


@pytest.fixture(scope="module")
def address(site) -> Iterator[str]:
    """Address of the site, served in this process."""
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium(address):
    """The browser; after the site, because an app cannot be made beside Playwright's event loop."""
    if CHROMIUM is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("Chromium is missing")
        pytest.skip("CHROMIUM IS MISSING: no browser test was run (apt-get install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A page of the browser that notes what must not happen."""

    page: object
    address: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._asked)

    def _asked(self, request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.faults.append(f"left the machine: {request.url}")

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sign_in(self, username: str) -> None:
        self.open("/sign-in")
        self.page.fill("input[name=username]", username)
        self.page.fill("input[name=password]", DEMO_PASSWORDS[username])
        self.page.click("main button[type=submit]")


@pytest.fixture
def enter(address, chromium):
    """Signs people in, each in a browser of their own: on a desk or a phone, with scripts or without."""
    contexts = []

    def sign_in(username: str, *, width: int = 1280, scripts: bool = True) -> Visitor:
        size = {"width": width, "height": 844}
        contexts.append(chromium.new_context(viewport=size, locale="zh-CN", java_script_enabled=scripts))
        person = Visitor(contexts[-1].new_page(), address)
        person.sign_in(username)
        return person

    yield sign_in
    for context in contexts:
        context.close()


@pytest.fixture(params=[1280, 390], ids=["wide", "phone"])
def visitor(address, chromium, request) -> Iterator[Visitor]:
    context = chromium.new_context(viewport={"width": request.param, "height": 844}, locale="zh-CN")
    yield Visitor(context.new_page(), address)
    context.close()
