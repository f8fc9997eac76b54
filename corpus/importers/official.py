"""Write a recognised statute as a regulation file, and prove that nothing of its text was lost or doubled."""

import datetime as dt
import json
import re
from dataclasses import dataclass

from corpus.importers.shapes import ITEM, SUBITEM, article_at, number_text
from corpus.importers.source import Line, Refused
from corpus.importers.structure import UNNUMBERED, Part, Statute
from corpus.statute import ARTICLE_LINE, HEADING_LINE, parse_statute, to_int

# Stands, unseen, before a line of text that reads like the beginning of an article, so that it stays text.
WORD_JOINER = "\u2060"
HASHES = {0: "##", 1: "##", 2: "###"}


@dataclass(frozen=True, slots=True)
class Facts:
    """Front matter of an official text."""

    id: str
    title: str
    short_titles: tuple[str, ...]
    level: str
    number: str | None
    adopted_on: dt.date | None
    effective_on: dt.date
    source: str


def official_text(facts: Facts, statute: Statute) -> str:
    """The whole file; its history lines are kept as comments of the front matter."""
    names = "[" + ", ".join(_quoted(name) for name in facts.short_titles) + "]"
    front = {
        "id": facts.id,
        "title": _quoted(facts.title),
        "short_titles": names if facts.short_titles else None,
        "level": facts.level,
        "number": _quoted(facts.number) if facts.number else None,
        "adopted_on": facts.adopted_on,
        "effective_on": facts.effective_on,
        "source": _quoted(facts.source),
        "text": "official",
    }
    lines = [f"{key}: {value}" for key, value in front.items() if value is not None]
    comments = [f"# {line}" for line in statute.history]
    return "\n".join(("---", *comments, *lines, "---", "", body_text(statute), ""))


def _quoted(text: str) -> str:
    """YAML scalar: plain where that is safe, else in double quotes as JSON writes them."""
    return text if re.fullmatch(r"[\u4e00-\u9fff（）《》、]+", text) else json.dumps(text, ensure_ascii=False)


def body_text(statute: Statute) -> str:
    """Headings and articles in the manner of docs/corpus-format.md."""
    blocks = []
    for part in statute.parts:
        if part.rank == UNNUMBERED:
            title, *rest = part.lines
            blocks.append("\n".join([f"## {title}", *map(_as_text, rest)]))
        elif part.number is None:
            blocks.append(f"{HASHES[part.rank]} {part.lines[0]}")
        else:
            first, *rest = _paragraphs(part)
            blocks.append("\n".join([f"{number_text(part.number)} {first}".strip(), *map(_as_text, rest)]))
    return "\n\n".join(blocks)


def _as_text(line: str) -> str:
    return WORD_JOINER + line if ARTICLE_LINE.match(line) or HEADING_LINE.match(line) else line


def _paragraphs(part: Part) -> list[str]:
    """Lines of an article, one a paragraph or item: what belongs to an item 项 (its 目, its remarks) stays with it."""
    lines: list[str] = []
    item_at = item_number = 0  # where the last item stands, and its number
    for line in part.lines:
        item = ITEM.match(line)
        arabic = bool(item and item[1].isdecimal())
        if item_number and lines and item_at == len(lines) - 1 and SUBITEM.match(line) and (not item or arabic):
            follows = arabic and item is not None and to_int(item[1]) == item_number + 1
            if not follows or not _is_arabic(lines[item_at]):
                lines[item_at] += line
                continue
        if item and lines:
            number = _int(item[1])
            if item_number and number == item_number + 1 and item_at < len(lines) - 1:
                lines[item_at:] = ["".join(lines[item_at:])]
            item_at, item_number = len(lines), number
        lines.append(line)
    return lines or [""]


def _is_arabic(line: str) -> bool:
    item = ITEM.match(line)
    return bool(item and item[1].isdecimal())


def _int(numeral: str) -> int:
    try:
        return to_int(numeral)
    except ValueError:
        return 0


def check_whole(lines: list[Line], statute: Statute, chosen_body: str, path: str) -> int:
    """Compare what a reader of the file gets with the source; the number of articles is returned.

    Raises Refused with the first difference, or with the fault the reader of the corpus finds in the result.
    """
    articles, problems = parse_statute(chosen_body, path, 1)
    if problems:
        raise Refused(f"写出的文本读不回来：{problems[0].message}")
    numbers = {part.number for part in statute.articles}
    wanted = _plain("".join(_with_number(line.text, numbers) for line in lines[statute.start :]))
    pieces = [(a.line, a.number + (f"【{a.heading}】" if a.heading else "") + a.text) for a in articles]
    taken = {line for line, _ in pieces}  # the titles of preamble and annexes stand there already
    headings = ((n, HEADING_LINE.match(text)) for n, text in enumerate(chosen_body.splitlines(), 1))
    pieces += [(n, match[2]) for n, match in headings if match and n not in taken]
    found = _plain("".join(text for _, text in sorted(pieces)))
    if wanted != found:
        at = next((i for i, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), len(found))
        at = min(at, len(wanted), len(found))
        before = wanted[max(0, at - 15) : at]
        raise Refused(f"核对不一致：“{before}”之后，原文“{wanted[at : at + 20]}”，结果“{found[at : at + 20]}”")
    return len(statute.articles)


def _with_number(text: str, numbers: set[tuple[int, int] | None]) -> str:
    """The line with its article number as the reader gives it (第1条 as 第一条)."""
    found = article_at(text)
    return number_text(found[0]) + found[1] if found and found[0] in numbers else text


def _plain(text: str) -> str:
    return re.sub(rf"[\s{WORD_JOINER}]+", "", text)
