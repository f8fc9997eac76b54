"""Banks 题库 in YAML files: reading with the line of every fault, and writing. Format: docs/quiz-format.md."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from basics.problems import Problem
from basics.records import Strict, parse_record
from basics.yamltext import Lines, line_of, load_yaml
from quizzes.question import Blank, Option, Place, Question, QuestionType, find_flaws, with_keys

MAX_BYTES = 6_000_000


class OptionRecord(Strict):
    """An option as written."""

    text: str
    why: str = ""
    right: bool = False


class BlankRecord(Strict):
    """A blank as written."""

    accepts: tuple[str, ...]
    why: str = ""


class PartRecord(Strict):
    """A sub-question as written."""

    type: QuestionType
    stem: str
    options: tuple[OptionRecord, ...] = ()
    blanks: tuple[BlankRecord, ...] = ()
    explanation: str = ""
    cites: tuple[str, ...] = ()


class QuestionRecord(PartRecord):
    """A question as written; `field` and `guide` only where they are not those of the file."""

    key: str = ""
    difficulty: int
    matter: str = ""
    parts: tuple[PartRecord, ...] = ()
    field: str = ""
    guide: str = ""


class BankFile(Strict):
    """A file as written. `questions` are checked one by one, for better messages."""

    field: str = ""
    guide: str = ""
    questions: tuple[Any, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Bank:
    """The questions of one file, and the faults met while reading it; a question with a fault is left out."""

    field: str
    guide: str
    questions: tuple[Question, ...]
    source: str = ""
    problems: tuple[Problem, ...] = ()
    positions: tuple[int, ...] = ()
    lines: Lines = dataclasses.field(default_factory=dict)

    def problem(self, index: int, place: Place, message: str) -> Problem:
        """A fault of the question `index` of `questions`, with the line on which `place` is written.

        What a question takes from the head of the file (field, guide) is mended there.
        """
        own = ("questions", self.positions[index], *place)
        line = line_of(place if own not in self.lines and place in self.lines else own, self.lines)
        return Problem(self.source, line, f"{self.questions[index].key}：{message}")


def read_banks(root: Path) -> tuple[Bank, ...]:
    """Every bank `*.yaml` in a folder, in the order of their names. Raises FileNotFoundError."""
    if not root.is_dir():
        raise FileNotFoundError(f"题库目录不存在：{root}")
    return tuple(read_bank(path, root) for path in sorted(root.glob("*.yaml")))


def read_bank(path: Path, root: Path | None = None) -> Bank:
    """One bank. Faults do not raise; they name the path below `root`. A bank in a file states its field and guide."""
    source = str(path.relative_to(root)) if root else path.name
    try:
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            return _unread(Problem(source, 0, f"文件超过 {MAX_BYTES // 1_000_000} MB"))
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _unread(Problem(source, data[: error.start].count(b"\n") + 1, "不是 UTF-8 编码的文字"))
    bank = parse_bank(text, source)
    missing = [Problem(source, 1, f"缺少“{name}”") for name in ("field", "guide") if not getattr(bank, name)]
    if not bank.lines:  # the file as a whole could not be read
        return bank
    problems = (*missing, *bank.problems)
    return Bank(bank.field, bank.guide, bank.questions, source, problems, bank.positions, bank.lines)


def parse_bank(text: str, source: str) -> Bank:
    """A bank from its text."""
    value, lines, problems = load_yaml(text, source)
    if problems:
        return _unread(*problems)
    head, problems = parse_record(BankFile, value, source, lines)
    if head is None:
        return _unread(*problems)
    questions, positions = [], []
    for position, entry in enumerate(head.questions):
        question, faults = _read_question(head, entry, position, source, lines)
        problems += faults
        if question and not faults:
            questions.append(question)
            positions.append(position)
    return Bank(head.field, head.guide, tuple(questions), source, tuple(problems), tuple(positions), lines)


def _unread(*problems: Problem) -> Bank:
    return Bank("", "", (), problems[0].path, problems)


def _read_question(
    head: BankFile, entry: Any, position: int, source: str, lines: Lines
) -> tuple[Question | None, list[Problem]]:
    at = ("questions", position)
    record, problems = parse_record(QuestionRecord, entry, source, lines, at)
    if record is None:
        name = f"{entry['key']}：" if isinstance(entry, Mapping) and "key" in entry else ""
        return None, [Problem(p.path, p.line, name + p.message) for p in problems]
    facts = {"field": record.field or head.field, "guide": record.guide or head.guide, "matter": record.matter}
    question = with_keys(_question(record, record.difficulty, record.parts, **facts), record.key)
    return question, [
        Problem(source, line_of((*at, *flaw.place), lines), f"{record.key}：{flaw.message}")
        for flaw in find_flaws(question)
    ]


def _question(record: PartRecord, difficulty: int, parts: Sequence[PartRecord] = (), **facts: str) -> Question:
    return Question(
        key="",
        type=record.type,
        stem=record.stem,
        difficulty=difficulty,
        cites=record.cites,
        options=tuple(Option(o.text, o.why, o.right) for o in record.options),
        blanks=tuple(Blank(b.accepts, b.why) for b in record.blanks),
        parts=tuple(_question(part, difficulty) for part in parts),
        explanation=record.explanation,
        **facts,
    )


def write_bank(bank: Bank) -> str:
    """The text of a bank's file."""
    return dump(bank.questions, bank.field, bank.guide)


def dump(questions: Iterable[Question], field: str = "", guide: str = "") -> str:
    """YAML of these questions; what equals the file's `field` and `guide` is not repeated in each."""
    head = {name: value for name, value in (("field", field), ("guide", guide)) if value}
    entries = [_entry(question, field, guide) for question in questions]
    return yaml.safe_dump(
        {**head, "questions": entries}, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=False
    )


def _entry(question: Question, field: str, guide: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"key": question.key} if question.key else {}
    entry |= {"type": question.type.value, "difficulty": question.difficulty}
    own = (("field", question.field, field), ("guide", question.guide, guide), ("matter", question.matter, ""))
    entry |= {name: value for name, value, of_file in own if value != of_file}
    entry |= _body(question)
    if question.parts:
        entry["parts"] = [{"type": part.type.value, **_body(part)} for part in question.parts]
    return entry


def _body(question: Question) -> dict[str, Any]:
    body: dict[str, Any] = {"stem": question.stem}
    if question.options:
        body["options"] = [_option(option) for option in question.options]
    if question.blanks:
        body["blanks"] = [{"accepts": list(blank.accepts)} | _why(blank.why) for blank in question.blanks]
    if question.explanation:
        body["explanation"] = question.explanation
    if question.cites:
        body["cites"] = list(question.cites)
    return body


def _option(option: Option) -> dict[str, Any]:
    return {"text": option.text} | ({"right": True} if option.is_right else {}) | _why(option.why)


def _why(why: str) -> dict[str, str]:
    return {"why": why} if why else {}
