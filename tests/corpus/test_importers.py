"""The importer of official texts: every format, every trap, every hostile file. Files are made here."""

import io
import json
import re
import zipfile
import zlib
from pathlib import Path

import pytest

from corpus.importers.facts import guess_level
from corpus.importers.importing import Options, import_files
from corpus.importers.names import pinyin_id
from corpus.importers.source import Limits
from corpus.reader import read_corpus
from fakes import write_corpus

HISTORY = "2010年11月19日 中华人民共和国国务院令第583号公布"
BODY = [
    "第一章　总　则",
    "第一条　为了加强路灯管理，制定本条例。",
    "第二条　路灯的管理，适用本条例。",
    "第三条规定的路灯除外；依照第四条的规定处理的，从其规定。",
    "第二章　法律责任",
    "第三条　有下列行为之一的，处五百元罚款：",
    "（一）损坏路灯的，包括：",
    "1.打碎灯罩；",
    "2.剪断电线；",
    "（二）擅自移动路灯的。",
    "单位有前款行为的，处五千元罚款。",
    "第三条之一　偷路灯的，移送公安机关。",
    "第四条　本条例自2011年3月1日起施行。",
]
CONTENTS = ["目　　录", "第一章　总　则", "第二章　法律责任"]
LINES = ["路灯管理条例", f"（{HISTORY}）", *CONTENTS, *BODY]


@pytest.fixture
def root(tmp_path):
    return tmp_path / "corpus"


def put(folder: Path, name: str, content: bytes | str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def docx_bytes(lines, *, styled=True, table=(), numbered=False) -> bytes:
    docx = pytest.importorskip("docx")
    document = docx.Document()
    for at, line in enumerate(lines):
        style = None
        if styled and at == 0:
            style = "Title"
        elif styled and line in (BODY[0], BODY[4]) and at > 4:
            style = "Heading 1"
        if numbered and at == len(lines) - 1:
            style = "List Number"
        document.add_paragraph(line, style=style)
    for row in table:
        cells = document.add_table(1, len(row)).rows[0].cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pdf_bytes(pages, *, with_text=True, stream=None) -> bytes:
    """A PDF by hand: a page a list of lines, in a font whose codes are UTF-16 code units."""
    unicode_map = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def "
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + "".join(f"1 beginbfrange <{h:02X}00> <{h:02X}FF> <{h:02X}00> endbfrange\n" for h in range(256))
        + "endcmap end end"
    )
    objects = {
        3: b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 5 0 R>>",
        4: b"<</Type/Font/Subtype/CIDFontType2/BaseFont/A/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>",
        5: stream_object(unicode_map.encode()),
    }
    kids = []
    for at, lines in enumerate(pages):
        text = "BT /F1 12 Tf 14 TL 50 780 Td " + " ".join(f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines)
        page, content = 10 + 2 * at, 11 + 2 * at
        kids.append(f"{page} 0 R")
        objects[page] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {content} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>".encode()
        )
        objects[content] = stream if stream else stream_object((text + " ET").encode() if with_text else b"0 0 m")
    objects[1] = b"<</Type/Catalog/Pages 2 0 R>>"
    objects[2] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    out = b"%PDF-1.7\n"
    places = {}
    for number, content in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj" % number + content + b"endobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    return out + b"trailer<</Root 1 0 R/Size 9999>>\nstartxref\n%d\n%%%%EOF" % start


