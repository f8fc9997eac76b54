"""A whole campaign in the browser: a bank from Excel, a paper, a county, a phone on a cut line, completion, a neighbour."""

import datetime as dt
import io
import re

import openpyxl
import pytest
from playwright.sync_api import expect

from app import clock
from app.access import Role
from app.accounts import passwords
from app.admin import operations, queries
from app.admin.importing import UserRow
from app.db import writing
from app.demo import DEMO_PASSWORDS

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]
START = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)  # as in conftest.py, a little later
NEIGHBOUR, NEIGHBOURS_PASSWORD = "dongyang", "Demo-neighbour-1"
OFFICER = "陈小禾（示例）"
FIELD = "燃气年度测验（示例）"  # a field of its own, so that the paper is drawn from this bank alone
TITLE = "=燃气年度测验"  # a spreadsheet would take it for a formula
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LAW = "《城镇燃气管理条例》"
HEADING = ("题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案", "解析", "依据", "领域", "难度",
           "A说明", "B说明", "C说明", "D说明")  # fmt: skip
FINE = "管道燃气经营者没有定期巡查自家管网，责令限期改正，并处多少罚款？"
WHO = "改动市政燃气设施的方案，报谁批准？"
PLAN = "工地下面有燃气管线，保护方案由哪几方一起定？"
DRILL = "供气单位的事故应急预案写好就行，不必演练。"
SOLD = "卖充装单位擅自给非自有气瓶充的瓶装气，责令改正，最多可以罚____元。"
WRONG, WHY = "一千元以下", "一千元是第四十九条里个人用户的上限。"
BANK = (
    ("单选", FINE, "一万元以上十万元以下", WRONG, "五万元以上五十万元以下", "不罚款", "A", "巡查是供气方自己的责任。", LAW + "第四十八条",
     FIELD, "2", "第四十八条的幅度。", WHY, "这一条没有这个幅度。", "责令限期改正，同时处罚款。"),
    ("单选", WHO, "县级以上地方政府燃气管理部门", "乡镇政府", "供气方自己决定", "", "A", "先有方案，后有批准。", LAW + "第三十八条",
     FIELD, "2", "第三十八条写明。", "乡镇政府不批这个方案。", "供气方做方案，不能自己批准。", ""),
    ("多选", PLAN, "建设单位", "施工单位", "管道燃气经营者", "附近居民", "ABC", "三方一起定。", LAW + "第三十七条",
     FIELD, "3", "由它牵头。", "要落实保护措施。", "要派专业人员到场指导。", "居民不参加定方案。"),
    ("判断", DRILL, "", "", "", "", "错", "预案要定期演练。", LAW + "第三十九条",
     FIELD, "1", "还要配人、配装备，定期演练。", "第三十九条要求定期演练。", "", ""),
    ("填空", SOLD, "", "", "", "", "一万|10000", "罚的是卖气的一方。", LAW + "第四十七条",
     FIELD, "3", "第四十七条的上限。", "", "", ""),
)  # fmt: skip
SOON = 15_000  # ms; a save may be slow on a busy machine
SLIPS = {(2, "答案"): "E", (3, "选项B"): "", (5, "难度"): "9"}  # what is wrong in the first file, by row and column
DRAWN = (("单选", "2"), ("多选", "1"), ("判断", "1"), ("填空", "1"))
CHOSEN = {
    FINE: [WRONG],
    WHO: ["县级以上地方政府燃气管理部门"],
    PLAN: ["建设单位", "施工单位", "管道燃气经营者"],
    DRILL: ["错误"],
}


@pytest.fixture(autouse=True)
def demo_time(monkeypatch):
    """The site's clock runs from the day of the sample data."""
    shift = START - dt.datetime.now(dt.UTC)
    monkeypatch.setattr(clock, "now", lambda: dt.datetime.now(dt.UTC) + shift)


