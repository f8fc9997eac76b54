"""Who fits a topic: the ranking, its reasons, the cache of vectors, the commands."""

import csv
import datetime as dt
import json
import re
from decimal import Decimal

import numpy as np
import pytest
import sqlalchemy as sa

from app.db import db, writing
from app.demo import load_demo
from app.experts import operations, queries, topics
from app.experts.availability import Obstacle, Slot, Timetable, Wanted
from app.experts.demo import read_samples
from app.experts.evaluate import ndcg, read_topics
from app.experts.match import Offer, Tools, offer, sentences
from app.experts.models import Kind
from app.experts.ranking import Candidate, Likeness, Topic, rank
from app.experts.reminders import remind
from app.experts.topics import NoTopic, find_topic
from app.experts.vectors import sentence_vectors
from app.index import live_index
from app.notices.models import Notice
from app.training.weakest import WeakArticle
from config import ROOT
from corpus.reader import read_corpus
from fakes import FakeEncoder

NOW = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
DAY = dt.date(2027, 3, 9)  # a Tuesday
ALL_DAY = Timetable((Slot(2, dt.time(8), dt.time(18)),), (), ((DAY, DAY),), (), 4)
GAS = Topic("燃气", ("燃气",), frozenset(["城镇燃气"]), frozenset(["m-0101"]))


def candidate(key, *said, timetable=ALL_DAY, **values):
    facts = {"kind": Kind.PRACTITIONER, "fields": frozenset(), "matters": frozenset()} | values
    return Candidate(key=key, sentences=said or ("讲燃气。",), timetable=timetable, **facts)


def ranked(*pool, cosines=None, words=None, **options):
    rows = words or [[1.0] * len(one.sentences) for one in pool]
    near = None if cosines is None else tuple(np.asarray(row, dtype=np.float32) for row in cosines)
    likeness = Likeness(tuple(np.asarray(row, dtype=np.float32) for row in rows), near)
    return rank(GAS, pool, likeness, Wanted(DAY), **options)


def keys(ranking):
    return [match.candidate.key for match in ranking.matches]


def test_meaning_outweighs_words_and_the_best_sentence_is_the_reason():
    a, b = candidate("a", "一。", "二。"), candidate("b", "三。", "四。")
    found = ranked(a, b, words=[[1, 0], [0, 0]], cosines=[[0.80, 0.80], [0.80, 0.92]])
    assert keys(found) == ["b", "a"]
    assert found.matches[0].reason == "四。"


def test_what_a_profile_lists_adds_to_the_fit():
    plain, field, both = (
        candidate("plain"),
        candidate("field", fields=GAS.fields),
        candidate("both", fields=GAS.fields, matters=GAS.matters),
    )
    assert [match.fit for match in ranked(plain, field, both).matches] == [1.5, 1.3, 1.0]


def busy(count):
    start = dt.datetime(2027, 2, 1, 1, tzinfo=dt.UTC)
    held = [(start + dt.timedelta(days=n), start + dt.timedelta(days=n, hours=1)) for n in range(count)]
    return Timetable(ALL_DAY.slots, (), ALL_DAY.terms, tuple(held), 4)


def test_of_two_who_fit_alike_the_one_with_less_this_year_comes_first_by_the_stated_rule():
    found = ranked(candidate("busy", timetable=busy(2)), candidate("free"))
    assert keys(found) == ["free", "busy"]
    assert [match.score for match in found.matches] == [1.0, 0.875]  # 1 − 0.25 × 2 ÷ 4
    assert found.matches[1].load == 2


def test_ratings_count_a_little_and_few_ratings_less():
    many, one, none = candidate("many", ratings=(20, 100)), candidate("one", ratings=(1, 5)), candidate("none")
    bad = candidate("bad", ratings=(20, 20))
    found = ranked(none, bad, one, many)
    assert keys(found) == ["many", "one", "none", "bad"]
    assert all(0.85 <= match.score / match.fit <= 1.05 for match in found.matches)
    assert found.matches[0].candidate.rating == 5.0 and found.matches[2].candidate.rating is None


