"""The bank: only ready questions are offered, versions stay, and a change is noticed by every process."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app import clock
from app.bank import operations, queries
from app.bank.demo import load
from app.bank.models import BankQuestion, QuestionVersion, Status
from app.db import db, writing
from quizzes.question import Option, Question, QuestionType


def question(key: str = "q-1", stem: str = "可以罚吗？") -> Question:
    options = (Option("可以", "有依据", True), Option("不可以", "不对"))
    return Question(key, QuestionType.SINGLE, stem, 2, ("《行政处罚法》第三十三条",), options, field="城镇燃气")


def add(*questions: Question, status: Status = Status.READY) -> int:
    with writing() as session:
        return operations.add_questions(session, questions, status, None, clock.now())


@pytest.mark.both_databases
def test_only_ready_questions_are_offered(app):
    with app.app_context():
        assert add(question("q-1"), question("q-2")) == 2
        assert add(question("q-3"), status=Status.DRAFT) == 1
        assert [q.key for q in queries.ready_questions(db.session)] == ["q-1", "q-2"]
        assert queries.ready_questions(db.session)[0] == question("q-1")


def test_adding_again_changes_nothing(app):
    with app.app_context():
        add(question(stem="旧"))
        assert add(question(stem="新")) == 0
        assert queries.ready_questions(db.session)[0].stem == "旧"


@pytest.mark.both_databases
def test_a_new_version_is_offered_at_once_and_the_old_one_stays(app):
    with app.app_context():
        add(question())
        old = queries.ready_bank(db.session)
        with writing() as session:
            row = session.scalars(sa.select(BankQuestion)).one()
            operations.set_version(session, row, replace(question(), stem="改过了"), None, clock.now())
        new = queries.ready_bank(db.session)
        assert new.questions[0].stem == "改过了"
        assert queries.questions_by_version(db.session, [old.versions["q-1"]])[old.versions["q-1"]].stem == "可以罚吗？"
        assert db.session.scalar(sa.select(sa.func.count(QuestionVersion.id))) == 2


def test_a_question_on_hold_is_not_offered(app):
    with app.app_context():
        add(question("q-1"), question("q-2"))
        assert len(queries.ready_questions(db.session)) == 2
        with writing() as session:
            row = session.scalar(sa.select(BankQuestion).where(BankQuestion.key == "q-2"))
            operations.set_status(session, row, Status.ON_HOLD, actor_id=None, now=clock.now())
        assert [q.key for q in queries.ready_questions(db.session)] == ["q-1"]


def test_the_bank_is_parsed_once_while_it_does_not_change(app, count_queries):
    with app.app_context():
        add(question())
        first = queries.ready_questions(db.session)
        with count_queries() as seen:
            assert queries.ready_questions(db.session) is first
        assert len(seen) == 1


def test_the_shipped_banks_load_once(app):
    with app.app_context(), writing() as session:
        added = load(session, clock.now())
        assert load(session, clock.now()) == 0
        assert added == len(queries.ready_questions(session))
