"""A walk through every page as a visitor, an officer and an admin, on a desk and on a phone."""

from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe

PUBLIC = [
    "/", "/search", "/search/help", "/search?q=然气", "/search?q=煤气罐放在地下室能罚吗", "/search?q=燃气&kind=regulation&level=省条例",
    "/similar/regulation/chengzhen-ranqi-guanli-tiaoli?anchor=art-46", "/search?q=燃气条例46条&kind=regulation", "/search?q=zzzz", "/explainers",
    "/explainers?field=城镇燃气", "/explainers/case-0101", "/matters", "/matters/m-0104", "/regulations",
    "/regulations/chengzhen-ranqi-guanli-tiaoli#art-46", "/sign-in",
]  # fmt: skip
OFFICER = [
    "/",
    "/search?q=煤气罐放在地下室能罚吗",
    "/guides",
    "/guides/guide-01",
    "/cases",
    "/cases/case-0101",
    "/matters/m-0104",
    "/account",
    "/account/password",
    "/search/saved",
    "/training",
    "/training/tasks/1",
    "/training/calendar",
    "/experts",
    "/experts/e-002",
]
EDITOR = [
    "/search?q=煤气罐放在地下室能罚吗&why=1",
    "/review/gaps",
    "/review/feedback",
    "/review/synonyms",
    "/review/synonyms/add",
    "/review/synonyms/import",
    "/review/pins",
    "/review/pins/add",
    "/review/traces",
]
ADMIN = [
    "/admin/users",
    "/admin/users/add",
    "/admin/users/import",
    "/admin/units",
    "/admin/units/add",
    "/admin/units/import",
]
TRAINER = [
    "/training/assignments",
    "/training/assignments/1",
    "/training/assignments/add",
    "/training/completion",
    "/training/map",
    "/training/report",
    "/bank",
    "/bank/questions/q-0101",
    "/bank/questions/q-0101/history",
    "/bank/import",
    "/bank/drafts",
    "/experts",
    "/experts/e-017",
    "/experts/e-017/edit",
    "/experts/match?text=夜里偷倒渣土怎么查&date=2027-03-09",
    "/experts/calendar",
    "/experts/terms",
    "/experts/import",
    "/plans",
    "/plans/1",
    "/plans/1/report",
    "/plans/1/carry",
    "/plans/1/items/1",
]
ROLES = [(None, PUBLIC), ("officer", OFFICER), ("editor", EDITOR), ("admin", ADMIN), ("trainer", TRAINER)]

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.mark.parametrize(("who", "paths"), ROLES, ids=["visitor", "officer", "editor", "admin", "trainer"])
def test_every_page_is_quiet_fits_and_is_accessible(visitor, who, paths):
    if who:
        visitor.sign_in(who)
    axe = Axe()
    for path in paths:
        visitor.open(path)
        width = visitor.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"{path} is wider than the screen: {width}"
        found = axe.run(visitor.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
    assert visitor.faults == []


def test_a_missing_page_says_so(visitor):
    visitor.open("/nope")
    assert "没有找到这一页" in visitor.page.inner_text("main")


def test_a_street_question_leads_to_the_article_with_the_penalty(visitor):
    visitor.sign_in("officer")
    visitor.page.fill("input[type=search]", "煤气罐放在地下室能罚吗")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/search?**")
    visitor.page.click("text=在不具备安全条件的场所使用、储存燃气")
    visitor.page.click("dd a:has-text('第四十九条第一款第五项')")
    assert unquote(visitor.page.url).endswith("#art-49-p1-i5")
    assert visitor.page.locator(":target").bounding_box() is not None
    assert visitor.faults == []


def test_a_guide_hit_opens_at_its_place(visitor):
    visitor.sign_in("officer")
    visitor.open("/search?q=煤气罐放在地下室能罚吗&kind=guide")
    visitor.page.click(".hit-path a >> nth=0")
    anchor = unquote(visitor.page.url).split("#")[1]
    visitor.page.wait_for_timeout(800)
    box = visitor.page.locator(f"[id='{anchor}']").bounding_box()
    assert 0 <= box["y"] < 844


def test_one_can_search_with_the_keyboard_alone(visitor):
    visitor.open("/")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.className") == "skip-link"
    visitor.page.keyboard.press("Enter")
    for _ in range(3):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("document.activeElement.type") == "search":
            break
    visitor.page.keyboard.type("渣土车一路漏泥")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/search?**")
    assert "建筑垃圾" in visitor.page.inner_text("main")


def test_signing_out_ends_it(visitor):
    visitor.sign_in("officer")
    visitor.page.click("details.menu summary")
    visitor.page.click("text=退出登录")
    visitor.open("/guides")
    assert "/sign-in" in visitor.page.url


def test_suggestions_are_chosen_with_the_keyboard(visitor):
    visitor.open("/")
    box = visitor.page.locator("input[type=search]")
    box.press_sequentially("rqtl")
    visitor.page.wait_for_selector("[role=listbox] [role=option]")
    assert box.get_attribute("aria-expanded") == "true"
    box.press("ArrowDown")
    chosen = visitor.page.locator("[role=option][aria-selected=true]")
    assert chosen.get_attribute("id") == box.get_attribute("aria-activedescendant")
    assert box.input_value() == "燃气条例"
    found = Axe().run(visitor.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    box.press("Escape")
    assert box.input_value() == "rqtl" and box.get_attribute("aria-expanded") == "false"
    box.press_sequentially(" ")
    visitor.page.wait_for_selector("[role=listbox] [role=option]")
    box.press("ArrowUp")
    box.press("ArrowDown")
    assert box.input_value() == "rqtl "
    box.press("ArrowDown")
    box.press("Enter")
    visitor.page.wait_for_url("**/search?**")
    assert "燃气管理条例" in visitor.page.inner_text("main")
    assert visitor.faults == []


def test_a_suggestion_is_chosen_by_pointing_at_it(visitor):
    visitor.open("/search")
    visitor.page.locator("input[type=search]").press_sequentially("遛狗")
    visitor.page.click("[role=option] >> nth=0")
    visitor.page.wait_for_url("**/search?q=**")
    assert "遛狗" in unquote(visitor.page.url) and visitor.faults == []


def test_opening_a_result_leads_to_its_place_and_search_works_without_scripts(visitor, chromium):
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(visitor.address + "/")
    page.fill("input[type=search]", "燃气条例46条")
    page.press("input[type=search]", "Enter")
    page.click(".hit-path a >> nth=0")
    assert unquote(page.url).endswith("#art-46")
    context.close()