def stream_object(data: bytes, coding: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n" % (len(data), coding) + data + b"\nendstream "


def only(report):
    assert report.refused == []
    (entry,) = report.read
    return entry


def reason(report) -> str:
    assert report.read == []
    (refusal,) = report.refused
    return refusal.reason


def the_regulation(root):
    corpus = read_corpus(root)
    assert corpus.problems == ()
    (regulation,) = corpus.regulations
    return regulation


def html_of(lines) -> str:
    paragraphs = "".join(f"<p style='text-indent:2em'>{line}</p>\n" for line in lines[1:])
    return f"""<!DOCTYPE html><html><head><title>网站</title><script>var a = "第九条 假的";</script></head><body>
<nav>首页 &gt; 法规</nav><h1>{lines[0]}</h1>{paragraphs}<footer>版权所有</footer></body></html>"""


def markdown_of(lines) -> str:
    return "\n\n".join(
        [f"# {lines[0]}", HISTORY, "<!-- INFO END -->", *(f"## {x}" if "章" in x[:3] else x for x in BODY)]
    )


FORMATS = {
    "a.md": lambda: markdown_of(LINES).encode(),
    "a.txt": lambda: "\r\n".join(LINES).encode("gb18030"),
    "b.txt": lambda: "\n".join(LINES).encode("utf-16"),
    "c.txt": lambda: "\n".join(LINES).encode("utf-8-sig"),
    "a.html": lambda: html_of(LINES).encode(),
    "page.txt": lambda: html_of(LINES).encode(),
    "a.docx": lambda: docx_bytes(LINES),
    "plain.docx": lambda: docx_bytes(LINES, styled=False),
    "a.pdf": lambda: pdf_bytes([[*LINES[:8], "- 1 -"], [*LINES[8:], "- 2 -"]]),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_statute(name, tmp_path, root):
    entry = only(import_files([put(tmp_path / "in", name, FORMATS[name]())], root))
    assert (entry.title, entry.articles, entry.effective_on, entry.replaces) == ("路灯管理条例", 5, "2011-03-01", None)
    regulation = the_regulation(root)
    assert regulation.front.level == "行政法规" and regulation.front.number == "国务院令第583号"
    assert str(regulation.front.adopted_on) == "2010-11-19" and regulation.front.text == "official"
    assert [a.anchor for a in regulation.articles] == ["art-1", "art-2", "art-3", "art-3-1", "art-4"]
    assert regulation.articles[2].path == ("第二章 法律责任",)


def test_paragraphs_items_and_subitems_count_as_in_law(tmp_path, root):
    import_files([put(tmp_path, "a.md", markdown_of(LINES))], root)
    articles = the_regulation(root).articles
    fines = articles[2].paragraphs
    assert [len(p.items) for p in fines] == [2, 0]
    assert fines[0].items[0] == "（一）损坏路灯的，包括：1.打碎灯罩；2.剪断电线；"
    assert "第三条规定的路灯除外" in articles[1].text


def test_a_reference_with_a_space_out_of_sequence_stays_text(tmp_path, root):
    lines = [*LINES[:-1], "第一条 规定的处罚，由城管部门决定。", LINES[-1]]
    only(import_files([put(tmp_path, "a.txt", "\n".join(lines))], root))
    articles = the_regulation(root).articles
    assert len(articles) == 5 and "规定的处罚" in articles[3].text


def test_attachments_are_places_of_their_own_and_lose_nothing(tmp_path, root):
    lines = [*LINES, "附件：路灯目录", "第一条 附件里的条文", "（一）甲路", "# 不是标题", "一、甲", "附表", "灯一盏"]
    only(import_files([put(tmp_path, "a.txt", "\n".join(lines))], root))
    *articles, first, second = the_regulation(root).articles
    assert [a.anchor for a in articles] == [
        "art-1",
        "art-2",
        "art-3",
        "art-3-1",
        "art-4",
    ] and "路灯目录" not in articles[-1].text
    assert (first.anchor, first.number) == ("annex-1", "附件：路灯目录")
    assert "附件里的条文" in first.text and "# 不是标题" in first.text and first.path == ()
    assert (second.anchor, second.number, second.text) == ("annex-2", "附表", "灯一盏")


def test_a_preamble_is_a_place_of_its_own(tmp_path, root):
    preface = ["序 言", "为了夜里看得见路，大家商量。", "第二条 说的不是条文，而是引用。"]
    lines = [*LINES[:2], "目　　录", "序　言", *CONTENTS[1:], *preface, *BODY]
    only(import_files([put(tmp_path, "a.txt", "\n".join(lines))], root))
    preamble, *articles = the_regulation(root).articles
    assert (preamble.anchor, preamble.number) == ("preamble", "序 言") and "夜里看得见路" in preamble.text
    assert [a.anchor for a in articles] == ["art-1", "art-2", "art-3", "art-3-1", "art-4"]


def test_wrapped_pdf_lines_are_joined(tmp_path, root):
    long = "第二条　" + "路灯照明设施的规划建设维护和监督管理活动应当遵守本条例的各项规定，" * 4 + "以及其他规定。"
    wrapped = [long[i : i + 40] for i in range(0, len(long), 40)]
    pages = [[*LINES[:6], LINES[6], *wrapped], LINES[9:]]
    only(import_files([put(tmp_path, "a.pdf", pdf_bytes(pages))], root))
    second = the_regulation(root).articles[1]
    assert len(second.paragraphs) == 1 and second.text == long.removeprefix("第二条　")


def test_docx_keeps_tables_and_leaves_deleted_text_out(tmp_path, root):
    data = docx_bytes(LINES, table=[("等级", "罚款"), ("一", "五百元")])
    only(import_files([put(tmp_path, "a.docx", data)], root))
    assert "等级 罚款\n一 五百元" in the_regulation(root).articles[-1].text


def test_automatic_numbers_of_word_are_refused_not_lost(tmp_path, root):
    data = docx_bytes([*LINES, "这一行的编号是 Word 数的"], numbered=True)
    assert "自动编号" in reason(import_files([put(tmp_path, "a.docx", data)], root))


INCOMPLETE = {
    "可能不全": [line.replace("依照第四条", "依照本条例第四十条") for line in LINES],
    "缺条": [line for line in LINES if not line.startswith("第三条")],
    "没有第一条": [line for line in LINES if not line.startswith("第一条")],
    "没有以": ["关于路灯的决定", HISTORY, "一、甲", "二、乙"],
    "序言": [*LINES[:2], "路灯是城市的眼睛，自古以来照亮人们的道路，为了把它们管好，特制定这部条例如下。", *BODY[1:]],
    "施行日期": ["路灯管理条例", "国务院令第583号", *BODY[:-1]],
    "--level": ["路灯管理条例", *BODY],
}


@pytest.mark.parametrize("words", INCOMPLETE)
def test_a_text_that_is_not_whole_is_refused_with_the_reason(words, tmp_path, root):
    assert words in reason(import_files([put(tmp_path / "x", "路灯.txt", "\n".join(INCOMPLETE[words]))], root))
    assert not root.exists()


def test_level_and_date_from_the_command_line_help(tmp_path, root):
    path = put(tmp_path / "x", "路灯.txt", "\n".join(["路灯管理办法", *BODY]))
    assert only(import_files([path], root, Options(level="市规章"))).id == pinyin_id("路灯管理办法")
    assert the_regulation(root).source.startswith("regulations/zhejiang/")


@pytest.mark.parametrize(
    ("title", "folders", "history", "level"),
    [
        ("金华市养犬管理规定", (), ("2020年1月1日 金华市第七届人民代表大会常务委员会通过",), "市条例"),
        ("金华市路灯办法", (), ("金华市人民政府令第50号",), "市规章"),
        ("浙江省路灯办法", (), ("浙江省人民政府令第300号公布",), "省规章"),
        ("路灯法", (), ("2020年1月1日 第十三届全国人民代表大会常务委员会第三次会议通过",), "法律"),
        ("路灯办法", ("部门规章", "公安部"), (), "部门规章"),
        ("江苏省路灯条例", (), (), None),
        ("路灯条例", (), (), None),
    ],
)
def test_level_is_guessed_or_left_open(title, folders, history, level):
    assert guess_level(title, folders, history) == level


# Replacing, resuming, and the work of people

OFFICIAL = """# 中华人民共和国行政处罚法
1996年3月17日 第八届全国人民代表大会第四次会议通过
2021年1月22日 第十三届全国人民代表大会常务委员会第二十五次会议修订
<!-- INFO END -->
""" + "\n".join(
    [f"第{n}条 第{n}条的内容。" for n in range(1, 32)]
    + ["第32条 有下列情形的，从轻：\n（一）甲；\n（二）乙。", "第33条 甲。\n乙。", "第34条 本法自2021年7月15日起施行。"]
)


def test_an_official_text_takes_the_place_of_the_digest(tmp_path):
    root = write_corpus(tmp_path / "corpus")
    source = put(tmp_path / "in", "行政处罚法(2021-01-22).md", OFFICIAL)
    plan = only(import_files([source], root, Options(dry_run=True)))
    assert plan.replaces == "regulations/national/xingzheng-chufa-fa.md" and plan.id == "xingzheng-chufa-fa"
    assert "text: digest" in (root / plan.replaces).read_text()
    only(import_files([source], root))
    corpus = read_corpus(root)
    held = [r for r in corpus.regulations if r.front.id == "xingzheng-chufa-fa"]
    assert [r.front.text for r in held] == ["official"] and len(held[0].articles) == 34
    assert import_files([source], root).skipped == 1


def test_a_citation_that_would_vanish_needs_force(tmp_path):
    root = write_corpus(tmp_path / "corpus")
    source = put(tmp_path / "in", "行政处罚法(2021-01-22).md", OFFICIAL.replace("（一）甲；\n（二）乙。", "甲。"))
    for dry_run in (True, False):
        told = reason(import_files([source], root, Options(dry_run=dry_run)))
        assert "落空" in told and "第三十二条第一项" in told
    only(import_files([source], root, Options(force=True)))


def test_a_text_changed_by_a_person_is_never_overwritten_without_force(tmp_path, root):
    only(import_files([put(tmp_path / "in", "a.md", markdown_of(LINES))], root))
    written = root / the_regulation(root).source
    written.write_text(written.read_text().replace("五百元", "六百元"))
    better = put(tmp_path / "in2", "a.md", markdown_of(LINES).replace("加强", "改进") + "\n\n附：表")
    assert "有人改过" in reason(import_files([better], root))
    assert "六百元" in written.read_text()
    only(import_files([better], root, Options(force=True)))
    assert "六百元" not in written.read_text()


def test_two_effective_dates_are_two_versions(tmp_path, root):
    old = put(tmp_path / "in", "路灯管理条例(2010-11-19).md", markdown_of(LINES))
    new = put(tmp_path / "in", "路灯管理条例(2020-05-01).md", markdown_of(LINES) + "\n")
    report = import_files([old, new], root)
    assert [entry.effective_on for entry in report.read] == ["2011-03-01", "2020-05-01"]
    assert sorted(p.name for p in (root / "regulations/national").glob("*.md")) == [
        "ludeng-guanlitiaoli-2020-05-01.md",
        "ludeng-guanlitiaoli.md",
    ]
    assert read_corpus(root).problems == ()


def test_two_texts_of_one_version_are_not_merged(tmp_path, root):
    put(tmp_path / "in", "a.md", markdown_of(LINES))
    put(tmp_path / "in", "b.md", markdown_of(LINES).replace("五百元", "六百元"))
    report = import_files([tmp_path / "in"], root)
    assert len(report.read) == 1 and "同一版本" in report.refused[0].reason


def test_an_import_stopped_in_the_middle_goes_on(tmp_path, root):
    put(tmp_path / "in", "a.md", markdown_of(LINES))
    put(tmp_path / "in", "b.md", markdown_of(LINES).replace("路灯", "水井"))

    def stop(files):
        yield files[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_files([tmp_path / "in"], root, progress=stop)
    report = import_files([tmp_path / "in"], root)
    assert (report.skipped, len(report.read)) == (1, 1)
    assert len(json.loads((root / "regulations/.imported.json").read_text())) == 2


# Hostile files


def zip_bytes(entries) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


ENTITY = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
PART = ("word/document.xml", "<a/>")
HOSTILE = {
    "exe.docx": (lambda: b"MZ\x90\0" + bytes(99), "内容不是|程序"),
    "elf.md": (lambda: b"\x7fELF" + bytes(99), "程序"),
    "old.docx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "另存为"),
    "text.pdf": (lambda: "\n".join(LINES).encode(), "内容不是"),
    "zip.pdf": (lambda: zip_bytes([PART]), "内容不是"),
    "up.docx": (lambda: zip_bytes([PART, ("../../x.xml", "<a/>")]), "越出目录"),
    "abs.docx": (lambda: zip_bytes([PART, ("/etc/x.xml", "<a/>")]), "越出目录"),
    "win.docx": (lambda: zip_bytes([PART, ("C:\\x.xml", "<a/>")]), "越出目录"),
    "ratio.docx": (lambda: zip_bytes([("word/document.xml", "a" * 5_000_000)]), "压缩比"),
    "many.docx": (lambda: zip_bytes([PART, *((f"{n}.xml", "") for n in range(2_001))]), "个部件"),
    "entity.docx": (lambda: zip_bytes([("word/document.xml", ENTITY)]), "DOCTYPE"),
    "hidden.docx": (lambda: zip_bytes([PART, ("word/a.xml", ENTITY.encode("utf-16"))]), "DOCTYPE"),
    "rels.docx": (lambda: zip_bytes([PART, ("word/_rels/a.rels", ENTITY.lower())]), "DOCTYPE"),
    "none.docx": (lambda: zip_bytes([("a.xml", "<a/>")]), "不是 Word"),
    "cut.docx": (lambda: zip_bytes([PART])[:-30], "损坏"),
    "broken.docx": (lambda: zip_bytes([("word/document.xml", "<a>")]), "XML 损坏"),
    "scan.pdf": (lambda: pdf_bytes([["x"]], with_text=False), "没有文字层"),
    "pages.pdf": (lambda: pdf_bytes([["x"]] * 501), "501 页"),
    "broken.pdf": (lambda: b"%PDF-1.7\n" + b"x" * 99, "PDF"),
    "control.txt": (lambda: "\n".join(LINES).replace("打碎", "打\x07碎").encode(), "控制字符 U\\+0007"),
    "nul.txt": (lambda: b"\0\0" + "\n".join(LINES).encode(), "NUL"),
    "latin.txt": (lambda: "Straße für".encode("latin-1") + b"\xff\xff", "编码"),
    "empty.txt": (lambda: b" \n", "空的"),
    "entity.html": (lambda: ENTITY.replace("DOCTYPE a", "DOCTYPE html").encode(), "ENTITY"),
    "damaged.txt": (lambda: "\n".join(LINES).replace("打碎", "�").encode(), "损坏"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_its_content(name, tmp_path, root):
    make, words = HOSTILE[name]
    report = import_files([put(tmp_path / "in", name, make())], root)
    told = reason(report)
    assert re.search(words, told), told
    assert report.refused[0].path.endswith(name) and "root:" not in told
    assert not root.exists()


def test_duplicate_names_in_a_zip_are_refused(tmp_path, root):
    with pytest.warns(UserWarning, match="Duplicate"):
        data = zip_bytes([PART, PART])
    assert "同名" in reason(import_files([put(tmp_path, "a.docx", data)], root))


def test_too_large_when_unpacked(tmp_path, root):
    data = zip_bytes([PART, ("word/media.bin", b"".join(bytes([n % 256]) * 50 for n in range(4000)))])
    limits = Limits(zip_bytes=100_000, zip_ratio=10_000)
    assert "解压后" in reason(import_files([put(tmp_path, "a.docx", data)], root, limits=limits))


def test_too_large_a_file_is_not_read(tmp_path, root):
    path = put(tmp_path, "a.txt", "")
    with path.open("wb") as file:
        file.truncate(21_000_000)
    assert "20 MB" in reason(import_files([path], root))


def test_a_pdf_bomb_stops_at_the_limit(tmp_path, root):
    packed = zlib.compress(b"BT (a) Tj ET " * 6_000_000, 9)
    data = pdf_bytes([["x"]], stream=stream_object(packed, b"/Filter/FlateDecode"))
    limits = Limits(child_seconds=2, child_memory=600_000_000)
    told = reason(import_files([put(tmp_path, "a.pdf", data)], root, limits=limits))
    assert "已经停止" in told or "损坏" in told


def test_a_page_made_to_stall_the_parser_stops_at_the_limit(tmp_path, root):
    limits = Limits(child_seconds=1)
    told = reason(import_files([put(tmp_path, "a.html", "<html><body>" + "<!-- <![" * 300_000)], root, limits=limits))
    assert "已经停止" in told or "没有以" in told


def test_links_and_hidden_files_of_a_folder_are_left_out(tmp_path, root):
    secret = put(tmp_path / "out", "secret.md", markdown_of(LINES))
    folder = tmp_path / "in"
    put(folder, ".hidden.md", markdown_of(LINES))
    (folder / "link.md").symlink_to(secret)
    report = import_files([folder], root)
    assert report.read == [] and report.refused == []


def test_a_file_name_never_becomes_a_path(tmp_path, root):
    lines = ["路灯/../../管理条例", *LINES[1:]]
    only(import_files([put(tmp_path / "in", "a.txt", "\n".join(lines))], root))
    assert [p.parent.name for p in root.rglob("*.md")] == ["national"]


def test_the_command_prints_one_json_document(tmp_path, root):
    from click.testing import CliRunner
    from flask import Flask

    from app.corpus_cli import corpus_import

    app = Flask("t")
    app.config["CORPUS_DIR"] = root
    app.cli.add_command(corpus_import)
    put(tmp_path / "in", "a.md", markdown_of(LINES))
    put(tmp_path / "in", "b.txt", "没有条文")
    with app.app_context():
        result = CliRunner().invoke(corpus_import, [str(tmp_path / "in"), "--json"])
        plain = CliRunner().invoke(corpus_import, [str(tmp_path / "in")])
    document = json.loads(result.stdout)
    assert result.exit_code == 1 and set(document) == {"read", "skipped", "refused", "articles", "seconds"}
    assert set(document["read"][0]) == {"path", "id", "title", "articles", "effective_on", "replaces"}
    assert document["articles"] == 5 and "没有以" in document["refused"][0]["reason"]
    assert "跳过 1 个" in plain.output
