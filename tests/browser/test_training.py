"""Taking a quiz in the browser: a bad line, two tabs, another device, no script; and the pages of trainers."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = {
    "officer": ["/training", "/training/tasks/1", "/training/calendar"],
    "trainer": [
        "/training/assignments", "/training/assignments/1", "/training/assignments/4", "/training/assignments/add?preset=0",
        "/training/assignments/4/edit", "/training/assignments/1/preview?key=1", "/training/assignments/1/extend",
        "/training/assignments/1/weakest", "/training/completion", "/training/completion?state=overdue", "/training/map",
        "/training/report",
    ],
}  # fmt: skip
CANNOT_REACH = re.compile(r"ERR_INTERNET_DISCONNECTED|Failed to load resource")  # what Chromium says of a cut line


@pytest.mark.parametrize("who", PAGES)
def test_every_page_is_quiet_fits_and_is_accessible(visitor, who):
    visitor.sign_in(who)
    axe = Axe()
    for path in PAGES[who]:
        visitor.open(path)
        _check(visitor, axe, path)
    if who == "trainer":
        visitor.open("/training/completion")
        visitor.page.locator(".matrix tbody th a").first.click()
        _check(visitor, axe, "person")
    assert visitor.faults == []


def _check(visitor, axe, path):
    width = visitor.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], f"{path} is wider than the screen: {width}"
    found = axe.run(visitor.page, options={"runOnly": RULES})
    assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    assert "没有找到这一页" not in visitor.page.inner_text("main"), path


def _answer(page, number, option):
    page.locator(f"#q{number} .option input").nth(option).check()


def _all_saved(page):
    page.locator("#save-state", has_text=re.compile("^已保存$")).wait_for()


def test_answers_given_while_the_line_is_cut_are_kept_and_sent_later(visitor):
    page, context = visitor.page, visitor.page.context
    visitor.sign_in("officer")
    visitor.open("/training/tasks/2" if page.viewport_size["width"] < 800 else "/training/tasks/1")
    page.click("main form button")
    page.wait_for_selector("#attempt")
    attempt = page.url
    _answer(page, 1, 0)
    _all_saved(page)
    assert Axe().run(page, options={"runOnly": RULES}).violations_count == 0

    context.set_offline(True)
    _answer(page, 2, 1)
    page.locator("#save-state", has_text="1 题未保存，正在重试").wait_for()
    assert "未保存，正在重试" in page.inner_text("#q2")
    _answer(page, 3, 0)
    page.locator("#save-state", has_text="2 题未保存").wait_for()
    page.click("button[value=submit]")
    page.locator("#trouble", has_text="2 题没有存上").wait_for()
    assert page.url == attempt, "nothing is handed in that the server does not have"
    context.set_offline(False)
    _all_saved(page)
    assert all(CANNOT_REACH.search(fault) for fault in visitor.faults), visitor.faults
    visitor.faults.clear()

    page.reload()
    assert [page.locator(f"#q{n} .option input").nth(o).is_checked() for n, o in ((1, 0), (2, 1), (3, 0))] == [True] * 3
    _two_tabs(page, context)
    _hand_in(page)
    assert visitor.faults == []


def _two_tabs(page, context):
    """The second tab answers; the first agrees when it comes to the front. An old tab's late answer is told."""
    other = context.new_page()
    other.goto(page.url)
    _answer(other, 1, 1)
    _all_saved(other)
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator("#q1", has_text="已在另一个窗口或设备上改过").wait_for()
    assert page.locator("#q1 .option input").nth(1).is_checked()
    _answer(other, 4, 0)
    _all_saved(other)
    page.locator("#q4 .option input").nth(
        1
    ).click()  # without having seen the other's: the server keeps the first, and says so
    page.locator("#q4", has_text="已在另一个窗口或设备上改过").wait_for()
    assert page.locator("#q4 .option input").nth(0).is_checked()
    other.close()


def _hand_in(page):
    page.click("button[value=submit]")
    page.wait_for_url("**/confirm")
    assert "题没有答" in page.inner_text("main")
    page.click("main button")
    page.wait_for_url("**/result")
    page.locator("a.citation[href*='/regulations/'][href*='#art-']").first.click()
    page.wait_for_url("**/regulations/**")
    anchor = page.url.split("#")[1]
    ground = page.evaluate("id => getComputedStyle(document.getElementById(id)).backgroundColor", anchor)
    assert ground == "rgb(253, 240, 196)", "the passage it rests on is marked"


def test_unsent_answers_outlive_the_page(chromium, address):
    """Typed without a line, the page closed, opened again: the answer is still there and is sent."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    page.goto(address + "/sign-in")
    page.fill("input[name=username]", "officer")
    page.fill("input[name=password]", "Demo-officer-1")
    page.click("main button[type=submit]")
    page.goto(address + "/training/tasks/3")
    page.click("main form button, main a.button")
    page.wait_for_selector("#attempt")
    attempt = page.url
    page.route("**/answers", lambda route: route.abort())
    _answer(page, 2, 2)
    page.locator("#save-state", has_text="未保存，正在重试").wait_for()
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto(attempt)
    _all_saved(again)
    assert again.locator("#q2 .option input").nth(2).is_checked()
    again.reload()
    assert again.locator("#q2 .option input").nth(2).is_checked()
    context.close()


def test_without_script_the_page_is_a_form(chromium, address):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "/sign-in")
    page.fill("input[name=username]", "officer")
    page.fill("input[name=password]", "Demo-officer-1")
    page.click("main button[type=submit]")
    page.goto(address + "/training/tasks/3")
    page.click("main form button, main a.button")
    assert "浏览器没有启用脚本" in page.inner_text("main")
    _answer(page, 1, 1)
    page.click("button[value=save]")
    assert "已保存。" in page.inner_text("main")
    assert page.locator("#q1 .option input").nth(1).is_checked()
    page.click("button[value=submit]")
    assert "确认交卷" in page.inner_text("h1")
    page.click("main button")
    assert "逐题对错" in page.inner_text("main")
    context.close()
