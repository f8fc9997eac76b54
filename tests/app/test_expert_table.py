"""Experts from and as a table: out and in again changes nothing; one wrong cell and nothing is used."""

import csv
import io
import re

import openpyxl
import pytest

from app.access import Role
from app.db import db
from app.experts import queries
from app.experts.table import HEADING

NEW = {
    "编号": "", "姓名": "表里人（示例）", "类别": "专业人才", "单位": "某鉴定机构（示例）", "领域": "城镇燃气", "事项": "m-0101",
    "授课形式": "专题讲授", "专长": "擅长燃气泄漏事故的现场勘验和鉴定，能讲清楚气体积聚的规律。", "课程": "甲；乙", "可授课时段": "周三 09:00-11:00",
    "年度场次上限": "4", "聘期": "2027-01-01至2027-12-31", "同意入库日期": "2026-11-01",
}  # fmt: skip


def table(*rows):
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEADING)
    writer.writerows([row.get(column, "") for column in HEADING] for row in rows)
    return stream.getvalue().encode()


def exported(client):
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/experts/export").data)).worksheets[0]
    heading, *rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    return [dict(zip(heading, row, strict=True)) for row in rows]


def upload(auth, content, name="experts.csv"):
    return auth.send_file("/experts/import", content, name).text


def confirm(auth, page):
    token = re.search(r'name="upload" value="([0-9a-f]+)"', page)[1]
    return auth.post("/experts/import/confirm", {"upload": token}, follow_redirects=True)


@pytest.fixture
def keeper(full_catalogue, auth):
    auth.be(Role.TRAINER)
    return auth


def test_out_and_in_again_changes_nothing(keeper, client):
    data = client.get("/experts/export").data
    assert "新增 0，变更 0，不变 48，错误 0" in upload(keeper, data, "experts.xlsx")


def test_rows_add_and_change_and_the_rest_stays(full_catalogue, keeper, client):
    rows = exported(client)
    changed = rows[16] | {"可授课时段": "周一 08:30-10:30", "备注": "改过"}
    page = upload(keeper, table(changed, rows[0], NEW))
    assert "新增 1，变更 1，不变 1，错误 0" in page and "可授课时段、备注" in page
    assert "已导入：新增 1，变更 1，不变 1" in confirm(keeper, page).text
    with full_catalogue.app_context():
        added, other = queries.expert(db.session, "e-049"), queries.expert(db.session, "e-017")
        assert (added.name, added.courses, added.is_sample) == ("表里人（示例）", "甲\n乙", False)
        assert [(slot.weekday, f"{slot.starts:%H:%M}") for slot in other.slots] == [(1, "08:30")]
        assert len(queries.experts(db.session)) == 49


def test_every_wrong_cell_is_named_and_nothing_is_used(full_catalogue, keeper, client):
    rows = exported(client)
    bad = NEW | {"类别": "歌手", "事项": "m-9999", "聘期": "明年"}
    page = upload(keeper, table(NEW, bad, rows[0], rows[0], NEW | {"编号": "e-999"}, NEW | {"姓名": "=1+1"}))
    assert "错误 6" in page and "确认导入" not in page
    for row, column, told in (
        (3, "类别", "类别只能是"),
        (3, "聘期", "看不懂"),
        (3, "事项", "m-9999"),
        (5, "编号", "和第 4 行重复"),
        (6, "编号", "没有这个编号"),
        (7, "姓名", "不能"),
    ):
        assert re.search(rf"<td>{row}</td><td[^>]*>{column}</td><td>[^<]*{told}", page), (row, column)
    with full_catalogue.app_context():
        assert len(queries.experts(db.session)) == 48


def test_who_left_is_not_in_the_table_and_not_changed_by_one(keeper, client):
    before = exported(client)[14]
    keeper.post(f"/experts/{before['编号']}/retire", {"reason": "调离"})
    assert len(exported(client)) == 47
    assert "已退出师资库，请先在页面上恢复" in upload(keeper, table(before))


def test_a_file_is_imported_once(keeper):
    page = upload(keeper, table(NEW))
    confirm(keeper, page)
    assert "已经导入过" in confirm(keeper, page).text
    assert "已经导入过" in keeper.post("/experts/import/confirm", {"upload": "x"}, follow_redirects=True).text


def test_what_was_overtaken_is_not_imported(keeper):
    page = upload(keeper, table(NEW | {"编号": "e-015"}))
    keeper.post("/experts/e-015/retire", {"reason": "调离"})
    assert "没有导入任何内容" in confirm(keeper, page).text


def test_a_file_that_is_no_table_is_told(keeper):
    assert "缺少：编号" in upload(keeper, "姓名\n甲".encode())
    assert "请选择文件" in keeper.post("/experts/import", {}).text


def test_the_template_says_how_to_fill_in(keeper, client):
    book = openpyxl.load_workbook(io.BytesIO(client.get("/experts/template").data))
    assert [cell.value for cell in book.worksheets[0][1]] == list(HEADING)
    assert "周二 09:00-11:30；周四 14:00-17:00" in [cell.value for cell in book.worksheets[1]["B"]]
