"""Structure of Chinese statutes: 编 章 节 条 款 项, their numerals and the anchors of articles.

Source of the structure: 《立法法》 article 65 (2023) names 编、章、节、条、款、项、目 and their numbering.
"""

import re
from functools import lru_cache

from corpus.document import Article, Paragraph
from corpus.problems import Problem

NUMERAL = r"[0-9零〇一二三四五六七八九十百千两]+"
ARTICLE_NUMBER = rf"第({NUMERAL})条(?:之({NUMERAL}))?"
ARTICLE_LINE = re.compile(rf"^\**({ARTICLE_NUMBER})\**(?:【([^】]{{1,40}})】)?[\s：:]*(.*)$")
ITEM_LINE = re.compile(rf"^[（(]({NUMERAL})[)）]\s*(.*)$")
HEADING_LINE = re.compile(r"^(#{2,4})\s+(.+?)\s*$")
HEADING_RANKS = ("编", "章", "节")
PREAMBLE = re.compile(r"^序\s*言$")
ANNEX = re.compile(r"^附\s*(?:[件表录图]|[：:]|$)")


@lru_cache(maxsize=4000)
def to_int(numeral: str) -> int:
    """Number of a Chinese or Arabic numeral, 四十六 or 46. Raises ValueError on anything else."""
    if numeral.isdecimal():
        return int(numeral)
    import cn2an  # takes a tenth of a second

    return int(cn2an.cn2an(numeral.replace("〇", "零"), "smart"))


def to_chinese(number: int) -> str:
    """46 as 四十六, the way statutes number their articles."""
    import cn2an

    text = str(cn2an.an2cn(str(number)))
    return text[1:] if text.startswith("一十") else text


def article_anchor(number: str, addition: str | None = None) -> str:
    """Anchor of an article: 四十六 -> art-46, 一百三十四 with 之一 -> art-134-1."""
    anchor = f"art-{to_int(number)}"
    return f"{anchor}-{to_int(addition)}" if addition else anchor


def article_number(anchor: str) -> str:
    """The reverse of `article_anchor`: art-134-1 -> 第一百三十四条之一. Raises ValueError on a foreign anchor."""
    match = re.fullmatch(r"art-(\d+)(?:-(\d+))?", anchor)
    if not match:
        raise ValueError(f"not an article anchor: {anchor}")
    addition = f"之{to_chinese(int(match[2]))}" if match[2] else ""
    return f"第{to_chinese(int(match[1]))}条{addition}"


def parse_statute(body: str, path: str, first_line: int) -> tuple[tuple[Article, ...], list[Problem]]:
    """Read articles out of a regulation's body.

    `first_line` is the line of the file on which `body` begins. Every line of text belongs to an article; a line
    before the first article, a repeated article number or an item without a paragraph is a fault. Under a heading 序言
    or 附件… stands a text without articles: it is read as one, with the anchor `preamble` or `annex-1`, `annex-2` ….
    """
    reader = _StatuteReader(path)
    for offset, raw in enumerate(body.splitlines()):
        line = raw.strip().replace("\u3000", " ").strip()
        if line:
            reader.take(line, first_line + offset)
    return reader.finish()


class _StatuteReader:
    """Line-by-line state of `parse_statute`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.headings: list[tuple[int, str]] = []
        self.articles: dict[str, Article] = {}
        self.current: Article | None = None
        self.annexes = 0
        self.paragraphs: list[list[str]] = []
        self.problems: list[Problem] = []

    def take(self, line: str, number: int) -> None:
        """Read one line that is not blank."""
        if heading := HEADING_LINE.match(line):
            self._close()
            self._enter(heading[2], len(heading[1]), number)
        elif article := ARTICLE_LINE.match(line):
            self._close()
            self._open(article, number)
        elif self.current is None:
            self.problems.append(Problem(self.path, number, "这一行不在任何一条之内"))
        elif ITEM_LINE.match(line):
            self._add_item(line, number)
        else:
            self.paragraphs.append([line])

    def finish(self) -> tuple[tuple[Article, ...], list[Problem]]:
        """All articles, in the order of the text."""
        self._close()
        return tuple(self.articles.values()), self.problems

    def _enter(self, title: str, depth: int, number: int) -> None:
        if PREAMBLE.match(title):
            self._begin(Article("preamble", title, "", (), (), number))
            return
        if ANNEX.match(title):
            self.annexes += 1
            self._begin(Article(f"annex-{self.annexes}", title, "", (), (), number))
            return
        unit = re.match(rf"第{NUMERAL}(编|分编|章|节)", title)
        rank = HEADING_RANKS.index(unit[1][-1]) if unit else depth
        self.headings = [h for h in self.headings if h[0] < rank]
        self.headings.append((rank, re.sub(r"\s+", " ", title)))

    def _open(self, match: re.Match[str], number: int) -> None:
        anchor = article_anchor(match[2], match[3])
        if anchor in self.articles:
            self.problems.append(Problem(self.path, number, f"{match[1]}出现了两次"))
        titles = tuple(title for _, title in self.headings)
        self._begin(Article(anchor, article_number(anchor), match[4] or "", titles, (), number), match[5])

    def _begin(self, article: Article, text: str = "") -> None:
        self.current = article
        self.paragraphs = [[text]] if text else []

    def _add_item(self, line: str, number: int) -> None:
        if not self.paragraphs and not self._is_numbered():
            self.paragraphs.append([line])
            return
        if not self.paragraphs:
            self.problems.append(Problem(self.path, number, "项之前没有款的文字"))
            self.paragraphs.append([""])
        self.paragraphs[-1].append(line)

    def _is_numbered(self) -> bool:
        """Whether what is being read is a 条, not a preamble or annex."""
        return self.current is not None and self.current.anchor.startswith("art-")

    def _close(self) -> None:
        if self.current is None:
            return
        is_numbered = self._is_numbered()
        article, self.current = self.current, None
        if not self.paragraphs and is_numbered:
            self.problems.append(Problem(self.path, article.line, f"{article.number}没有内容"))
        paragraphs = tuple(Paragraph(first, tuple(items)) for first, *items in self.paragraphs)
        self.articles[article.anchor] = Article(
            article.anchor, article.number, article.heading, article.path, paragraphs, article.line
        )
