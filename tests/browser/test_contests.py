"""Notices, certificates and a contest in the browser, on a phone-size screen."""

import datetime as dt
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from app import clock
from app.demo import DEMO_PASSWORDS

DEMO_DAY = dt.datetime(2026, 11, 20, 0, 5, tzinfo=dt.UTC)  # as in conftest.py, a little later

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]
PAGES = {
    None: ["/certificates/verify", "/certificates/verify?code=ABCD-EFGH-JKMN-PQRS"],
    "officer": ["/notices", "/account/email", "/certificates", "/contests", "/contests/1", "/contests/1/board",
                "/contests/1/result", "/contests/2"],
    "trainer": ["/certificates/issued", "/certificates/1/withdraw", "/contests", "/contests/2", "/contests/add",
                "/contests/2/board", "/contests/2/teams", "/contests/2/teams/3", "/contests/2/cancel"],
    "admin": ["/admin/outbox", "/admin/outbox?state=failed", "/admin/users/add"],
}  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.mark.parametrize("who", PAGES, ids=str)
def test_every_page_is_quiet_fits_and_is_accessible(visitor, who):
    if who:
        visitor.sign_in(who)
    axe = Axe()
    for path in PAGES[who]:
        visitor.open(path)
        width = visitor.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"{path} is wider than the screen: {width}"
        found = axe.run(visitor.page, options={"runOnly": RULES})
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert "没有找到这一页" not in visitor.page.inner_text("main"), path
    assert visitor.faults == []


@pytest.fixture
def at_demo_time(monkeypatch):
    """The site's clock runs from the day of the sample data."""
    shift = DEMO_DAY - dt.datetime.now(dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: dt.datetime.now(dt.UTC) + shift)


@pytest.fixture
def person(chromium, address):
    """Opens a page as somebody; the faults of all pages are in `person.faults`."""
    contexts, faults = [], []

    def enter(username: str, width: int = 1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 844}, locale="zh-CN", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address + "/sign-in")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", DEMO_PASSWORDS[username])
        page.click("main button[type=submit]")
        return page

    enter.faults = faults
    yield enter
    for context in contexts:
        context.close()


@pytest.mark.usefixtures("at_demo_time")
def test_a_member_takes_the_paper_on_a_phone_and_the_board_of_another_renews_itself(person, address):
    other = person("admin")
    other.goto(address + "/contests/2/board")
    row = other.locator("tr", has_text="婺城区代表队")
    assert "0/1" in row.inner_text()
    phone = person("officer", 390)
    phone.goto(address + "/contests/2")
    phone.click("text=打开试卷，开始答题")
    phone.locator(".option").first.click()
    phone.wait_for_selector("#save-state:has-text('已保存')")
    phone.reload()
    assert phone.locator("input:checked").count() == 1
    phone.click("button[value=submit]")
    phone.click("button:has-text('确认交卷')")
    phone.wait_for_url("**/result")
    assert "公布结果后" in phone.inner_text("main")
    row.locator("text=1/1").wait_for(timeout=15000)
    assert re.search(r"更新，每 5 秒", other.inner_text("#board-state"))
    assert person.faults == []


@pytest.mark.usefixtures("at_demo_time")
def test_the_board_renews_itself_without_script(person, address):
    page = person("editor", java_script_enabled=False)
    page.goto(address + "/contests/2/board")
    assert 'http-equiv="refresh" content="15"' in page.content()
    assert "市局代表队" in page.inner_text("main")
