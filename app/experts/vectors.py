"""Vectors of the sentences of profiles, kept in a file so that a sentence is encoded once under a model."""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from indexer.encoder import Encoder, Vectors


def sentence_vectors(folder: Path, encoder: Encoder, sentences: Sequence[str]) -> Vectors:
    """Vectors (sentences, dimension) by the model's document side; at least one sentence.

    What is not in the file is encoded and the file written anew with these sentences alone. It is a cache: a damaged or
    missing file costs the time to encode.
    """
    path = folder / f"sentences-{_sum(encoder.fingerprint)}.npz"
    names = [_sum(sentence) for sentence in sentences]
    known = _read(path)
    missing = {name: text for name, text in zip(names, sentences, strict=True) if name not in known}
    if missing:
        known |= dict(zip(missing, encoder.encode_documents(list(missing.values())), strict=True))
        _write(path, {name: known[name] for name in names})
    vectors: Vectors = np.stack([known[name] for name in names])
    return vectors


def _sum(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _read(path: Path) -> dict[str, Vectors]:
    try:
        with path.open("rb") as stream, np.load(stream) as kept:
            return dict(zip(kept["names"].tolist(), kept["vectors"], strict=True))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return {}


def _write(path: Path, vectors: dict[str, Vectors]) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        np.savez(stream, names=list(vectors), vectors=np.stack(list(vectors.values())))
    Path(name).replace(path)
