"""Compiling small random models of each kind, and the packaged one against sentence-transformers."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

import indexer.compile as compiling
from config import ROOT
from corpus.reader import read_corpus
from fakes import write_corpus
from indexer.compile import prepare_encoder
from indexer.encoder import CompiledEncoder, open_encoder
from indexer.models import ModelError, compiled_folder
from indexer.prepare import sample_texts
from indexer.reference import ReferenceEncoder
from indexer.unigram import UnigramTokenizer, write_pieces

TEXTS = ["煤气罐放在地下室", "高压线下面盖房子", "第四十九条 燃气用户", "a b", "遛狗不拴绳" * 200]


def quiet(line):
    pass


def tokenizer_of(kind):
    letters = sorted(set("".join(TEXTS)) - {" "})
    frame = [("<s>", 0), ("</s>", 2)]
    if kind == "unigram":
        words = [
            ("<s>", 0.0),
            ("<pad>", 0.0),
            ("</s>", 0.0),
            ("<unk>", 0.0),
            ("▁", -2.0),
            *((c, -3.0) for c in letters),
        ]
        tokenizer = Tokenizer(models.Unigram(words, unk_id=3))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    else:
        words = {
            word: number
            for number, word in enumerate(["<s>", "<pad>", "</s>", "<unk>", *letters, *(f"##{c}" for c in letters)])
        }
        tokenizer = Tokenizer(models.WordPiece(words, unk_token="<unk>"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", None, frame)
    return tokenizer


@pytest.fixture(scope="module")
def make_model(tmp_path_factory):
    """Writes a small random sentence-transformers model and gives its folder."""
    transformers = pytest.importorskip("transformers")
    library = pytest.importorskip("sentence_transformers")
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    def make(kind="bert", tokenizer="unigram", pooling="mean", **changes):
        import torch

        torch.manual_seed(7)
        folder = tmp_path_factory.mktemp("model")
        sizes = {"hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 128}
        config = transformers.AutoConfig.for_model(
            kind, vocab_size=100, max_position_embeddings=66, pad_token_id=1, initializer_range=0.2, **(sizes | changes)
        )
        transformers.AutoModel.from_config(config).save_pretrained(folder)
        names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
        transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer_of(tokenizer), model_max_length=64, **names
        ).save_pretrained(folder)
        module = Transformer(str(folder), max_seq_length=64)
        made = library.SentenceTransformer(
            modules=[module, Pooling(64, pooling)], prompts={"query": "a ", "passage": "b "}, device="cpu"
        )
        made.save(str(folder))
        return folder

    return make


@pytest.mark.parametrize("kind", [{}, {"kind": "xlm-roberta"}, {"pooling": "cls"}, {"tokenizer": "wordpiece"}], ids=str)
def test_a_model_of_the_family_is_compiled_and_agrees_with_the_reference(make_model, tmp_path, kind):
    folder, told = make_model(**kind), []
    encoder = prepare_encoder(str(folder), tmp_path, lambda: TEXTS, told.append)
    reference = ReferenceEncoder(str(folder), tmp_path)
    assert isinstance(encoder, CompiledEncoder), told
    assert told[-1].startswith("模型已编译：与原模型的余弦平均 0.99")
    for ours, theirs in (
        (encoder.encode_queries, reference.encode_queries),
        (encoder.encode_documents, reference.encode_documents),
    ):
        assert ((ours(TEXTS) * theirs(TEXTS)).sum(axis=1) > compiling.CLOSE_AT_WORST).all()


def test_a_vector_depends_on_nothing_but_its_text(make_model, tmp_path):
    encoder = prepare_encoder(str(make_model()), tmp_path, lambda: TEXTS, quiet)
    together = encoder.encode_documents(TEXTS)
    assert all((together[i] == encoder.encode_documents([text])[0]).all() for i, text in enumerate(TEXTS))
    assert np.allclose((together**2).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("change", [{"kind": "distilbert"}, {"hidden_act": "relu"}], ids=str)
def test_another_architecture_is_left_to_sentence_transformers_and_told_once(make_model, tmp_path, change):
    folder, told = make_model(**change), []
    for _ in range(2):
        encoder = prepare_encoder(str(folder), tmp_path, lambda: TEXTS, told.append)
    assert isinstance(encoder, ReferenceEncoder)
    assert [line for line in told if "不能编译" in line] == [told[-1]] and "改用 sentence-transformers" in told[-1]


def test_a_compiled_model_that_strays_is_refused_with_the_figures(make_model, tmp_path, monkeypatch):
    monkeypatch.setattr(compiling, "CLOSE_AT_WORST", 1.1)
    folder, told = str(make_model()), []
    assert isinstance(prepare_encoder(folder, tmp_path, lambda: TEXTS, told.append), ReferenceEncoder)
    assert "最低 0.99" in told[-1] and "不予采用" in told[-1]
    assert [file.name for file in compiled_folder(folder, tmp_path).iterdir()] == ["compiled.json"]


def test_a_changed_model_is_compiled_anew_and_a_copy_has_the_same_vectors(make_model, tmp_path):
    folder = make_model()
    first = prepare_encoder(str(folder), tmp_path, lambda: TEXTS, quiet)
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert prepare_encoder(str(copy), tmp_path, lambda: TEXTS, quiet).fingerprint == first.fingerprint
    os.utime(folder / "model.safetensors", (1, 1))
    with pytest.raises(ModelError, match="flask index build"):
        open_encoder(str(folder), tmp_path)


def test_serving_imports_no_torch(make_model, tmp_path):
    """A process that makes the app and answers by meaning never loads torch, transformers or sentence_transformers."""
    write_corpus(tmp_path / "corpus")
    script = (
        "import sys\n"
        "from app import create_app\n"
        "app = create_app()\n"
        "words = [['index', 'build'], ['index', 'search', '煤气罐放在地下室', '--audience', 'officer', '--json']]\n"
        "found = app.test_cli_runner().invoke(args=words[int(sys.argv[1])])\n"
        "assert found.exit_code == 0, found.output\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules)), 'm-0101' in found.output)\n"
    )
    environment = os.environ | {"INSTANCE_DIR": str(tmp_path / "instance"), "CORPUS_DIR": str(tmp_path / "corpus")}
    environment |= {"EMBEDDING_MODEL": str(make_model()), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    for step in "01":
        told = subprocess.check_output([sys.executable, "-c", script, step], cwd=ROOT, env=environment, text=True)
    assert told == "[] True\n"


def test_the_packaged_tokenizer_cuts_every_shipped_text_as_before(unpacked, tmp_path):
    reference = Tokenizer.from_file(str(unpacked / "tokenizer.json"))
    ours = UnigramTokenizer(tmp_path, write_pieces(tmp_path, reference))
    corpus = read_corpus(ROOT / "corpus")
    texts = [*sample_texts(corpus), *(word for matter in corpus.matters for word in matter.street_words), "é ㄅ 😀 ½"]
    assert len(texts) > 5000
    assert [text for text in texts if ours.encode(text, 10_000) != reference.encode(text).ids] == []
