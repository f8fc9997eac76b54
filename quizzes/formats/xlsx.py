"""Excel in the layout Chinese trainers use: 题型, 题干, 选项A to 选项F, 答案 as letters, 解析, 依据, 领域, 难度.

A case takes a row 案例分析 with its facts, and below it a row 小题·单选, 小题·填空 and so on for each sub-question.
Blanks of a 填空 stand in 答案, parted by ；, the accepted forms of one blank by |. In such lists a mark that belongs
to the text is written with a backslash before it.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from quizzes.formats.xlsx_reading import COLUMNS, OPTIONS, WHYS, read
from quizzes.question import LETTERS, TYPE_NAMES, Question, QuestionType

__all__ = ["read", "write"]

NOTES = (
    ("列", "怎么填"),
    ("题型", "单选、多选、判断、填空、案例分析；案例分析下面的小题写 小题·单选 等，一题一行"),
    ("题干", "填空题每一空写四个下划线 ____"),
    ("选项A 到 选项F", "单选、多选填 2 到 6 个，中间不要空；判断、填空不填"),
    ("答案", "单选 A；多选 ABD；判断 对 或 错；填空各空用 ； 隔开，同一空的几种写法用 | 隔开，例如 五千|5000；五万"),
    ("A说明 到 F说明", "每个选项为什么对、为什么错；判断题 A 是“正确”、B 是“错误”；填空题 A 是第一空"),
    ("依据", "《法名》第几条第几款，或者 guide-01#小节；多个用 ； 隔开"),
    ("难度", "1 到 5，不填是 3"),
    ("编号、事项、指引", "可以不填"),
)


def write(questions: Sequence[Question]) -> bytes:
    """A workbook of these questions, with a sheet that tells how to fill it in. Every cell is text, never a formula."""
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#efece4"})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("题目")
        sheet.set_column(0, len(COLUMNS) - 1, 16, text)
        sheet.set_column(COLUMNS.index("题干"), COLUMNS.index("题干"), 50, text)
        sheet.freeze_panes(1, 0)
        _write_rows(sheet, [COLUMNS], bold)
        _write_rows(sheet, _rows(questions), text, first=1)
        notes = book.add_worksheet("怎么填")
        notes.set_column(0, 0, 22)
        notes.set_column(1, 1, 100)
        _write_rows(notes, NOTES, None)
    return stream.getvalue()


def _write_rows(sheet: Any, rows: Iterable[Sequence[str]], style: Any, first: int = 0) -> None:
    for number, row in enumerate(rows, first):
        for place, cell in enumerate(row):
            if cell:
                sheet.write_string(number, place, cell, style)


def _rows(questions: Iterable[Question]) -> Iterator[list[str]]:
    for question in questions:
        yield _row(question, TYPE_NAMES[question.type], is_part=False)
        for part in question.parts:
            yield _row(part, f"小题·{TYPE_NAMES[part.type]}", is_part=True)


def _row(question: Question, type_name: str, *, is_part: bool) -> list[str]:
    cells = {
        "编号": question.key,
        "题型": type_name,
        "题干": question.stem,
        "答案": _answer(question),
        "解析": question.explanation,
        "依据": join([cite] for cite in question.cites),
    }
    if not is_part:
        cells |= {
            "领域": question.field,
            "难度": str(question.difficulty),
            "事项": question.matter,
            "指引": question.guide,
        }
    if question.type is not QuestionType.TRUE_FALSE:
        cells |= {name: option.text for name, option in zip(OPTIONS, question.options, strict=False)}
    reasons = [option.why for option in question.options] or [blank.why for blank in question.blanks]
    cells |= dict(zip(WHYS, reasons, strict=False))
    return [cells.get(column, "") for column in COLUMNS]


def _answer(question: Question) -> str:
    if question.type is QuestionType.TRUE_FALSE:
        return "对" if question.options[0].is_right else "错"
    return join(blank.accepts for blank in question.blanks) or "".join(LETTERS[place] for place in question.right)


def join(items: Iterable[Sequence[str]]) -> str:
    """The reverse of `split`."""
    return "；".join("|".join(re.sub(r"([\\；;|｜\n])", r"\\\1", form) for form in forms) for forms in items)
