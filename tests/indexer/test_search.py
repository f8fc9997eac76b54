import datetime as dt

import pytest

from corpus.document import Audience, Kind
from corpus.reader import read_corpus
from fakes import FakeEncoder, write_corpus
from indexer.build import build_index
from indexer.query import MAX_CHARS, QueryError, SearchQuery
from indexer.search import Index
from indexer.snippets import Terms, make_snippet, snippet_text

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    build_index(read_corpus(write_corpus(folder / "corpus", secret="暗号")), FakeEncoder(), folder / "index", now=NOW)
    return Index.open(folder / "index")


def search(index, text, audience=Audience.OFFICER, **filters):
    query = SearchQuery.parse(text, **filters)
    return index.search(query, FakeEncoder().encode_queries([query.text]), audience=audience)


def test_a_street_question_finds_the_matter_and_brings_its_article_and_case(index):
    found = search(index, "煤气罐放在地下室能罚吗")
    assert found.matters[0].document.id == "m-0101"
    kinds = {result.kind: result for result in found.results}
    assert kinds[Kind.REGULATION].document.id == "ranqi-tiaoli"
    assert kinds[Kind.REGULATION].url == "/regulations/ranqi-tiaoli#art-49"
    assert Kind.CASE in kinds


@pytest.mark.parametrize("text", ["燃气条例49条", "《城镇燃气管理条例》第四十九条", "城镇燃气管理条例第４９条"])
def test_a_citation_comes_first_and_opens_on_its_article(index, text):
    first = search(index, text).results[0]
    assert first.is_cited and first.url == "/regulations/ranqi-tiaoli#art-49"


def test_a_citation_with_paragraph_and_item_opens_there(index):
    assert search(index, "燃气条例49条第1款第2项").results[0].url.endswith("#art-49-p1-i2")


def test_a_word_inside_a_sentence_is_found(index):
    hits = [h for r in search(index, "改正").results for h in r.hits]
    assert any("及时改正" in snippet_text(hit.snippet) for hit in hits)


def test_without_a_model_keywords_still_find(index):
    found = index.search(SearchQuery.parse("煤气罐 地下室"), None, audience=Audience.OFFICER)
    assert not found.is_semantic and found.matters[0].document.id == "m-0101"


def test_the_public_finds_nothing_internal(index):
    for text in ("暗号", "未公开案", "执法指引", "有爆炸危险时移送公安", "煤气罐放在地下室能罚吗"):
        found = search(index, text, Audience.PUBLIC)
        shown = repr([(r.document, r.hits) for r in (*found.matters, *found.results)])
        assert "暗号" not in shown and "guide-01" not in shown and "case-0102" not in shown


def test_the_public_opens_a_case_as_its_explainer(index):
    urls = [r.url for r in search(index, "煤气罐放在地下室", Audience.PUBLIC).results if r.kind is Kind.CASE]
    assert urls and all(url.startswith("/explainers/case-0101#") for url in urls)


def test_kind_filter_keeps_the_counts_of_all_kinds(index):
    all_kinds, cases = search(index, "煤气罐"), search(index, "煤气罐", kind="case")
    assert all_kinds.counts == cases.counts
    assert {r.kind for r in cases.results} == {Kind.CASE} and cases.matters == ()


def test_field_filter_leaves_out_other_fields(index):
    assert (
        search(index, "不罚", field="城镇燃气").counts[Kind.REGULATION] <= search(index, "不罚").counts[Kind.REGULATION]
    )
    assert search(index, "煤气罐", field="养犬").total == 0


@pytest.mark.parametrize("text", ["", "   ", "。。。！！", "\x00\x01", "\u202e\u200b"])
def test_nothing_to_search_for_gives_nothing(index, text):
    assert search(index, text).total == 0


def test_a_query_that_shares_nothing_gives_nothing(index):
    query = SearchQuery.parse("zzzz")
    assert index.search(query, None, audience=Audience.OFFICER).total == 0


def test_a_long_query_is_refused_with_its_length():
    with pytest.raises(QueryError, match=f"最多 {MAX_CHARS} 个字，现在是 10000 个字"):
        SearchQuery.parse("煤" * 10_000)


