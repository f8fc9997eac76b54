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

from indexer.models import ModelError, fingerprint, locate

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors of shape (number of texts, dimension), float32."""

    fingerprint: str

    def load(self) -> None:
        """Make ready; may take seconds."""

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions."""

    def encode_documents(self, texts: list[str], progress: "Progress | None" = None) -> Vectors:
        """Vectors of passages."""


Progress = Callable[[Iterable[Vectors], int], Iterable[Vectors]]


class SentenceEncoder:
    """An `Encoder` over a sentence-transformers model, loaded at first use (5 to 10 seconds)."""

    def __init__(self, name: str, models_dir: Path) -> None:
        """`name` as in EMBEDDING_MODEL: `packaged`, a folder or a hub name. Raises ModelError when it is missing."""
        self.location = locate(name, models_dir)
        self.fingerprint = fingerprint(self.location)
        self._model: Any = None

    def load(self) -> None:
        """Load the model now rather than at first use. Raises ModelError when it cannot be read."""
        if self._model is not None:
            return
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)
        try:
            self._model = SentenceTransformer(self.location, device="cpu", trust_remote_code=False)
        except Exception as error:  # the library raises many kinds for a broken folder
            raise ModelError(f"模型 {self.location} 无法加载：{error}") from error

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions (prompt `query: ` when the model has one)."""
        return self._encode("encode_query", texts)

    def encode_documents(self, texts: list[str], progress: Progress | None = None) -> Vectors:
        """Vectors of passages (prompt `passage: `). `progress` gets the coming vectors and their number."""
        return self._encode("encode_document", texts, progress)

    def _encode(self, method: str, texts: list[str], progress: Progress | None = None) -> Vectors:
        self.load()
        encode = getattr(self._model, method)

        def encode_one(text: str) -> Vectors:
            vector: Vectors = encode(text, normalize_embeddings=True, show_progress_bar=False)
            return vector

        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        first = encode_one(texts[0])  # alone: it settles the tokenizer's state that the threads then share
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            rows = pool.map(encode_one, texts[1:])
            return np.asarray([first, *(progress(rows, len(texts) - 1) if progress else rows)], dtype=np.float32)
