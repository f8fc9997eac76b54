"""What a person has before them: the questions of a scope, counts by field and matter, the book as it may be met."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.bank.queries import ready_bank
from app.index import store
from app.learning import choosing, queries
from app.learning.advice import Advice, advice
from app.learning.choosing import Last
from app.learning.forms import Scope
from app.learning.mastery import STRUGGLE
from app.learning.models import Source, WrongQuestion
from corpus.document import Audience, Kind
from indexer.generation import GenerationError
from indexer.store import Store
from quizzes.question import Question


@dataclass(frozen=True)
class Stock:
    """Questions of a field or matter: how many there are, how many the person has met, how many were right last."""

    name: str
    title: str
    total: int
    met: int
    right: int


@dataclass(frozen=True)
class BookLine:
    """A question of the wrong-answer book that may be met now."""

    row: WrongQuestion
    question: Question


def texts() -> Store | None:
    """The officers' texts; None while there is no usable index: practice goes on without names of matters."""
    try:
        return store(Audience.OFFICER)
    except GenerationError:
        return None


def matter_name(key: str) -> str:
    """The short name of a matter; its key where the library has none."""
    known = texts()
    document = known.document(Kind.MATTER, key) if known else None
    return str(document.front["short_name"]) if document else key


def scope_name(scope: Scope) -> str:
    """What a scope is called."""
    if scope.matter:
        return matter_name(scope.matter)
    if scope.guide:
        known = texts()
        document = known.document(Kind.GUIDE, scope.guide) if known else None
        return document.title if document else scope.guide
    return scope.field or "全部领域"


def _stock(name: str, title: str, questions: Sequence[Question], last: Mapping[str, Last]) -> Stock:
    met = [last[question.key] for question in questions if question.key in last]
    return Stock(name, title, len(questions), len(met), sum(one.is_right for one in met))


def _grouped(pairs: Iterable[tuple[str, Question]]) -> dict[str, list[Question]]:
    groups: dict[str, list[Question]] = {}
    for name, question in pairs:
        if name:
            groups.setdefault(name, []).append(question)
    return groups


def stocks(questions: Iterable[Question], last: Mapping[str, Last]) -> list[Stock]:
    """By field, in the order of the bank."""
    groups = _grouped((question.field, question) for question in questions)
    return [_stock(field, field, own, last) for field, own in groups.items()]


def matter_stocks(questions: Iterable[Question], last: Mapping[str, Last]) -> list[Stock]:
    """By matter, in the order of their keys."""
    groups = _grouped((question.matter, question) for question in questions)
    return [_stock(matter, matter_name(matter), groups[matter], last) for matter in sorted(groups)]


def open_book(session: Session, user_id: int) -> list[BookLine]:
    """The wrong-answer book without questions that are on hold or retired, the last failed first."""
    questions = {question.key: question for question in ready_bank(session).questions}
    rows = queries.wrong_book(session, user_id)
    return [BookLine(row, questions[row.key]) for row in rows if row.key in questions]


def by_field(book: Iterable[BookLine]) -> dict[str, list[BookLine]]:
    """The lines of a book by field."""
    groups: dict[str, list[BookLine]] = {}
    for line in book:
        groups.setdefault(line.question.field or "其他", []).append(line)
    return groups


def keys_in(session: Session, user_id: int, scope: Scope, now: dt.datetime) -> Sequence[str]:
    """Keys of the questions of a scope, in the order to be met."""
    within = [question for question in ready_bank(session).questions if scope.holds(question)]
    if scope.source is Source.REVIEW:
        held = {question.key for question in within}
        return [key for key in queries.due_keys(session, user_id, now) if key in held]
    last = queries.last_answers(session, user_id)
    if scope.source is Source.WRONG:
        failed = {row.key: row.wrong_at for row in queries.wrong_book(session, user_id)}
        own = [question.key for question in within if question.key in failed]
        return sorted(own, key=lambda key: (max(failed[key], last[key].at) if key in last else failed[key], key))
    return choosing.in_practice(within, last)


def advice_for(session: Session, user_id: int, question: Question) -> tuple[Advice, int] | None:
    """Where to read up when a person has failed a question's matter again and again, and how often they have."""
    state = queries.matter_state(session, user_id, question.matter) if question.matter else None
    known = texts()
    if state is None or state.wrongs < STRUGGLE or known is None:
        return None
    found = advice(known, question.matter)
    return (found, state.wrongs) if found else None