def test_an_unknown_kind_is_refused():
    with pytest.raises(QueryError, match="没有这一类内容"):
        SearchQuery.parse("煤气", kind="secret")


def test_control_and_direction_characters_are_dropped():
    assert SearchQuery.parse("煤\x00气\u202e罐").text == "煤 气 罐"


def test_every_hit_opens_a_place_that_is_on_its_page(index):
    store = index.store(Audience.OFFICER)
    for chunk in store.chunks:
        document = store.document(chunk.kind, chunk.document)
        if chunk.kind is not Kind.MATTER:
            assert chunk.anchor in {section.anchor for section in document.sections}


def test_a_snippet_marks_the_sentence_and_the_words():
    snippet = make_snippet("第一句没有。煤气罐放在地下室不行。最后一句。", Terms.of(["煤气罐", "地下室"]))
    assert snippet_text(snippet) == "第一句没有。煤气罐放在地下室不行。最后一句。"
    assert [(s.text, s.mark) for s in snippet if s.mark == "word"] == [("煤气罐", "word"), ("地下室", "word")]
    assert {s.mark for s in snippet} == {"", "sentence", "word"}


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """An index with three versions of one law, the last not yet in force, and a repealed law."""
    folder = tmp_path_factory.mktemp("versions")
    laws = write_corpus(folder / "corpus") / "regulations/national"
    gas = (laws / "ranqi-tiaoli.md").read_text(encoding="utf-8")
    for day, fine in (("2011-03-01", "五百元"), ("2027-05-01", "二千元")):
        other = gas.replace("2016-02-06", day).replace("一千元", fine)
        (laws / f"ranqi-tiaoli-{day}.md").write_text(other, encoding="utf-8")
    gone = gas.replace("id: ranqi-tiaoli", "id: meiqi-banfa").replace("城镇燃气管理条例", "煤气罐管理办法")
    gone = gone.replace("short_titles: [燃气条例]\n", "").replace("source:", "repealed_on: 2020-01-01\nsource:")
    (laws / "meiqi-banfa.md").write_text(gone, encoding="utf-8")
    build_index(read_corpus(folder / "corpus"), FakeEncoder(), folder / "index", now=NOW)
    return Index.open(folder / "index")


def laws_found(index, text, on):
    found = search(index, text, kind="regulation", on=on).results
    return {(r.document.id, r.document.version) for r in found if "fa" not in r.document.id.split("-")}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2026, 11, 20), {("ranqi-tiaoli", "2016-02-06")}),
        (dt.date(2019, 12, 31), {("ranqi-tiaoli", "2016-02-06"), ("meiqi-banfa", "2016-02-06")}),
        (dt.date(2016, 2, 5), {("ranqi-tiaoli", "2011-03-01")}),
        (dt.date(2027, 5, 1), {("ranqi-tiaoli", "2027-05-01")}),
        (dt.date(2000, 1, 1), set()),
        (
            None,
            {("ranqi-tiaoli", v) for v in ("2011-03-01", "2016-02-06", "2027-05-01")} | {("meiqi-banfa", "2016-02-06")},
        ),
    ],
)
def test_only_the_law_of_the_day_asked_for_is_found(versions, day, expected):
    assert laws_found(versions, "城镇燃气管理条例 煤气罐管理办法 偷气", day) == expected


def test_a_citation_opens_the_version_of_the_day_asked_for(versions):
    first = search(versions, "燃气条例49条", on=dt.date(2015, 1, 1)).results[0]
    assert first.is_cited and first.url == "/regulations/ranqi-tiaoli?version=2011-03-01#art-49"
    first = search(versions, "燃气条例49条", on=dt.date(2026, 11, 20)).results[0]
    assert first.is_cited and first.url == "/regulations/ranqi-tiaoli#art-49"


def test_a_matter_rests_on_the_law_in_force_alone(versions):
    rows = versions.store(Audience.OFFICER).evidence_rows()["m-0101"]["law"]
    chunks = versions.store(Audience.OFFICER).chunks
    assert {(chunks[row].document, chunks[row].version) for row in rows} == {("ranqi-tiaoli", "2016-02-06")}
