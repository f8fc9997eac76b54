"""A bank with invented questions, and assignments taken by hand, for tests of learning and statistics."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa

from app.access import Role
from app.accounts.models import Level, User
from app.bank.models import BankQuestion, Status
from app.bank.operations import add_questions, set_status, set_version
from app.bank.queries import ready_bank
from app.db import db, writing
from app.training import attempt_operations, papers
from app.training.models import Answer, Assignment, AssignmentTarget, Attempt
from app.training.queries import allowance
from quiz_fakes import case, fill_in, multiple, single, true_false
from quizzes.paper import Draw
from quizzes.question import QuestionType

NOW = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MATTER = "m-0101"


def small_bank():
    return [
        single("q-0101", matter=MATTER, difficulty=1),
        multiple("q-0102", matter=MATTER, difficulty=2),
        true_false("q-0103", matter="m-0102", difficulty=3),
        fill_in("q-0104", matter="m-0102", difficulty=4),
        case("q-0105", matter="m-0102", difficulty=5),
    ]


def add_bank(app, questions=None, now=NOW):
    with app.app_context(), writing() as session:
        add_questions(session, questions or small_bank(), Status.READY, None, now)


def change_status(app, key, status, now=NOW):
    with app.app_context(), writing() as session:
        row = session.scalars(sa.select(BankQuestion).where(BankQuestion.key == key)).one()
        set_status(session, row, status, actor_id=None, now=now)


def new_version(app, question, *, status=Status.READY, author_id=None, now=NOW):
    """A corrected text of a question; the id of the version."""
    with app.app_context(), writing() as session:
        row = session.scalars(sa.select(BankQuestion).where(BankQuestion.key == question.key)).one()
        version = set_version(session, row, question, author_id, now)
        row.status = status.value
        return version.id


def assign(app, unit_id, draws=None, pass_mark=60, **values):
    """A published assignment for the officers of a unit's branch; its id."""
    draws = draws or [Draw(QuestionType.SINGLE, 1, Decimal(10))]
    facts = {
        "title": "燃气测验", "note": "", "unit_id": unit_id, "author_id": None, "state": "published",
        "blueprint": papers.draws_to_record(draws), "opens_at": NOW - DAY, "due_at": NOW + 7 * DAY,
        "is_late_allowed": True, "minutes": None, "max_attempts": 3, "keep": "best", "pass_mark": pass_mark,
        "bands": [[60, "合格"], [0, "不合格"]], "is_required": True, "rule": "passed", "min_attempts": 1,
        "answers_shown": "submit", "created_at": NOW, "updated_at": NOW, "published_at": NOW - DAY,
    }  # fmt: skip
    with app.app_context(), writing() as session:
        assignment = Assignment(**(facts | values))
        assignment.targets = [
            AssignmentTarget(unit_id=unit_id), AssignmentTarget(role=Role.OFFICER.value),
            *(AssignmentTarget(level=level.value) for level in Level),
        ]  # fmt: skip
        session.add(assignment)
        session.flush()
        return assignment.id


def take(app, assignment_id, user_id, choose, now=NOW, *, is_open=False):
    """A person takes a paper and answers what `choose(leaf)` says, as original option places or texts; the attempt's id."""
    with app.app_context(), writing() as session:
        assignment, user = session.get_one(Assignment, assignment_id), session.get_one(User, user_id)
        blueprint = papers.blueprint_from_record(assignment.title, assignment.blueprint)
        drawn = papers.new_paper(ready_bank(session), blueprint, user_id)
        allowed = allowance(session, assignment, user)
        id = attempt_operations.start(session, assignment, user_id, allowed, drawn, now=now)
        attempt = session.get_one(Attempt, id)
        for leaf in papers.unpack(session, attempt.paper).leaves:
            chosen = choose(leaf)
            if leaf.order:
                chosen = sorted("ABCDEF"[leaf.order.index(place)] for place in chosen)
            if chosen:
                session.add(Answer(attempt_id=attempt.id, key=leaf.question.key, chosen=chosen, seq=1, saved_at=now))
        session.flush()
        if not is_open:
            attempt_operations.submit(session, attempt.id, user_id, now=now)
        return attempt.id


def rightly(leaf):
    if not leaf.order:
        return [blank.accepts[0] for blank in leaf.question.blanks]
    return [leaf.order[place] for place in leaf.question.right]


def wrongly(leaf):
    if not leaf.order:
        return ["不知道"] * len(leaf.question.blanks)
    return [next(place for place in sorted(leaf.order) if leaf.order.index(place) not in leaf.question.right)]


def attempt_facts(app, attempt_id):
    with app.app_context():
        attempt = db.session.get(Attempt, attempt_id)
        return attempt.score, attempt.percent, attempt.is_passed
