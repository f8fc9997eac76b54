"""Documents to HTML, once, when the index is built; never in a request (python-markdown can be quadratic).

Citations become links, everything else passes an allow-list: no script, no remote image, no foreign id.
"""

import html
import re
from dataclasses import dataclass
from functools import cache, lru_cache

import markdown
import nh3

from corpus.citations import Target, Titles, find_citations, resolve
from corpus.document import PATHS, Article, Kind, Section

TAGS = {
    "p",
    "ul",
    "ol",
    "li",
    "strong",
    "em",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "blockquote",
    "br",
    "hr",
    "code",
    "pre",
    "a",
}
ATTRIBUTES = {"a": {"href", "class"}, "th": {"style"}, "td": {"style"}, "ol": {"start"}}
EXTENSIONS = ["tables", "sane_lists"]


@dataclass(frozen=True, slots=True)
class RenderedSection:
    """A part of a page: heading with its anchor, depth (0 outermost) and the HTML below it."""

    anchor: str
    path: tuple[str, ...]
    html: str

    @property
    def heading(self) -> str:
        """Own heading."""
        return self.path[-1]

    @property
    def depth(self) -> int:
        """0 for an outermost heading."""
        return len(self.path) - 1


def citation_path(target: Target) -> str:
    """Address of a cited article."""
    return f"{PATHS[Kind.REGULATION]}{target.regulation}#{target.anchor}"


@lru_cache(maxsize=20_000)  # both audiences of a build share most sections
def render_section(section: Section, titles: Titles) -> RenderedSection:
    """Markdown of a section as clean HTML."""
    linked = link_citations(section.text, titles, markdown_links=True)
    dirty = _markdown().reset().convert(linked)
    return RenderedSection(section.anchor, section.path, clean(dirty))


@cache
def _markdown() -> markdown.Markdown:
    """One converter for all sections: making one costs as much as converting a page."""
    return markdown.Markdown(extensions=EXTENSIONS, output_format="html")


def clean(dirty: str) -> str:
    """HTML through the allow-list; links only to this site and the web, never `javascript:`."""
    return nh3.clean(
        dirty, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel="noopener noreferrer"
    )


@lru_cache(maxsize=100_000)
def render_article(article: Article, own: str, titles: Titles) -> RenderedSection:
    """An article of the regulation `own`, with an anchor for each 款 and 项, so that a citation opens at its item."""
    parts: list[str] = []
    has_items = False
    for number, paragraph in enumerate(article.paragraphs, 1):
        base = f"{article.anchor}-p{number}"
        parts.append(f'<p id="{base}">{_linked(paragraph.text, titles, own)}</p>')
        for index, item in enumerate(paragraph.items, 1):
            words = _linked(item, titles, own)
            if not has_items:  # 第四十六条第七项, without a 款, means the article's first list
                words = f'<span id="{article.anchor}-i{index}">{words}</span>'
            parts.append(f'<p class="item" id="{base}-i{index}">{words}</p>')
        has_items = has_items or bool(paragraph.items)
    return RenderedSection(article.anchor, (*article.path, article.title), "".join(parts))


def _linked(text: str, titles: Titles, own: str) -> str:
    return link_citations(html.escape(text, quote=False), titles, own=own)


def link_citations(text: str, titles: Titles, *, own: str | None = None, markdown_links: bool = False) -> str:
    """Turn every citation that leads somewhere into a link, in Markdown or in HTML."""
    parts: list[str] = []
    end = 0
    for citation in find_citations(text):
        target = resolve(citation, titles, own)
        if target is None:
            continue
        words = text[citation.start : citation.end]
        href = citation_path(target)
        link = f"[{words}]({href})" if markdown_links else f'<a class="citation" href="{href}">{words}</a>'
        parts += [text[end : citation.start], link]
        end = citation.end
    return "".join([*parts, text[end:]])


BLOCK_END = re.compile(r"(</(?:p|li|blockquote|h\d)>|<br>|</t[dh]>\s*</tr>)")
CELL_END = re.compile(r"(</t[dh]>)(?!\s*</tr>)")


def plain_text(fragment: str) -> str:
    """Words of an HTML fragment, a line for each block or table row; what is embedded, searched and quoted."""
    # Breaks go before the closing tags: an HTML parser moves text between cells out of the table.
    broken = CELL_END.sub("　\\1", BLOCK_END.sub("\n\\1", fragment))
    text = html.unescape(nh3.clean(broken, tags=set()))
    lines = (re.sub(r"[ \t]+", " ", line).strip(" 　") for line in text.splitlines())
    return "\n".join(line for line in lines if line)
