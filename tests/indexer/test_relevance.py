"""A floor under search quality on the shipped texts. By words alone: quick, and the same on every machine."""

import datetime as dt

import pytest

from config import ROOT
from corpus.document import Audience
from corpus.reader import read_corpus
from fakes import FakeEncoder
from indexer.build import build_index
from indexer.query import SearchQuery
from indexer.search import Index

WANTED = {
    "煤气罐放在地下室能罚吗": {"m-0104", "guide-01"},
    "饭店的液化气瓶没人管": {"m-0104", "m-0103", "m-0105", "guide-01"},
    "偷接电线用电": {"m-1501", "guide-15"},
    "高压线下面盖房子": {"m-1502", "guide-15"},
    "自己山上的树想砍就砍": {"m-1904", "guide-19"},
    "周末在居民楼里偷偷补课": {"m-3101", "guide-31"},
    "遛狗不拴绳咬了人": {"m-0904", "guide-09"},
    "沿街店铺把东西摆到人行道上": {"m-0202", "guide-02"},
    "渣土车一路漏泥": {"m-0307", "guide-03"},
    "第一次违法能不能不罚": {"xingzheng-chufa-fa"},
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    root = tmp_path_factory.mktemp("relevance")
    build_index(read_corpus(ROOT / "corpus"), FakeEncoder(), root, now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    return Index.open(root)


@pytest.mark.parametrize("question", WANTED)
def test_a_street_question_has_its_matter_guide_or_law_in_the_first_three(index, question):
    found = index.search(SearchQuery.parse(question), None, audience=Audience.OFFICER)
    first = {r.document.id for r in (*found.matters[:3], *found.results[:3])}
    assert first & WANTED[question], first


def test_the_gas_ordinance_by_its_short_name_opens_on_article_46(index):
    found = index.search(SearchQuery.parse("燃气条例46条"), None, audience=Audience.OFFICER)
    assert found.results[0].url == "/regulations/chengzhen-ranqi-guanli-tiaoli#art-46"