@pytest.fixture
def neighbour(site, monkeypatch) -> str:
    """Username of a trainer of 东阳市."""
    monkeypatch.setitem(DEMO_PASSWORDS, NEIGHBOUR, NEIGHBOURS_PASSWORD)
    hashed = passwords.hash_chosen(NEIGHBOURS_PASSWORD)
    with site.app_context(), writing() as session:
        row = UserRow(NEIGHBOUR, "邻县培训（示例）", Role.TRAINER, queries.units_by_code(session)["330783"])
        user = operations.add_user(session, row, hashed, actor_id=None, now=clock.now())
        user.must_change_password = False
    return NEIGHBOUR


def workbook(slips: dict[tuple[int, str], str]) -> bytes:
    """The bank as a trainer's table, with some cells changed."""
    book = openpyxl.Workbook()
    book.active.append(HEADING)
    for number, row in enumerate(BANK, 2):
        book.active.append([slips.get((number, column), cell) for column, cell in zip(HEADING, row, strict=True)])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(person, path: str) -> str:
    person.open(path)
    return person.page.inner_text("main")


def press(person, name: str) -> str:
    """Press a button and read the page that follows."""
    with person.page.expect_navigation():
        person.page.get_by_role("button", name=name, exact=True).click()
    return person.page.inner_text("main")


def follow(person, name: str) -> str:
    """Follow a link and read the page it leads to."""
    with person.page.expect_navigation():
        person.page.get_by_role("link", name=name, exact=True).first.click()
    return person.page.inner_text("main")


def upload(person, slips: dict[tuple[int, str], str]) -> str:
    person.open("/bank/import")
    file = {"name": "燃气题库.xlsx", "mimeType": XLSX, "buffer": workbook(slips)}
    person.page.set_input_files("input[name=file]", file)
    return press(person, "检查文件")


def number_in(person) -> str:
    """The number in the address of the page."""
    return re.search(r"/(\d+)(?:/|$)", person.page.url)[1]


def fill_bank(trainer, editor) -> None:
    """The first file is refused, the mended one comes in, somebody else approves."""
    before = read(trainer, "/bank")
    assert "有 3 处错误，没有导入任何内容" in upload(trainer, SLIPS)
    rows = [line.locator("td").all_inner_texts() for line in trainer.page.locator("main tbody tr").all()]
    assert {(int(row), column) for row, column, _ in rows} == set(SLIPS) and all(told for *_, told in rows)
    assert read(trainer, "/bank") == before

    assert "新增 5，变更 0，不变 0" in upload(trainer, {})
    assert "新增 5 道" in press(trainer, "确认导入")
    assert trainer.page.locator("main tbody tr", has_text="您写的").count() == 5
    editor.open("/bank?status=draft")
    for box in editor.page.get_by_role("checkbox").all():
        box.check()
    assert "通过 5 道" in press(editor, "通过勾选的")


def assign(trainer) -> str:
    """Write the assignment, look at a paper, publish; the id."""
    page = trainer.page
    trainer.open("/training/assignments/add")
    page.get_by_label("名称", exact=True).fill(TITLE)
    for line, (kind, count) in enumerate(DRAWN, 1):
        page.get_by_label(f"第 {line} 行题型", exact=True).select_option(label=kind)
        page.get_by_label(f"第 {line} 行题数", exact=True).fill(count)
        page.get_by_label(f"第 {line} 行每题分", exact=True).fill("20")
        page.get_by_label(f"第 {line} 行领域", exact=True).select_option(FIELD)
    page.locator(".check-list label", has_text=re.compile(r"^\s*婺城区\s*$")).locator("input").check()
    assert "这是草稿，还没有人看到" in press(trainer, "保存为草稿")
    id = number_in(trainer)
    paper = follow(trainer, "预览试卷")
    assert all(stem in paper for stem in CHOSEN)
    trainer.open(f"/training/assignments/{id}")
    assert "人会收到通知" in press(trainer, "发布")
    return id


def answer(page, stem: str) -> None:
    question = page.locator("fieldset.question", has_text=stem)
    for text in CHOSEN[stem]:
        question.get_by_text(text, exact=True).click()


