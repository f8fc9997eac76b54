"""Texts to vectors with the compiled model: ONNX Runtime, tokenizers and numpy; no torch.

Each text is encoded alone on one thread, as many at once as there are cores: a text's vector then never depends on
what else was in its batch, so an incremental build equals a full one bit for bit. Word embeddings and vocabulary stay
in files, whose pages in memory all processes share. `indexer/compile.py` makes the folder.
"""

import json
import logging
import os
import weakref
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.models import ModelError, compiled_folder, floor_of
from indexer.unigram import UnigramTokenizer

Vectors = NDArray[np.float32]
Progress = Callable[[Iterable[Vectors], int], Iterable[Vectors]]

FACTS, TOKENIZER, GRAPH = "compiled.json", "tokenizer.json", "encoder.onnx"
WORDS, POSITIONS = "words.npy", "positions.npy"  # (vocabulary, hidden) float16; (tokens, hidden) float32
log = logging.getLogger(__name__)


class Encoder(Protocol):
    """Turns texts into unit vectors of shape (number of texts, dimension), float32."""

    fingerprint: str
    floor: float | None  # the least cosine that means anything; None when nobody has measured

    def __hash__(self) -> int:
        """By identity: what was encoded is remembered by encoder."""

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions."""

    def encode_documents(self, texts: list[str], progress: Progress | None = None) -> Vectors:
        """Vectors of passages. `progress` gets the coming vectors and their number."""


def encode_all(encode: Callable[[str], Vectors], texts: Sequence[str], progress: Progress | None = None) -> Vectors:
    """Encode text by text, as many at once as there are cores; at least one text."""
    first = encode(texts[0])  # alone: it loads what the threads then share
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = pool.map(encode, texts[1:])
        return np.asarray([first, *(progress(rows, len(texts) - 1) if progress else rows)], dtype=np.float32)


class CompiledEncoder:
    """An `Encoder` over a compiled model, loaded at first use (a tenth of a second)."""

    def __init__(self, folder: Path) -> None:
        """`folder` as `indexer/compile.py` writes it."""
        self.folder = folder
        self._facts = read_facts(folder)
        self.fingerprint: str = self._facts["fingerprint"]
        self.floor = floor_of(self._facts.get("model", ""))

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions."""
        return np.asarray([self._encode(self._facts["prompts"]["query"] + text) for text in texts], dtype=np.float32)

    def encode_documents(self, texts: list[str], progress: Progress | None = None) -> Vectors:
        """Vectors of passages; at least one. `progress` gets the coming vectors but the first, and their number."""
        prompt = self._facts["prompts"]["document"]
        return encode_all(lambda text: self._encode(prompt + text), texts, progress)

    def _encode(self, text: str) -> Vectors:
        numbers = self._numbers(text)
        embeddings = self._words(numbers).astype(np.float32) + self._positions[: len(numbers)]
        vector: Vectors = self._session.run(None, {"embeddings": embeddings[None]})[0][0]
        return vector

    @cached_property
    def _numbers(self) -> Callable[[str], list[int]]:
        """Token numbers of a text, cut at the longest the model takes."""
        limit = self._facts["max_tokens"]
        if self._facts["unigram"]:
            unigram = UnigramTokenizer(self.folder, self._facts["unigram"])
            return lambda text: unigram.encode(text, limit)
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER))
        tokenizer.enable_truncation(limit)
        return lambda text: list(tokenizer.encode(text).ids)

    @cached_property
    def _words(self) -> Callable[[list[int]], NDArray[np.float16]]:
        """Reads the word embeddings of tokens. A mapped file would count 64 KB a token as this process's memory."""
        path = self.folder / WORDS
        table = np.load(path, mmap_mode="r")
        start, width, hidden = table.offset, table.strides[0], table.shape[1]
        file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, file)

        def read(numbers: list[int]) -> NDArray[np.float16]:
            rows = (os.pread(file, width, start + width * number) for number in numbers)
            return np.frombuffer(b"".join(rows), dtype=np.float16).reshape(-1, hidden)

        return read

    @cached_property
    def _positions(self) -> Vectors:
        positions: Vectors = np.load(self.folder / POSITIONS)
        return positions

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # an arena keeps the memory of the longest text for ever
        options.graph_optimization_level = (
            onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        )  # written as it should run
        try:
            return onnxruntime.InferenceSession(self.folder / GRAPH, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime raises many kinds for a broken file
            raise ModelError(f"{self.folder} 里编译好的模型无法加载：{error}") from error


def read_facts(folder: Path) -> dict[str, Any]:
    """What is known of a compiled model. Raises ModelError when there is none."""
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError("检索模型还没有准备好：请运行 flask index build") from error
    return facts


def open_encoder(name: str, models_dir: Path) -> Encoder:
    """The encoder of EMBEDDING_MODEL as the last build prepared it.

    A model that cannot be compiled is run by sentence-transformers. Raises ModelError when none was prepared.
    """
    folder = compiled_folder(name, models_dir)
    if reason := read_facts(folder)["refused"]:
        from indexer.reference import ReferenceEncoder

        log.warning("the model is run by sentence-transformers: %s", reason)
        return ReferenceEncoder(name, models_dir)
    return CompiledEncoder(folder)
