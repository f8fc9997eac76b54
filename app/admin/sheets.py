"""Tables that people download; and, under one name for all features, the reading of those they upload."""

import csv
import io
from collections.abc import Iterable, Sequence

from basics.sheets import FORMULA_STARTS, MAX_BYTES, BadSheet, Fault, Row, Sheet, read_sheet

__all__ = ["MAX_BYTES", "BadSheet", "Fault", "Row", "Sheet", "read_sheet", "write_csv", "write_template"]


def write_csv(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV that Excel opens rightly (UTF-8 with a mark) and in which no cell is taken for a formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(heading)
    writer.writerows([f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def write_template(columns: Sequence[str], notes: Iterable[Sequence[str]], rows: Iterable[Sequence[str]] = ()) -> bytes:
    """An Excel file to fill in: the heading and `rows` on the first sheet, `notes` on the second."""
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#efece4"})
        text = book.add_format({"num_format": "@"})  # so that codes and phone numbers stay as typed
        sheet = book.add_worksheet("填写")
        sheet.set_column(0, len(columns) - 1, 20, text)
        sheet.write_row(0, 0, columns, bold)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
        help_sheet = book.add_worksheet("说明")
        help_sheet.set_column(0, 3, 26)
        for number, note in enumerate(notes):
            help_sheet.write_row(number, 0, note)
    return stream.getvalue()
