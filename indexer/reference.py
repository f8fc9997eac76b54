"""The reference encoder: a sentence-transformers model on torch. Compiling starts from it and is measured against it.

It also stands in for a model that cannot be compiled. The only importer of sentence_transformers, and a lazy one.
"""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from indexer.encoder import Progress, Vectors, encode_all
from indexer.models import ModelError, fingerprint, floor_of, locate


class ReferenceEncoder:
    """An `Encoder` over a sentence-transformers model, loaded at first use (5 to 10 seconds)."""

    def __init__(self, name: str, models_dir: Path) -> None:
        """`name` as in EMBEDDING_MODEL: `packaged`, a folder or a hub name. Raises ModelError when it is missing."""
        self.location = locate(name, models_dir)
        self.fingerprint = fingerprint(self.location)
        self.floor = floor_of(name)

    @cached_property
    def model(self) -> Any:
        """The sentence-transformers model. Raises ModelError when it cannot be read."""
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)  # its threads fall to a tenth of their speed when anything else runs
        try:
            return SentenceTransformer(self.location, device="cpu", trust_remote_code=False)
        except Exception as error:  # the library raises many kinds for a broken folder
            raise ModelError(f"模型 {self.location} 无法加载：{error}") from error

    def encode_queries(self, texts: list[str]) -> Vectors:
        """Vectors of questions (prompt `query: ` when the model has one)."""
        return np.asarray([self._encode(self.model.encode_query, text) for text in texts], dtype=np.float32)

    def encode_documents(self, texts: list[str], progress: Progress | None = None) -> Vectors:
        """Vectors of passages (prompt `passage: `); at least one."""
        return encode_all(lambda text: self._encode(self.model.encode_document, text), texts, progress)

    @staticmethod
    def _encode(encode: Any, text: str) -> Vectors:
        vector: Vectors = encode(text, normalize_embeddings=True, show_progress_bar=False)
        return vector
