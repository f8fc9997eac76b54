"""Saved web pages: the text of their blocks. Runs in a child process (see child.py)."""

from html.parser import HTMLParser

BLOCKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section", "article", "main",
          "ul", "ol", "dl", "dt", "dd", "center", "blockquote", "hr", "body", "pre"}  # fmt: skip
SILENT = {"script", "style", "head", "nav", "header", "footer", "aside", "form", "noscript", "template", "button",
          "select", "iframe", "svg", "title"}  # fmt: skip


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[str, int]] = []
        self.words: list[str] = []
        self.silent: list[str] = []
        self.rank = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent.append(tag)
        if tag in BLOCKS:
            self.close_line()
            if len(tag) == 2 and tag[1].isdigit():
                self.rank = int(tag[1])
        elif tag in ("td", "th"):
            self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            while self.silent.pop() != tag:
                pass
        if tag in BLOCKS:
            self.close_line()
            self.rank = 0

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)

    def close_line(self) -> None:
        """End the line being read."""
        text = " ".join("".join(self.words).split())
        if text:
            self.lines.append((text, self.rank))
        self.words = []


def html_lines(text: str) -> list[tuple[str, int]]:
    """Text of each block with the rank of its heading (0 for none); scripts, menus and footers are left out."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.close_line()
    return reader.lines
