import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.citations import LawName, Titles, find_citations, parse_query, resolve

ARTICLES = frozenset(f"art-{n}" for n in range(1, 100)) | {"art-134-1"}
TITLES = Titles(
    [
        LawName("gas", "城镇燃气管理条例", ("燃气条例",), "行政法规", ARTICLES),
        LawName("gas-zj", "浙江省燃气管理条例", (), "省条例", ARTICLES),
        LawName("penalty", "行政处罚法", (), "法律", ARTICLES),
        LawName("police", "治安管理处罚法", (), "法律", ARTICLES),
        LawName("crime", "刑法", (), "法律", ARTICLES),
        LawName("energy-zj", "浙江省实施〈节约能源法〉办法", (), "省条例", ARTICLES),
    ]
)


def targets(text, own=None):
    return [f"{t.regulation}#{t.anchor}" if (t := resolve(c, TITLES, own)) else None for c in find_citations(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("依《城镇燃气管理条例》第四十六条第一款第七项处罚", ["gas#art-46-p1-i7"]),
        ("《中华人民共和国行政处罚法》第三十二条、第三十三条第一款", ["penalty#art-32", "penalty#art-33-p1"]),
        (
            "《行政处罚法》第三十三条第一款、第二款和第五十六条",
            ["penalty#art-33-p1", "penalty#art-33-p2", "penalty#art-56"],
        ),
        ("《行政处罚法》（以下简称处罚法）第５条", ["penalty#art-5"]),
        ("《刑法》第一百三十四条之一第三项", ["crime#art-134-1-i3"]),
        ("《浙江省实施〈中华人民共和国节约能源法〉办法》第三条", ["energy-zj#art-3"]),
        ("《浙江省实施《节约能源法》办法》第三条", ["energy-zj#art-3"]),
        ("《没有这部法》第三条", [None]),
        ("《行政处罚法》说得清楚", []),
        ("按第三条办", []),
    ],
)
def test_citations_in_texts(text, expected):
    assert targets(text.replace("５", "5")) == expected


def test_this_regulation_means_the_one_it_stands_in():
    assert targets("违反本条例第十五条", own="gas") == ["gas#art-15"]
    assert targets("违反本条例第十五条") == [None]


@pytest.mark.parametrize(
    "query",
    [
        "城镇燃气管理条例第46条", "城镇燃气管理条例46条", "《城镇燃气管理条例》第四十六条", "燃气条例46条", "燃气条例四十六条",
        "城镇燃气管理条例第４６条", "中华人民共和国城镇燃气管理条例 第 46 条", "城镇燃气管理条例四十六条怎么罚", "城镇燃气条例第四十六条",
    ],
)  # fmt: skip
def test_every_way_to_write_an_article_finds_it_first(query):
    found = parse_query(query, TITLES)
    assert (found[0].regulation, found[0].article) == ("gas", "art-46")


@pytest.mark.parametrize(
    ("query", "expected"),
    [("行政处罚法33条", "penalty"), ("处罚法33条", "penalty"), ("浙江省燃气管理条例33条", "gas-zj")],
)
def test_short_and_full_titles(query, expected):
    assert expected in [t.regulation for t in parse_query(query, TITLES)][:2]


@pytest.mark.parametrize(
    "query", ["煤气罐放在地下室", "", "第三条", "行政处罚法", "燃气条例999条", "第46条第一款", "罚款2000元"]
)
def test_what_is_not_a_citation_is_not_read_as_one(query):
    assert parse_query(query, TITLES) == []


def test_paragraph_and_item_are_kept():
    (first, *_) = parse_query("城镇燃气管理条例第四十九条第一款第（五）项", TITLES)
    assert first.anchor == "art-49-p1-i5"


@given(st.text(max_size=200))
def test_any_text_is_read_without_error(text):
    list(find_citations(text))
    parse_query(text, TITLES)
