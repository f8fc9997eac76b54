"""Uploaded tables between their preview and the import: kept here, so that a browser cannot change them.

A file's name carries whose it is, so nobody confirms what another person uploaded.
"""

import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

KEEP_SECONDS = 3600
TOKEN = re.compile(r"[0-9a-f]{32}")


class Uploads:
    """The folder of kept uploads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes, owner_id: int) -> str:
        """Keep a file for an hour; returns the token to ask for it with."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._forget_old()
        token = secrets.token_hex(16)
        path = self._path(token, owner_id)
        path.touch(mode=0o600)
        path.write_bytes(data)
        return token

    def read(self, token: str, owner_id: int) -> bytes | None:
        """A kept file of this person, or None when it is gone."""
        path = self._path(token, owner_id)
        try:
            return path.read_bytes() if TOKEN.fullmatch(token) and not self._is_old(path) else None
        except FileNotFoundError:
            return None

    def forget(self, token: str, owner_id: int) -> None:
        """Remove a file that was used."""
        if TOKEN.fullmatch(token):
            self._path(token, owner_id).unlink(missing_ok=True)

    def _path(self, token: str, owner_id: int) -> Path:
        return self._folder / f"{owner_id}-{token}"

    @staticmethod
    def _is_old(path: Path) -> bool:
        return path.stat().st_mtime < time.time() - KEEP_SECONDS

    def _forget_old(self) -> None:
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another process may be at it too
                if self._is_old(path):
                    path.unlink()
