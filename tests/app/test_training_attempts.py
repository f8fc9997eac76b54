"""Attempts: one at a time, never an older answer over a newer, handed in once, marked with what was saved."""

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
import training_world as w
from training_world import DAY, NOW

from app.answers import Save
from app.bank import operations as bank_operations
from app.bank.models import BankQuestion
from app.db import db, writing
from app.training import attempt_operations, standings
from app.training.attempt_operations import CannotStart, Closed
from app.training.models import Answer, Assignment, Attempt, FieldScore, Standing

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def world(app, auth):
    return w.build(auth)


def save(attempt_id, user_id, saves, now=NOW):
    with writing() as session:
        return attempt_operations.save(session, attempt_id, user_id, saves, now=now)


def submit(attempt_id, user_id, now=NOW):
    with writing() as session:
        attempt = attempt_operations.submit(session, attempt_id, user_id, now=now)
        return attempt and attempt.percent


def at_once(app, work, count=8):
    """Run `work(number)` in threads, each in its own app context; the results and errors."""
    results, barrier = [], threading.Barrier(count)

    def run(number):
        with app.app_context():
            barrier.wait()
            try:
                results.append(work(number))
            except Exception as error:
                results.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return results


@pytest.mark.both_databases
def test_simultaneous_starts_give_the_same_attempt(app, world):
    person = world.people["a1x"]
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]))
    found = at_once(app, lambda number: w.begin(id, person, seed=number))
    assert len(set(found)) == 1, found
    with app.app_context():
        assert [a.number for a in w.rows(Attempt)] == [1]


@pytest.mark.both_databases
def test_many_starts_and_hand_ins_at_once_never_pass_the_limit(app, world):
    person = world.people["a1x"]
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]), max_attempts=2)

    def work(_number):
        attempt = w.begin(id, person)
        submit(attempt, person)

    found = [at_once(app, work) for _ in range(2)]
    assert {type(one) for some in found for one in some} <= {type(None), CannotStart}
    with app.app_context():
        attempts = w.rows(Attempt)
        assert sorted(a.number for a in attempts) == [1, 2]
        assert {a.state for a in attempts} == {"submitted"}
        assert w.rows(Standing)[0].attempts == 2


@pytest.mark.both_databases
def test_an_older_save_never_replaces_a_newer_one(app, world):
    person = world.people["a1x"]
    with app.app_context():
        id = w.begin(w.assign(world, w.targets(world.units["city"])), person)
        key = next(iter(w.right_answers(id)))
        assert save(id, person, {key: Save(["A"], 1)}) == {key: Save(["A"], 1)}
        assert save(id, person, {key: Save(["B"], 3)}) == {key: Save(["B"], 3)}
        assert save(id, person, {key: Save(["C"], 2)}) == {key: Save(["B"], 3)}
        assert save(id, person, {key: Save(["C"], 3)}) == {key: Save(["B"], 3)}
        assert save(id, person, {key: Save(["B"], 3)}) == {key: Save(["B"], 3)}, "sent again: kept as it is"


@pytest.mark.both_databases
def test_of_simultaneous_saves_the_newest_stays(app, world):
    person = world.people["a1x"]
    with app.app_context():
        id = w.begin(w.assign(world, w.targets(world.units["city"])), person)
        key = next(iter(w.right_answers(id)))
    found = at_once(app, lambda number: save(id, person, {key: Save([f"{number}"], number + 1)}))
    assert all(isinstance(one, dict) for one in found), found
    with app.app_context():
        (row,) = w.rows(Answer)
        assert (row.seq, row.chosen) == (8, ["7"])


@pytest.mark.both_databases
def test_an_answer_acknowledged_before_the_hand_in_is_marked(app, world):
    """Saves and the hand-in side by side: what was acknowledged counts, what was not is refused."""
    person = world.people["a1x"]
    with app.app_context():
        id = w.begin(w.assign(world, w.targets(world.units["city"])), person)
        keys = list(w.right_answers(id))

    def work(number):
        if number == 7:
            return submit(id, person)
        return save(id, person, {keys[number]: Save(["A"], 1)})

    found = at_once(app, work)
    saved = {key for one in found if isinstance(one, dict) for key in one}
    assert all(isinstance(one, dict | Closed) or one is not None for one in found)
    with app.app_context():
        assert {row.key for row in w.rows(Answer) if row.seq} == saved
        assert all(row.points is not None for row in w.rows(Answer))


def test_what_is_not_ones_own_cannot_be_saved_or_handed_in(app, world):
    with app.app_context():
        id = w.begin(w.assign(world, w.targets(world.units["city"])), world.people["a1x"])
        key = next(iter(w.right_answers(id)))
        assert save(id, world.people["a2x"], {key: Save(["A"], 1)}) is None
        assert submit(id, world.people["a2x"]) is None
        assert save(999, world.people["a1x"], {key: Save(["A"], 1)}) is None
        with pytest.raises(KeyError):
            save(id, world.people["a1x"], {"q-9999": Save(["A"], 1)})
        assert w.rows(Answer) == []


@pytest.mark.both_databases
def test_a_save_is_taken_until_the_end_and_its_grace_and_no_longer(app, world):
    person = world.people["a1x"]
    with app.app_context():
        id = w.begin(w.assign(world, w.targets(world.units["city"])), person)
        key = next(iter(w.right_answers(id)))
        end = NOW + 30 * MINUTE + attempt_operations.GRACE
        assert save(id, person, {key: Save(["A"], 1)}, now=end)
        with pytest.raises(Closed):
            save(id, person, {key: Save(["B"], 2)}, now=end + dt.timedelta(milliseconds=1))
        assert w.rows(Answer)[0].chosen == ["A"]


