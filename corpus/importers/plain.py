"""Plain text and Markdown, in the encodings official texts come in."""

import codecs
import re

from corpus.importers.source import BREAKS, Line, Refused, clean, to_lines

INFO_END = "<!-- INFO END -->"
COMMENT = re.compile(r"^<!--.*-->$")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")


def decode(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or GB18030; anything else is refused."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(data, "utf-16")
    if b"\0" in data:
        raise Refused("不是文字文件（含有 NUL 字节）")
    try:
        return data.decode("utf-8-sig").lstrip("\ufeff")
    except UnicodeDecodeError:
        return _strictly(data, "gb18030")


def _strictly(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("文字的编码不是 UTF-8、UTF-16 或者 GB18030") from error
    if encoding == "gb18030" and not re.search("[的条法]", text):
        raise Refused("文字的编码不是 UTF-8、UTF-16 或者 GB18030")
    return text


def read_plain(text: str) -> list[Line]:
    """A line of the file is a line of the text."""
    return to_lines(text)


def read_markdown(text: str) -> list[Line]:
    """Lines with the rank of their headings; front matter, comments and emphasis are dropped."""
    lines = []
    for raw in _without_front_matter(BREAKS.split(text)):
        line = clean(raw)
        if not line or COMMENT.match(line):
            continue
        heading = HEADING.match(line)
        words = clean((heading[2] if heading else line).replace("**", ""))
        if words:
            lines.append(Line(words, len(heading[1]) if heading else 0))
    return lines


def _without_front_matter(lines: list[str]) -> list[str]:
    if lines and lines[0].strip("\ufeff ") == "---" and "---" in (rest := [line.rstrip() for line in lines[1:]]):
        return lines[rest.index("---") + 2 :]
    return lines
