import socket

import numpy as np
import pytest

from fakes import FakeEncoder
from indexer.lending import borrow, lend


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "encoder.sock"
    lend(path, "model-a", lambda method, text: FakeEncoder().encode_queries([method + text])[0].astype(np.float32))
    return path


def test_borrowed_vectors_equal_ones_own(path):
    borrowed = borrow(path, "model-a")
    for text in ("煤气罐\n放在地下室", "", "x" * 5000):
        own = FakeEncoder().encode_queries(["encode_query" + text])[0].astype(np.float32)
        assert (borrowed.encode("encode_query", text) == own).all()
    borrowed.close()


def test_another_model_is_not_borrowed(path):
    assert borrow(path, "model-b") is None


def test_nobody_lends(tmp_path):
    assert borrow(tmp_path / "none.sock", "model-a") is None


def test_only_the_owner_may_open_the_socket(path):
    assert path.stat().st_mode & 0o077 == 0


def test_nonsense_ends_the_connection_and_lending_goes_on(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"nonsense\n")
        client.recv(100)
        assert client.recv(100) == b""
    borrowed = borrow(path, "model-a")
    assert borrowed is not None
    borrowed.close()