def test_who_cannot_come_is_left_out_however_well_they_fit():
    full = candidate("full", timetable=busy(4))
    assert ranked(full, candidate("b"), words=[[9.0], [0.1]]).reasons == {Obstacle.OVER_CAP: 1}
    assert keys(ranked(full, candidate("b"))) == ["b"]


def test_who_fits_far_less_than_somebody_who_cannot_come_is_not_shown():
    full = candidate("full", timetable=busy(4))
    ranking = ranked(full, candidate("near"), candidate("far"), words=[[10.0], [7.0], [5.0]])
    found = Offer(GAS, Wanted(DAY), ranking, {}, {}, True)
    assert keys(ranking) == ["near", "far"] and [match.candidate.key for match in found.best] == ["near"]


def test_only_the_kind_asked_for():
    found = ranked(candidate("a"), candidate("b", kind=Kind.UNIVERSITY), kind=Kind.UNIVERSITY)
    assert keys(found) == ["b"] and found.left_out == ()


def test_nobody_and_profiles_without_a_word_of_it_are_no_error():
    assert ranked().matches == ()
    assert keys(ranked(candidate("a"), words=[[0.0]], cosines=[[0.5]])) == ["a"]


@pytest.mark.parametrize(
    "about", [("matter", "m-0101"), ("field", "城镇燃气"), ("guide", "guide-01"), ("text", "饭店后厨的煤气罐怎么查")]
)
@pytest.mark.parametrize("is_semantic", [True, False])
def test_every_reason_is_a_sentence_of_the_profile(pool, about, is_semantic):
    with pool.app_context():
        if not is_semantic:
            live_index().use(None)
        found = offer(db.session, find_topic(db.session, live_index(), *about), Wanted(DAY), Tools.of(live_index()))
        assert found.is_semantic is is_semantic
        assert len(found.ranking.matches) > 10
        for match in found.ranking.matches:
            expert = found.experts[match.candidate.key]
            assert match.reason in f"{expert.specialities}\n{expert.courses}" and len(match.reason) > 3


@pytest.mark.parametrize(
    "about",
    [
        ("matter", "m-9999"),
        ("field", "航天"),
        ("guide", "guide-99"),
        ("text", "！？"),
        ("unit", "x"),
        ("unit", "330781"),
    ],
)
def test_a_topic_that_does_not_exist_is_told(pool, about):
    with pool.app_context(), pytest.raises(NoTopic):
        find_topic(db.session, live_index(), *about)


def test_a_question_is_about_the_fields_of_the_matters_search_takes_it_to_mean(pool):
    with pool.app_context():
        assert find_topic(db.session, live_index(), "text", "煤气罐放在地下室").fields == {"城镇燃气"}


def test_what_a_unit_knows_least_is_a_topic_of_the_articles_and_their_fields(pool, monkeypatch):
    known = [
        WeakArticle("《城镇燃气管理条例》第四十九条第一款", 2, 9, Decimal(40)),
        WeakArticle("《没有的法》第一条", 1, 5, Decimal(50)),
    ]
    known.append(WeakArticle("《行政处罚法》第三十三条", 3, 9, Decimal(95)))
    monkeypatch.setattr(topics, "weakest", lambda _session, _unit_id, _ids: ([], known))
    with pool.app_context():
        topic = find_topic(db.session, live_index(), "unit", "330702")
        assert topic.title == "婺城区答得最差的条款：《城镇燃气管理条例》第四十九条第一款、《没有的法》第一条"
        assert len(topic.texts) == 1 and "燃气用户" in topic.texts[0]
        assert topic.fields == {"城镇燃气"}
    found = json.loads(run(pool, "match", "--unit", "330702", "--date", "2027-03-09", "--json").output)
    assert found["topic"] == topic.title and found["experts"]
    told = run(pool, "match", "--unit", "nowhere", "--date", "2027-03-09", "--json")
    assert told.exit_code == 1 and "没有编码为 nowhere 的单位" in told.output


