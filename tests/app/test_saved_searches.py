"""Saved searches: one's own, with what is new since they were last opened."""

import re

import pytest
import sqlalchemy as sa

from app.access import Role
from app.db import db, writing
from app.search.models import SavedSearch
from app.search.operations import MAX_SAVED

pytestmark = pytest.mark.usefixtures("indexed")
SEARCH = {"q": "煤气罐放在地下室能罚吗", "kind": "case", "name": "地下室气瓶"}


def saved(app) -> list[SavedSearch]:
    with app.app_context():
        return list(db.session.scalars(sa.select(SavedSearch).order_by(SavedSearch.id)))


def test_a_search_is_saved_opened_and_deleted(app, client, auth):
    auth.be(Role.OFFICER)
    response = auth.post("/search/saved", SEARCH)
    assert response.status_code == 302 and "kind=case" in response.location
    (search,) = saved(app)
    assert search.kind == "case" and set(search.seen.splitlines()) >= {"case-0101"}
    page = client.get("/search/saved").text
    assert "地下室气瓶" in page and "有新结果" not in page
    opened = auth.post(f"/search/saved/{search.id}/open")
    assert opened.status_code == 302 and "kind=case" in opened.location
    assert auth.post(f"/search/saved/{search.id}/delete").status_code == 302
    assert saved(app) == [] and "还没有保存的检索" in client.get("/search/saved").text


def test_new_results_are_told_until_it_is_opened(app, client, auth):
    auth.be(Role.OFFICER)
    auth.post("/search/saved", SEARCH)
    with app.app_context(), writing() as session:
        session.execute(sa.update(SavedSearch).values(seen="case-0102"))
    assert re.search(r"有新结果（\d+）", client.get("/search/saved").text)
    auth.post(f"/search/saved/{saved(app)[0].id}/open")
    assert "有新结果（" not in client.get("/search/saved").text


def test_a_saved_search_is_its_owners_alone(app, client, auth):
    auth.be(Role.OFFICER)
    auth.post("/search/saved", SEARCH)
    (search,) = saved(app)
    auth.be(Role.ADMIN)
    assert "地下室气瓶" not in client.get("/search/saved").text
    for act in ("open", "delete"):
        assert auth.post(f"/search/saved/{search.id}/{act}").status_code == 404
    assert len(saved(app)) == 1


@pytest.mark.both_databases
def test_a_name_is_used_once_and_there_is_a_limit(app, client, auth):
    auth.be(Role.OFFICER)
    auth.post("/search/saved", SEARCH)
    auth.post("/search/saved", SEARCH)
    assert len(saved(app)) == 1 and "已有同名的检索" in client.get("/search/saved").text
    for number in range(MAX_SAVED):
        auth.post("/search/saved", SEARCH | {"name": f"第{number}个"})
    assert len(saved(app)) == MAX_SAVED and f"最多保存 {MAX_SAVED} 个" in client.get("/search/saved").text


def test_nonsense_is_refused(app, client, auth):
    auth.be(Role.OFFICER)
    assert auth.post("/search/saved", {"q": "", "name": "空"}).status_code == 400
    assert auth.post("/search/saved", {"q": "煤" * 500, "name": "长"}).status_code == 302
    assert "检索词太长" in client.get("/search/saved").text
    assert saved(app) == []
