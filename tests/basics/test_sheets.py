"""Hostile Excel files: what they unpack to is looked at before anything reads them."""

import io
import struct
import time
import tracemalloc
import zipfile

import openpyxl
import pytest

from basics.sheets import BadSheet, read_sheet

COLUMNS = ("甲", "乙")


def good_parts() -> dict[str, bytes]:
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.active.append(["1", "2"])
    book.save(stream)
    with zipfile.ZipFile(stream) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(BadSheet) as caught:
        read_sheet(data, COLUMNS)
    return str(caught.value)


def test_a_good_file_is_read():
    sheet = read_sheet(packed(good_parts()), COLUMNS)
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, {"甲": "1", "乙": "2"})]


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    data = packed(good_parts() | {"xl/bomb.xml": b" " * 80_000_000})
    assert len(data) < 200_000
    tracemalloc.start()
    start = time.perf_counter()
    assert "解开后太大" in refused(data)
    assert time.perf_counter() - start < 0.5 and tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_bomb_below_the_size_limit_is_refused_by_its_ratio():
    assert "解开后太大" in refused(packed(good_parts() | {"xl/bomb.xml": b" " * 30_000_000}))


def test_an_entry_that_lies_about_its_size_unpacks_no_more_than_it_says():
    data = bytearray(packed(good_parts() | {"xl/bomb.xml": b" " * 300_000_000}))
    size = struct.pack("<I", 300_000_000)
    assert data.count(size) == 2  # in the entry and in the directory
    data = bytes(data).replace(size, struct.pack("<I", 1000))
    tracemalloc.start()
    refused(data)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declaration", ['<!DOCTYPE x [<!ENTITY a "b">]>', '<!ENTITY a SYSTEM "file:///etc/passwd">'])
def test_xml_declarations_are_refused_wherever_they_hide(encoding, declaration):
    parts = good_parts()
    for name in ("xl/worksheets/sheet1.xml", "docProps/core.xml", "xl/hidden.bin"):
        evil = parts | {name: (f'<?xml version="1.0"?>{declaration}<x/>').encode(encoding)}
        assert "不该有的声明" in refused(packed(evil, zipfile.ZIP_STORED))


def test_entries_of_the_same_name_are_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.xml", "<b/>")
    assert "重名" in refused(stream.getvalue())


def test_a_sheet_that_claims_a_million_columns_and_rows_is_read_only_so_far():
    parts = good_parts()
    sheet = parts["xl/worksheets/sheet1.xml"]
    wide = sheet.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert wide != sheet
    start = time.perf_counter()
    assert len(read_sheet(packed(parts | {"xl/worksheets/sheet1.xml": wide}), COLUMNS).rows) == 1
    far = (
        sheet.replace(b'<row r="2"', b'<row r="1048576"')
        .replace(b'r="A2"', b'r="A1048576"')
        .replace(b'r="B2"', b'r="B1048576"')
    )
    assert "超过 20000 行" in refused(packed(parts | {"xl/worksheets/sheet1.xml": far}))
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("content", [b"", b"<broken", b"<a/>", b"\xff\xfe"])
def test_damaged_parts_are_refused_in_words(part, content):
    refused(packed(good_parts() | {part: content}))


def test_any_bytes_after_the_mark_of_a_zip_are_refused_in_words():
    data = packed(good_parts())
    for cut in range(4, len(data), 97):
        refused(data[:cut])
