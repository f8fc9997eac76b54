"""Marking 评分: pure, so that marking again gives the same and a wrong key can be tried before it is corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from quizzes.numerals import fold
from quizzes.paper import CENT, Paper, PaperItem
from quizzes.question import BLANK, LETTERS, Blank, QuestionType

Answers = Mapping[str, Sequence[str]]
"""Key of a question (of a part, for cases) to shown option letters ("A", "C") or the texts of the blanks in order."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How multiple choice is marked: `partial` gives points × chosen / right when nothing wrong is chosen (少选按比例
    得分，错选不得分); `exact` all or nothing."""

    multiple: Literal["partial", "exact"] = "partial"


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of one question or part.

    `chosen` are shown letters or texts as given, `right` the shown letters or first accepted forms; `original_chosen`
    are the indexes of the chosen options in the bank's order, empty for blanks.
    """

    key: str
    points: Decimal
    score: Decimal
    is_right: bool
    chosen: tuple[str, ...]
    right: tuple[str, ...]
    original_chosen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """The marks of a paper and their sum; `total` is what could be reached."""

    score: Decimal
    total: Decimal
    marks: tuple[Mark, ...]

    @property
    def percent(self) -> Decimal:
        """Score in per cent of the total, to a hundredth; 0 for an empty paper."""
        return _rounded(self.score * 100 / self.total) if self.total else Decimal(0)


def grade(paper: Paper, answers: Answers, rules: Rules = Rules()) -> Grade:
    """Mark a paper. A question without an answer, and letters or texts that mean nothing, score nothing."""
    marks = tuple(_mark(leaf, answers.get(leaf.question.key, ()), rules) for leaf in paper.leaves)
    return Grade(sum((mark.score for mark in marks), Decimal(0)), paper.total, marks)


def _mark(item: PaperItem, answer: Sequence[str], rules: Rules) -> Mark:
    if item.question.type is QuestionType.FILL_IN:
        return _mark_blanks(item, answer)
    letters = LETTERS[: len(item.question.options)]
    chosen = tuple(letter for letter in letters if letter in answer)
    right = item.right_letters
    share = _choice_share(item.question.type, set(chosen), set(right), rules)
    return Mark(
        key=item.question.key,
        points=item.points,
        score=_rounded(item.points * share),
        is_right=chosen == right,
        chosen=chosen,
        right=right,
        original_chosen=tuple(sorted(item.order[LETTERS.index(letter)] for letter in chosen)),
    )


def _choice_share(kind: QuestionType, chosen: set[str], right: set[str], rules: Rules) -> Decimal:
    if chosen == right:
        return Decimal(1)
    if kind is QuestionType.MULTIPLE and rules.multiple == "partial" and chosen < right:
        return Decimal(len(chosen)) / len(right)
    return Decimal(0)


def _mark_blanks(item: PaperItem, answer: Sequence[str]) -> Mark:
    blanks = item.question.blanks
    given = tuple(answer[: len(blanks)]) + ("",) * (len(blanks) - len(answer))
    after = item.question.stem.split(BLANK)[1:]
    hits = sum(is_accepted(*each) for each in zip(blanks, given, after, strict=True))
    return Mark(
        key=item.question.key,
        points=item.points,
        score=_rounded(item.points * hits / len(blanks)),
        is_right=hits == len(blanks),
        chosen=given if any(given) else (),
        right=tuple(blank.accepts[0] for blank in blanks),
        original_chosen=(),
    )


def is_accepted(blank: Blank, text: str, after: str = "") -> bool:
    """Whether a text is right in a blank, however its numerals and width are written.

    `after` is what follows the blank in the stem: who writes 三日 before 日内 has only said the unit twice.
    """
    folded = fold(text)
    ends = (end for start in (after, after.removeprefix("个")) for size in range(1, 5) if (end := start[:size]))
    forms = {folded, *(folded.removesuffix(end) for end in ends)} - {""}
    return bool(folded) and any(fold(form) in forms for form in blank.accepts)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
