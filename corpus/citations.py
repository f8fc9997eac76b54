"""Citations 引用: 《城镇燃气管理条例》第四十六条第一款第七项, found in texts and in what people type.

`find_citations` reads texts, where the title stands in book marks; `parse_query` reads a search box, where people write
城镇燃气管理条例第46条, 行政处罚法33条 or 燃气条例四十六条.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.statute import ARTICLE_NUMBER, NUMERAL, article_anchor, to_int

TITLE = r"《((?:[^《》]|《[^《》]*》){2,60})》"
PARAGRAPH = rf"第({NUMERAL})款"
ITEM = rf"第[（(]?({NUMERAL})[)）]?项"
PLACE = re.compile(rf"{ARTICLE_NUMBER}(?:{PARAGRAPH})?(?:{ITEM})?")
MORE_PLACE = re.compile(
    rf"(?:、|和|以及|及|至|到)({ARTICLE_NUMBER}(?:{PARAGRAPH})?(?:{ITEM})?|{PARAGRAPH}(?:{ITEM})?|{ITEM})"
)
SELF = r"(本法|本条例|本办法|本规定|本决定|本细则)"
MENTION = re.compile(rf"(?:{TITLE}|{SELF})(?:（[^（）]{{1,30}}）)?")
LEVEL_ORDER = ("宪法", "法律", "行政法规", "省条例", "市条例", "部门规章", "省规章", "市规章")
KIND_WORDS = ("实施条例", "实施办法", "暂行条例", "暂行办法", "条例", "办法", "规定", "细则", "法", "法典")
QUERY = re.compile(
    rf"^(?P<title>\D{{1,40}}?)第?(?P<article>{NUMERAL})条(?:之(?P<addition>{NUMERAL}))?"
    rf"(?:第?(?P<paragraph>{NUMERAL})款)?(?:第?[(]?(?P<item>{NUMERAL})[)]?项)?(?P<rest>.*)$"
)


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation found at `start:end` of a text. `title` is None for 本法 and its like."""

    start: int
    end: int
    title: str | None
    article: str
    paragraph: int | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a citation leads: a regulation's id and the anchor of the article, with 款 and 项 when it names them."""

    regulation: str
    article: str
    paragraph: int | None = None
    item: int | None = None

    @property
    def anchor(self) -> str:
        """Anchor on the regulation's page: art-46, art-46-p1, art-49-p1-i5, and art-46-i7 when no 款 is named."""
        paragraph = f"-p{self.paragraph}" if self.paragraph else ""
        item = f"-i{self.item}" if self.item else ""
        return self.article + paragraph + item


def find_citations(text: str) -> Iterator[Citation]:
    """Citations in the order of the text. A title without an article number is not one."""
    for mention in MENTION.finditer(text):
        first = PLACE.match(text, mention.end())
        if not first:
            continue
        title = mention[1]
        last = Citation(mention.start(), first.end(), title, *_place(first))
        yield last
        while more := MORE_PLACE.match(text, last.end):
            last = _continued(last, more)
            yield last


def _place(match: re.Match[str]) -> tuple[str, int | None, int | None]:
    return article_anchor(match[1], match[2]), _number(match[3]), _number(match[4])


def _number(numeral: str | None) -> int | None:
    return to_int(numeral) if numeral else None


def _continued(last: Citation, more: re.Match[str]) -> Citation:
    """第三十二条、第三十三条 and 第一款、第二款: what is not said again is as before."""
    start, end = more.start(1), more.end()
    if more[2]:
        return Citation(start, end, last.title, article_anchor(more[2], more[3]), _number(more[4]), _number(more[5]))
    if more[6]:
        return Citation(start, end, last.title, last.article, _number(more[6]), _number(more[7]))
    return Citation(start, end, last.title, last.article, last.paragraph, _number(more[8]))


def plain_title(title: str) -> str:
    """Title as compared: full width folded, 中华人民共和国 and inner marks dropped."""
    folded = unicodedata.normalize("NFKC", title).replace("中华人民共和国", "")
    return re.sub(r"[《》〈〉<>\s“”\"]", "", folded)


@dataclass(frozen=True, slots=True)
class LawName:
    """What citations need to know of a regulation: its names, its level and which articles it has."""

    id: str
    title: str
    short_titles: tuple[str, ...]
    level: str
    anchors: frozenset[str]


class Titles:
    """All names of the regulations of a corpus, and what each name means."""

    def __init__(self, laws: Iterable[LawName]) -> None:
        self._by_name: dict[str, list[LawName]] = {}
        self._all: list[tuple[str, LawName]] = []
        for law in laws:
            self._all.append((plain_title(law.title), law))
            for name in {plain_title(title) for title in (law.title, *law.short_titles)}:
                self._by_name.setdefault(name, []).append(law)

    def laws(self) -> list[LawName]:
        """All names, in the order given."""
        return [law for _, law in self._all]

    def exact(self, title: str) -> str | None:
        """Id of the regulation with this full title or declared short title."""
        found = self._by_name.get(plain_title(title))
        return found[0].id if found else None

    def candidates(self, name: str) -> list[LawName]:
        """Regulations a person may mean by `name`, the likeliest first: exact names, then abbreviations.

        An abbreviation keeps the letters in order and the last word (条例, 法 …): 燃气条例 for 城镇燃气管理条例.
        """
        wanted = plain_title(name)
        exact = self._by_name.get(wanted, [])
        kind = next((word for word in KIND_WORDS if wanted.endswith(word)), None)
        if exact or not kind or len(wanted) < 3:
            return list(exact)
        near = [(title, law) for title, law in self._all if title.endswith(kind) and _is_subsequence(wanted, title)]
        return [law for title, law in sorted(near, key=lambda pair: (_authority(pair[1]), len(pair[0]), pair[0]))]


def _authority(law: LawName) -> int:
    return LEVEL_ORDER.index(law.level)


def _is_subsequence(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


def resolve(citation: Citation, titles: Titles, own: str | None = None) -> Target | None:
    """The target of a citation; `own` is the id of the regulation in which it stands (for 本条例)."""
    regulation = titles.exact(citation.title) if citation.title else own
    if regulation is None:
        return None
    return Target(regulation, citation.article, citation.paragraph, citation.item)


def parse_query(text: str, titles: Titles) -> list[Target]:
    """Read a whole search query as one citation, the likeliest target first; empty when it is not one.

    Takes full width, Arabic and Chinese numerals, with or without 《》, 第, 中华人民共和国, and short titles.
    """
    plain = re.sub(r"[\s《》〈〉<>]+", "", unicodedata.normalize("NFKC", text))
    match = QUERY.match(plain)
    if not match or len(match["rest"]) > 12:
        return []
    anchor = article_anchor(match["article"], match["addition"])
    laws = titles.candidates(match["title"])
    paragraph, item = _number(match["paragraph"]), _number(match["item"])
    return [Target(law.id, anchor, paragraph, item) for law in laws if anchor in law.anchors]
