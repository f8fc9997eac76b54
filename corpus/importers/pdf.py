"""PDF with a text layer: page text, page numbers dropped, wrapped lines joined. Runs in a child process (child.py)."""

import io
import logging
import re
import unicodedata
from collections import Counter

from corpus.importers.source import Refused

PAGE_NUMBER = re.compile(r"^(?:[-—－\s]*\d{1,4}[-—－\s]*|第\s*\d{1,4}\s*页(?:\s*[共/]\s*\d{1,4}\s*页)?|\d+\s*/\s*\d+)$")
# What may only begin a line of its own.
STARTS = re.compile(
    r"^(?:第\s*[0-9零〇一二三四五六七八九十百千两]+\s*[编章节条](?!规定|第|[、和至到及或的所，。；）])|第[^章]{1,5}分编"
    r"|[（(][一二三四五六七八九十0-9]+[)）]|目\s*录\s*$|附\s*[件表录则])"
)
RADICAL = re.compile("[\u2e80-\u2fdf]")


def pdf_lines(data: bytes, max_pages: int) -> list[str]:
    """Lines as the author wrote them. Raises Refused for scans, passwords, too many pages and broken files."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise Refused("PDF 加了密码")
        count = len(reader.pages)
        if count > max_pages:
            raise Refused(f"PDF 有 {count} 页，超过 {max_pages} 页")
        pages = [_page_lines(page.extract_text()) for page in reader.pages]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise Refused("PDF 损坏，无法读取") from error
    if sum(len(line) for page in pages for line in page) < 20 * max(count, 1) and count:
        raise Refused("PDF 没有文字层（像是扫描件），请先做文字识别")
    lines = [line for page in _without_running_heads(pages) for line in page]
    if any("\ue000" <= letter <= "\uf8ff" for line in lines for letter in line):
        raise Refused("PDF 的字体没有文字对照，文字无法还原")
    return _unwrap(lines)


def _page_lines(text: str) -> list[str]:
    folded = RADICAL.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)
    return [line.rstrip() for line in folded.splitlines() if line.strip() and not PAGE_NUMBER.match(line.strip())]


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """Drop a first or last line that stands on nearly every page (three at least)."""
    if len(pages) < 3:
        return pages
    for position in (0, -1):
        counts = Counter(page[position].strip() for page in pages if page)
        common = {line for line, n in counts.items() if n >= max(3, 0.6 * len(pages))}
        for page in pages[1 if position == 0 else 0 :]:
            if page and page[position].strip() in common:
                del page[position]
    return pages


def _unwrap(lines: list[str]) -> list[str]:
    """Join what the page broke: a line goes on while it is full, or does not end a sentence."""
    widths = sorted(len(line.strip()) for line in lines)
    full = widths[int(len(widths) * 0.9)] - 3 if widths else 0
    joined: list[str] = []
    broken = False
    for line in lines:
        text = line.strip()
        indented = line[:1] in (" ", "\u3000")
        if broken and not STARTS.match(text) and not indented:
            joined[-1] += text
        else:
            joined.append(text)
        ended = text.endswith(("。", "；", "：", "！", "？", ";", ":"))
        broken = not ended and len(text) >= full * 0.8
    return joined
