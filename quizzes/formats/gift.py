"""GIFT, the text format of Moodle (docs.moodle.org, "GIFT format"): writing.

GIFT knows no difficulty, basis, case or question with several blanks. What it lacks stands in comment lines, in
Moodle's own [id:…] and [tag:…]. A case is written as a description followed by its sub-questions; several blanks as
one short answer question for each blank. Both are ordinary GIFT to every other reader.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from quizzes.formats.gift_reading import read
from quizzes.formats.tags import BLANK_TAG, CASE_TAG, PART_TAG, cite_tags, to_tags, weight
from quizzes.question import BLANK, Question, QuestionType

__all__ = ["read", "write"]


def write(questions: Sequence[Question]) -> bytes:
    """A file of these questions."""
    blocks: list[str] = []
    field = ""
    for question in questions:
        if question.field != field:
            field = question.field
            blocks.append("$CATEGORY: " + (re.sub("/", "//", field) if field else "top"))
        blocks += _blocks(question)
    return ("\n\n".join(blocks) + "\n").encode()


def _blocks(question: Question) -> Iterator[str]:
    if question.type is not QuestionType.CASE:
        yield from _leaf(question, to_tags(question))
        return
    tags = [CASE_TAG, *to_tags(question)]
    yield _head(question, tags, question.key) + _stem(question.stem)
    for part in question.parts:
        yield from _leaf(part, [PART_TAG, *cite_tags(part)])


def _leaf(question: Question, tags: list[str]) -> Iterator[str]:
    if question.type is QuestionType.FILL_IN:
        yield from _blanks(question, tags)
    else:
        yield f"{_head(question, tags, question.key)}{_stem(question.stem)}{{{_answers(question)}}}"


def _head(question: Question, tags: Sequence[str], key: str, title: str = "") -> str:
    """Comment line and title, the key where no other is given."""
    marks = [f"[id:{_mark(key)}]"] if key else []
    marks += [f"[tag:{_mark(tag)}]" for tag in tags]
    if question.parts and question.explanation:
        marks.append(f"[explanation:{_mark(question.explanation)}]")
    shown = _escape(title or key)
    return f"// {' '.join(marks)}\n" + (f"::{shown}::" if shown else "")


def _mark(text: str) -> str:
    """A text inside [tag:…], where Moodle allows neither brackets nor control characters."""
    return re.sub(r"[\[\]<>`%\\]|[^\S ]|[^ -\uffff]", lambda match: quote(match[0], safe=""), text)


def _stem(text: str) -> str:
    return f"[plain]{_escape(text)}"


def _escape(text: str) -> str:
    """What GIFT itself means something by gets a backslash; an arrow would make it a matching question."""
    escaped = re.sub(r"([\\~=#{}:])", r"\\\1", text).replace("\n", "\\n")
    return escaped.replace("->", "-\\>")


def _answer(sign: str, text: str, why: str, share: str = "") -> str:
    """One answer. A text that looks like a share or a format mark is kept from being taken for one."""
    if text.startswith("%") and not share:
        share = "100" if sign == "=" else "0"
    told = f"%{share}%" if share else ""
    plain = "[plain]" if text.startswith("[") else ""
    return f"\n\t{sign}{told}{plain}{_escape(text)}{_feedback(why)}"


def _feedback(why: str) -> str:
    return f"#{'[plain]' if why.startswith('[') else ''}{_escape(why)}" if why else ""


def _general(explanation: str) -> str:
    return f"\n\t####{'[plain]' if explanation.startswith('[') else ''}{_escape(explanation)}" if explanation else ""


def _answers(question: Question) -> str:
    if question.type is QuestionType.TRUE_FALSE:
        yes, no = question.options
        right, wrong = (yes, no) if yes.is_right else (no, yes)
        whys = (
            _feedback(wrong.why) + _feedback(right.why)
            if wrong.why
            else f"#{_feedback(right.why)}"
            if right.why
            else ""
        )
        return ("T" if yes.is_right else "F") + whys + _general(question.explanation)
    share = weight(len(question.right))
    several = question.type is QuestionType.MULTIPLE
    lines = []
    for option in question.options:
        if several:
            lines.append(_answer("~", option.text, option.why, share if option.is_right else "-100"))
        else:
            lines.append(_answer("=" if option.is_right else "~", option.text, option.why))
    return "".join(lines) + _general(question.explanation) + "\n"


def _truth(question: Question) -> str:
    """T or F; the first feedback is for who answers wrongly, the second for who answers rightly."""
    yes, no = question.options
    right, wrong = (yes, no) if yes.is_right else (no, yes)
    first = _feedback(wrong.why) or ("#" if right.why else "")
    return ("T" if yes.is_right else "F") + first + _feedback(right.why)


def _blanks(question: Question, tags: list[str]) -> Iterator[str]:
    """A short answer for each blank, with the other blanks left open in its text."""
    pieces = question.stem.split(BLANK)
    for index, blank in enumerate(question.blanks):
        number = f"{BLANK_TAG}:{index + 1}/{len(question.blanks)}"
        own = [*tags, number] if len(question.blanks) > 1 else tags
        title = f"{question.key} {number}" if index and question.key else ""
        head = _head(question, own, "" if index else question.key, title)
        before, after = (_escape(BLANK.join(part)) for part in (pieces[: index + 1], pieces[index + 1 :]))
        answers = "".join(_answer("=", form, blank.why) for form in blank.accepts)
        yield f"{head}[plain]{before}{{{answers}{_general(question.explanation)}\n}}{after}"
