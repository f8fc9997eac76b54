"""Word documents, with and without heading styles. Reads the XML itself: half of what a library gives is not wanted."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from corpus.importers.archive import open_archive
from corpus.importers.source import Limits, Line, Refused, clean

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# Deleted text, field codes and properties say nothing; the fallback repeats what stands beside it.
SILENT = {WORD + name for name in ("del", "moveFrom", "instrText", "delText", "pPr", "rPr", "sectPr")} | {FALLBACK}


def read_docx(data: bytes, limits: Limits) -> list[Line]:
    """Paragraphs in the order of the document; a table gives a line for each row."""
    parts = open_archive(data, limits)
    if "word/document.xml" not in parts:
        raise Refused("不是 Word 文档（里面没有 word/document.xml）")
    document = _parse(parts["word/document.xml"].replace(STRICT, WORD[1:-1].encode()))
    styles = _heading_styles(parts.get("word/styles.xml"))
    numbered = _numbered_lists(parts.get("word/numbering.xml"))
    counted = _numbered_styles(parts.get("word/styles.xml"), numbered)
    for block in _blocks(document):
        _refuse_automatic_number(block, numbered, counted)
    lines = [line for block in _blocks(document) for line in _lines(block, styles)]
    if not lines:
        raise Refused("文档里没有文字（可能是扫描图片）")
    return lines


def _parse(content: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(content)  # noqa: S314  DOCTYPE and ENTITY are refused in open_archive
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise Refused("文档的 XML 损坏") from error


def _heading_styles(content: bytes | None) -> dict[str, int]:
    """Rank of the styles that are headings: Title and heading 1 … 9, whatever their ids are."""
    ranks: dict[str, int] = {}
    for style in _parse(content).iter(WORD + "style") if content else ():
        name = style.find(WORD + "name")
        words = name.get(WORD + "val", "").lower() if name is not None else ""
        number = re.fullmatch(r"(?:heading|标题) ?([1-9])", words)
        if number or words in ("title", "标题"):
            ranks[style.get(WORD + "styleId", "")] = int(number[1]) if number else 1
    return ranks


def _numbered_lists(content: bytes | None) -> set[str]:
    """Lists whose numbers Word counts itself, so that they are not in the text."""
    if not content:
        return set()
    root = _parse(content)
    counted = {
        abstract.get(WORD + "abstractNumId", "")
        for abstract in root.iter(WORD + "abstractNum")
        for level in abstract.iter(WORD + "numFmt")
        if level.get(WORD + "val") not in ("none", "bullet")
    }
    lists = set()
    for number in root.iter(WORD + "num"):
        abstract = number.find(WORD + "abstractNumId")
        if abstract is not None and abstract.get(WORD + "val", "") in counted:
            lists.add(number.get(WORD + "numId", ""))
    return lists


def _blocks(node: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Paragraphs and table rows, from the outside in."""
    stack = [node]
    while stack:
        current = stack.pop()
        if current.tag in SILENT:
            continue
        if current.tag in (WORD + "p", WORD + "tr"):
            yield current
        else:
            stack.extend(reversed(current))


def _numbered_styles(content: bytes | None, numbered: set[str]) -> set[str]:
    """Styles whose paragraphs Word counts, and those based on them."""
    based: dict[str, str] = {}
    found: set[str] = set()
    for style in _parse(content).iter(WORD + "style") if content else ():
        key = style.get(WORD + "styleId", "")
        number = style.find(f"{WORD}pPr/{WORD}numPr/{WORD}numId")
        parent = style.find(WORD + "basedOn")
        if number is not None and number.get(WORD + "val") in numbered:
            found.add(key)
        elif number is None and parent is not None:
            based[key] = parent.get(WORD + "val", "")
    for _ in range(10):
        found |= {key for key, parent in based.items() if parent in found}
    return found


def _refuse_automatic_number(block: ElementTree.Element, numbered: set[str], styles: set[str]) -> None:
    """A number that Word counts is not in the text: articles would lose theirs."""
    for paragraph in block.iter(WORD + "p"):
        number = paragraph.find(f"{WORD}pPr/{WORD}numPr/{WORD}numId")
        style = paragraph.find(f"{WORD}pPr/{WORD}pStyle")
        by_style = number is None and style is not None and style.get(WORD + "val") in styles
        words = _text(paragraph).strip()
        if words and (by_style or (number is not None and number.get(WORD + "val") in numbered)):
            raise Refused(f"用了 Word 的自动编号（“{words[:15]}”），编号不在文字里；请在 Word 里把编号转成文字再存")


def _lines(block: ElementTree.Element, styles: dict[str, int]) -> Iterator[Line]:
    if block.tag == WORD + "tr":
        if text := clean(" ".join(_text(block).split("\n"))):
            yield Line(text)
        return
    text = _text(block)
    style = block.find(f"{WORD}pPr/{WORD}pStyle")
    rank = styles.get(style.get(WORD + "val", ""), 0) if style is not None else 0
    for part in text.split("\n"):
        if line := clean(part):
            yield Line(line, rank)


def _text(block: ElementTree.Element) -> str:
    pieces: list[str] = []
    stack = [block]
    while stack:
        node = stack.pop()
        if node.tag in SILENT:
            continue
        if node.tag == WORD + "t":
            pieces.append(node.text or "")
        elif node.tag in (WORD + "br", WORD + "cr"):
            pieces.append("\n")
        elif node.tag == WORD + "tab":
            pieces.append(" ")
        stack.extend(reversed(node))
        if node.tag == WORD + "tc" or (node.tag == WORD + "p" and node is not block):
            pieces.append("\n")
    return "".join(pieces)
