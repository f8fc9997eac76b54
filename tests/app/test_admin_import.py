"""Importing users and units from a table: in the browser, on the command line, and the demo data."""

import base64
import csv
import datetime as dt
import io
import json
import os
import re
import time

import openpyxl
import pytest
import sqlalchemy as sa

from app.access import Role
from app.accounts.demo_accounts import DEMO_ACCOUNTS
from app.accounts.models import Level, Unit, User, UserSession
from app.audit import AuditEntry
from app.db import db, writing
from app.demo import DEMO_PASSWORDS, load_demo

pytestmark = pytest.mark.both_databases

USERS = "用户名,姓名,角色,单位编码\n"
UNITS = "编码,名称,级别,上级编码\n"
NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def rows(app, query) -> list:
    with app.app_context():
        return list(db.session.scalars(query))


def usernames(app) -> list[str]:
    return rows(app, sa.select(User.username).order_by(User.id))


def excel(*lines) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.fixture
def admin(auth):
    auth.unit("330702", Level.COUNTY, "330700") if auth.unit() else None
    return auth.be(Role.ADMIN)


@pytest.fixture
def upload(auth, admin):
    def send(data: str | bytes, path: str = "/admin/users/import", name: str = "表.csv") -> str:
        data = data.encode() if isinstance(data, str) else data
        return auth.send_file(path, data, name).text

    return send


@pytest.fixture
def confirm(auth):
    def send(page: str, path: str = "/admin/users/import/confirm"):
        token = re.search(r'name="upload" value="(\w+)"', page)[1]
        return auth.post(path, {"upload": token}, follow_redirects=True)

    return send


def told(page: str) -> list[tuple[str, str, str]]:
    """Row, column and message of every fault on a preview page."""
    return re.findall(r"<tr><td>(\d+)</td><td>([^<]*)</td><td>([^<]*)</td></tr>", page)


# ---- users


def test_a_preview_changes_nothing_and_confirming_imports_all(app, auth, upload, confirm):
    auth.user("wang")
    page = upload(USERS + "li.si,李四,执法人员,330702\nWANG,王大明,培训管理员,330702\n,,,\nzhao,赵六,editor,330700\n")
    assert "新增 2，变更 1，不变 0，错误 0" in page
    assert "姓名：王小明 → 王大明；角色：执法人员 → 培训管理员；单位：单位330700 → 单位330702" in page
    assert usernames(app) == ["a-admin", "wang"]
    assert "新增 2，变更 1" in confirm(page).text
    with app.app_context():
        found = {user.username: user for user in db.session.scalars(sa.select(User))}
        assert found["li.si"].must_change_password and found["zhao"].role == "editor"
        assert (found["wang"].name, found["wang"].role) == ("王大明", "trainer") and not found[
            "wang"
        ].must_change_password
    assert "admin.users_imported" in rows(app, sa.select(AuditEntry.action))
    assert not list((app.config["INSTANCE_DIR"] / "uploads").iterdir())


def test_the_one_time_passwords_come_once_as_a_table_and_open_the_door(app, auth, upload, confirm):
    done = confirm(upload(USERS + "li.si,李四,执法人员,330702\n")).text
    sheet = base64.b64decode(re.search(r'base64,([^"]+)" download', done)[1])
    assert sheet.startswith(b"\xef\xbb\xbf")
    (line,) = csv.DictReader(io.StringIO(sheet.decode("utf-8-sig")))
    assert (line["用户名"], line["姓名"], line["单位"]) == ("li.si", "李四", "单位330702")
    newcomer = app.test_client()
    assert auth.sign_in("li.si", line["一次性密码"], client=newcomer).status_code == 302
    assert newcomer.get("/account").location == "/account/password"


def test_a_changed_role_in_a_table_ends_the_sessions_of_that_user(app, auth, upload, confirm):
    auth.user("wang")
    person = app.test_client()
    auth.sign_in("wang", client=person)
    confirm(upload(USERS + "wang,王小明,editor,330700\n"))
    assert person.get("/account").status_code == 302


def test_importing_the_same_table_again_changes_nothing(upload, confirm):
    table = USERS + "li.si,李四,执法人员,330702\n"
    confirm(upload(table))
    page = upload(table)
    assert "新增 0，变更 0，不变 1，错误 0" in page and "确认导入" not in page


