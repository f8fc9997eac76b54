"""PDFs hold Chinese text, and nothing from outside the site."""

import io
import sys

import pypdf
import pytest

from app import pdf as module
from app.pdf import BASE, PdfUnavailable, pdf, static_path


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_chinese_text_can_be_read_out_again_and_its_font_is_inside():
    content = pdf('<html lang="zh-CN"><h1>结业证书</h1><p>综合行政执法培训</p></html>')
    assert content.startswith(b"%PDF")
    assert "结业证书" in text_of(content) and "综合行政执法培训" in text_of(content)
    page = pypdf.PdfReader(io.BytesIO(content)).pages[0]
    assert any("Noto" in font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values())


def test_a_page_may_set_its_own_size():
    page = pypdf.PdfReader(io.BytesIO(pdf("<style>@page { size: A4 landscape }</style><p>横</p>"))).pages[0]
    assert page.mediabox.width > page.mediabox.height


@pytest.mark.parametrize(
    "address",
    ["file:///etc/hostname", "http://192.0.2.1/x.css", "https://site.invalid/account", "/static/../pdf.py",
     "/static/%2e%2e/pdf.py", "ftp://192.0.2.1/x", "//192.0.2.1/static/css/site.css", "/static/js/site.js"],
)  # fmt: skip
def test_nothing_but_static_files_is_fetched(address, monkeypatch):
    opened = []
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda path: opened.append(path) or b"")
    monkeypatch.setattr("socket.create_connection", lambda *a, **k: pytest.fail("asked the network"))
    content = pdf(f'<link rel="stylesheet" href="{address}"><link rel="attachment" href="{address}"><p>正文</p>')
    assert "正文" in text_of(content)
    assert opened == []
    assert not pypdf.PdfReader(io.BytesIO(content)).attachments


def test_static_styles_and_pictures_in_the_page_are_used():
    assert static_path(BASE + "static/css/site.css").name == "site.css"
    with_picture = pdf('<img src="data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22/>"><p>图</p>')
    assert "图" in text_of(with_picture)
    hidden = pdf('<link rel="stylesheet" href="data:text/css,p{display:none}"><p>看不见</p><div>看得见</div>')
    assert "看不见" not in text_of(hidden)


def test_a_missing_library_is_said_in_chinese(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PdfUnavailable, match="打印"):
        module.pdf("<p>正文</p>")
