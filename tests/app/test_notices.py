"""Notices reach each person once, and only their own."""

import datetime as dt

import pytest
import sqlalchemy as sa

from app import clock
from app.db import db, writing
from app.notices import operations, queries
from app.notices.models import Notice, OutboxMail

NOW = dt.datetime(2026, 11, 28, 2, 0, tzinfo=dt.UTC)


def tell(app, user_ids, key="task-1", **values) -> int:
    facts = {"title": "新任务", "body": "请在12月5日前完成。", "url": "/account", "now": NOW} | values
    with app.app_context(), writing() as session:
        return operations.notify(session, user_ids, key=key, **facts)


def count(app, model=Notice) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(model))


@pytest.mark.both_databases
def test_a_person_is_told_once_and_a_later_call_tells_those_left_out(app, auth):
    first, second = auth.user("yi"), auth.user("er")
    assert tell(app, [first, first]) == 1
    assert tell(app, [first, second]) == 1
    assert tell(app, [first, second]) == 0
    assert tell(app, [first, second], key="task-2") == 2
    assert count(app) == 4


@pytest.mark.both_databases
def test_mail_goes_into_the_outbox_only_for_those_with_an_address(app, auth):
    with_address, without = auth.user("yi", email="yi@example.test"), auth.user("er")
    tell(app, [with_address, without])
    tell(app, [with_address, without])
    assert count(app, OutboxMail) == 1
    tell(app, [with_address, without], key="quiet", mail=False)
    assert count(app, OutboxMail) == 1


def test_an_address_given_later_brings_no_mail_about_old_notices(app, auth):
    id = auth.user("yi")
    tell(app, [id])
    with app.app_context(), writing() as session:
        session.execute(sa.text("UPDATE user SET email = 'yi@example.test'"))
    tell(app, [id])
    assert count(app, OutboxMail) == 0


def test_the_disabled_and_the_unknown_are_passed_over(app, auth):
    assert tell(app, [auth.user("yi", is_active=False), 999]) == 0


@pytest.mark.both_databases
def test_thousands_are_told_in_few_statements(app, auth, count_queries):
    unit = auth.unit()
    with app.app_context(), writing() as session:
        session.add_all(auth.new_user(f"u{n}", unit_id=unit, email=f"u{n}@example.test") for n in range(12_000))
        session.flush()
        ids = session.scalars(sa.text('SELECT id FROM "user"')).all()
    with count_queries() as seen:
        assert tell(app, ids) == 12_000
    assert len(seen) == 4
    assert count(app, OutboxMail) == 12_000


@pytest.mark.parametrize("url", ["https://other.test/", "//other.test", "/\\other.test", "javascript:alert(1)"])
def test_a_notice_never_leads_off_the_site(app, auth, url):
    with pytest.raises(ValueError, match="page of this site"):
        tell(app, [auth.user()], url=url)


def test_reading_all_leaves_what_came_after_the_page_was_shown(app, auth):
    id = auth.user()
    tell(app, [id], key="a")
    with app.app_context():
        newest = queries.notices_page(db.session, id, 1).newest_id
    tell(app, [id], key="b")
    with app.app_context(), writing() as session:
        assert operations.read_all(session, id, up_to=newest, now=clock.now()) == 1
        assert queries.unread_count(session, id) == 1
