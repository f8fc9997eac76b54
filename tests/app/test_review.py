"""Editors' pages: synonyms and pinned answers."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from app import clock
from app.access import Role
from app.audit import AuditEntry
from app.db import db
from app.search.models import PinnedAnswer, SynonymGroup, SynonymTerm

pytestmark = pytest.mark.usefixtures("indexed")
SYNONYMS = {"terms": "钢瓶、气瓶", "reason": "群众的说法", "state": "active", "action": "save"}
TODAY = clock.today()
PIN = {
    "patterns": "煤气罐\n液化气", "place": "/regulations/ranqi-tiaoli#art-49", "audience": "public", "note": "最常问",
    "ends_on": (TODAY + dt.timedelta(days=30)).isoformat(),
}  # fmt: skip
LAW = 'href="/regulations/ranqi-tiaoli#art-49"'


def words(app) -> list[tuple[str, ...]]:
    with app.app_context():
        return [group.words for group in db.session.scalars(sa.select(SynonymGroup).order_by(SynonymGroup.id))]


def audit(app) -> list[str]:
    with app.app_context():
        return [
            e.action for e in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)) if "review" in e.action
        ]


@pytest.mark.both_databases
def test_synonyms_bring_what_the_word_alone_does_not(app, client, auth):
    before = client.get("/search?q=钢瓶").text
    auth.be(Role.EDITOR)
    assert auth.post("/review/synonyms/add", SYNONYMS).status_code == 302
    after = app.test_client().get("/search?q=钢瓶").text
    assert '<mark class="word">气瓶</mark>' in after and '<mark class="word">气瓶</mark>' not in before
    assert 'value="钢瓶"' in after  # the question is shown as it was asked
    auth.post("/review/synonyms/1", SYNONYMS | {"state": "paused"})
    assert '<mark class="word">气瓶</mark>' not in app.test_client().get("/search?q=钢瓶").text
    assert "停用" in client.get("/review/synonyms").text
    assert auth.post("/review/synonyms/1/delete").status_code == 302 and words(app) == []
    assert audit(app) == ["review.synonyms_added", "review.synonyms_changed", "review.synonyms_deleted"]


def test_a_preview_shows_what_changes_and_saves_nothing(app, client, auth):
    auth.be(Role.EDITOR)
    page = auth.post("/review/synonyms/add", SYNONYMS | {"action": "preview", "preview": "钢瓶"}).text
    assert "还没有保存" in page and "（新）" in page and words(app) == []
    too_long = auth.post("/review/synonyms/add", SYNONYMS | {"action": "preview", "preview": "煤" * 300})
    assert too_long.status_code == 200 and words(app) == []


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ("气瓶", "至少写两个"),
        ("气、瓶子", "2 到 40 个字"),
        ("", "请填写词语"),
        ("、".join(f"词语{i}" for i in range(13)), "最多 12 个"),
    ],
)
def test_a_group_that_cannot_be_is_refused_with_the_reason(app, client, auth, terms, told):
    auth.be(Role.EDITOR)
    assert told in auth.post("/review/synonyms/add", SYNONYMS | {"terms": terms}).text
    assert words(app) == []


@pytest.mark.both_databases
def test_a_word_is_in_one_group_only(app, client, auth):
    auth.be(Role.EDITOR)
    auth.post("/review/synonyms/add", SYNONYMS)
    page = auth.post("/review/synonyms/add", SYNONYMS | {"terms": "气瓶、瓶子"})
    assert "已经在另一组里" in page.text and words(app) == [("钢瓶", "气瓶")]
    assert auth.post("/review/synonyms/1", SYNONYMS | {"terms": "气瓶、瓶子、钢瓶"}).status_code == 302
    assert set(words(app)[0]) == {"气瓶", "瓶子", "钢瓶"}


@pytest.mark.both_databases
def test_a_table_is_imported_whole_or_not_at_all_and_comes_back_the_same(app, client, auth):
    auth.be(Role.EDITOR)
    auth.post("/review/synonyms/add", SYNONYMS)
    bad = "词语,理由,状态\n煤气罐、液化气罐,说法,启用\n单个,理由,\n钢瓶、铁瓶,重复,启用\n甲乙、丙丁,,启用\n戊己、庚辛,理由,也许\n".encode()
    page = auth.send_file("/review/synonyms/import", bad, "s.csv").text
    for row, told in ((3, "至少写两个"), (4, "“钢瓶”已在“钢瓶、气瓶”一组"), (5, "请填写理由"), (6, "只能填")):
        assert re.search(rf"<td>{row}</td>.*?{told}", page)
    assert words(app) == [("钢瓶", "气瓶")]
    good = "词语,理由,状态\n煤气罐、液化气罐,说法,启用\n气瓶、钢瓶,换了理由,停用\n".encode()
    assert auth.send_file("/review/synonyms/import", good, "s.csv").status_code == 302
    assert len(words(app)) == 2 and "换了理由" in client.get("/review/synonyms").text
    table = client.get("/review/synonyms/table").data
    assert auth.send_file("/review/synonyms/import", table, "s.csv").status_code == 302 and len(words(app)) == 2
    assert "文件是空的" in auth.send_file("/review/synonyms/import", b" ", "s.csv").text


def test_a_pin_stands_above_the_results_and_says_so(app, client, auth):
    auth.be(Role.EDITOR)
    assert auth.post("/review/pins/add", PIN).status_code == 302
    visitor = app.test_client().get("/search?q=家里的煤气罐").text
    assert "人工置顶" in visitor and visitor.index(LAW) < visitor.index("相关事项")
    assert "人工置顶" not in app.test_client().get("/search?q=不罚").text
    assert auth.post("/review/pins/1/delete").status_code == 302
    assert "人工置顶" not in app.test_client().get("/search?q=家里的煤气罐").text
    assert audit(app) == ["review.pin_added", "review.pin_deleted"]


def test_a_pin_of_an_officers_document_never_shows_to_the_public(app, client, auth):
    auth.be(Role.EDITOR)
    guide = PIN | {"place": "guide-01"}
    assert "公众看不到" in auth.post("/review/pins/add", guide).text
    assert auth.post("/review/pins/add", guide | {"audience": "officer"}).status_code == 302
    auth.post("/review/pins/add", PIN | {"audience": "officer"})
    assert client.get("/search?q=煤气罐").text.count("人工置顶") == 2
    assert "人工置顶" not in app.test_client().get("/search?q=煤气罐").text
    with app.app_context():  # even when a row says public: the public store has no such document
        db.session.execute(sa.update(PinnedAnswer).values(audience="public").where(PinnedAnswer.place == "guide-01"))
        db.session.commit()
    visitor = app.test_client().get("/search?q=煤气罐").text
    assert "人工置顶" not in visitor and "guide-01" not in visitor


@pytest.mark.both_databases
def test_an_ended_pin_stops_by_itself_and_is_listed(app, client, auth, monkeypatch):
    auth.be(Role.EDITOR)
    auth.post("/review/pins/add", PIN | {"ends_on": TODAY.isoformat()})
    assert "人工置顶" in app.test_client().get("/search?q=煤气罐").text
    later = clock.now() + dt.timedelta(days=1, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "人工置顶" not in app.test_client().get("/search?q=煤气罐").text
    auth.be(Role.EDITOR, "again")
    assert "已到期，不再显示" in client.get("/review/pins").text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"patterns": "煤"}, "太短"),
        ({"place": "/nope"}, "没有这份文档"),
        ({"place": "ranqi-tiaoli#art-999"}, "没有这份文档"),
        ({"ends_on": "2020-01-01"}, "不能早于今天"),
        ({"ends_on": "x"}, "截止日期"),
        ({"audience": "all"}, "请从列表中选择"),
    ],
)
def test_a_pin_that_cannot_be_is_refused_with_the_reason(app, client, auth, change, told):
    auth.be(Role.EDITOR)
    page = auth.post("/review/pins/add", PIN | change)
    assert page.status_code == 200 and told in page.text
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(PinnedAnswer)) == 0


def test_nobody_but_editors_changes_anything(app, client, auth):
    for role in (Role.OFFICER, Role.TRAINER, Role.ADMIN):
        auth.be(role)
        assert auth.post("/review/synonyms/add", SYNONYMS).status_code == 404
        assert auth.post("/review/pins/add", PIN).status_code == 404
        assert client.get("/review/gaps").status_code == 404
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(SynonymTerm)) == 0
