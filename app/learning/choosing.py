"""Which question comes next. Pure, so that a page loaded again shows the same question."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quizzes.question import Question


@dataclass(frozen=True)
class Last:
    """A person's last answer to a question in practice."""

    is_right: bool
    at: dt.datetime


def in_practice(questions: Sequence[Question], last: Mapping[str, Last]) -> list[str]:
    """Keys in the order to be met: new ones, the easy before the hard; then those failed last; then the others.

    Those met before come in the order of their last answer, the longest ago first.
    """

    def place(question: Question) -> tuple[int, float, str]:
        met = last.get(question.key)
        if met is None:
            return 0, question.difficulty, question.key
        return 2 if met.is_right else 1, met.at.timestamp(), question.key

    return [question.key for question in sorted(questions, key=place)]


def after(keys: Sequence[str], just_seen: str) -> str | None:
    """The first of `keys`, but never the one just seen when there is another. None when there is none."""
    others = [key for key in keys if key != just_seen]
    return others[0] if others else next(iter(keys), None)
