"""Excel in the layout Chinese trainers use: reading, with every fault by row and column. The layout: `xlsx.py`."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from basics.sheets import BadSheet, Layout, Row, read_sheet
from quizzes.formats.errors import Fault, FormatError, whole
from quizzes.formats.tags import MIDDLE
from quizzes.question import (
    BLANK,
    FALSE,
    LETTERS,
    MAX_BLANKS,
    TRUE,
    TYPE_NAMES,
    Blank,
    Option,
    Place,
    Question,
    QuestionType,
    find_flaws,
    with_keys,
)

OPTIONS = tuple(f"选项{letter}" for letter in LETTERS)
WHYS = tuple(f"{letter}说明" for letter in LETTERS)
COLUMNS = ("编号", "题型", "题干", *OPTIONS, "答案", "解析", "依据", "领域", "难度", "事项", "指引", *WHYS)
OTHER_NAMES = {letter: f"选项{letter}" for letter in LETTERS} | {
    "题目": "题干", "试题": "题干", "类型": "题型", "正确答案": "答案", "参考答案": "答案", "试题解析": "解析",
    "答案解析": "解析", "依据条款": "依据", "法律依据": "依据",
}  # fmt: skip
LAYOUT = Layout(
    ("题型", "题干", "答案"),
    tuple(column for column in COLUMNS if column not in ("题型", "题干", "答案")),
    OTHER_NAMES,
    longest=8000,
    prose=True,
)
PART = re.compile(r"^小题[·.\-—－（(：: ]*([^)）]*)[)）]?$")
TYPES = {
    name: kind
    for kind, names in {
        QuestionType.SINGLE: ("单选", "单项选择", "单选题", "单项选择题", "选择题"),
        QuestionType.MULTIPLE: ("多选", "多项选择", "多选题", "多项选择题"),
        QuestionType.TRUE_FALSE: ("判断", "判断题", "是非题"),
        QuestionType.FILL_IN: ("填空", "填空题"),
        QuestionType.CASE: ("案例分析", "案例", "案例题", "案例分析题"),
    }.items()
    for name in names
}
YES = {"对", "正确", "√", "✓", "是", "T", "TRUE", "A"}
NO = {"错", "错误", "×", "✗", "X", "否", "F", "FALSE", "B"}
LEVELS = {"": MIDDLE, "易": 1, "中": 3, "难": 5} | {str(level): level for level in range(1, 6)}
FIXED = {"stem": "题干", "cites": "依据", "explanation": "解析", "difficulty": "难度", "key": "编号", "field": "领域",
         "matter": "事项", "guide": "指引", "type": "题型"}  # fmt: skip


def read(data: bytes) -> list[Question]:
    """The questions of a table. Raises FormatError with every fault by row and column."""
    try:
        sheet = read_sheet(data, LAYOUT)
    except BadSheet as error:
        raise whole(str(error)) from error
    reader = _Reader(list(sheet.faults))
    for group in _groups(sheet.rows, reader):
        reader.take(group)
    if reader.faults:
        raise FormatError(reader.faults)
    if not reader.questions:
        raise whole("表里没有题目。")
    return reader.questions


class _Reader:
    """Questions and faults met so far."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.questions: list[Question] = []
        self._keys: dict[str, int] = {}

    def say(self, row: Row, column: str, message: str) -> None:
        fault = Fault(row.number, column, message)
        if fault not in self.faults:
            self.faults.append(fault)

    def take(self, rows: list[Row]) -> None:
        """Read one question: its row, and for a case the rows of its parts."""
        before = len(self.faults)
        head, *rest = [self._question(row) for row in rows]
        question = with_keys(replace(head, parts=tuple(rest)), head.key)
        key = question.key
        if key and self._keys.setdefault(key, rows[0].number) != rows[0].number:
            self.say(rows[0], "编号", f"和第 {self._keys[key]} 行重复。")
        if len(self.faults) > before:
            return
        for flaw in find_flaws(question):
            row, place = rows[0], flaw.place
            if place[0] == "parts" and len(place) > 1:
                row, place = rows[int(place[1]) + 1], place[2:]
            self.say(row, _column(place), flaw.message + "。")
        self.questions.append(question)

    def _question(self, row: Row) -> Question:
        cell = row.cells.get
        kind = _kind(row) or QuestionType.SINGLE
        level = LEVELS.get(cell("难度") or "")
        if level is None:
            self.say(row, "难度", "难度填 1 到 5 的整数。")
        options, blanks = self._answers(row, kind)
        return Question(
            key=cell("编号") or "",
            type=kind,
            stem=_stem(cell("题干") or "", kind),
            difficulty=level or MIDDLE,
            cites=tuple(item for (item,) in split(cell("依据") or "")),
            options=options,
            blanks=blanks,
            explanation=cell("解析") or "",
            field=cell("领域") or "",
            matter=cell("事项") or "",
            guide=cell("指引") or "",
        )

    def _answers(self, row: Row, kind: QuestionType) -> tuple[tuple[Option, ...], tuple[Blank, ...]]:
        if kind is QuestionType.CASE:
            if row.cells["答案"]:
                self.say(row, "答案", "案例分析这一行不填答案，答案填在小题里。")
            return (), ()
        if kind is QuestionType.TRUE_FALSE:
            return self._true_false(row), ()
        if kind is QuestionType.FILL_IN:
            return (), self._blanks(row)
        return self._options(row), ()

    def _true_false(self, row: Row) -> tuple[Option, ...]:
        answer = unicodedata.normalize("NFKC", row.cells["答案"]).upper()
        if answer not in YES | NO:
            self.say(row, "答案", "判断题的答案填 对 或 错。")
        for name, expected in zip(OPTIONS[:2], (TRUE, FALSE), strict=True):
            text = row.cells.get(name, "")
            if text and text not in (expected, expected[0]):
                self.say(row, name, f"判断题的{name}只能是“{expected}”，也可以不填。")
        return Option(TRUE, _why(row, 0), answer in YES), Option(FALSE, _why(row, 1), answer not in YES)

    def _blanks(self, row: Row) -> tuple[Blank, ...]:
        forms = list(split(row.cells["答案"], inner="|｜"))
        if not forms:
            self.say(row, "答案", "没有填写。")
        whys = [_why(row, place) for place in range(MAX_BLANKS)]
        whys += [""] * (len(forms) - MAX_BLANKS)
        return tuple(Blank(tuple(accepts), whys[place]) for place, accepts in enumerate(forms))

    def _options(self, row: Row) -> tuple[Option, ...]:
        shown = [row.cells.get(name, "") for name in OPTIONS]
        count = max((place for place, text in enumerate(shown, 1) if text), default=0)
        for name, text in zip(OPTIONS[:count], shown, strict=False):
            if not text:
                self.say(row, name, "中间的选项不能空着。")
        answer = re.sub(r"[\s,，、;；]", "", unicodedata.normalize("NFKC", row.cells["答案"])).upper()
        wrong = [letter for letter in dict.fromkeys(answer) if letter not in LETTERS[:count]]
        if not answer:
            self.say(row, "答案", "没有填写。")
        elif not set(answer) <= set(LETTERS):
            self.say(row, "答案", f"答案只能用选项的字母，现在是“{row.cells['答案'][:20]}”。")
        elif wrong:
            self.say(row, "答案", f"答案里的 {'、'.join(wrong)} 没有对应的选项。")
        return tuple(
            Option(text, _why(row, place), LETTERS[place] in answer) for place, text in enumerate(shown[:count])
        )


