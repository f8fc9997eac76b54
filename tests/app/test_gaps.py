"""The gap report: it finds the planted gaps, and one new guide closes exactly its own."""

import datetime as dt

import pytest
import sqlalchemy as sa

from app import clock
from app.access import Role
from app.db import db, writing
from app.index import live_index
from app.review.gap_operations import collect
from app.review.gaps import bad_queries
from app.review.models import Gap, GapQuery
from app.search.models import SearchTrace
from corpus.reader import read_corpus
from fakes import FakeEncoder, guide_text, write_corpus
from indexer.build import build_index

NOW = clock.now() - dt.timedelta(hours=1)
THRESHOLD = 0.5  # letter pairs stand for meaning here
DRONES = ["无人机乱飞归谁管", "无人机乱飞罚多少", "无人机乱飞怎么处理"]
BICYCLES = ["共享单车乱停谁来管", "共享单车乱停罚多少钱"]
GUIDE = guide_text("无人机乱飞归谁管、罚多少、怎么处理。")
for old, new in (
    ("guide-01", "guide-09"),
    ("城镇燃气执法", "无人机执法"),
    ("field: 城镇燃气", "field: 无人机"),
    ("[m-0101]", "[]"),
):
    GUIDE = GUIDE.replace(old, new)


def a_trace(number: int, query: str, **values) -> SearchTrace:
    facts = {
        "at": NOW, "audience": "officer", "role": "officer", "count": 0, "best_score": 0.0, "ms": 5.0, "generation": "g",
    }  # fmt: skip
    return SearchTrace(key=f"{number:016d}", query=query, **(facts | values))


def planted(user: int) -> list[SearchTrace]:
    rows = [a_trace(i, query) for i, query in enumerate((*DRONES, *DRONES[:1], *BICYCLES))]
    fine = {"count": 3, "best_score": 0.9}
    rows.append(a_trace(10, "煤气罐放在地下室", clicked="m-0101", clicked_rank=1, **fine))
    rows += [a_trace(20 + i, "看了又看没点开", **fine) for i in range(2)]
    rows.append(a_trace(30, "只看过一次", **fine))
    rows.append(a_trace(40, "勉强有一点", count=1, best_score=0.2))
    rows.append(a_trace(50, "开头这样问", user_id=user, at=NOW + dt.timedelta(minutes=1), **fine))
    rows.append(a_trace(51, "后来换个说法", user_id=user, at=NOW + dt.timedelta(minutes=3), **fine))
    rows.append(a_trace(60, "加了筛选没有", field="养犬"))
    return rows


@pytest.fixture
def plant(app, indexed, auth):
    user = auth.user("asker")
    with app.app_context(), writing() as session:
        session.add_all(planted(user))


def update(app) -> None:
    with app.app_context():
        traces = db.session.scalars(sa.select(SearchTrace).order_by(SearchTrace.at, SearchTrace.key)).all()
        bad = bad_queries(traces)
        with writing() as session:
            collect(session, bad, FakeEncoder().encode_queries, THRESHOLD, now=clock.now())


def groups(app) -> list[set[str]]:
    with app.app_context():
        return [{q.query for q in gap.queries} for gap in db.session.scalars(sa.select(Gap).order_by(Gap.id))]


def states(app) -> dict[int, str]:
    with app.app_context():
        return {gap.id: gap.state for gap in db.session.scalars(sa.select(Gap))}


def gap_of(app, query: str) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(GapQuery.gap_id).where(GapQuery.query == query))


def test_what_went_badly_is_told_from_what_did_not(app, indexed, auth):
    bad = {b.query: b.reason for b in bad_queries(planted(auth.user()))}
    assert bad == {
        **dict.fromkeys((*DRONES, *BICYCLES), "zero"),
        "看了又看没点开": "no_click",
        "勉强有一点": "low",
        "开头这样问": "reformulated",
    }


@pytest.mark.both_databases
def test_the_report_finds_the_planted_groups_and_an_update_changes_nothing(app, plant):
    update(app)
    found = groups(app)
    assert set(DRONES) in found and set(BICYCLES) in found and len(found) == 5
    update(app)
    assert groups(app) == found
    with app.app_context():
        assert db.session.scalar(sa.select(GapQuery.asked).where(GapQuery.query == DRONES[0])) == 2


