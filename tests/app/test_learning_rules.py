"""The wrong-answer book, cards and matters: what answers do to them, in any order."""

import datetime as dt
import itertools

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.bank.models import Status
from app.db import db, writing
from app.learning import mastery, operations, queries
from app.learning.choosing import Last, after, in_practice
from app.learning.models import Felt, MatterState, PracticeAnswer, ReviewCard, Source, WrongQuestion
from app.learning.operations import Given, Outcome, Refused
from app.learning.showing import shown
from learning_fakes import (
    DAY,
    MATTER,
    NOW,
    add_bank,
    assign,
    change_status,
    new_version,
    rightly,
    small_bank,
    take,
    wrongly,
)
from quiz_fakes import single
from quizzes.paper import Draw
from quizzes.question import QuestionType

USERS = itertools.count(1)


@pytest.fixture
def person(app, auth):
    add_bank(app)
    return auth.user("li")


def outcome(is_right, key="q-0101", matter=MATTER, version_id=1):
    return Outcome(key, matter, version_id, is_right)


def note(app, user_id, *rights, source=Source.PRACTICE, now=NOW):
    with app.app_context(), writing() as session:
        for number, is_right in enumerate(rights):
            operations.note(session, user_id, [outcome(is_right)], source, now + number * DAY)


def wrong_row(app, user_id, key="q-0101"):
    with app.app_context():
        return db.session.get(WrongQuestion, (user_id, key))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rights=st.lists(st.booleans(), min_size=1, max_size=9))
def test_a_question_is_in_the_book_exactly_while_failed_and_not_right_twice_since(app, auth, rights):
    number = next(USERS)
    if number == 1:
        add_bank(app)
    user_id = auth.user(f"u{number}")
    note(app, user_id, *rights)
    inside, row_of_rights = False, 0
    for is_right in rights:
        inside, row_of_rights = (inside and row_of_rights < 1, row_of_rights + 1) if is_right else (True, 0)
    with app.app_context():
        assert [row.key for row in queries.wrong_book(db.session, user_id)] == (["q-0101"] if inside else [])
        state = db.session.get(MatterState, (user_id, MATTER))
        assert (state.is_right, state.was_right) == (rights[-1], rights[-2] if len(rights) > 1 else None)


def test_it_leaves_after_two_right_in_a_row_and_comes_back_when_failed_again(app, person):
    note(app, person, False, True, False, True)
    assert wrong_row(app, person).left_at is None
    note(app, person, True, now=NOW + 5 * DAY)
    assert wrong_row(app, person).left_at == NOW + 5 * DAY
    note(app, person, False, now=NOW + 6 * DAY)
    row = wrong_row(app, person)
    assert (row.left_at, row.wrongs, row.rights) == (None, 3, 0)


def test_a_right_answer_alone_puts_nothing_into_the_book(app, person):
    note(app, person, True)
    assert wrong_row(app, person) is None


def practise(app, user_id, question, is_right=True, now=NOW, nonce="0" * 32, source=Source.PRACTICE):
    with app.app_context(), writing() as session:
        item = shown(question, 7)
        chosen = {leaf.question.key: list(leaf.right_letters) if is_right else [] for leaf in item.leaves}
        version_id = operations.ready_bank(session).versions[question.key]
        return operations.answer(session, user_id, question, Given(version_id, 7, nonce, source, chosen), now=now)


def card_of(app, user_id, key="q-0101"):
    with app.app_context():
        return db.session.get(ReviewCard, (user_id, key))


@pytest.mark.both_databases
def test_a_page_sent_twice_is_one_answer(app, auth):
    add_bank(app)
    person = auth.user("li")
    first = practise(app, person, small_bank()[0], False)
    assert practise(app, person, small_bank()[0], False) == first
    assert wrong_row(app, person).wrongs == 1


@pytest.mark.both_databases
def test_a_test_of_five_questions_is_noted_on_either_database(app, auth):
    add_bank(app)
    person = auth.user("li")
    draws = [Draw(kind, 1, 10) for kind in QuestionType]
    for number in range(2):
        take(app, assign(app, auth.unit(), draws), person, wrongly, NOW + number * DAY)
    with app.app_context():
        book = queries.wrong_book(db.session, person)
        assert {row.key: (row.wrongs, row.source) for row in book} == {f"q-010{n}": (2, "test") for n in range(1, 6)}
        assert {s.matter: s.wrongs for s in queries.matter_states(db.session, person)} == {MATTER: 4, "m-0102": 6}


def test_saying_how_it_felt_moves_the_day_and_only_after_a_right_answer(app, person):
    question = small_bank()[0]
    id = practise(app, person, question)
    days = []
    for felt in Felt:
        with app.app_context(), writing() as session:
            operations.rate(session, person, id, felt)
        days.append((card_of(app, person).due_at - NOW).days)
    assert days == [1, 2, 8]
    wrong = practise(app, person, question, False, NOW + DAY, "1" * 32)
    for other in (wrong, id):
        with app.app_context(), pytest.raises(Refused), writing() as session:
            operations.rate(session, person, other, Felt.EASY)
    with app.app_context(), writing() as session:
        assert operations.rate(session, person + 1, id, Felt.EASY) is None


def due(app, user_id, now):
    with app.app_context():
        keys = list(queries.due_keys(db.session, user_id, now))
        assert queries.due_count(db.session, user_id, now) == len(keys)
        return keys