def take(phone) -> str:
    """Answer on a line that is cut after the first question; hand in once it is back. The id of the attempt."""
    page = phone.page
    read(phone, "/training")
    follow(phone, TITLE)
    press(phone, "开始答题")
    id, state = number_in(phone), page.locator("#save-state")
    answer(page, WHO)
    expect(state).to_have_text("已保存", timeout=SOON)
    assert phone.faults == []

    page.context.set_offline(True)
    for stem in (FINE, PLAN, DRILL):
        answer(page, stem)
    page.locator("input.blank").fill("1万")
    expect(state).to_have_text("4 题未保存，正在重试", timeout=SOON)
    expect(page.locator("#answered")).to_have_text("已答 5/5 题")
    page.get_by_role("button", name="交卷", exact=True).click()
    expect(page.locator("#trouble")).to_contain_text("还有 4 题没有存上")
    assert number_in(phone) == id and "/confirm" not in page.url
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1] == 390

    page.context.set_offline(False)
    expect(state).to_have_text("已保存", timeout=SOON)
    expect(page.locator("#trouble")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0  # what follows is what the server has
    page.reload()
    for stem, texts in CHOSEN.items():
        chosen = page.locator("fieldset.question", has_text=stem).locator(".option:has(input:checked) span:last-child")
        assert sorted(chosen.all_inner_texts()) == sorted(texts)
    assert page.locator("input.blank").input_value() == "1万"
    assert "5 题都已作答并保存" in press(phone, "交卷")
    assert "80 / 100 分" in press(phone, "交卷")
    return id


def open_passage(phone) -> None:
    """From the wrong answer to what it rests on."""
    page = phone.page
    line = page.locator(".result-line", has_text=FINE)
    assert line.locator("h3 .mark").inner_text() == "错" and WHY in line.inner_text()
    with page.expect_navigation():
        line.locator("a.citation").click()
    assert re.fullmatch(r".+/regulations/[\w-]+#\S+", page.url), page.url
    passage = page.locator(":target")
    expect(passage).to_contain_text("第四十八条")
    expect(passage).to_be_in_viewport()
    assert passage.evaluate("e => getComputedStyle(e).backgroundColor") != "rgba(0, 0, 0, 0)"


def watch(trainer, id: str) -> str:
    """The trainer finds the officer in the completion and in the export; the officer's id."""
    page = trainer.page
    trainer.open(f"/training/assignments/{id}")
    assert "完成情况：金华市" in follow(trainer, "看到每个人")
    page.get_by_label("姓名或用户名", exact=True).fill("officer")
    press(trainer, "筛选")
    row = page.locator("table.matrix tbody tr", has_text=OFFICER)
    assert row.locator("td").all_inner_texts() == ["已完成 80"]
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 Excel").click()
    assert download.value.suggested_filename == "完成情况-金华市-20261120.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    assert all(cell.data_type != "f" for sheet in book for line in sheet.iter_rows() for cell in line)
    head, *people = book["人员"].iter_rows(values_only=True)
    assert head == ("姓名", "用户名", "角色", "县（市、区）", "单位", TITLE)
    assert (OFFICER, "officer", "执法人员", "婺城区", "罗店镇", "已完成 80.00") in people
    return row.locator("a").get_attribute("href").rsplit("/", maxsplit=1)[1]


def test_a_campaign_from_the_excel_bank_to_the_export(neighbour, enter):
    trainer, editor, phone = enter("trainer"), enter("editor"), enter("officer", width=390)
    fill_bank(trainer, editor)
    id = assign(trainer)
    attempt = take(phone)
    open_passage(phone)
    officer = watch(trainer, id)

    other = enter(neighbour)
    for path in ("/training", "/training/assignments", "/training/completion", "/training/report"):
        shown = read(other, path)
        assert TITLE not in shown and OFFICER not in shown, path
    closed = (
        f"/training/assignments/{id}", f"/training/assignments/{id}/preview", f"/training/assignments/{id}/weakest",
        f"/training/completion?assignment={id}", f"/training/completion/export?assignment={id}",
        f"/training/people/{officer}", f"/training/attempts/{attempt}/result", f"/training/assignments/{id}/statistics",
    )  # fmt: skip
    for path in closed:
        assert "没有找到这一页" in read(other, path), path
    assert len(other.faults) == len(closed) and all("404" in fault for fault in other.faults)
    assert phone.faults and all("ERR_INTERNET_DISCONNECTED" in fault for fault in phone.faults)
    assert trainer.faults == editor.faults == []
