import pytest

from indexer.spelling import Speller

PASSAGES = [
    "燃气泄漏要关阀门",
    "城镇燃气管理条例规定的液化气瓶",
    "燃气用户把液化气瓶放在地下室",
    "燃气公司检查液化气瓶",
    "建筑施工噪声扰民",
] * 5
SPELLER = Speller(PASSAGES, ["城镇燃气管理条例", "燃气条例"])


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("然气", "燃气"),
        ("然气泄漏怎么办", "燃气泄漏怎么办"),
        ("液化汽瓶", "液化气瓶"),
        ("城镇燃汽管理条例", "城镇燃气管理条例"),
        ("城镇燃气管礼条例", "城镇燃气管理条例"),
        ("ranqi", "燃气"),
        ("Ran Qi", "燃气"),
        ("ranqi tiaoli", "燃气条例"),
        ("施工澡声", "施工噪声"),
    ],
)
def test_a_slip_is_seen(typed, better):
    assert SPELLER.correct(typed) == better


@pytest.mark.parametrize(
    "typed",
    [
        "燃气",
        "煤气罐放在地下室能罚吗",
        "燃气条例46条",
        "zzzz",
        "abc",
        "pvc",
        "",
        "。。",
        "不动产",
        "今天天气怎么样",
        "液化气瓶",
        "a" * 200,
    ],
)
def test_what_is_right_or_unknown_is_left_alone(typed):
    assert SPELLER.correct(typed) is None


def test_a_word_that_stands_in_few_passages_is_not_offered():
    assert Speller(["燃气泄漏", "别的"]).correct("然气") is None


def test_a_spelling_that_the_passages_use_themselves_is_left_alone():
    assert Speller([*PASSAGES, *["然气是旧写法"] * 3]).correct("然气") is None