def test_a_new_question_joins_the_gap_it_means_the_same_as(app, plant):
    update(app)
    with app.app_context(), writing() as session:
        session.add(a_trace(70, "无人机乱飞罚多少钱"))
    update(app)
    assert {*DRONES, "无人机乱飞罚多少钱"} in groups(app) and len(groups(app)) == 5


def test_one_new_guide_closes_exactly_its_gap(app, client, auth, plant, tmp_path):
    update(app)
    drones, bicycles = gap_of(app, DRONES[0]), gap_of(app, BICYCLES[0])
    auth.be(Role.EDITOR)
    rerun = {"place": "/guides/guide-09"}
    assert "没有这份文档" in auth.post(f"/review/gaps/{drones}/rerun", rerun).text
    root = write_corpus(tmp_path / "corpus")
    (root / "guides/09-drones.md").write_text(GUIDE, encoding="utf-8")
    build_index(read_corpus(root), FakeEncoder(), app.config["INDEX_DIR"], now=dt.datetime(2026, 11, 21, tzinfo=dt.UTC))
    with app.app_context():
        live_index().use(FakeEncoder())
    refused = auth.post(f"/review/gaps/{drones}/rerun", {"place": "m-0101"}).text
    assert "还不能关闭" in refused and DRONES[0] in refused
    for id in (bicycles, drones, gap_of(app, "勉强有一点"), gap_of(app, "看了又看没点开"), gap_of(app, "开头这样问")):
        auth.post(f"/review/gaps/{id}/rerun", rerun)
    assert {id for id, state in states(app).items() if state == "closed"} == {drones}
    page = client.get(f"/review/gaps/{drones}").text
    assert "已补上" in page and "/guides/guide-09" in page
    assert DRONES[0] in client.get("/review/gaps?state=closed").text


def test_closing_takes_a_rerun_and_a_question_asked_again_opens_the_gap(app, client, auth, plant):
    update(app)
    id, editor = gap_of(app, BICYCLES[0]), auth.be(Role.EDITOR)
    form = {"state": "closed", "owner": str(editor), "note": ""}
    assert "证明补上了" in auth.post(f"/review/gaps/{id}", form).text
    assert auth.post(f"/review/gaps/{id}", form | {"state": "working", "note": "在写"}).status_code == 302
    assert states(app)[id] == "working" and "王小明" in client.get("/review/gaps?state=working").text
    with app.app_context(), writing() as session:
        values = {"state": "closed", "closed_by": "guide-01", "closed_at": NOW - dt.timedelta(minutes=1)}
        session.execute(sa.update(Gap).where(Gap.id == id).values(**values))
    update(app)
    assert states(app)[id] == "open"


def test_an_officer_reports_a_question_once_and_again(app, client, auth, indexed):
    auth.be(Role.OFFICER)
    for _ in range(2):
        assert auth.post("/review/gaps/report", {"q": "电话13812345678 zzzz"}).status_code == 302
    with app.app_context():
        (row,) = db.session.scalars(sa.select(GapQuery)).all()
    assert (row.reason, row.asked) == ("reported", 2) and "138" not in row.query
    assert auth.post("/review/gaps/report", {"q": "  "}).status_code == 400


def test_the_page_updates_the_report_by_the_live_model(app, client, auth, plant, monkeypatch):
    monkeypatch.setattr("app.review.views.SAME_MEANING", THRESHOLD)
    auth.be(Role.EDITOR)
    assert "没有缺口" in client.get("/review/gaps").text
    assert auth.post("/review/gaps/collect", {"days": "30"}).status_code == 302
    page = client.get("/review/gaps").text
    assert "新发现 5 处缺口" in page and DRONES[0] in page and "3 种" in page and "4 次" in page
    with app.app_context():
        live_index().use(None)
    auth.post("/review/gaps/collect", {"days": "30"})
    assert "还在准备" in client.get("/review/gaps").text
    assert auth.post("/review/gaps/collect", {"days": "9"}).status_code == 400
