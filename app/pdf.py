"""Pages as PDF, made on the server by WeasyPrint.

The HTML may hold what people wrote, so it reaches nothing but this site's own static files and what it carries itself
(data:). Importing WeasyPrint loads Pango; both happen only when a PDF is wanted.
"""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

STATIC = Path(__file__).with_name("static")
BASE = "https://site.invalid/"  # so that /static/… is an address; nothing is ever asked of it
TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
FONTS = """
@page { size: A4; margin: 20mm 18mm; }
html { font-family: "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1, h2, .song { font-family: "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", SimSun, serif; }
"""


class PdfUnavailable(Exception):
    """This machine cannot make PDFs; the message is a Chinese sentence for the page."""

    def __init__(self) -> None:
        super().__init__("服务器还没有装好生成 PDF 的组件（Pango），请先用浏览器的“打印”另存为 PDF，并告诉管理员。")


def pdf(html: str) -> bytes:
    """`html` (a whole document) as a PDF, A4 unless its own @page says otherwise. Raises PdfUnavailable."""
    weasyprint = _weasyprint()

    class OwnFiles(weasyprint.urls.URLFetcher):  # type: ignore[misc,name-defined]
        """Fetches static files and data: addresses; whatever else the HTML names is left out of the PDF."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url.lower().startswith("data:"):
                return super().fetch(url, headers)
            path = static_path(url)
            mime = {"Content-Type": TYPES[path.suffix]}
            return weasyprint.urls.URLFetcherResponse(url, path.read_bytes(), mime)

    document = weasyprint.HTML(string=html, base_url=BASE, url_fetcher=OwnFiles(allowed_protocols=("data",)))
    content: bytes = document.write_pdf(stylesheets=[weasyprint.CSS(string=FONTS)])
    return content


def static_path(url: str) -> Path:
    """The static file that `url` names. Raises ValueError for everything else."""
    parts = urlsplit(url)
    path = (STATIC / unquote(parts.path).removeprefix("/static/")).resolve()
    is_ours = url.startswith(BASE + "static/") and path.is_relative_to(STATIC.resolve())
    if not is_ours or path.suffix not in TYPES:
        raise ValueError("a PDF holds nothing from outside this site")
    return path


def _weasyprint() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: Pango or another native library is missing
        raise PdfUnavailable from error
    return weasyprint
