"""YAML as banks are written; what the questions share of field and guide stands once."""

from collections.abc import Sequence

from quizzes.bank import dump, parse_bank
from quizzes.check import repeated_keys
from quizzes.formats.errors import Fault, FormatError, decoded
from quizzes.question import Question


def read(data: bytes) -> list[Question]:
    """The questions of a file. Raises FormatError; rows are lines."""
    bank = parse_bank(decoded(data), "")
    problems = [*bank.problems, *repeated_keys([bank])]
    if problems:
        raise FormatError([Fault(problem.line, "", problem.message) for problem in problems])
    return list(bank.questions)


def write(questions: Sequence[Question]) -> bytes:
    """A file of these questions."""
    fields, guides = {q.field for q in questions}, {q.guide for q in questions}
    field = fields.pop() if len(fields) == 1 else ""
    guide = guides.pop() if len(guides) == 1 else ""
    return dump(questions, field, guide).encode()
