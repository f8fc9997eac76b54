"""From a file to lines: its format is told by its content, never by its name."""

import re
from pathlib import Path

from corpus.importers.child import run_child
from corpus.importers.docx import read_docx
from corpus.importers.plain import INFO_END, decode, read_markdown, read_plain
from corpus.importers.source import Limits, Line, Refused, clean

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body|div|p|h1)\b", re.I | re.S
)
MARKDOWN = re.compile(r"\s*(?:#{1,4} \S|---\n)")
FOREIGN = {
    b"MZ": "程序",
    b"\x7fELF": "程序",
    b"#!": "脚本",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
    b"{\\rtf": "RTF 文档",
    b"<?xml": "XML 文件",
}
EXPECTED = {".docx": "docx", ".pdf": "pdf"}


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Content of a regular file within the size limit."""
    if not path.is_file():
        raise Refused("不是普通文件")
    try:
        with path.open("rb") as file:
            data = file.read(limits.file_bytes + 1)
    except OSError as error:
        raise Refused(f"读不出来：{error.strerror}") from error
    if len(data) > limits.file_bytes:
        raise Refused(f"文件超过 {limits.file_bytes / 1e6:.0f} MB")
    if not data.strip():
        raise Refused("文件是空的")
    return data


def to_text_lines(data: bytes, name: str, limits: Limits) -> list[Line]:
    """Lines of text of a file in any of the formats. Raises Refused with the reason."""
    kind = _kind(data)
    expected = EXPECTED.get(Path(name).suffix.lower())
    if expected and kind != expected:
        raise Refused(f"扩展名是 {Path(name).suffix}，内容不是")
    if kind == "docx":
        return read_docx(data, limits)
    if kind == "pdf":
        return _cleaned(run_child("pdf", data, limits))
    return _read_text(decode(data), name, limits)


def _read_text(text: str, name: str, limits: Limits) -> list[Line]:
    if re.search(r"<!ENTITY|<!DOCTYPE[^>]{0,200}\[", text, re.IGNORECASE):
        raise Refused("文字里有 ENTITY 声明")
    if HTML.match(text):
        return _cleaned(run_child("html", text.encode(), limits))
    if len(text) > limits.text_chars:
        raise Refused(f"文字超过 {limits.text_chars} 个，不像一部法规")
    is_markdown = name.lower().endswith((".md", ".markdown")) or INFO_END in text or MARKDOWN.match(text)
    return read_markdown(text) if is_markdown else read_plain(text)


def _kind(data: bytes) -> str:
    """Format by the first bytes; text until it is read. Raises Refused for what is surely none of ours."""
    if data.startswith(b"PK\x03\x04"):
        return "docx"
    if data.startswith(b"%PDF-"):
        return "pdf"
    if data.startswith(OLE):
        raise Refused("是旧的 .doc 文档，请在 Word 里另存为 .docx")
    foreign = next((what for mark, what in FOREIGN.items() if data.startswith(mark)), None)
    if foreign and not HTML.match(data[:4096].decode("utf-8", errors="ignore")):
        raise Refused(f"是{foreign}，不是法规文本")
    return "text"


def _cleaned(lines: list[tuple[str, int]]) -> list[Line]:
    return [Line(line, rank) for text, rank in lines if (line := clean(text))]