def test_those_who_keep_the_pool_are_told_once_of_a_term_that_ends(pool):
    with pool.app_context():
        for days, told in ((0, 6), (0, 0), (20, 6), (40, 2)):  # three terms, then a fourth; a trainer, an administrator
            with writing() as session:
                assert remind(session, NOW + dt.timedelta(days=days)) == told, days
        notice = db.session.scalars(sa.select(Notice).where(Notice.key.startswith("expert-term-e-004"))).first()
        assert notice.url == "/experts/e-004" and "2026-12-31" in notice.body


def test_a_sentence_is_encoded_once_under_a_model(tmp_path):
    encoder = FakeEncoder()
    first = sentence_vectors(tmp_path, encoder, ["甲乙。", "丙丁。"])
    again = sentence_vectors(tmp_path, encoder, ["丙丁。", "戊己。"])
    assert encoder.encoded == ["甲乙。", "丙丁。", "戊己。"]
    assert np.array_equal(first[1], again[0])
    encoder.fingerprint = "another model"
    sentence_vectors(tmp_path, encoder, ["丙丁。"])
    assert encoder.encoded[-1] == "丙丁。"


def test_a_damaged_file_of_vectors_is_made_again(tmp_path):
    encoder = FakeEncoder()
    good = sentence_vectors(tmp_path, encoder, ["甲乙。"])
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"PK\x03\x04 cut")
    assert np.array_equal(sentence_vectors(tmp_path, encoder, ["甲乙。"]), good)
    assert len(encoder.encoded) == 2


def run(app, *arguments):
    with app.app_context():
        live_index().use(FakeEncoder())
    return app.test_cli_runner().invoke(args=["experts", *arguments])


