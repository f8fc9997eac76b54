import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from indexer.unigram import UnigramTokenizer, write_pieces

PIECES = [
    "燃",
    "气",
    "燃气",
    "燃气条例",
    "条",
    "条例",
    "▁",
    "▁燃",
    "a",
    "ab",
    "b",
    "▁a",
    "1",
    "12",
    "例a",
    "一",
    "二三四五六七八九十百千万亿兆京垓秭",
]


@pytest.fixture(scope="module")
def reference():
    vocabulary = [("<s>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((p, -1.0 - 0.7 * i % 5) for i, p in enumerate(PIECES))]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=2))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", None, [("<s>", 0), ("</s>", 1)])
    return tokenizer


@pytest.fixture(scope="module")
def ours(reference, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pieces")
    return UnigramTokenizer(folder, write_pieces(folder, reference))


@pytest.mark.parametrize(
    "text", ["", " ", "燃气条例12", "  燃气  ab ", "煤煤气", "燃煤", "１２", "x", "二三四五六七八九十百千万亿兆京垓秭"]
)
def test_a_text_is_cut_as_the_package_cuts_it(reference, ours, text):
    assert ours.encode(text, 512) == reference.encode(text).ids


@given(st.text(alphabet="燃气条例一ab12 煤é😀▁", max_size=60))
def test_any_text_is_cut_as_the_package_cuts_it(reference, ours, text):
    assert ours.encode(text, 512) == reference.encode(text).ids


def test_a_long_text_is_cut_short_inside_its_frame(ours):
    numbers = ours.encode("一" * 100, 20)
    assert len(numbers) == 20 and (numbers[0], numbers[-1]) == (0, 1)


def test_another_kind_of_tokenizer_is_refused(tmp_path):
    with pytest.raises(ValueError, match="WordPiece"):
        write_pieces(tmp_path, Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")))
