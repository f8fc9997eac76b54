"""What questions from a file would change: a plan, made without changing anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.bank.queries import Held
from quizzes.question import Question, with_keys


@dataclass
class Plan:
    """Questions to add, those to change (as they are, as they would be), and how many are there already."""

    added: list[Question] = field(default_factory=list)
    changed: list[tuple[Question, Question]] = field(default_factory=list)
    unchanged: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether there is something to do."""
        return bool(self.added or self.changed)


def plan_questions(questions: Iterable[Question], held: Mapping[str, Held]) -> Plan:
    """Compare questions with those `held`. One without a key is known by its content: uploading again adds nothing."""
    contents = {content(known.question) for known in held.values()}
    plan = Plan()
    for question in questions:
        known = held.get(question.key)
        if known and known.question != question:
            plan.changed.append((known.question, question))
        elif known or (not question.key and content(question) in contents):
            plan.unchanged += 1
        else:
            contents.add(content(question))
            plan.added.append(question)
    return plan


def content(question: Question) -> Question:
    """A question apart from its key."""
    return with_keys(question, "")
