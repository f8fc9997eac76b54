"""The pages of notices, of the outbox, and of one's own mail address."""

import datetime as dt

import pytest
import sqlalchemy as sa

from app.access import Role
from app.accounts.models import User
from app.db import db, writing
from app.notices import operations, outbox_operations
from app.notices.models import Notice, OutboxMail

NOW = dt.datetime(2026, 11, 28, 2, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.usefixtures("indexed")


def tell(app, user_ids, key="k", **values) -> None:
    facts = {"title": f"通知{key}", "body": "第一行\n第二行", "url": "/account", "now": NOW} | values
    with app.app_context(), writing() as session:
        operations.notify(session, user_ids, key=key, **facts)


def ids(app, model=Notice) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(sa.select(model.id).order_by(model.id)))


def test_the_header_counts_the_unread_at_the_cost_of_one_query(app, auth, client, count_queries):
    me = auth.be()
    client.get("/account")
    with count_queries() as before:
        assert "条未读" not in client.get("/cases").text
    tell(app, [me], "a")
    tell(app, [me], "b")
    with count_queries() as after:
        assert '<span class="count">2<span' in client.get("/cases").text
    assert len(after) == len(before)
    assert len([s for s in after if "notice" in s]) == 1


def test_a_visitor_costs_no_query_for_notices(client, count_queries):
    with count_queries() as seen:
        client.get("/")
    assert seen == []


def test_an_empty_page_says_what_will_come(auth, client):
    auth.be()
    assert "还没有通知" in client.get("/notices").text


def test_opening_a_notice_marks_it_and_leads_on(app, auth, client):
    tell(app, [auth.be()])
    page = client.get("/notices").text
    assert "1 条未读" in page and "第一行\n第二行" in page
    answer = auth.post(f"/notices/{ids(app)[0]}/open")
    assert answer.location == "/account"
    assert "条未读" not in client.get("/notices").text


def test_a_notice_of_somebody_else_does_not_exist(app, auth, client):
    tell(app, [auth.user("other")])
    auth.be()
    assert auth.post(f"/notices/{ids(app)[0]}/open").status_code == 404
    assert "通知k" not in client.get("/notices").text
    auth.post("/notices/read", {"up_to": "999"})
    with app.app_context():
        assert db.session.scalar(sa.select(Notice.read_at)) is None


def test_the_newest_comes_first_whatever_the_order_of_writing(app, auth, client):
    me = auth.be()
    tell(app, [me], "late")
    tell(app, [me], "early")
    with app.app_context(), writing() as session:
        session.execute(
            sa.update(Notice).where(Notice.title == "通知early").values(created_at=NOW - dt.timedelta(days=1))
        )
    page = client.get("/notices").text
    assert page.index("通知late") < page.index("通知early")


def test_the_unread_come_first_and_pages_hold_twenty(app, auth, client):
    me = auth.be()
    for number in range(25):
        tell(app, [me], f"n{number:02}")
    auth.post(f"/notices/{ids(app)[24]}/open")
    first, second = client.get("/notices").text, client.get("/notices?page=2").text
    assert first.index("通知n23") < first.index("通知n04")
    assert "通知n24" not in first and "通知n24" in second
    assert "这一页没有通知" in client.get("/notices?page=9").text


def test_marking_all_as_read(app, auth, client):
    me = auth.be()
    tell(app, [me], "a")
    tell(app, [me], "b")
    answer = auth.post("/notices/read", {"up_to": str(max(ids(app)))}, follow_redirects=True)
    assert "已把 2 条标为已读" in answer.text


def test_the_outbox_page_says_when_mails_cannot_be_sent_and_lets_failed_ones_be_tried_again(app, auth, client):
    tell(app, [auth.user("yi", email="yi@example.test", name="易一")])
    auth.be(Role.ADMIN)
    page = client.get("/admin/outbox").text
    assert "没有设置 SMTP_HOST、MAIL_FROM" in page and "易一" in page and "yi@example.test" in page
    with app.app_context(), writing() as session:
        outbox_operations.note_error(session, ids(app, OutboxMail)[0], "550 没有这个人", is_final=True)
    assert "550 没有这个人" in client.get("/admin/outbox?state=failed").text
    answer = auth.post("/admin/outbox/retry", follow_redirects=True)
    assert "1 封邮件下次发送时会再试" in answer.text
    assert "没有发送失败的邮件" in client.get("/admin/outbox?state=failed").text
    assert "没有需要重发的邮件" in auth.post("/admin/outbox/retry", {"mail": "99"}, follow_redirects=True).text


def email_of(app, id: int) -> str | None:
    with app.app_context():
        return db.session.get(User, id).email


def test_a_person_sets_and_takes_away_their_own_address(app, auth, client):
    me = auth.be()
    assert "写法不对" in auth.post("/account/email", {"email": "not an address"}).text
    auth.post("/account/email", {"email": " ｗang@example.test "})
    assert email_of(app, me) == "wang@example.test"
    assert "wang@example.test" in client.get("/account").text
    auth.post("/account/email", {"email": ""})
    assert email_of(app, me) is None


def test_a_demo_account_has_no_address(apps, auth):
    site = apps(DEMO="1")
    id = auth.user("demo", is_demo=True)
    client = site.test_client()
    auth.sign_in("demo", client=client)
    assert "不能填写邮箱" in auth.post("/account/email", {"email": "a@example.test"}, client).text
    assert email_of(site, id) is None


def test_an_administrator_sets_and_takes_away_an_address(app, auth, client):
    id = auth.user("yi", email="old@example.test")
    auth.be(Role.ADMIN)
    with app.app_context():
        unit = db.session.get(User, id).unit_id
    values = {"name": "易一", "role": "officer", "unit": str(unit), "state": "active"}
    assert "写法不对" in auth.post(f"/admin/users/{id}", values | {"email": "x@"}).text
    auth.post(f"/admin/users/{id}", values | {"email": "new@example.test"})
    assert email_of(app, id) == "new@example.test"
    auth.post(f"/admin/users/{id}", values | {"email": ""})
    assert email_of(app, id) is None


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("用户名,姓名,角色,单位编码,邮箱\nyi,易一,执法人员,330700,new@example.test\n", "new@example.test"),
        ("用户名,姓名,角色,单位编码,邮箱\nyi,易新,执法人员,330700,\n", "old@example.test"),
        ("用户名,姓名,角色,单位编码\nyi,易新,执法人员,330700\n", "old@example.test"),
        ("用户名,姓名,角色,单位编码,邮箱\nyi,易新,执法人员,330700,bad@\n", "old@example.test"),
    ],
)
def test_an_import_sets_addresses_and_an_empty_cell_changes_none(app, auth, table, expected):
    id = auth.user("yi", name="易一", email="old@example.test")
    auth.be(Role.ADMIN)
    page = auth.send_file("/admin/users/import", table.encode(), "users.csv").text
    if "bad@" in table:
        assert "<td>2</td><td>邮箱</td><td>邮箱的写法不对" in page
        return
    token = page.split('name="upload" value="')[1].split('"')[0]
    auth.post("/admin/users/import/confirm", {"upload": token})
    assert email_of(app, id) == expected
