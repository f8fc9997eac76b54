"""Uploaded materials 材料 on disk: a folder of files under names of our own, checked before they are kept."""

import secrets
from pathlib import Path

from app.sessions.refusals import Refused

MAX_BYTES = 20_000_000
ZIP, PDF = (b"PK\x03\x04",), (b"%PDF-",)
STARTS = {
    ".pdf": PDF,
    ".docx": ZIP,
    ".xlsx": ZIP,
    ".pptx": ZIP,
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".webp": (b"RIFF",),
}


def checked_suffix(name: str, data: bytes) -> str:
    """The suffix of an upload. Raises Refused when it is too large, empty, or not what its name says."""
    suffix = Path(name).suffix.lower()
    if suffix not in STARTS:
        raise Refused("只能上传 PDF、Word（.docx）、Excel（.xlsx）、PPT（.pptx）和图片（.png、.jpg、.webp）。", "file")
    if not data:
        raise Refused("文件是空的。", "file")
    if len(data) > MAX_BYTES:
        raise Refused(f"文件超过 {MAX_BYTES // 1_000_000} MB，请压缩或者拆分后再传。", "file")
    if not data.startswith(STARTS[suffix]):
        raise Refused(f"文件内容不是 {suffix} 格式，可能改过后缀或者已损坏。", "file")
    return suffix


class Shelf:
    """The folder of kept files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes, suffix: str) -> str:
        """Keep a file; returns the name it is kept under."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        name = secrets.token_hex(16) + suffix
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_bytes(data)
        return name

    def path(self, name: str) -> Path:
        """Where a kept file is."""
        return self._folder / name

    def remove(self, name: str) -> None:
        """Forget a file."""
        self.path(name).unlink(missing_ok=True)
