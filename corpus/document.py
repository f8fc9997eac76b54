"""What a text is: Document with its Sections; a Regulation's sections are its Articles. Pure data.

Anchors are made here and in `statute.py`, once, when a text is read; the renderer writes them into the page and the
index stores them, so a link from a search hit, a citation or a quiz answer always finds its place.
"""

import datetime as dt
import re
from dataclasses import dataclass, field
from enum import StrEnum

from corpus.frontmatter import CaseFront, GuideFront, RegulationFront


class Kind(StrEnum):
    """Kinds of text."""

    GUIDE = "guide"
    CASE = "case"
    REGULATION = "regulation"
    MATTER = "matter"


class Audience(StrEnum):
    """Who may read: everyone, or signed-in officers."""

    PUBLIC = "public"
    OFFICER = "officer"


PATHS = {Kind.GUIDE: "/guides/", Kind.CASE: "/cases/", Kind.REGULATION: "/regulations/", Kind.MATTER: "/matters/"}
EXPLAINER_PATH = "/explainers/"


def page_path(kind: Kind, key: str, audience: Audience) -> str:
    """Address of a page on the site. The public reads a case as its explainer 以案释法."""
    if kind is Kind.CASE and audience is Audience.PUBLIC:
        return EXPLAINER_PATH + key
    return PATHS[kind] + key


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of a guide or case: `path` are the headings above and including its own, `text` is Markdown."""

    anchor: str
    path: tuple[str, ...]
    text: str
    line: int
    audience: Audience = Audience.OFFICER

    @property
    def heading(self) -> str:
        """Own heading."""
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A 款 and its 项, as plain text; items carry their own number （一）."""

    text: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """A 条. `path` are the titles of 编, 章, 节 above it; `heading` is the digest's own 条旨 or empty."""

    anchor: str
    number: str
    heading: str
    path: tuple[str, ...]
    paragraphs: tuple[Paragraph, ...]
    line: int

    @property
    def text(self) -> str:
        """The whole article without its number, a line for each paragraph and item."""
        return "\n".join(line for p in self.paragraphs for line in (p.text, *p.items) if line)

    @property
    def title(self) -> str:
        """Number with the heading, 第四十六条（…）, as shown in breadcrumbs."""
        return f"{self.number}（{self.heading}）" if self.heading else self.number

    def has_place(self, paragraph: int | None, item: int | None) -> bool:
        """Whether this article has the 款 and 项 of a citation; an item without a paragraph may stand in any."""
        if paragraph and paragraph > len(self.paragraphs):
            return False
        chosen = [self.paragraphs[paragraph - 1]] if paragraph else self.paragraphs
        return not item or any(item <= len(p.items) for p in chosen)


@dataclass(frozen=True, slots=True)
class Guide:
    """An enforcement guide 执法指引."""

    front: GuideFront
    sections: tuple[Section, ...]
    source: str
    kind: Kind = field(default=Kind.GUIDE, init=False)


@dataclass(frozen=True, slots=True)
class Case:
    """A typical case 典型案例 with its officer part and its public part 以案释法."""

    front: CaseFront
    sections: tuple[Section, ...]
    source: str
    kind: Kind = field(default=Kind.CASE, init=False)


@dataclass(frozen=True, slots=True)
class Regulation:
    """One version of a regulation 法规."""

    front: RegulationFront
    articles: tuple[Article, ...]
    source: str
    kind: Kind = field(default=Kind.REGULATION, init=False)

    def article(self, anchor: str) -> Article | None:
        """The article with this anchor, None when this version (or digest) has none."""
        return next((a for a in self.articles if a.anchor == anchor), None)

    def is_in_force(self, on: dt.date) -> bool:
        """Whether this version applied on that day."""
        return self.front.effective_on <= on and (self.front.repealed_on is None or on < self.front.repealed_on)


Document = Guide | Case | Regulation


def section_anchor(path: tuple[str, ...]) -> str:
    """Anchor of a headed part: readable, and unmoved when another part is inserted before it.

    The prefix keeps a heading such as `csrf_token` from taking a name the page's own script relies on.
    """
    words = [re.sub(r"[^\w]+", "", heading) for heading in path]
    return "s-" + "-".join(word for word in words if word)[:80]
