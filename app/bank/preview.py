"""What an upload would do, as its page shows it: each new question with what it lacks and what it resembles."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.bank.differences import Difference, differences
from app.bank.importing import Plan
from app.bank.references import what_is_missing
from app.bank.similar import Near, Similar
from indexer.store import Store
from quizzes.question import Flaw, Question

SHOWN = 100
BY_MEANING = 40  # new questions compared by meaning, about a second; the others by words


@dataclass(frozen=True, slots=True)
class Added:
    """A new question."""

    question: Question
    missing: Sequence[Flaw]
    near: Near | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that gets a new version."""

    question: Question
    changes: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class Preview:
    """The first questions of a plan, and how many of the new ones are as good as there already."""

    added: Sequence[Added]
    changed: Sequence[Changed]
    doubles: int


def preview_of(plan: Plan, similar: Similar, store: Store) -> Preview:
    """Look closely at a plan. What a question lacks does not keep it from being a draft."""
    added = [
        Added(question, what_is_missing(store, question), _nearest(similar, question, place < BY_MEANING))
        for place, question in enumerate(plan.added)
    ]
    changed = [Changed(new, differences(old, new)) for old, new in plan.changed[:SHOWN]]
    return Preview(added[:SHOWN], changed, sum(one.near is not None for one in added))


def _nearest(similar: Similar, question: Question, by_meaning: bool) -> Near | None:
    near = similar.to(question.stem, without=(question.key,), most=1, by_meaning=by_meaning)
    return near[0] if near and near[0].is_same else None