def test_a_question_is_due_on_its_day_and_not_before(app, person):
    practise(app, person, small_bank()[0])
    assert due(app, person, NOW + 2 * DAY - dt.timedelta(minutes=1)) == []
    assert due(app, person, NOW + 2 * DAY) == ["q-0101"]


def test_questions_on_hold_or_retired_leave_review_and_practice(app, person):
    practise(app, person, small_bank()[0], False)
    for status in (Status.ON_HOLD, Status.RETIRED, Status.DRAFT):
        change_status(app, "q-0101", status)
        assert due(app, person, NOW + 9 * DAY) == []
    change_status(app, "q-0101", Status.READY)
    assert due(app, person, NOW + 9 * DAY) == ["q-0101"]


def test_a_changed_question_is_due_at_once_and_starts_softly(app, person):
    question = small_bank()[0]
    for number in range(4):
        practise(app, person, question, True, NOW + 30 * number * DAY, f"{number:032x}")
    strong, now = card_of(app, person), NOW + 91 * DAY
    assert due(app, person, now) == []
    version_id = new_version(app, single("q-0101", right=2, matter=MATTER))
    assert due(app, person, now) == ["q-0101"]
    practise(app, person, single("q-0101", right=2, matter=MATTER), True, now, "f" * 32)
    card = card_of(app, person)
    assert card.version_id == version_id and card.before["stability"] < strong.card["stability"]
    assert now < card.due_at < now + (strong.due_at - (NOW + 90 * DAY))


def test_a_test_makes_cards_of_what_was_failed_only_and_passes_over_what_was_left_open(app, auth, person):
    draws = [Draw(kind, 1, 10) for kind in (QuestionType.SINGLE, QuestionType.MULTIPLE, QuestionType.TRUE_FALSE)]
    answers = {"q-0101": rightly, "q-0102": wrongly, "q-0103": lambda _leaf: []}
    take(app, assign(app, auth.unit(), draws), person, lambda leaf: answers[leaf.question.key](leaf))
    with app.app_context():
        assert [row.key for row in queries.wrong_book(db.session, person)] == ["q-0102"]
        assert db.session.scalars(sa.select(ReviewCard.key)).all() == ["q-0102"]


def test_new_questions_come_first_then_the_failed_then_the_longest_ago():
    questions = small_bank()
    last = {
        "q-0101": Last(True, NOW), "q-0102": Last(False, NOW - DAY), "q-0103": Last(True, NOW - 2 * DAY),
    }  # fmt: skip
    keys = in_practice(questions, last)
    assert keys == ["q-0104", "q-0105", "q-0102", "q-0103", "q-0101"]
    assert after(keys, "q-0104") == "q-0105"
    assert (after(["a"], "a"), after([], "a")) == ("a", None)


def state(matter, *, is_right=True, was_right=True, before_at=NOW, wrongs=0):
    return MatterState(
        user_id=1, matter=matter, is_right=is_right, last_at=NOW, was_right=was_right,
        before_at=None if was_right is None else before_at, wrongs=wrongs, wrong_key="",
    )  # fmt: skip


def test_a_matter_is_mastered_by_two_right_answers_within_180_days():
    assert mastery.is_mastered(state("m"), NOW + 180 * DAY)
    assert not mastery.is_mastered(state("m"), NOW + 180 * DAY + dt.timedelta(seconds=1))
    assert not mastery.is_mastered(state("m", was_right=False), NOW)
    assert not mastery.is_mastered(state("m", is_right=False), NOW)
    assert not mastery.is_mastered(state("m", was_right=None), NOW)


def test_levels_at_their_bounds_and_breadth():
    fields = {name: [f"{name}{n}" for n in range(5)] for name in ("a", "b", "c", "d")}
    known = [state(f"a{n}") for n in range(4)] + [state(f"b{n}") for n in range(2)]
    lines = mastery.by_field(fields, [*known, state("c0", is_right=False)], NOW)
    assert [(line.percent, line.level.value) for line in lines] == [
        (80, "掌握"), (40, "基本掌握"), (0, "在学"), (0, "未开始"),
    ]  # fmt: skip
    assert mastery.breadth(lines) == (1, 4)


def test_a_matter_failed_three_times_is_a_struggle_until_right_twice_in_a_row(app, person):
    def failing():
        with app.app_context():
            return [s.matter for s in mastery.struggles(queries.matter_states(db.session, person))]

    note(app, person, False, False, True)
    assert failing() == []
    note(app, person, False, now=NOW + 4 * DAY)
    assert failing() == [MATTER]
    note(app, person, True, True, now=NOW + 5 * DAY)
    assert failing() == []


def test_demo_data_comes_once_and_shows_every_part(app):
    from app.demo import load_demo
    from app.learning import demo

    with app.app_context(), writing() as session:
        load_demo(session, NOW)
        count = demo.load(session, NOW)
        assert demo.load(session, NOW + DAY) == count > 20
        officer = session.scalar(sa.select(PracticeAnswer.user_id).distinct())
        assert queries.wrong_book(session, officer) and queries.due_count(session, officer, NOW)
        states = queries.matter_states(session, officer)
        fields = mastery.matters_by_field(operations.ready_bank(session).questions)
        assert mastery.struggles(states) and mastery.breadth(mastery.by_field(fields, states, NOW))[0] == 1
