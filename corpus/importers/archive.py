"""Zip files from strangers: everything about them is checked before a byte is unpacked."""

import io
import re
import stat
import zipfile

from corpus.importers.source import Limits, Refused

DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def open_archive(data: bytes, limits: Limits) -> dict[str, bytes]:
    """XML parts of an Office file by name. Raises Refused on anything that only an attack or a broken file has."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, limits)
            parts = {e.filename: _read(archive, e) for e in entries if e.filename.endswith((".xml", ".rels"))}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise Refused("压缩包损坏，无法打开") from error
    for name, content in parts.items():
        # Dropping NUL bytes shows a declaration hidden in UTF-16.
        if DECLARATION.search(content.replace(b"\0", b"")):
            raise Refused(f"部件 {name} 含有 DOCTYPE 或 ENTITY 声明")
    return parts


def _check_entries(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.zip_entries:
        raise Refused(f"压缩包里有 {len(entries)} 个部件，超过 {limits.zip_entries} 个")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise Refused("压缩包里有同名的部件")
    for entry in entries:
        _check_entry(entry, limits)
    total = sum(entry.file_size for entry in entries)
    if total > limits.zip_bytes:
        raise Refused(f"解压后有 {total / 1e6:.0f} MB，超过 {limits.zip_bytes / 1e6:.0f} MB")


def _check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    name = entry.orig_filename
    steps = re.split(r"[/\\]", name)
    if ".." in steps or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) or "\0" in name:
        raise Refused(f"压缩包里有越出目录的部件名“{name[:60]!r}”")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused("压缩包里有符号链接")
    if entry.flag_bits & 0x1:
        raise Refused("文件加了密码")
    if entry.file_size > limits.zip_ratio * max(entry.compress_size, 1) and entry.file_size > 10_000:
        raise Refused(f"部件 {name[:60]} 的压缩比超过 {limits.zip_ratio}，像是压缩炸弹")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as part:
        content = part.read(entry.file_size + 1)  # never more than declared; a lie fails the checksum
    if len(content) != entry.file_size:
        raise zipfile.BadZipFile
    return content