def test_every_fault_is_told_by_row_and_column_and_nothing_can_be_confirmed(app, upload):
    page = upload(
        USERS
        + "good,好人,执法人员,330702\n"
        + "李四,李四,执法人员,330702\n"
        + "a2,,国王,999\n"
        + "good,又一个,执法人员,330702\n"
        + '=cmd|"/C calc"!A0,坏人,执法人员,330702\n'
        + "a3,+1+1,执法人员,330702\n"
        + f"a4,{'长' * 31},执法人员,330702\n"
        + "a-admin,王小明,执法人员,330700\n"
    )
    assert [(row, column) for row, column, _ in told(page)] == [
        ("3", "用户名"), ("4", "单位编码"), ("4", "姓名"), ("4", "角色"), ("5", "用户名"), ("6", "用户名"), ("6", "用户名"),
        ("7", "姓名"), ("8", "姓名"), ("9", "角色"),
    ]  # fmt: skip
    assert "和第 2 行重复" in page and "不能改自己的角色" in page and "以 = + - @ 开头" in page
    assert 'name="upload"' not in page and usernames(app) == ["a-admin"]
    assert not (app.config["INSTANCE_DIR"] / "uploads").exists()


def test_excel_files_chinese_encodings_and_numbers_are_read(upload):
    page = upload(
        excel(["单位编码", "姓名", "备注", "用户名", "角色"], [330702, " 李四 ", "x", 13800001111, "执法人员"]),
        name="a.xlsx",
    )
    assert "<td>13800001111</td><td>李四</td><td>执法人员</td><td>330702 单位330702</td>" in page
    table = USERS + "li.si,李四,执法人员,330702\n"
    for data in (table.encode("gb18030"), table.encode("utf-8-sig"), table.replace("\n", "\r\n").encode()):
        assert "新增 1，变更 0，不变 0，错误 0" in upload(data)


def test_formulas_in_excel_are_faults(upload):
    page = upload(
        excel(["用户名", "姓名", "角色", "单位编码"], ["li.si", '=HYPERLINK("http://e.x","李")', "执法人员", "330702"])
    )
    assert told(page)[0][:2] == ("2", "姓名")


