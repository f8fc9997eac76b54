"""Recognise a statute in lines of text: what is title, history and contents, where each heading and article begins.

Nothing is thrown away unseen: `Statute.dropped` are the lines above the text, everything else is in `parts`.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise

from corpus.importers.shapes import (
    BARE,
    CLAUSE,
    CONTENTS,
    KIND,
    STOP,
    Number,
    article_at,
    contents_key,
    heading_at,
    is_annex,
    is_history,
    number_text,
)
from corpus.importers.source import Line, Refused
from corpus.statute import PREAMBLE

UNNUMBERED = 3  # rank of a part that is neither heading nor article: 序言, 附件


@dataclass(slots=True)
class Part:
    """A heading (`number` None, its rank and words in `lines`), or an article with the lines below its number.

    A preamble or an attachment has the rank UNNUMBERED, its title as first line, and its text below.
    """

    number: Number | None
    lines: list[str]
    rank: int = 0


@dataclass(slots=True)
class Statute:
    """A recognised text. `start` is the line on which the body begins."""

    title: str
    history: tuple[str, ...]
    start: int
    parts: list[Part] = field(default_factory=list)

    @property
    def articles(self) -> list[Part]:
        """The articles alone."""
        return [part for part in self.parts if part.number is not None]


def recognise(lines: list[Line], file_title: str) -> Statute:
    """Structure of a text. `file_title` is what its file name says its title is.

    Raises Refused with the reason when no statute can be seen in it, or one that is not whole.
    """
    chosen = _choose_articles(lines)
    first = min(chosen)
    head_end = _head_end(lines, first)
    start = _preamble_at(lines, head_end)
    title, history, left = _read_head(lines[:start], file_title)
    if left:
        raise Refused(f"第一条之前有不属于题注、目录和序言的文字“{left[0][:30]}”，格式里没有它的位置")
    statute = Statute(title, tuple(history), start)
    if start < head_end:
        statute.parts.append(Part(None, [line.text for line in lines[start:head_end]], UNNUMBERED))
    _fill(statute, lines, chosen, head_end)
    return statute


def _choose_articles(lines: list[Line]) -> dict[int, Number]:
    """Lines that begin articles: of all candidates the longest chain in which the numbers go up, from 第一条 on."""
    end = _attachments_at(lines)
    candidates = [(i, found[0]) for i, line in enumerate(lines[:end]) if (found := article_at(line.text))]
    if not candidates:
        raise Refused("没有以“第…条”开头的条文（只有“一、二、”编号的决定和通知没有条，不能导入）")
    begin = next((at for at, (_, number) in enumerate(candidates) if number == (1, 0)), None)
    if begin is None:
        raise Refused(f"文中没有第一条，从{number_text(candidates[0][1])}开始，不是完整的文本")
    chain = _longest_chain(candidates[begin:])
    _refuse_gaps([number for _, number in chain])
    return dict(chain)


def _preamble_at(lines: list[Line], head_end: int) -> int:
    """Line on which a preamble 序言 begins (not where the contents name it); `head_end` when there is none."""
    named = [i for i in range(head_end - 1) if PREAMBLE.match(lines[i].text) and CLAUSE.search(lines[i + 1].text)]
    return named[-1] if named else head_end


def _attachments_at(lines: list[Line]) -> int:
    """Line of the first attachment that follows an article; the number of lines when there is none."""
    seen = False
    for i, line in enumerate(lines):
        seen = seen or article_at(line.text) is not None
        if seen and is_annex(line.text):
            return i
    return len(lines)


def _longest_chain(candidates: list[tuple[int, Number]]) -> list[tuple[int, Number]]:
    """Longest strictly rising subsequence that begins with the first candidate."""
    tails: list[Number] = []
    ends: list[int] = []
    before: list[int] = []
    for at, (_, number) in enumerate(candidates):
        place = bisect_left(tails, number)
        if place == 0 and at > 0:
            before.append(-1)
            continue
        before.append(ends[place - 1] if place else -1)
        tails[place : place + 1] = [number]
        ends[place : place + 1] = [at]
    chain = []
    at = ends[-1]
    while at >= 0:
        chain.append(candidates[at])
        at = before[at]
    return chain[::-1]


def _refuse_gaps(numbers: list[Number]) -> None:
    for last, number in pairwise(numbers):
        if number not in ((last[0] + 1, 0), (last[0], last[1] + 1)):
            raise Refused(f"{number_text(last)}之后是{number_text(number)}，中间缺条，请核对原文")


def _head_end(lines: list[Line], first: int) -> int:
    """Line on which the body begins: the first heading that is not of the contents, or the first article."""
    headings = [i for i in range(first) if heading_at(lines[i].text)]
    if not headings:
        return first - 1 if first and BARE.match(lines[first - 1].text) else first
    key = contents_key(lines[headings[0]].text)
    again = [i for i in headings if contents_key(lines[i].text) == key]
    return again[-1]


def _read_head(lines: list[Line], file_title: str) -> tuple[str, list[str], list[str]]:
    """Title, history lines, and lines that are neither these nor contents."""
    rest: list[str] = []
    history: list[str] = []
    listing = open_bracket = False
    for line in lines:
        text = line.text
        listing = listing or bool(CONTENTS.match(text)) or (bool(history or rest) and heading_at(text) is not None)
        if listing:
            if len(text) > 60 or CLAUSE.search(text):
                rest.append(text)
        elif open_bracket or is_history(text) or (text[0] in "（(" and len(text) > 8):
            history.append(text)
            open_bracket = _open_brackets(history) > 0
        elif history and _goes_on(history[-1], text):
            history[-1] += text
        elif not _is_signature(text):
            rest.append(text)
    return _take_title(rest, history, file_title)


def _open_brackets(history: list[str]) -> int:
    text = "".join(history)
    return text.count("（") + text.count("(") - text.count("）") - text.count(")")


def _goes_on(last: str, text: str) -> bool:
    """A history line broken in two: an unclosed title, or an end such as 会议通过）."""
    return last.count("《") > last.count("》") or text.endswith(
        ("通过）", "通过", "修正", "修订", "批准", "发布", "公布", "施行")
    )


def _is_signature(text: str) -> bool:
    return len(text) < 20 and text.startswith(("总理", "主席", "省长", "市长", "部长", "局长", "主任", "署长"))


def _take_title(rest: list[str], history: list[str], file_title: str) -> tuple[str, list[str], list[str]]:
    if not rest:
        if not file_title:
            raise Refused("找不到标题，请让文件名以法规名称开头")
        return file_title, history, []
    wanted = contents_key(file_title)
    for size in (1, 2, 3):
        title = "".join(rest[:size])
        if len(title) <= 80 and (KIND.search(title) or contents_key(title) == wanted):
            plain = contents_key(title)
            left = _without_repeated(rest[size:], plain)
            return title, history, left
    raise Refused(f"找不到标题：“{rest[0][:30]}”不像法规名称")


def _without_repeated(lines: list[str], title: str) -> list[str]:
    """Drop the title where it stands again over the text, on a line of its own or broken in two."""
    while lines:
        for size in (1, 2, 3):
            if contents_key("".join(lines[:size])) == title:
                lines = lines[size:]
                break
        else:
            return lines
    return lines


def _fill(statute: Statute, lines: list[Line], chosen: dict[int, Number], start: int) -> None:
    last = max(chosen)
    annexes = _attachments_at(lines)
    i = start
    while i < len(lines):
        text = lines[i].text
        article = article_at(text) if i in chosen else None
        heading = _heading(lines, i, chosen) if i < last else None
        if article:
            statute.parts.append(Part(article[0], [article[1]] if article[1] else []))
        elif heading:
            i += _add_heading(statute, heading, lines, i, chosen)
        elif i >= annexes and is_annex(text):
            statute.parts.append(Part(None, [text], UNNUMBERED))
        elif statute.parts and (statute.parts[-1].number is not None or statute.parts[-1].rank == UNNUMBERED):
            statute.parts[-1].lines.append(text)
        else:
            raise Refused(f"“{text[:30]}”不在任何一条之内，请核对原文")
        i += 1


def _heading(lines: list[Line], i: int, chosen: dict[int, Number]) -> tuple[int, str] | None:
    """A heading by its words, or by the format's mark when an article or heading follows."""
    if found := heading_at(lines[i].text):
        return found
    line = lines[i]
    following = i + 1 in chosen or (i + 1 < len(lines) and heading_at(lines[i + 1].text) is not None)
    if following and (BARE.match(line.text) or (line.heading > 1 and not CLAUSE.search(line.text))):
        return 1, line.text
    return None


def _add_heading(
    statute: Statute, heading: tuple[int, str], lines: list[Line], i: int, chosen: dict[int, Number]
) -> int:
    """Add a heading with the lines that continue it; their number is returned."""
    words = [heading[1]]
    while (j := i + len(words)) not in chosen and j < len(lines):
        text = lines[j].text
        if heading_at(text) or len(text) > 40 or STOP.search(text):
            break
        words.append(text)
    statute.parts.append(Part(None, [(words[0] + _gap(words[0]) + "".join(words[1:])).strip()], heading[0]))
    return len(words) - 1


def _gap(heading: str) -> str:
    return "" if " " in heading else " "
