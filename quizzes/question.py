"""What a question 试题 is: five types, its options or blanks each with their own why, and what it rests on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

BLANK = "____"
LETTERS = "ABCDEF"
MAX_OPTIONS = len(LETTERS)
MAX_BLANKS = 6
MAX_TEXT = 4000
TRUE, FALSE = "正确", "错误"
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
# Tab and newline are text; other control characters, lone surrogates and U+FFFE cannot stand in XML or Excel.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")

Place = tuple[str | int, ...]


class QuestionType(StrEnum):
    """The five types 题型."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    FILL_IN = "fill_in"
    CASE = "case"


TYPE_NAMES = {
    QuestionType.SINGLE: "单选",
    QuestionType.MULTIPLE: "多选",
    QuestionType.TRUE_FALSE: "判断",
    QuestionType.FILL_IN: "填空",
    QuestionType.CASE: "案例分析",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One option 选项 and why it is right or wrong."""

    text: str
    why: str = ""
    is_right: bool = False


@dataclass(frozen=True, slots=True)
class Blank:
    """One blank 空 and what is accepted in it; the first form is the one shown."""

    accepts: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question. `difficulty` is 1 (recall of one fact) to 5; `cites` are citations or `guide-01#section`.

    TRUE_FALSE has the options 正确 and 错误. A FILL_IN stem holds `____` once for each of `blanks`. A CASE has `parts`,
    questions of the other types with the keys `<key>.1`, `<key>.2` and so on, and no options itself. `key` is empty
    for a question that is not in a bank yet.
    """

    key: str
    type: QuestionType
    stem: str
    difficulty: int
    cites: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    blanks: tuple[Blank, ...] = ()
    parts: tuple["Question", ...] = ()
    explanation: str = ""
    field: str = ""
    matter: str = ""
    guide: str = ""

    @property
    def right(self) -> tuple[int, ...]:
        """Indexes of the right options."""
        return tuple(index for index, option in enumerate(self.options) if option.is_right)

    @property
    def leaves(self) -> tuple["Question", ...]:
        """What is answered and marked: the parts of a case, or the question itself."""
        return self.parts or (self,)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a question, and where: ("stem",), ("options", 1, "why"), ("parts", 0, "blanks")."""

    place: Place
    message: str


def with_keys(question: Question, key: str) -> Question:
    """The question under another key; its parts follow, and share what a case says once."""
    parts = tuple(
        replace(
            part,
            key=f"{key}.{number}" if key else "",
            difficulty=question.difficulty,
            field=question.field,
            matter=question.matter,
            guide=question.guide,
        )
        for number, part in enumerate(question.parts, 1)
    )
    return replace(question, key=key, parts=parts)


def to_record(question: Question) -> dict[str, Any]:
    """JSON-able; what is empty is left out. `from_record` makes the same question of it."""
    record: dict[str, Any] = {"key": question.key, "type": question.type.value, "stem": question.stem}
    record["difficulty"] = question.difficulty
    for name in ("explanation", "field", "matter", "guide"):
        if value := getattr(question, name):
            record[name] = value
    record["cites"] = list(question.cites)
    if question.options:
        record["options"] = [{"text": o.text, "why": o.why, "right": o.is_right} for o in question.options]
    if question.blanks:
        record["blanks"] = [{"accepts": list(b.accepts), "why": b.why} for b in question.blanks]
    if question.parts:
        record["parts"] = [to_record(part) for part in question.parts]
    return record


def from_record(record: Mapping[str, Any]) -> Question:
    """The question that `to_record` was given."""
    return Question(
        key=record["key"],
        type=QuestionType(record["type"]),
        stem=record["stem"],
        difficulty=record["difficulty"],
        cites=tuple(record["cites"]),
        options=tuple(Option(o["text"], o["why"], o["right"]) for o in record.get("options", ())),
        blanks=tuple(Blank(tuple(b["accepts"]), b["why"]) for b in record.get("blanks", ())),
        parts=tuple(from_record(part) for part in record.get("parts", ())),
        **{name: record.get(name, "") for name in ("explanation", "field", "matter", "guide")},
    )


def find_flaws(question: Question) -> Iterator[Flaw]:
    """What makes a question one that cannot be asked or marked. A draft has none of these either."""
    if question.key and not KEY.fullmatch(question.key):
        yield Flaw(("key",), "编号要用小写字母、数字和横线，例如 q-0101")
    if question.difficulty not in range(1, 6):
        yield Flaw(("difficulty",), "难度是 1 到 5 的整数")
    if question.type is QuestionType.CASE:
        yield from _case_flaws(question)
    else:
        yield from _leaf_flaws(question)
    for place, text in texts(question):
        yield from _text_flaws(place, text)


def find_gaps(question: Question) -> Iterator[Flaw]:
    """What a question lacks before officers may meet it: a basis, an explanation, a why for every option or blank."""
    if not question.cites:
        yield Flaw(("cites",), "没有写依据")
    if not question.explanation:
        yield Flaw(("explanation",), "没有写解析")
    yield from _missing_whys(question)
    for index, part in enumerate(question.parts):
        for flaw in _missing_whys(part):
            yield Flaw(("parts", index, *flaw.place), flaw.message)


def _missing_whys(leaf: Question) -> Iterator[Flaw]:
    for index, option in enumerate(leaf.options):
        if not option.why:
            yield Flaw(("options", index, "why"), f"选项“{option.text[:20]}”没有写为什么对或者错")
    for index, blank in enumerate(leaf.blanks):
        if not blank.why:
            yield Flaw(("blanks", index, "why"), f"第 {index + 1} 空没有写为什么")


def texts(question: Question) -> Iterator[tuple[Place, str]]:
    """Every text of a question with its place, those of its parts included."""
    yield ("stem",), question.stem
    for index, option in enumerate(question.options):
        yield ("options", index, "text"), option.text
        yield ("options", index, "why"), option.why
    for index, blank in enumerate(question.blanks):
        for form in blank.accepts:
            yield ("blanks", index, "accepts"), form
        yield ("blanks", index, "why"), blank.why
    yield ("explanation",), question.explanation
    for cite in question.cites:
        yield ("cites",), cite
    for name in ("field", "matter", "guide"):
        yield (name,), getattr(question, name)
    for index, part in enumerate(question.parts):
        for place, text in texts(part):
            yield ("parts", index, *place), text


def _text_flaws(place: Place, text: str) -> Iterator[Flaw]:
    if text != text.strip():
        yield Flaw(place, "开头或者结尾有多余的空白")
    if len(text) > MAX_TEXT:
        yield Flaw(place, f"超过 {MAX_TEXT} 个字")
    if CONTROL.search(text):
        yield Flaw(place, "含有看不见的控制字符")
    if "\n" in text and place[-1] in ("cites", "field", "matter", "guide"):
        yield Flaw(place, "要写在一行里")
    if not text and place[-1] in ("stem", "text", "accepts", "cites"):
        yield Flaw(place, "没有填写")


def _case_flaws(case: Question) -> Iterator[Flaw]:
    if not case.parts:
        yield Flaw(("parts",), "案例分析题至少要有一个小题")
    if case.options or case.blanks:
        yield Flaw(("options",), "案例分析题自己没有选项和空，选项写在小题里")
    for index, part in enumerate(case.parts):
        if part.type is QuestionType.CASE:
            yield Flaw(("parts", index, "type"), "小题不能又是案例分析题")
            continue
        for flaw in _leaf_flaws(part):
            yield Flaw(("parts", index, *flaw.place), flaw.message)


def _leaf_flaws(question: Question) -> Iterator[Flaw]:
    if question.parts:
        yield Flaw(("parts",), "只有案例分析题才有小题")
    if question.type is QuestionType.FILL_IN:
        yield from _blank_flaws(question)
    else:
        yield from _option_flaws(question)


def _blank_flaws(question: Question) -> Iterator[Flaw]:
    spaces = question.stem.count(BLANK)
    if question.options:
        yield Flaw(("options",), "填空题没有选项")
    if not question.blanks or spaces != len(question.blanks):
        yield Flaw(("stem",), f"题干里有 {spaces} 处 {BLANK}，答案有 {len(question.blanks)} 空，要一样多且至少一空")
    if f"{BLANK}_" in question.stem:
        yield Flaw(("stem",), f"每一空写四个下划线 {BLANK}，不多不少")
    if len(question.blanks) > MAX_BLANKS:
        yield Flaw(("blanks",), f"最多 {MAX_BLANKS} 空")
    for index, blank in enumerate(question.blanks):
        if not blank.accepts:
            yield Flaw(("blanks", index, "accepts"), f"第 {index + 1} 空没有答案")


def _option_flaws(question: Question) -> Iterator[Flaw]:
    options, right = question.options, len(question.right)
    if question.blanks:
        yield Flaw(("blanks",), "只有填空题才有空")
    if question.type is QuestionType.TRUE_FALSE:
        if [option.text for option in options] != [TRUE, FALSE]:
            yield Flaw(("options",), f"判断题的选项依次是“{TRUE}”和“{FALSE}”")
    elif not 2 <= len(options) <= MAX_OPTIONS:
        yield Flaw(("options",), f"要有 2 到 {MAX_OPTIONS} 个选项，现在是 {len(options)} 个")
    yield from _same_options(options)
    if question.type is QuestionType.MULTIPLE:
        if right < 2 or right == len(options):
            yield Flaw(("options",), f"多选题至少两个选项正确、一个错误，现在 {right} 个正确")
    elif right != 1:
        yield Flaw(("options",), f"{TYPE_NAMES[question.type]}题要有且只有一个正确选项，现在是 {right} 个")


def _same_options(options: Sequence[Option]) -> Iterator[Flaw]:
    seen: dict[str, int] = {}
    for index, option in enumerate(options):
        first = seen.setdefault(re.sub(r"\s", "", option.text), index)
        if first != index:
            yield Flaw(("options", index, "text"), f"选项 {LETTERS[first % 6]} 和 {LETTERS[index % 6]} 相同")