def _groups(rows: Iterable[Row], reader: _Reader) -> Iterator[list[Row]]:
    """Rows of one question each; a row with an unknown type, or a part without a case, is a fault."""
    group: list[Row] = []
    for row in rows:
        part, kind = PART.match(row.cells["题型"]), _kind(row)
        if kind is None:
            names = "、".join(TYPE_NAMES.values())
            reader.say(row, "题型", f"题型只能填：{names}；案例的小题填 小题·单选 等。")
        elif not part:
            if group:
                yield group
            group = [row]
        elif kind is QuestionType.CASE:
            reader.say(row, "题型", "小题不能又是案例分析。")
        elif group and _kind(group[0]) is QuestionType.CASE:
            group.append(row)
        else:
            reader.say(row, "题型", "小题的上面没有案例分析这一行。")
    if group:
        yield group


def _kind(row: Row) -> QuestionType | None:
    part = PART.match(row.cells["题型"])
    return TYPES.get(part[1].strip() if part else row.cells["题型"])


def _stem(text: str, kind: QuestionType) -> str:
    """Gaps as people draw them, （  ） or __, as ____ in a 填空 that has none."""
    if kind is QuestionType.FILL_IN and BLANK not in text:
        return re.sub(r"_{2,}|[（(][\s\u3000]*[)）]", BLANK, text)
    return text


def _why(row: Row, place: int) -> str:
    return row.cells.get(WHYS[place], "")


def _column(place: Place) -> str:
    """The column in which a person mends what is wrong at `place`."""
    if place[0] == "options" and len(place) == 3:
        return (OPTIONS if place[2] == "text" else WHYS)[min(int(place[1]), MAX_BLANKS - 1)]
    if place[0] == "blanks" and place[-1] == "why":
        return WHYS[min(int(place[1]), MAX_BLANKS - 1)]
    return FIXED.get(str(place[0]), "答案" if place[0] in ("options", "blanks") else "题型")


def split(cell: str, inner: str = "") -> Iterator[list[str]]:
    """The items of a cell, parted by ； or a line break, each in its forms (parted by one of `inner`)."""
    forms: list[str] = []
    text = ""
    for match in re.finditer(r"\\([\\；;|｜\n])|(.)", cell, re.DOTALL):
        mark = match[2]
        if mark is not None and mark in "；;\n":
            yield from _item(forms, text)
            forms, text = [], ""
        elif mark is not None and mark in inner:
            forms, text = [*forms, text], ""
        else:
            text += match[1] or match[2]
    yield from _item(forms, text)


def _item(forms: list[str], last: str) -> Iterator[list[str]]:
    if kept := [form.strip() for form in (*forms, last) if form.strip()]:
        yield kept