def test_the_command_prints_one_document(pool):
    result = run(pool, "match", "--matter", "m-0101", "--date", "2027-03-09", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert (found["date"], found["is_semantic"]) == ("2027-03-09", True)
    assert found["experts"][0]["key"] == "e-017" and found["experts"][0]["free"] == ["09:00-11:30"]
    assert found["left_out"]["不在可授课的时段"] > 10 and "0.25" in found["rules"][0]


def test_on_the_day_the_best_cannot_come_somebody_else_is_offered(pool):
    result = run(pool, "match", "--matter", "m-0101", "--date", "2027-03-12", "--json")
    found = json.loads(result.output)
    assert found["other_days"][0] == "2027-03-16"
    assert "e-017" not in [expert["key"] for expert in found["experts"]]
    assert found["left_out"]["当天不便授课"] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--date", "2027-03-09"], "一个主题"),
        (["--date", "2027-03-09", "--matter", "m-0101", "--text", "燃气"], "一个主题"),
        (["--date", "2027-02-30", "--text", "燃气"], "没有“2027-02-30”这一天"),
        (["--date", "2027-03-09", "--text", "燃气", "--from", "10:00"], "开始和结束"),
        (["--date", "2027-03-09", "--matter", "m-9999"], "m-9999"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_sentence(pool, arguments, told):
    for as_json in ([], ["--json"]):
        result = run(pool, "match", *arguments, *as_json)
        assert result.exit_code == 1 and told in result.output and "Traceback" not in result.output


def test_the_command_in_words_names_hours_and_reasons(pool):
    result = run(
        pool,
        "match",
        "--text",
        "黑气案件的查办全过程",
        "--date",
        "2027-03-09",
        "--from",
        "09:00",
        "--until",
        "11:00",
        "-n",
        "1",
    )
    assert re.search(r"e-017 安燃峰（示例） 实务专家 今年 \d/10 场 空闲 09:00-11:30\n +理由：", result.output)


def test_ndcg_by_hand():
    judged = {"a": 3, "b": 1, "c": 1, "d": 1}
    assert ndcg(["a", "b", "c"], judged) == 1.0
    assert ndcg(["x", "a", "b"], judged) == pytest.approx((3 / np.log2(3) + 1 / 2) / (3 + 1 / np.log2(3) + 1 / 2))
    assert ndcg(["a"], {}) == 0.0


def test_the_evaluation_measures_three_ways_on_the_split_asked_for(pool, tmp_path):
    topics, qrels = tmp_path / "t.tsv", tmp_path / "q.tsv"
    head = "topic-id\tby\ttopic\ttext\tsplit\n"
    topics.write_text(
        f"{head}t-1\tmatter\tm-0101\t放气瓶\tdev\nt-2\ttext\t案卷评查\t案卷评查\ttest\n", encoding="utf-8"
    )
    qrels.write_text("topic-id\texpert\tgrade\nt-1\te-017\t3\nt-2\te-031\t3\n", encoding="utf-8")
    found = json.loads(run(pool, "evaluate", str(topics), str(qrels), "--split", "test", "--json").output)
    assert (found["topics"], found["experts"], found["split"]) == (1, 48, "test")
    assert set(found["ndcg_at_3"]) == {"match", "keywords", "vectors"} and found["ndcg_at_3"]["match"] == 1.0
    assert "2 个主题" in run(pool, "evaluate", str(topics), str(qrels)).output


def test_a_bad_line_of_topics_is_named(tmp_path):
    bad = tmp_path / "t.tsv"
    bad.write_text("topic-id\tby\ttopic\ttext\tsplit\nt-1\tsong\ta\tb\tdev\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"t\.tsv:2"):
        read_topics(bad)


@pytest.fixture(scope="module")
def corpus():
    return read_corpus(ROOT / "corpus")


def test_the_shipped_pool_is_48_samples_of_three_kinds_over_all_fields(corpus):
    samples = read_samples()
    assert len(samples) == 48 == len({profile.name for profile in samples.values()})
    assert min(sum(p.kind is kind for p in samples.values()) for kind in Kind) >= 12
    fields = {matter.field for matter in corpus.matters}
    assert {field for profile in samples.values() for field in profile.fields} == fields
    assert {key for p in samples.values() for key in p.matters} <= {matter.key for matter in corpus.matters}
    for key, profile in samples.items():
        assert 120 <= len(profile.specialities) <= 250, key
        assert profile.name.endswith("（示例）") and profile.organisation.endswith("（示例）")
        assert profile.organisation.startswith("某"), key


def test_the_shipped_topics_are_forty_and_exist(corpus):
    with (ROOT / "tests/app/expert_topics.tsv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.reader(stream, delimiter="\t")) == ["topic-id", "by", "topic", "text", "split"]
    topics = read_topics(ROOT / "tests/app/expert_topics.tsv")
    assert [sum(topic.split == split for topic in topics) for split in ("dev", "test")] == [20, 20]
    known = {"matter": {m.key for m in corpus.matters}, "field": {m.field for m in corpus.matters}}
    known["guide"] = {guide.front.id for guide in corpus.guides}
    assert [topic for topic in topics if topic.by in known and topic.topic not in known[topic.by]] == []


def test_sentences_are_parts_of_the_profile_and_courses_count(pool):
    with pool.app_context():
        expert = queries.expert(db.session, "e-017")
        assert sentences(expert)[-1] == "餐饮后厨用气检查实操"
        assert all(part in f"{expert.specialities}\n{expert.courses}" for part in sentences(expert))


def test_loading_the_demo_twice_changes_nothing(pool):
    with pool.app_context():
        before = len(queries.bookings(db.session, range(1, 60)))
        with writing() as session:
            load_demo(session, NOW)
            assert len(queries.experts(session)) == 48
        assert len(queries.bookings(db.session, range(1, 60))) == before > 20
        assert queries.ratings(db.session)
        with writing() as session, pytest.raises(operations.Refused):
            operations.rate(session, "demo:e-001:9", "x", 5, now=NOW)
