"""Traces of searches, and what is learnt from them."""

import csv
import datetime as dt
import re
import time
from html import unescape

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from app import clock
from app.access import Role
from app.db import db, writing
from app.search import operations
from app.search.models import PairDecision, SearchTrace, SearchVote
from app.search.queries import asked_by_many
from app.search.traces import WAITING, TraceWriter, traces

NOW = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)
ASKED = "煤气罐放在地下室能罚吗"


def a_trace(key: str, **values) -> SearchTrace:
    facts = {
        "at": NOW, "audience": "officer", "role": "officer", "query": ASKED, "count": 3, "best_score": 0.9, "ms": 5.0,
        "generation": "g",
    }  # fmt: skip
    return SearchTrace(key=key.ljust(16, "-"), **(facts | values))


def add(app, *rows) -> None:
    with app.app_context(), writing() as session:
        session.add_all(rows)


def all_of(app, model) -> list:
    with app.app_context():
        traces().drain()
        return list(db.session.scalars(sa.select(model)))


def test_a_visitors_search_is_noted_without_anyone(app, indexed, client):
    client.get(f"/search?q={ASKED}&field=城镇燃气&kind=case", environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    (trace,) = all_of(app, SearchTrace)
    assert (trace.query, trace.kind, trace.field, trace.audience) == (ASKED, "case", "城镇燃气", "public")
    assert trace.user_id is None and trace.role is None and trace.count >= 1 and trace.best_score > 0 and trace.ms > 0
    assert trace.generation and "203.0.113" not in repr(vars(trace))


def test_an_officers_search_is_noted_with_the_role(app, indexed, client, auth):
    id = auth.be(Role.TRAINER)
    client.get(f"/search?q={ASKED}")
    (trace,) = all_of(app, SearchTrace)
    assert (trace.user_id, trace.role, trace.audience) == (id, "trainer", "officer")


@pytest.mark.both_databases
def test_the_database_keeps_no_name_beside_a_public_search(app, auth):
    id = auth.user()
    for values in ({"user_id": id, "role": None}, {"role": "officer"}, {"audience": "secret"}):
        with pytest.raises(IntegrityError):
            add(app, a_trace("x", **({"audience": "public", "role": None} | values)))


@pytest.mark.parametrize(
    "query", ["当事人王小明 110101199003070011", "电话13812345678打不通", "车牌浙G12345停在盲道", "老板张三丰，卖烟"]
)
def test_personal_data_is_taken_out_before_anything_is_kept(app, indexed, client, query):
    client.get(f"/search?q={query}")
    (trace,) = all_of(app, SearchTrace)
    assert operations.HIDDEN in trace.query
    assert not re.search(r"\d{5}|王小明|张三丰", trace.query)


def test_a_search_does_not_wait_for_the_database_and_does_not_fail_with_it(app, indexed, client, monkeypatch):
    def away(*_args, **_named):
        time.sleep(0.2)
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr("app.search.operations.add_trace", away)
    client.get("/search?q=煤气罐")  # whatever is made once is made
    started = time.monotonic()
    for _ in range(5):
        assert client.get("/search?q=煤气罐").status_code == 200
    assert time.monotonic() - started < 5 * 0.2 + 1.5
    assert all_of(app, SearchTrace) == []


def test_when_too_many_wait_they_are_lost_and_the_log_says_so(app, caplog):
    writer = TraceWriter(app)
    writer._thread = object()  # nobody empties the queue
    for _ in range(WAITING + 1):
        writer.add(lambda session: None)
    assert "search trace lost" in caplog.text


@pytest.mark.both_databases
def test_traces_are_forgotten_after_ninety_days(app, monkeypatch):
    add(app, a_trace("old", at=NOW - dt.timedelta(days=91)), a_trace("new", at=NOW - dt.timedelta(days=89)))
    monkeypatch.setattr(clock, "now", lambda: NOW)
    result = app.test_cli_runner().invoke(args=["search", "prune", "--json"])
    assert result.exit_code == 0 and '"pruned": 1' in result.output
    assert [t.key for t in all_of(app, SearchTrace)] == ["new".ljust(16, "-")]


@pytest.mark.both_databases
def test_a_question_is_offered_to_colleagues_when_three_asked_it_within_ninety_days(app, auth):
    people = [auth.user(f"u{i}") for i in range(3)]
    rows = [a_trace(f"a{i}", user_id=id) for i, id in enumerate(people)]
    rows += [a_trace(f"b{i}", user_id=people[0], query="一个人问三遍") for i in range(3)]
    rows += [
        a_trace(f"c{i}", user_id=id, query="太久以前", at=NOW - dt.timedelta(days=91)) for i, id in enumerate(people)
    ]
    rows += [a_trace(f"d{i}", user_id=id, query="没有结果", count=0) for i, id in enumerate(people)]
    rows += [a_trace(f"e{i}", user_id=id, query="找13812345678") for i, id in enumerate(people)]
    rows += [a_trace(f"f{i}", audience="public", role=None, query="公众问的") for i in range(3)]
    add(app, *rows)
    with app.app_context():
        assert asked_by_many(db.session, NOW) == [ASKED]


def test_colleagues_questions_are_for_officers_alone(app, indexed, client, auth):
    add(app, *(a_trace(f"a{i}", user_id=auth.user(f"u{i}"), query="液化气钢瓶倒放", at=clock.now()) for i in range(3)))
    assert client.get("/suggest?q=钢瓶").json["suggestions"] == []
    auth.be(Role.OFFICER)
    assert client.get("/suggest?q=gangping").json["suggestions"] == [{"text": "液化气钢瓶倒放", "kind": "同事问过"}]


def vote_form(page: str) -> dict[str, str]:
    form = re.search(r'<form class="vote".*?</form>', page, re.DOTALL)[0]
    return {
        name: unescape(value)
        for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)
        if name not in ("useful", "csrf_token")
    }


