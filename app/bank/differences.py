"""What is different between two versions of a question, in words a person reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from quizzes.question import LETTERS, Question

LONGEST = 1500  # letters of two texts compared letter by letter; longer ones are shown whole
NAMES = {"difficulty": "难度", "field": "领域", "guide": "指引", "matter": "事项"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of a question that differs. `pieces` are (sign, text) with the sign "", "-" (gone) or "+" (new)."""

    label: str
    pieces: tuple[tuple[str, str], ...]


def differences(old: Question, new: Question) -> list[Difference]:
    """All differences, in the order of the new version, then what is gone."""
    before, after = dict(_lines(old)), dict(_lines(new))
    labels = [*after, *(label for label in before if label not in after)]
    return [
        Difference(label, _pieces(before.get(label, ""), after.get(label, "")))
        for label in labels
        if before.get(label, "") != after.get(label, "")
    ]


def _lines(question: Question) -> Iterator[tuple[str, str]]:
    yield from _leaf(question, "")
    for number, part in enumerate(question.parts, 1):
        yield from _leaf(part, f"小题 {number} · ")
    for name, label in NAMES.items():
        yield label, str(getattr(question, name))


def _leaf(leaf: Question, before: str) -> Iterator[tuple[str, str]]:
    yield f"{before}题干", leaf.stem
    for letter, option in zip(LETTERS, leaf.options, strict=False):
        yield f"{before}选项 {letter}", f"{option.text}（{'正确' if option.is_right else '错误'}）"
        yield f"{before}选项 {letter} 的理由", option.why
    for number, blank in enumerate(leaf.blanks, 1):
        yield f"{before}第 {number} 空", " | ".join(blank.accepts)
        yield f"{before}第 {number} 空的理由", blank.why
    yield f"{before}解析", leaf.explanation
    yield f"{before}依据", "；".join(leaf.cites)


def _pieces(old: str, new: str) -> tuple[tuple[str, str], ...]:
    if len(old) + len(new) > LONGEST:
        return tuple(piece for piece in (("-", old), ("+", new)) if piece[1])
    found: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("", old[a:b]))
        else:
            found += [("-", old[a:b])] * (b > a) + [("+", new[c:d])] * (d > c)
    return tuple(found)
