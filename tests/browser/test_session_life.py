"""A session's whole life in the browser: two officers and one place, a passed-on code, a phone, a survey, hours once."""

import datetime as dt
import re

import pytest
import segno
from axe_playwright_python.sync_playwright import Axe

from app import clock
from app.sessions import check_in as codes

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
START = dt.datetime(2026, 12, 1, 1, tzinfo=dt.UTC)  # 09:00 in Jinhua
TITLE = "户外广告执法实务"
FORM = {
    "title": TITLE,
    "starts_at": "2026-12-01T09:00",
    "ends_at": "2026-12-01T11:30",
    "place": "三楼教室",
    "hours": "3",
    "sign_up_from_at": "2026-11-25T09:00",
    "sign_up_until_at": "2026-11-30T18:00",
    "capacity": "1",
}


@pytest.fixture
def at(monkeypatch):
    """Sets the clock of the site."""

    def move(now: dt.datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: now)

    return move


def sound(person) -> None:
    """The page fits its screen and is accessible."""
    width = person.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], person.page.url
    found = Axe().run(person.page, options=RULES)
    assert found.violations_count == 0, f"{person.page.url}: {found.generate_report()}"


def press(person, name: str) -> str:
    """Press a button and read the page that follows."""
    with person.page.expect_navigation():
        person.page.get_by_role("button", name=name, exact=True).click()
    return person.page.inner_text("main")


def read(person, path: str) -> str:
    person.open(path)
    return person.page.inner_text("main")


def scanned(address: str, id: str, now: dt.datetime) -> str:
    """Where the code on the screen leads just now."""
    step = codes.step_at(now)
    return f"/sessions/{id}/check-in?s={step}&c={codes.code('k', int(id), step)}"


OFFICER = ("", "/mine", "/hours", "/calendar", "/1", "/2/survey", "/3")
TRAINER = (
    "/manage", "/new", "/series", "/series/new", "/1", "/1/attendance", "/1/corrections", "/1/result", "/3/edit", "/3/people",
    "/3/attendance", "/3/materials", "/3/code", "/3/cancel",
)  # fmt: skip


@pytest.mark.parametrize(("who", "paths"), [("officer", OFFICER), ("trainer", TRAINER)], ids=["officer", "trainer"])
def test_every_page_of_sessions_is_quiet_fits_and_is_accessible(visitor, who, paths):
    visitor.sign_in(who)
    for path in paths:
        visitor.open(f"/sessions{path}")
        assert "没有找到这一页" not in visitor.page.inner_text("main"), path
        sound(visitor)
    assert visitor.faults == []


def test_the_whole_life_of_a_session(enter, at, address):
    at(START - dt.timedelta(days=5))
    trainer = enter("trainer")
    trainer.open("/sessions/new")
    for name, value in FORM.items():
        trainer.page.fill(f"[name={name}]", value)
    trainer.page.get_by_label("户外广告与招牌设置", exact=True).check()
    assert "草稿已保存" in press(trainer, "保存为草稿")
    path = re.search(r"/sessions/(\d+)", trainer.page.url)[0]
    id = path.rsplit("/", maxsplit=1)[1]
    assert "已发布" in press(trainer, "发布")

    first, second = enter("officer"), enter("editor")
    assert TITLE in read(first, "/sessions")
    first.open(path)
    assert "您已报上名" in press(first, "报名")
    assert "名额已满，可以候补" in read(second, path)
    assert "候补第 1 位" in press(second, "排队候补")
    assert "已取消报名" in press(first, "取消报名")
    assert "您已报上名" in read(second, path)
    assert f"候补成功：{TITLE}" in read(second, "/notices")
    assert "候补第 1 位" in press_on(first, path, "排队候补")

    at(START)
    trainer, phone, other = enter("trainer"), enter("editor", width=390), enter("officer", width=390)
    trainer.open(f"{path}/code")
    shown = trainer.page.get_attribute(".code-screen img", "src")
    link = scanned(address, id, START)
    assert shown == segno.make(address + link, error="m").svg_data_uri(scale=8, border=2)
    sound(trainer)
    assert "没有签到：您不在这个班次的正式名单里" in read(other, link)  # passed on to one who only waits
    assert "您是 方知墨" in read(phone, link)
    sound(phone)  # axe needs scripts; checking in does not
    phone = enter("editor", width=390, scripts=False)
    assert "您是 方知墨" in read(phone, link)
    assert "已签到" in press(phone, "确认签到")
    assert "已签到 1 人" in read(trainer, f"{path}/code")

    trainer.open(f"{path}/edit")
    trainer.page.fill("[name=capacity]", "2")
    press(trainer, "保存")
    assert "候补第 1 位" in read(other, path)  # it has begun: nobody is called up any more
    trainer.open(f"{path}/people")
    trainer.page.fill("[name=username]", "officer")
    assert "已加入名单" in press(trainer, "加入名单")
    at(START + dt.timedelta(seconds=41))
    assert "这个二维码已经换了" in read(other, link)  # passed on, and old by now

    at(START + dt.timedelta(hours=3))
    trainer, second, first = enter("trainer", width=390), enter("editor", width=390), enter("officer")
    trainer.open(f"{path}/attendance")
    assert trainer.page.locator(".tick-list input:checked").count() == 1
    sound(trainer)
    assert "1 人各记一次学时" in press(trainer, "确认已举办，记学时")
    assert "还没有人填写" in trainer.page.inner_text("main")
    read(trainer, f"{path}/attendance")
    assert trainer.page.get_by_role("button", name="确认已举办，记学时").count() == 0

    hours = read(second, "/sessions/hours")
    assert hours.count(TITLE) == 1
    assert TITLE not in read(first, "/sessions/hours")
    second.open(f"{path}/survey")
    for group in second.page.locator("fieldset").all():
        group.get_by_label("很好").check()
    second.page.get_by_label("还想说的").fill("讲得清楚")
    assert "谢谢" in press(second, "提交")
    assert "已经填过" in read(second, f"{path}/survey")
    assert "只有签到参加了的人能填写" in read(first, f"{path}/survey")
    assert "满 3 份才显示" in read(trainer, f"{path}/result") and "讲得清楚" not in trainer.page.inner_text("main")
    refusals = [fault for fault in other.faults if "403" in fault]
    assert len(refusals) == 2
    assert [f for one in (trainer, phone, first, second) for f in one.faults] + other.faults == refusals


def press_on(person, path: str, name: str) -> str:
    """Open a page and press a button."""
    person.open(path)
    return press(person, name)
