import pytest

from corpus.citations import LawName, Titles
from corpus.document import Section, section_anchor
from corpus.reader import read_sections
from corpus.render import plain_text, render_section

TITLES = Titles([LawName("penalty", "行政处罚法", (), "法律", frozenset({"art-33"}))])


def html(text):
    return render_section(Section("s-a", ("甲",), text, 1), TITLES).html


def test_a_citation_becomes_a_link_to_its_place():
    assert '<a href="/regulations/penalty#art-33-p1"' in html("按《行政处罚法》第三十三条第一款不罚。")


def test_a_citation_that_leads_nowhere_stays_words():
    assert "<a" not in html("《别的法》第三条")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![x](https://e.example/t.gif)",
        "<svg onload=alert(1)>", "<a href='vbscript:x'>x</a>", "<iframe src=//e.example></iframe>", "<p style='position:fixed'>x</p>",
        "<form action=//e.example><input></form>", "[x](data:text/html,<script>1</script>)", "<p id=csrf_token>x</p>",
    ],
)  # fmt: skip
def test_hostile_markup_does_not_come_through(hostile):
    out = html(hostile).lower()
    for word in (
        "<script",
        "onerror",
        "javascript:",
        "<img",
        "<svg",
        "vbscript",
        "<iframe",
        "style=",
        "<form",
        "data:text",
        "id=",
    ):
        assert word not in out


def test_words_of_a_table_keep_their_cells_apart():
    assert plain_text("<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>") == "甲　乙\n丙"


def test_anchors_do_not_move_when_a_part_is_inserted():
    before, _ = read_sections("## 甲\n1\n## 乙\n2", "x", 1, top=2)
    after, _ = read_sections("## 甲\n1\n## 新\n0\n## 乙\n2", "x", 1, top=2)
    assert {s.anchor for s in before} < {s.anchor for s in after}


def test_headings_cannot_take_names_of_the_page():
    assert section_anchor(("csrf_token",)) == "s-csrf_token"


def test_two_equal_headings_get_two_anchors():
    sections, _ = read_sections("## 甲\n1\n## 甲\n2", "x", 1, top=2)
    assert [s.anchor for s in sections] == ["s-甲", "s-甲-2"]