@pytest.mark.both_databases
def test_an_attempt_out_of_time_is_marked_with_what_was_saved(app, world):
    person = world.people["a1x"]
    with app.app_context():
        assignment = w.assign(world, w.targets(world.units["city"]))
        id = w.begin(assignment, person)
        known = w.right_answers(id)
        w.answer(id, dict(list(known.items())[:3]))
        with writing() as session:
            assert attempt_operations.close_overdue(session, now=NOW + 30 * MINUTE) == 0
            assert attempt_operations.close_overdue(session, now=NOW + 31 * MINUTE) == 1
            assert attempt_operations.close_overdue(session, now=NOW + 32 * MINUTE) == 0
        (attempt,) = w.rows(Attempt)
        assert (attempt.state, attempt.finished_at) == ("expired", NOW + 30 * MINUTE)
        assert attempt.percent == 30
        assert w.begin(assignment, person, now=NOW + 40 * MINUTE) != id


def test_handing_in_twice_is_once(app, world):
    person = world.people["a1x"]
    with app.app_context():
        id = w.take(w.assign(world, w.targets(world.units["city"])), person, 0.5)
        first = {row.key: row.score for row in w.rows(Answer)}
        attempt = w.rows(Attempt)[0]
        before = (attempt.percent, attempt.finished_at)
        submit(id, person, now=NOW + MINUTE)
        attempt = w.rows(Attempt)[0]
        assert (attempt.percent, attempt.finished_at) == before
        assert {row.key: row.score for row in w.rows(Answer)} == first


def test_all_right_is_all_points_for_every_type_of_question(app, world):
    with app.app_context():
        id = w.take(w.assign(world, w.targets(world.units["city"])), world.people["a1x"])
        attempt = db.session.get_one(Attempt, id)
        assert attempt.percent == 100 and attempt.score == attempt.total == 100
        assert len(w.rows(Answer)) == 10  # the case has two parts
        (field,) = w.rows(FieldScore)
        assert (field.field, field.score, field.points) == ("城镇燃气", 100, 100)


def test_a_question_edited_after_the_draw_is_marked_as_it_was_drawn(app, world):
    person = world.people["a1x"]
    with app.app_context():
        id = w.begin(w.assign(world, w.targets(world.units["city"])), person)
        known = w.right_answers(id)
        with writing() as session:
            for row in session.scalars(sa.select(BankQuestion)).all():
                new = next(q for q in w.questions() if q.key == row.key)
                flipped = tuple(type(o)(o.text, o.why, not o.is_right) for o in new.options)
                changed = type(new)(
                    **{name: getattr(new, name) for name in new.__slots__} | {"options": flipped, "stem": "改了____"}
                )
                bank_operations.set_version(session, row, changed, None, NOW)
        assert w.right_answers(id) == known
        w.answer(id, known)
        assert submit(id, person) == 100


@pytest.mark.parametrize(
    ("values", "now", "says"),
    [
        ({"opens_at": NOW + DAY}, NOW, "还没到开始时间"),
        ({"is_late_allowed": False}, NOW + 8 * DAY, "已过截止时间"),
        ({"max_attempts": 1}, NOW, "1 次机会已经用完"),
    ],
)
def test_what_forbids_a_start_is_said(app, world, values, now, says):
    person = world.people["a1x"]
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]), **values)
        if "max_attempts" in values:
            w.take(id, person)
        with pytest.raises(CannotStart, match=says):
            w.begin(id, person, now=now)


def test_without_late_attempts_the_due_instant_ends_an_attempt(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]), is_late_allowed=False)
        attempt = w.begin(id, world.people["a1x"], now=NOW + 7 * DAY - 10 * MINUTE)
        assert db.session.get_one(Attempt, attempt).deadline_at == NOW + 7 * DAY


@pytest.mark.parametrize(
    ("rule", "shares", "done"),
    [
        ({"rule": "passed"}, [0.2, 0.9], [False, True]),
        ({"rule": "passed", "keep": "last"}, [0.9, 0.2], [True, False]),
        ({"rule": "passed", "keep": "best"}, [0.9, 0.2], [True, True]),
        ({"rule": "exhausted", "max_attempts": 2}, [0.2, 0.2], [False, True]),
        ({"rule": "attempts", "min_attempts": 2}, [0.0, 0.0], [False, True]),
    ],
)
def test_each_rule_of_completion(app, world, rule, shares, done):
    person = world.people["a1x"]
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]), **rule)
        found = []
        for number, share in enumerate(shares):
            w.take(id, person, share, now=NOW + number * MINUTE)
            db.session.rollback()
            found.append(w.rows(Standing)[0].is_done)
        assert found == done


@pytest.mark.both_databases
def test_making_the_standings_again_finds_the_same(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]))
        for number, name in enumerate(("a1x", "a2x", "b1x")):
            w.take(id, world.people[name], 0.3 * number)
            w.take(id, world.people[name], 0.9 - 0.2 * number)
        columns = [
            Standing.user_id,
            Standing.attempts,
            Standing.percent,
            Standing.is_done,
            Standing.done_at,
            Standing.kept_id,
        ]
        before = db.session.execute(sa.select(*columns).order_by(Standing.user_id)).all()
        with writing() as session:
            assert standings.recount(session, session.get_one(Assignment, id)) == 3
        assert db.session.execute(sa.select(*columns).order_by(Standing.user_id)).all() == before
