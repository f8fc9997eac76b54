from hypothesis import given
from hypothesis import strategies as st

from indexer.chunks import split_text
from indexer.keywords import Tokenizer, bigrams


@given(st.text(alphabet="罚款地下室。；\n，a1", max_size=3000))
def test_pieces_joined_are_the_text_and_none_is_too_long(text):
    pieces = split_text(text, 50)
    assert all(len(piece) <= 50 for piece in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "") or not "".join(pieces).strip()


def test_pieces_end_at_sentence_ends():
    assert split_text("甲乙丙。丁戊己。庚", 5) == ["甲乙丙。", "丁戊己。庚"]


def test_bigrams_do_not_cross_punctuation():
    assert bigrams("待处理，安装") == ["待处_", "处理_", "安装_"]


def test_full_width_case_and_stop_words_are_folded():
    tokenizer = Tokenizer([])
    assert tokenizer.tokens("ＡＢＣ 的") == tokenizer.tokens("abc")


def test_a_word_of_the_lexicon_stays_whole():
    assert "城镇燃气管理条例" in Tokenizer(["城镇燃气管理条例"]).tokens("按城镇燃气管理条例处罚")
