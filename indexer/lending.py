"""A running site lends its loaded model to commands on the same machine, which spares them 6 seconds of loading.

Through a Unix socket in the instance folder that only its owner may open. One request is a line of JSON, one answer a
vector of float32; nothing is unpickled. Borrowed vectors equal one's own: the same model encodes the same way.
"""

import json
import logging
import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)
MAX_REQUEST = 100_000  # bytes
LENGTH = struct.Struct("<I")
TIMEOUT = 10.0  # seconds

Encode = Callable[[str, str], NDArray[np.float32]]


def lend(path: Path, fingerprint: str, encode: Encode) -> threading.Thread:
    """Answer requests on `path` in a background thread; `encode(method, text)` gives one vector."""
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    os.chmod(path, 0o600)
    server.listen()
    thread = threading.Thread(target=_accept, args=(server, fingerprint, encode), name="lend-encoder", daemon=True)
    thread.start()
    return thread


def _accept(server: socket.socket, fingerprint: str, encode: Encode) -> None:
    while True:
        client, _ = server.accept()
        threading.Thread(target=_serve, args=(client, fingerprint, encode), daemon=True).start()


def _serve(client: socket.socket, fingerprint: str, encode: Encode) -> None:
    try:
        with client, client.makefile("rwb") as stream:
            stream.write(fingerprint.encode() + b"\n")
            stream.flush()
            while line := stream.readline(MAX_REQUEST):
                method, text = json.loads(line)
                vector = encode(method, text).astype("<f4").tobytes()
                stream.write(LENGTH.pack(len(vector)) + vector)
                stream.flush()
    except (OSError, ValueError) as error:
        log.warning("lending the model: %s", error)


class Borrowed:
    """A connection to a lender."""

    def __init__(self, path: Path) -> None:
        """Connect. Raises OSError when nobody lends."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(TIMEOUT)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._stream = self._socket.makefile("rwb")
        self.fingerprint = self._stream.readline(MAX_REQUEST).decode().strip()

    def encode(self, method: str, text: str) -> NDArray[np.float32]:
        """One vector. Raises OSError when the lender goes away."""
        self._stream.write(json.dumps([method, text]).encode() + b"\n")
        self._stream.flush()
        (length,) = LENGTH.unpack(self._read(LENGTH.size))
        return np.frombuffer(self._read(length), dtype="<f4").astype(np.float32)

    def close(self) -> None:
        """Give it back."""
        self._stream.close()
        self._socket.close()

    def _read(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) < count:
            raise OSError("the lender went away")
        return data


def borrow(path: Path, fingerprint: str) -> Borrowed | None:
    """A lender of the model with this fingerprint; None when there is none."""
    try:
        borrowed = Borrowed(path)
    except OSError:
        return None
    if borrowed.fingerprint == fingerprint:
        return borrowed
    borrowed.close()
    return None
