"""A question as one page of practice shows it, and the marks of what was chosen there. Pure, the same for one seed."""

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal

from quizzes.grading import Mark, grade
from quizzes.paper import Paper, PaperItem, show
from quizzes.question import Question


def shown(question: Question, seed: int) -> PaperItem:
    """The question with its options in the order of a seed. Practice counts no points; one a part is shared out."""
    dice = random.Random(f"practice {seed}")  # noqa: S311  chance, not secrecy
    return show(question, Decimal(len(question.leaves)), dice)


def marked(question: Question, seed: int, chosen: Mapping[str, Sequence[str]]) -> list[tuple[PaperItem, Mark]]:
    """Each question or part of a case with its mark."""
    paper = Paper((shown(question, seed),), seed)
    return list(zip(paper.leaves, grade(paper, chosen).marks, strict=True))
