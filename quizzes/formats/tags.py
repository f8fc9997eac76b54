"""What Moodle has no place for (difficulty, matter, basis), kept in tags: 难度:2, 事项:m-0103, 依据:《……》第……条."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from quizzes.question import Question

DIFFICULTY, MATTER, GUIDE, CITE = "难度", "事项", "指引", "依据"
CASE_TAG, PART_TAG, BLANK_TAG = "案例:案情", "案例:小题", "空"
MIDDLE = 3
"""Difficulty of a question whose file does not tell it."""


def to_tags(question: Question) -> list[str]:
    """The tags of a question."""
    tags = [f"{DIFFICULTY}:{question.difficulty}"]
    tags += [f"{name}:{value}" for name, value in ((MATTER, question.matter), (GUIDE, question.guide)) if value]
    return tags + cite_tags(question)


def cite_tags(question: Question) -> list[str]:
    """Only what a question rests on; a part shares the rest with its case."""
    return [f"{CITE}:{cite}" for cite in question.cites]


def from_tags(question: Question, tags: Iterable[str]) -> Question:
    """The question with what its tags tell; foreign tags are passed over."""
    told: dict[str, list[str]] = {}
    for tag in tags:
        name, _, value = tag.partition(":")
        told.setdefault(name, []).append(value)
    return replace(
        question,
        difficulty=_difficulty(told.get(DIFFICULTY, ())),
        matter=told.get(MATTER, [""])[0],
        guide=told.get(GUIDE, [""])[0],
        cites=tuple(told.get(CITE, ())),
    )


def _difficulty(values: Sequence[str]) -> int:
    return int(values[0]) if values and values[0] in "12345" and values[0] else MIDDLE


def weight(count: int) -> str:
    """Share in per cent of each of `count` right options, as Moodle spells its fractions."""
    return f"{100 / count:.5f}".rstrip("0").rstrip(".")
