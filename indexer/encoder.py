"""Texts to vectors with a sentence-transformers model. The only importer of sentence_transformers, and a lazy one.

Each text is encoded alone on one thread, as many at once as there are cores: a text's vector then never depends on
what else was in its batch, so an incremental build equals a full one bit for bit, and a busy machine slows the work in
proportion instead of tenfold (torch's own threads wait for each other at every layer).
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.lending import Borrowed, borrow, lend
from indexer.models import ModelError, fingerprint, locate

Vectors = NDArray[np.float32]
Progress = Callable[[Iterable[Vectors], int], Iterable[Vectors]]
BORROW_AT_MOST = 200  # texts; for more it pays to load the model, and the site is spared


class Encoder(Protocol):
    """Turns texts into unit vectors of shape (number of texts, dimension), float32."""

    fingerprint: str

    def prepare(self, texts: int) -> None:
        """Make ready to encode that many texts; may take seconds."""

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions."""

    def encode_documents(self, texts: list[str], progress: "Progress | None" = None) -> Vectors:
        """Vectors of passages."""


class SentenceEncoder:
    """An `Encoder` over a sentence-transformers model, loaded at first use (5 to 10 seconds) or borrowed."""

    def __init__(self, name: str, models_dir: Path, lender: Path | None = None) -> None:
        """`name` as in EMBEDDING_MODEL: `packaged`, a folder or a hub name; `lender` is the socket of a running site.

        Raises ModelError when the model is missing.
        """
        self.location = locate(name, models_dir)
        self.fingerprint = fingerprint(self.location)
        self._lender = lender
        self._borrowed: Borrowed | None = None
        self._model: Any = None

    def prepare(self, texts: int) -> None:
        """Borrow the model of a running site for a few texts, or load it. Raises ModelError when it cannot be read."""
        if self._model is None and self._lender and texts <= BORROW_AT_MOST:
            self._borrowed = self._borrowed or borrow(self._lender, self.fingerprint)
        if self._borrowed is None:
            self._load()

    def _load(self) -> None:
        if self._model is not None:
            return
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)
        try:
            self._model = SentenceTransformer(self.location, device="cpu", trust_remote_code=False)
        except Exception as error:  # the library raises many kinds for a broken folder
            raise ModelError(f"模型 {self.location} 无法加载：{error}") from error

    def lend(self, path: Path) -> None:
        """Let commands on this machine use the loaded model through the socket `path`."""
        lend(path, self.fingerprint, self._encode_one)

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions (prompt `query: ` when the model has one)."""
        return self._encode("encode_query", texts)

    def encode_documents(self, texts: list[str], progress: Progress | None = None) -> Vectors:
        """Vectors of passages (prompt `passage: `). `progress` gets the coming vectors and their number."""
        return self._encode("encode_document", texts, progress)

    def _encode_one(self, method: str, text: str) -> Vectors:
        if self._borrowed:
            return self._borrowed.encode(method, text)
        encode = {"encode_query": self._model.encode_query, "encode_document": self._model.encode_document}[method]
        vector: Vectors = encode(text, normalize_embeddings=True, show_progress_bar=False)
        return vector

    def _encode(self, method: str, texts: list[str], progress: Progress | None = None) -> Vectors:
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        self.prepare(len(texts))
        first = self._encode_one(method, texts[0])  # alone: it settles the tokenizer's state that the threads share
        with ThreadPoolExecutor(1 if self._borrowed else os.cpu_count()) as pool:
            rows = pool.map(lambda text: self._encode_one(method, text), texts[1:])
            return np.asarray([first, *(progress(rows, len(texts) - 1) if progress else rows)], dtype=np.float32)