@pytest.mark.both_databases
def test_an_officer_judges_a_result_and_the_last_judgement_counts(app, indexed, client, auth):
    id = auth.be(Role.OFFICER)
    form = vote_form(client.get(f"/search?q={ASKED}").text)
    for useful in ("1", "0"):
        response = auth.post("/search/vote", form | {"useful": useful})
        assert response.status_code == 302 and response.location.startswith("/search?q=")
    (kept,) = all_of(app, SearchVote)
    assert (kept.user_id, kept.query, kept.place, kept.is_useful) == (id, ASKED, "m-0101", False)
    assert auth.post("/search/vote", form | {"useful": "1", "to": "/guides/guide-01"}).status_code == 404
    assert "没用" not in app.test_client().get(f"/search?q={ASKED}").text


def test_one_cannot_judge_the_search_of_another(app, indexed, client, auth):
    auth.be(Role.OFFICER)
    form = vote_form(client.get(f"/search?q={ASKED}").text)
    auth.be(Role.TRAINER)
    assert auth.post("/search/vote", form | {"useful": "1"}).status_code == 404
    assert all_of(app, SearchVote) == []


@pytest.mark.both_databases
def test_an_editor_accepts_pairs_and_they_are_written_for_learning(app, indexed, client, auth, tmp_path):
    officer = auth.be(Role.OFFICER)
    add(
        app,
        SearchVote(user_id=officer, query=ASKED, place="m-0101", is_useful=True, at=NOW),
        SearchVote(user_id=officer, query=ASKED, place="guide-01", is_useful=False, at=NOW),
        a_trace("c1", clicked="ranqi-tiaoli#art-49", clicked_rank=1, query="气瓶放哪"),
        a_trace("c2", clicked="m-0101", clicked_rank=1, query="公众点的", audience="public", role=None),
        a_trace("c3", clicked="m-9999", clicked_rank=1, query="已经没有的文档"),
    )
    assert client.get("/review/feedback").status_code == 404
    auth.be(Role.EDITOR)
    page = client.get("/review/feedback").text
    assert "气瓶放哪" in page and "城镇燃气执法指引" in page and "公众点的" not in page and "已经没有的文档" not in page
    for query, place, verdict in (
        (ASKED, "m-0101", "fits"), (ASKED, "guide-01", "unfit"), ("气瓶放哪", "ranqi-tiaoli#art-49", "rejected"),
    ):  # fmt: skip
        assert auth.post("/review/feedback", {"query": query, "place": place, "verdict": verdict}).status_code == 302
    assert "没有待审的反馈" in client.get("/review/feedback").text
    assert auth.post("/review/feedback", {"query": "x", "place": "m-9999", "verdict": "fits"}).status_code == 400
    assert auth.post("/review/feedback", {"query": "x", "place": "m-0101", "verdict": "?"}).status_code == 400
    out = tmp_path / "pairs.tsv"
    assert app.test_cli_runner().invoke(args=["search", "pairs", "--out", str(out)]).exit_code == 0
    rows = list(csv.reader(out.read_text(encoding="utf-8").splitlines(), delimiter="\t"))
    assert rows == [
        ["query-id", "text", "corpus-id", "score"],
        ["use-00001", ASKED, "m-0101", "1"],
        ["use-00001", ASKED, "guide-01", "0"],
    ]
    assert len(all_of(app, PairDecision)) == 3


def test_editors_see_traces_without_names(app, indexed, client, auth):
    auth.be(Role.OFFICER)
    client.get(f"/search?q={ASKED}")
    all_of(app, SearchTrace)
    auth.be(Role.EDITOR)
    page = client.get("/review/traces").text
    assert ASKED in page and "执法人员" in page and "a-officer" not in page
