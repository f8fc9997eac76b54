"""Learning and statistics in a browser: each page quiet, fitting and accessible; practice without scripts on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from app.demo import DEMO_PASSWORDS

OFFICER = [
    "/", "/learning/practice", "/learning/practice?field=城镇燃气", "/learning/practice/next?field=消防安全",
    "/learning/practice/next?source=review", "/learning/practice/next?guide=guide-99", "/learning/wrong",
    "/learning/wrong/print", "/learning/mastery", "/learning/record",
]  # fmt: skip
TRAINER = ["/training/statistics", "/training/assignments/1/statistics"]

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.mark.parametrize(("who", "paths"), [("officer", OFFICER), ("trainer", TRAINER)], ids=["officer", "trainer"])
def test_every_page_is_quiet_fits_and_is_accessible(visitor, who, paths):
    visitor.sign_in(who)
    axe = Axe()
    for path in paths:
        visitor.open(path)
        width = visitor.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"{path} is wider than the screen: {width}"
        found = axe.run(visitor.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    assert visitor.faults == []


def test_practice_goes_without_scripts_and_leads_to_the_passage(address, chromium):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[name=username]", "officer")
    page.fill("input[name=password]", DEMO_PASSWORDS["officer"])
    page.click("main button[type=submit]")
    page.goto(f"{address}/learning/practice?field=噪声污染防治")
    page.click("text=练这个领域")
    page.click("text=不会，看答案")
    assert page.locator("h1").inner_text() == "这道不会"
    assert page.locator(".why-line").count() >= 2
    passage = page.locator("article.panel a.citation").first.get_attribute("href")
    page.goto(address + passage)
    assert page.locator(":target").count() == 1
    page.goto(f"{address}/learning/wrong")
    assert page.locator("h2", has_text="噪声污染防治（1）").count() == 1
    page.click("text=练噪声污染防治的错题")
    assert page.locator("form.practice-form").count() == 1
    context.close()


def test_the_answer_is_rated_with_the_keyboard_alone(visitor):
    visitor.sign_in("officer")
    visitor.open("/learning/practice/next?matter=m-2701")
    page = visitor.page
    page.locator(".option input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/answers/**")
    following = page.locator(".next-step button, .next-step a.button").first
    following.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/practice/next**")
    assert visitor.faults == []