def test_cells_that_a_sheet_would_run_are_made_harmless_in_what_is_downloaded():
    from app.admin.sheets import write_csv

    lines = write_csv(["a"], [["=1+1"], ["+1"], ["-1"], ["@x"], ["\tx"], ["李"]]).decode("utf-8-sig").splitlines()
    assert lines[1:] == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "李"]


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"", "文件是空的"), (b"a,b\n1,2\n", "缺少：用户名、姓名、角色、单位编码"), (b"\xff\xfe\x00\x01", "认不出文件的编码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "旧的 .xls"), (b"a,b\0", "不是 CSV"), (b"PK\x03\x04 broken", "打不开"),
        ((USERS + "x" * 10 + ",x,x,x\n" * 20_001).encode(), "超过 20000 行"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_what_to_do(upload, data, advice):
    assert advice in upload(data)


def test_a_file_over_six_megabytes_is_refused(auth, admin):
    assert auth.send_file("/admin/users/import", b"x" * 6_100_000, "a.csv").status_code == 413


def test_a_confirmation_is_good_once_for_an_hour_and_only_for_who_uploaded(app, auth, client, upload, confirm):
    page = upload(USERS + "li.si,李四,执法人员,330702\n")
    (kept,) = (app.config["INSTANCE_DIR"] / "uploads").iterdir()
    assert kept.stat().st_mode & 0o077 == 0

    other = app.test_client()
    auth.user("zhang", Role.ADMIN)
    auth.sign_in("zhang", client=other)
    token = re.search(r'name="upload" value="(\w+)"', page)[1]
    stolen = auth.post("/admin/users/import/confirm", {"upload": token}, client=other, follow_redirects=True)
    assert "没有确认" in stolen.text

    os.utime(kept, (time.time() - 3700,) * 2)
    assert "没有确认" in confirm(page).text and "li.si" not in usernames(app)

    page = upload(USERS + "li.si,李四,执法人员,330702\n")
    assert "已导入" in confirm(page).text
    assert "已经导入过" in confirm(page).text


@pytest.mark.parametrize("token", ["", "../app.db", "x" * 32, "0" * 32, "../../etc/passwd"])
def test_a_made_up_confirmation_opens_no_file(auth, admin, token):
    answer = auth.post("/admin/users/import/confirm", {"upload": token}, follow_redirects=True)
    assert answer.status_code == 200 and "请重新上传" in answer.text


def test_uploads_never_confirmed_are_removed_after_an_hour(app, upload):
    upload(USERS + "li.si,李四,执法人员,330702\n")
    (kept,) = (app.config["INSTANCE_DIR"] / "uploads").iterdir()
    os.utime(kept, (time.time() - 3700,) * 2)
    upload(USERS + "li.si,李四,执法人员,330702\n")
    assert kept not in (app.config["INSTANCE_DIR"] / "uploads").iterdir()


def test_an_import_overtaken_by_another_change_imports_nothing(app, auth, upload, confirm, monkeypatch):
    page = upload(USERS + "li.si,李四,执法人员,330702\nzhao,赵六,执法人员,330702\n")
    from app.admin import import_views

    real = import_views.new_passwords

    def overtaken(plan):
        auth.user("zhao")  # somebody else adds one of them now
        with app.app_context(), writing() as session:
            session.execute(sa.update(Unit).where(Unit.code == "330702").values(code="330799"))
        return real(plan)

    monkeypatch.setattr(import_views, "new_passwords", overtaken)
    assert "没有导入任何内容" in confirm(page).text
    assert usernames(app) == ["a-admin", "zhao"]


def test_a_failure_half_way_leaves_nothing_behind(app, auth, upload, confirm, monkeypatch):
    from app.admin import operations

    def fail(*_args):
        raise RuntimeError("power cut")

    page = upload(USERS + "li.si,李四,执法人员,330702\n")
    monkeypatch.setattr(operations, "_record_import", fail)
    assert confirm(page).status_code == 500
    assert usernames(app) == ["a-admin"]


def test_the_templates_can_be_filled_in_and_imported(app, client, upload):
    for kind, line in (
        ("users", ["li.si", "李四", "执法人员", "330702"]),
        ("units", ["330703", "金东区", "县市区", "330700"]),
    ):
        answer = client.get(f"/admin/{kind}/template")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{kind}.xlsx"'
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        book.worksheets[0].append(line)
        stream = io.BytesIO()
        book.save(stream)
        assert "新增 1，变更 0，不变 0，错误 0" in upload(stream.getvalue(), f"/admin/{kind}/import")


# ---- units


def import_units(upload, confirm, table: str):
    return confirm(upload(UNITS + table, "/admin/units/import"), "/admin/units/import/confirm")


def test_units_may_stand_in_any_order_in_the_table(app, upload, confirm):
    import_units(
        upload,
        confirm,
        "330703001,多湖街道,乡镇街道,330703\n330703,金东区,县市区,330700\n330702,婺城区,县市区,330700\n",
    )
    with app.app_context():
        units = {unit.code: unit for unit in db.session.scalars(sa.select(Unit))}
        assert units["330703001"].parent.parent.code == "330700" and units["330702"].name == "婺城区"
    assert "admin.units_imported" in rows(app, sa.select(AuditEntry.action))


def test_a_moved_unit_takes_its_branch_along(app, auth, upload, confirm):
    auth.unit("330703", Level.COUNTY, "330700")
    auth.unit("330702001", Level.TOWN, "330702")
    page = upload(UNITS + "330702001,单位330702001,乡镇街道,330703\n", "/admin/units/import")
    assert "上级：单位330702 → 330703" in page
    confirm(page, "/admin/units/import/confirm")
    with app.app_context():
        assert db.session.scalar(sa.select(Unit).where(Unit.code == "330702001")).parent.code == "330703"


def test_faulty_units_are_told_by_row_and_column(app, upload):
    page = upload(
        UNITS
        + "330703,金东区,县市区,330702\n"  # below a county
        + "330704,甲,省,330700\n"
        + "330702,婺城区,乡镇街道,330700\n"  # another level
        + "330705,,县市区,330700\n"
        + "330706,乙,县市区,330706\n"  # below itself
        + "330707,丙,乡镇街道,330708\n330708,丁,县市区,330707\n"  # a cycle of two
        + "330705,戊,县市区,330700\n"
        + "编 码,己,县市区,330700\n",
        "/admin/units/import",
    )
    assert [(row, column) for row, column, _ in told(page)] == [
        ("2", "上级编码"), ("3", "级别"), ("4", "上级编码"), ("4", "级别"), ("5", "名称"), ("6", "上级编码"), ("8", "上级编码"),
        ("9", "编码"), ("10", "编码"),
    ]  # fmt: skip
    assert len(rows(app, sa.select(Unit))) == 2


# ---- command line and demo


@pytest.fixture
def run(app):
    return lambda *args: app.test_cli_runner().invoke(args=["users", *map(str, args)])


def test_a_user_added_on_the_command_line_signs_in_with_the_printed_password(auth, client, run):
    auth.unit()
    result = run("add", "Boss", "老王", "--role", "admin", "--unit", "330700")
    assert result.exit_code == 0
    assert auth.sign_in("boss", result.output.strip()).status_code == 302
    assert client.get("/account").location == "/account/password"


@pytest.mark.parametrize(
    ("name", "unit", "advice"),
    [("boss", "9", "没有编码为 9 的单位"), ("老王", "330700", "小写字母"), ("wang", "330700", "已经有人用了")],
)
def test_the_command_line_says_why_a_user_cannot_be_added(app, auth, run, name, unit, advice):
    auth.user("wang")
    result = run("add", name, "老王", "--role", "admin", "--unit", unit)
    assert result.exit_code == 1 and advice in result.output and usernames(app) == ["wang"]


def test_a_table_is_imported_on_the_command_line(app, auth, run, tmp_path):
    auth.unit()
    table = tmp_path / "users.csv"
    table.write_text(USERS + "li.si,李四,执法人员,330700\n", encoding="gb18030")
    dry = json.loads(run("import", table, "--dry-run", "--json").stdout)
    assert dry == {"imported": False, "added": 1, "changed": 0, "unchanged": 0, "errors": [], "passwords": {}}
    assert usernames(app) == []
    done = run("import", table, "--json")
    assert done.exit_code == 0 and list(json.loads(done.stdout)["passwords"]) == ["li.si"]
    assert "不变 1" in run("import", table).stderr


def test_a_faulty_table_on_the_command_line_exits_with_one_and_imports_nothing(app, auth, run, tmp_path):
    auth.unit()
    table = tmp_path / "users.csv"
    table.write_text(USERS + "li.si,李四,执法人员,330700\nx,李四,国王,330700\n", encoding="utf-8")
    result = run("import", table)
    assert result.exit_code == 1 and "第 3 行 角色" in result.stderr and usernames(app) == []
    report = json.loads(run("import", table, "--json").stdout)
    assert [error["row"] for error in report["errors"]] == [3, 3] and not report["imported"]
    table.write_text("x", encoding="utf-8")
    assert "缺少" in json.loads(run("import", table, "--json").stdout)["error"]


def test_demo_data_is_loaded_once_and_each_account_signs_in(app, apps, auth):
    for _ in range(2):
        with app.app_context(), writing() as session:
            accounts = load_demo(session, NOW)
        trail = rows(app, sa.select(AuditEntry).where(AuditEntry.action.startswith("admin.")))
        real = [name for name in usernames(app) if not name.startswith("sample")]
        state = (len(rows(app, sa.select(Unit))), real, len(trail))
        assert state == (177, [account.username for account in DEMO_ACCOUNTS], 5)
    assert {account.role for account in accounts} == set(Role)
    demo = apps(DEMO="1")
    for username, password in DEMO_PASSWORDS.items():
        client = demo.test_client()
        assert password in client.get("/sign-in").text
        assert auth.sign_in(username, password, client=client).status_code == 302
        assert client.get("/account").status_code == 200


def test_the_demo_tree_has_ten_counties_each_with_townships_and_two_squads(app):
    with app.app_context(), writing() as session:
        load_demo(session, NOW)
        counties = session.scalars(sa.select(Unit).where(Unit.level == Level.COUNTY)).all()
        assert len(counties) == 10
        for county in counties:
            below = session.scalars(sa.select(Unit.level).where(Unit.parent_id == county.id)).all()
            assert below.count(Level.SQUAD) == 2 and below.count(Level.TOWN) >= 8


def test_twenty_thousand_users_are_imported_within_a_minute(app, upload, confirm):
    if app.config["SQLALCHEMY_ENGINES"]["default"].startswith("postgresql"):
        pytest.skip("once is enough: nearly all of it is Python")
    table = USERS + "".join(f"user{number:05},示例{number},执法人员,330702\n" for number in range(20_000))
    start = time.perf_counter()
    page = upload(table)
    done = confirm(page)
    took = time.perf_counter() - start
    assert "新增 20000" in done.text and took < 60
    assert rows(app, sa.select(sa.func.count()).select_from(UserSession)) == [1]
