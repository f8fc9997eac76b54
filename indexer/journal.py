"""Vectors a build has already encoded, kept while it runs: a build that is stopped goes on where it was.

One file below the index folder: the dimension (uint32), then records of key (sha256, 32 bytes), CRC-32 of the vector
(uint32) and vector (float32). A record torn by a crash fails its CRC and is encoded anew.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from indexer.encoder import Vectors

HEAD = struct.Struct("<I")
KEY, CHECK = 32, 4  # bytes


class Journal:
    """The vectors of one model kept below the index folder `root`."""

    def __init__(self, root: Path, fingerprint: str) -> None:
        self._root = root
        self._path = root / f"encoded-{fingerprint[:16]}.part"

    def read(self) -> dict[str, Vectors]:
        """Vectors by chunk key; empty when no build was stopped."""
        data = self._path.read_bytes() if self._path.is_file() else b""
        if len(data) < HEAD.size:
            return {}
        size = KEY + CHECK + 4 * int(HEAD.unpack_from(data)[0])
        found: dict[str, Vectors] = {}
        for at in range(HEAD.size, len(data) - size + 1, size):
            key, rest = data[at : at + KEY], data[at + KEY : at + size]
            if zlib.crc32(rest[CHECK:]).to_bytes(CHECK, "little") == rest[:CHECK]:
                found[key.hex()] = np.frombuffer(rest[CHECK:], dtype="<f4")
        return found

    def keep(self, keys: Iterable[str], vectors: Iterable[Vectors]) -> Iterator[Vectors]:
        """Pass `vectors` through and keep each under its key."""
        with self._path.open("ab") as file:
            for key, vector in zip(keys, vectors, strict=True):
                words = np.asarray(vector, dtype="<f4").tobytes()
                if file.tell() == 0:
                    file.write(HEAD.pack(len(vector)))
                elif torn := (file.tell() - HEAD.size) % (KEY + CHECK + len(words)):
                    file.truncate(file.tell() - torn)
                    file.seek(0, 2)
                file.write(bytes.fromhex(key) + zlib.crc32(words).to_bytes(CHECK, "little") + words)
                file.flush()
                yield vector

    def end(self) -> None:
        """Forget the vectors of every model: what is needed is in a generation now."""
        for path in self._root.glob("encoded-*.part"):
            path.unlink()
