"""Strings that users of other systems searched for in vain (research/mission.md section 2, rows 8 to 15).

Row numbers stand beside each test; the corpus is the small one, with a law that holds the strings.
"""

import datetime as dt

import pytest

from corpus.document import Audience, Kind
from corpus.reader import read_corpus
from fakes import FakeEncoder, write_corpus
from indexer.build import build_index
from indexer.query import SearchQuery
from indexer.search import Index, SearchResults
from indexer.snippets import snippet_text

LAW = """---
id: ceshi-banfa
title: 测试办法
level: 部门规章
number: 住建部令〔2023〕12号
effective_on: 2020-01-01
source: 国家法律法规数据库
text: digest
---
## 第一章 总则

第一条【安装】安装简单的设备，也要有资质。
第二条【处置】待处理的物品放在库房，名录见〔2023〕12号文件。
第三条【景点】经典路线上的景点由街道巡查。
第一百零三条【罚款】违反本办法的，罚三千元，依据R123-78号标准。
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Index:
    folder = tmp_path_factory.mktemp("strings")
    root = write_corpus(folder / "corpus")
    (root / "regulations/national/ceshi-banfa.md").write_text(LAW, encoding="utf-8")
    build_index(read_corpus(root), FakeEncoder(), folder / "index", now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    return Index.open(folder / "index")


def search(index: Index, text: str) -> SearchResults:
    return index.search(
        SearchQuery.parse(text).widened([]), None, audience=Audience.PUBLIC
    )  # strings are found by words


def articles(index: Index, text: str) -> list[str]:
    found = [r for r in search(index, text).results if r.document.id == "ceshi-banfa"]
    return [hit.anchor for result in found for hit in result.hits]


@pytest.mark.parametrize(("text", "anchor"), [("简单", "art-1"), ("处理", "art-2"), ("设备简单安装", "art-1")])
def test_row_11_and_12_words_inside_a_sentence_and_in_another_order(index, text, anchor):
    assert articles(index, text)[0] == anchor


def test_row_12_a_word_of_the_same_sound_is_not_taken_for_another(index):
    hits = [h for r in search(index, "景点").results for h in r.hits if r.document.id == "ceshi-banfa"]
    assert {s.text for s in hits[0].snippet if s.mark == "word"} == {"景点"}


@pytest.mark.parametrize(
    "text",
    ["测试办法第一百零三条", "测试办法103条", "《测试办法》第103条", "测试办法第１０３条", "测试办法 一百零三条"],
)
def test_row_9_and_15_an_article_by_any_numeral_stands_first(index, text):
    first = search(index, text).results[0]
    assert first.is_cited and first.url == "/regulations/ceshi-banfa#art-103"


@pytest.mark.parametrize("text", ["〔2023〕12号", "(2023)12号", "（2023）12号", "[2023]12号", "２０２３　１２号"])
def test_row_15_a_number_is_found_in_any_brackets_and_width(index, text):
    assert articles(index, text)[0] == "art-2"


@pytest.mark.parametrize("text", ["罚款3000元", "罚款三千元", "罚３０００元"])
def test_row_15_an_amount_is_found_in_either_numeral(index, text):
    assert "art-103" in articles(index, text)


@pytest.mark.parametrize("text", ["R123-78", "r123-78", "Ｒ１２３－７８"])
def test_row_10_a_reference_of_letters_and_digits_is_found(index, text):
    assert articles(index, text)[0] == "art-103"


def test_row_13_the_sentence_and_the_words_are_marked_apart(index):
    hit = next(h for r in search(index, "安装简单").results for h in r.hits if r.document.id == "ceshi-banfa")
    marks = {segment.mark for segment in hit.snippet}
    assert {"sentence", "word"} <= marks and "安装简单的设备" in snippet_text(hit.snippet)


def test_row_7_every_hit_says_law_chapter_and_article_and_opens_there(index):
    for result in search(index, "景点由街道巡查").results:
        for hit in result.hits:
            assert result.kind is not Kind.REGULATION or (hit.heading_path[0].startswith("《") and "#art-" in hit.url)
            assert hit.heading_path


def test_row_15_what_is_counted_is_what_is_shown(index):
    for text in ("第103号", "简单", "罚款", "zzzz"):
        found = search(index, text)
        assert found.total == len(found.matters) + len(found.results)
