"""HTML to text as it stands here, and back. Only text: a question with a picture is refused, not robbed of it."""

import html
import re
from html.parser import HTMLParser

BLOCKS = {"p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "blockquote", "pre"}
MEDIA = {"img", "video", "audio", "object", "embed", "iframe", "svg"}
HIDDEN = {"script", "style"}


class HasMedia(Exception):
    """The text holds a picture, sound or film."""

    def __init__(self) -> None:
        super().__init__("题目里有图片、音频或者视频，不能导入。")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in MEDIA:
            raise HasMedia
        if tag in HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)

    def _break(self) -> None:
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.pieces.append("\n")


def to_text(markup: str) -> str:
    """The text of HTML: a line for each block, white space of the source folded. Raises HasMedia."""
    reader = _Reader()
    reader.feed(re.sub(r"[ \t]*[\r\n]+[ \t]*", " ", markup))
    reader.close()
    return "".join(reader.pieces).strip()


def to_html(text: str) -> str:
    """HTML of a text; `to_text` gives it back."""
    return html.escape(text, quote=False).replace("\n", "<br>")
