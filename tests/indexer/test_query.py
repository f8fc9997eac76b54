import pytest

from indexer.query import MAX_CHARS, SearchQuery

GROUPS = [("煤气罐", "液化气瓶", "煤气瓶"), ("煤气", "燃气"), ("城管", "综合执法")]


def widened(text: str) -> str:
    return SearchQuery.parse(text).widened(GROUPS).words


def test_a_word_brings_its_synonyms_and_the_longest_word_counts():
    assert widened("煤气罐放在地下室") == "煤气罐放在地下室 液化气瓶 煤气瓶"
    assert widened("煤气泄漏") == "煤气泄漏 燃气"


def test_a_synonym_that_is_there_already_is_not_added():
    assert widened("煤气罐和液化气瓶") == "煤气罐和液化气瓶 煤气瓶"


@pytest.mark.parametrize("text", ["燃气条例46条", "《城镇燃气管理条例》第四十九条第一款 煤气罐", "城管 行政处罚法33条"])
def test_a_question_that_names_an_article_stays_as_it_is(text):
    assert widened(text) == text


@pytest.mark.parametrize(
    ("text", "wider"),
    [
        ("罚3000元", "罚3000元 三千"),
        ("罚三千元", "罚三千元 3000"),
        ("一百零三号令", "一百零三号令 103"),
        ("第103号令", "第103号令 一百零三"),
        ("第１０３号令", "第103号令 一百零三"),
        ("2023年的规定", "2023年的规定"),
        ("〔2023〕12号", "〔2023〕12号 十二"),
        ("三个人", "三个人"),
        ("1.5万", "1.5万"),
    ],
)
def test_numbers_are_asked_for_in_both_numerals(text, wider):
    assert widened(text) == wider


def test_a_widened_question_keeps_filters_and_length():
    query = SearchQuery.parse("煤气罐" + "长" * 190, "case", "城镇燃气").widened(GROUPS)
    assert len(query.text) <= MAX_CHARS and (query.kind, query.field) == ("case", "城镇燃气")


def test_no_synonyms_change_nothing():
    assert SearchQuery.parse("煤气罐").widened([]) == SearchQuery.parse("煤气罐")
