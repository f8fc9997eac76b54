"""Tables that people upload, CSV or Excel, read as text with row numbers.

An upload is hostile until shown otherwise: size, rows, unpacked size and XML declarations are looked at first, and
formulas are refused.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell


MAX_BYTES = 6_000_000
MAX_ROWS = 20_000
MAX_UNPACKED = 60_000_000
MAX_RATIO = 100
MAX_COLUMNS = 30
MAX_CELL = 500
DECLARATIONS = [w.encode(c) for w in ("<!DOCTYPE", "<!ENTITY") for c in ("utf-8", "utf-16-le", "utf-16-be")]
OLE = b"\xd0\xcf\x11\xe0"
NO_FORMULA = "不能是公式，也不能以 = + - @ 开头。"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class BadSheet(Exception):
    """The file as a whole cannot be used; says why in Chinese."""


@dataclass(frozen=True, order=True)
class Fault:
    """One wrong cell, by its row in the file (1 is the heading) and its column."""

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Row:
    """One row: its number in the file and its cells by heading."""

    number: int
    cells: dict[str, str]


class Formula(str):
    """The text of a cell that is a formula."""

    __slots__ = ()


@dataclass(frozen=True)
class Layout:
    """What a table must look like.

    `optional` columns may be missing; `names` are other headings for a column. In `prose` a text may begin with
    = + - @, as long as the cell is no formula.
    """

    columns: Sequence[str]
    optional: Sequence[str] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    longest: int = MAX_CELL
    prose: bool = False

    def places(self, heading: Sequence[str]) -> dict[str, int]:
        """Where each column stands. Raises BadSheet when one is missing or stands there twice."""
        plain = [self.names.get(cell, cell) for cell in heading]
        if missing := [column for column in self.columns if column not in plain]:
            raise BadSheet(f"第一行必须是列名，缺少：{'、'.join(missing)}。请下载模板对照。")
        known = [*self.columns, *(column for column in self.optional if column in plain)]
        if self.prose and (twice := [column for column in known if plain.count(column) > 1]):
            raise BadSheet(f"列名重复：{'、'.join(twice)}。")
        return {column: plain.index(column) for column in known}


@dataclass(frozen=True)
class Sheet:
    """The rows of a file that are not empty, and the cells that are not plain text or numbers."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def read_sheet(data: bytes, layout: Layout | Sequence[str]) -> Sheet:
    """Read an upload with this layout (or just these columns in its first row). Raises BadSheet."""
    if not isinstance(layout, Layout):
        layout = Layout(layout)
    lines = _lines(data)
    places = layout.places(next(lines, []))
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, start=2):
        if number > MAX_ROWS + 1:
            raise BadSheet(f"超过 {MAX_ROWS} 行，请拆成几个文件再传。")
        cells = {column: line[place] if place < len(line) else "" for column, place in places.items()}
        if not any(cells.values()):
            continue
        rows.append(Row(number, cells))
        faults += _cell_faults(number, cells, layout)
    return Sheet(tuple(rows), tuple(faults))


def _lines(data: bytes) -> Iterator[list[str]]:
    if len(data) > MAX_BYTES:
        raise BadSheet("文件超过 6 MB，请拆小后再传。")
    if not data.strip():
        raise BadSheet("文件是空的。")
    if data.startswith(OLE):
        raise BadSheet("旧的 .xls 文件或加了密码的文件读不了。请另存为不加密码的 .xlsx 再传。")
    return _excel_lines(data) if data.startswith(b"PK") else _csv_lines(data)


def _cell_faults(number: int, cells: dict[str, str], layout: Layout) -> Iterator[Fault]:
    for column, text in cells.items():
        if isinstance(text, Formula):
            yield Fault(number, column, "不能是公式。请改成文字。" if layout.prose else NO_FORMULA)
        elif text.startswith(FORMULA_STARTS) and not layout.prose:
            yield Fault(number, column, NO_FORMULA)
        elif len(text) > layout.longest:
            yield Fault(number, column, f"超过 {layout.longest} 个字。")


def _csv_lines(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise BadSheet("认不出文件的编码。请存成 Excel（.xlsx）或 UTF-8 的 CSV 再传。") from error
    if "\0" in text:
        raise BadSheet("这不是 CSV 或 Excel（.xlsx）文件。")
    try:
        for line in csv.reader(io.StringIO(text, newline="")):
            yield [cell.strip(" \u3000\n") for cell in line]
    except csv.Error as error:
        raise BadSheet("CSV 的写法有误，可能有引号没有成对。") from error


def _excel_lines(data: bytes) -> Iterator[list[str]]:
    import openpyxl  # only imports of people need it

    copy = _safe_copy(data)
    try:
        sheet = openpyxl.load_workbook(copy, read_only=True, keep_links=False).worksheets[0]
        for line in sheet.iter_rows(max_col=MAX_COLUMNS, max_row=MAX_ROWS + 2):
            yield [_cell_text(cell) for cell in line]
    except Exception as error:  # openpyxl has no error of its own for what it cannot read
        raise BadSheet("Excel 文件打不开，可能已损坏。请重新另存为 .xlsx 再传。") from error


def _safe_copy(data: bytes) -> io.BytesIO:
    """The same .xlsx, unpacked within bounds and without XML declarations that could grow.

    What a zip declares about an entry bounds only reads in small steps: read whole, a lying entry unpacks all it has.
    """
    copy = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(copy, "w") as out:
            _check_sizes(archive.infolist())
            for entry in archive.infolist():
                with archive.open(entry) as stream:
                    content = b"".join(iter(partial(stream.read, 65536), b""))
                if any(mark in content for mark in DECLARATIONS):
                    raise BadSheet("Excel 文件里有不该有的声明，没有读取。请用 Excel 或 WPS 重新另存为 .xlsx。")
                out.writestr(entry.filename, content)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise BadSheet("Excel 文件打不开，可能已损坏或者加了密码。") from error
    return copy


def _check_sizes(entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if unpacked > MAX_UNPACKED or unpacked / packed > MAX_RATIO:
        raise BadSheet("Excel 文件解开后太大，没有读取。请只保留需要的表，另存后再传。")
    if len({entry.filename for entry in entries}) < len(entries):
        raise BadSheet("Excel 文件打不开，里面有重名的部分。请重新另存为 .xlsx 再传。")


def _cell_text(cell: "Cell | MergedCell") -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return Formula("=" + str(value).lstrip("="))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip(" \u3000\n")
