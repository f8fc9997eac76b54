"""The form in which a question is written: read from what a browser sends, and laid out again with its errors.

A field is named by its place: `stem`, `options-1-why`, `parts-0-blanks-0-accepts`; `right` (`parts-0-right`) holds the
numbers of the right options. So a flaw that `quizzes` finds at a place stands beside the field of that name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from app.bank.similar import Near
from quizzes.question import (
    BLANK,
    FALSE,
    MAX_BLANKS,
    MAX_OPTIONS,
    TRUE,
    Blank,
    Flaw,
    Option,
    Question,
    QuestionType,
    find_flaws,
    with_keys,
)

MAX_PARTS = 10
USUAL_OPTIONS = 4
LONGEST_NOTE = 200
EMPTY_OPTION, EMPTY_BLANK = Option(""), Blank(())
PART_TYPES = tuple(kind for kind in QuestionType if kind is not QuestionType.CASE)
Row = TypeVar("Row", Option, Blank)
ROW = re.compile(r"((?:parts-\d-)?(?:options|blanks))-(\d)-(?:text|why|accepts)")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the form shows of a question or a part: its options and blanks with empty rows to fill in."""

    prefix: str
    question: Question
    options: Sequence[Option]
    blanks: Sequence[Blank]


@dataclass
class Editor:
    """A question being written. `base` is the version it is made from, `seen` the near questions already shown."""

    question: Question
    base: int = 0
    note: str = ""
    action: str = ""
    seen: frozenset[str] = frozenset()
    rows: dict[str, int] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    near: Sequence[Near] = ()

    @property
    def leaf(self) -> Leaf:
        """The question itself as the form shows it."""
        return self._leaf("", self.question)

    @property
    def parts(self) -> list[Leaf]:
        """Its parts as the form shows them."""
        return [self._leaf(f"parts-{index}-", part) for index, part in enumerate(self.question.parts)]

    def _leaf(self, prefix: str, question: Question) -> Leaf:
        options = max(self.rows.get(f"{prefix}options", USUAL_OPTIONS), len(question.options), 2)
        blanks = max(self.rows.get(f"{prefix}blanks", 1), len(question.blanks), question.stem.count(BLANK))
        return Leaf(
            prefix,
            question,
            _padded(question.options, EMPTY_OPTION, min(options, MAX_OPTIONS)),
            _padded(question.blanks, EMPTY_BLANK, min(blanks, MAX_BLANKS)),
        )

    def act(self) -> None:
        """Do what a button for rows and parts asks: `more:options`, `part:single`, `drop:0`."""
        verb, _, what = self.action.partition(":")
        parts = self.question.parts
        if verb == "more":
            leaves = {leaf.prefix: leaf for leaf in (self.leaf, *self.parts)}
            for prefix, leaf in leaves.items():
                self.rows[f"{prefix}options"] = len(leaf.options) + (what == f"{prefix}options")
                self.rows[f"{prefix}blanks"] = len(leaf.blanks) + (what == f"{prefix}blanks")
        elif verb == "part" and what in PART_TYPES and len(parts) < MAX_PARTS:
            self.question = replace(self.question, parts=(*parts, empty(QuestionType(what))))
        elif verb == "drop" and what.isdecimal() and int(what) < len(parts):
            self.question = replace(self.question, parts=parts[: int(what)] + parts[int(what) + 1 :])
            self.rows = {name: count for name, count in self.rows.items() if not name.startswith("parts-")}

    def check(self) -> bool:
        """Find what keeps the question from being kept; whether there is nothing."""
        self.refuse(find_flaws(self.question))
        if len(self.note) > LONGEST_NOTE:
            self.errors.setdefault("note", []).append(f"最多 {LONGEST_NOTE} 个字。")
        return not self.errors

    def refuse(self, flaws: Iterable[Flaw]) -> None:
        """Put what is wrong beside its field."""
        for flaw in flaws:
            told = self.errors.setdefault("-".join(map(str, flaw.place)), [])
            if flaw.message + "。" not in told:
                told.append(flaw.message + "。")


def empty(kind: QuestionType) -> Question:
    """A question of a type with nothing in it."""
    options = (Option(TRUE), Option(FALSE)) if kind is QuestionType.TRUE_FALSE else ()
    return Question("", kind, "", 3, options=options)


def read(form: MultiDict[str, str], key: str, kind: QuestionType) -> Editor:
    """What a browser sent. Rows left empty are dropped; nothing is refused yet."""
    parts = [f"parts-{index}-" for index in range(MAX_PARTS) if f"parts-{index}-type" in form]
    question = replace(
        _leaf(form, "", kind),
        difficulty=_number(form.get("difficulty", "")),
        parts=tuple(_leaf(form, prefix, _kind(form[f"{prefix}type"])) for prefix in parts),
        field=_text(form, "field"),
        guide=_text(form, "guide"),
        matter=_text(form, "matter"),
    )
    return Editor(
        with_keys(question, key),
        base=_number(form.get("base", "")),
        note=_text(form, "note"),
        action=form.get("action", "save"),
        seen=frozenset(form.get("seen", "").split()),
        rows=_rows(form),
    )


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _kind(value: str) -> QuestionType:
    return QuestionType(value) if value in PART_TYPES else QuestionType.SINGLE


def _rows(form: Mapping[str, str]) -> dict[str, int]:
    """How many rows of each list the form had."""
    rows: dict[str, int] = {}
    for name in form:
        if match := ROW.fullmatch(name):
            rows[match[1]] = max(rows.get(match[1], 0), int(match[2]) + 1)
    return rows


def _leaf(form: MultiDict[str, str], prefix: str, kind: QuestionType) -> Question:
    cites = tuple(line.strip() for line in _text(form, f"{prefix}cites").splitlines() if line.strip())
    stem, explanation = _text(form, f"{prefix}stem"), _text(form, f"{prefix}explanation")
    options, blanks = _options(form, prefix, kind), _blanks(form, prefix, kind)
    return Question("", kind, stem, 3, cites, options, blanks, explanation=explanation)


def _options(form: MultiDict[str, str], prefix: str, kind: QuestionType) -> tuple[Option, ...]:
    right = form.getlist(f"{prefix}right")
    written = [_option(form, f"{prefix}options-{i}-", str(i) in right) for i in range(MAX_OPTIONS)]
    if kind is QuestionType.TRUE_FALSE:
        return tuple(replace(option, text=text) for option, text in zip(written, (TRUE, FALSE), strict=False))
    has_none = kind in (QuestionType.FILL_IN, QuestionType.CASE)
    return () if has_none else tuple(option for option in written if option != EMPTY_OPTION)


def _blanks(form: MultiDict[str, str], prefix: str, kind: QuestionType) -> tuple[Blank, ...]:
    if kind is not QuestionType.FILL_IN:
        return ()
    written = (_blank(form, f"{prefix}blanks-{i}-") for i in range(MAX_BLANKS))
    return tuple(blank for blank in written if blank != EMPTY_BLANK)


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n").strip()


def _option(form: Mapping[str, str], prefix: str, is_right: bool) -> Option:
    return Option(_text(form, f"{prefix}text"), _text(form, f"{prefix}why"), is_right)


def _blank(form: Mapping[str, str], prefix: str) -> Blank:
    lines = _text(form, f"{prefix}accepts").splitlines()
    return Blank(tuple(line.strip() for line in lines if line.strip()), _text(form, f"{prefix}why"))


def _padded(rows: Sequence[Row], empty_row: Row, count: int) -> list[Row]:
    padded = list(rows)
    return padded + [empty_row] * (count - len(padded))
