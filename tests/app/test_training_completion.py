"""Completion counts everyone an assignment reaches, also who never began; by unit it equals person by person."""

import datetime as dt
import io
import random
from collections import Counter

import openpyxl
import pytest
import sqlalchemy as sa
import training_world as w
from training_world import DAY, NOW

from app.access import Role
from app.accounts.models import Level, User
from app.db import db, writing
from app.training import operations
from app.training.completion import PeopleFilter, cells, people_page
from app.training.export import workbook
from app.training.learning_map import Colour, Square, learning_map
from app.training.models import Assignment, Attempt, Standing
from app.training.operations import Grant
from app.training.queries import TaskState
from app.training.tally import Sum, by_assignment, by_unit, tally
from app.training.trainer_queries import units_below
from app.training.weakest import Period, weakest

LATE = NOW + 8 * DAY


@pytest.fixture
def world(app, auth):
    return w.build(auth)


def extend(world, assignment_id, **grant):
    facts = {
        "unit_id": None,
        "user_id": None,
        "due_at": None,
        "extra_attempts": 0,
        "extra_minutes": 0,
        "reason": "出差",
    }
    with writing() as session:
        trainer = session.get_one(User, world.people["trainer-city"])
        operations.extend(
            session, session.get_one(Assignment, assignment_id), Grant(**(facts | grant)), trainer=trainer, now=NOW
        )


def states(assignment_id, now=NOW):
    names = dict(db.session.execute(sa.select(User.id, User.username)).all())
    return {names[c.user_id]: c.state.value for c in cells(db.session, now, [assignment_id], User.is_active)}


@pytest.mark.both_databases
def test_everyone_reached_is_counted_with_or_without_an_attempt(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
        w.take(id, world.people["a1x"])
        w.take(id, world.people["a2x"], 0.1)
        assert states(id) == {"a1x": "done", "a2x": "due", "a3x": "due"}
        assert states(id, LATE) == {"a1x": "done", "a2x": "overdue", "a3x": "overdue"}
        counts = tally(db.session, world.units["city"], [id], LATE)
        assert by_unit(counts) == {world.units["a"]: Sum(3, 1, 2)}
        assert by_assignment(counts)[id].rate == 33
        assert tally(db.session, world.units["b"], [id], LATE) == []


@pytest.mark.both_databases
def test_units_roles_levels_and_persons_combine_as_the_page_says(app, world):
    town, city = world.units["a-town"], world.units["city"]
    with app.app_context():
        both = (Role.OFFICER, Role.TRAINER)
        county_only = w.assign(world, w.targets(city, roles=both, levels=(Level.COUNTY,)))
        assert set(states(county_only)) == {"trainer-a", "trainer-b"}
        mixed = w.assign(world, w.targets(town, people=(world.people["b1x"], world.people["a1x"])))
        assert set(states(mixed)) == {"a1x", "a2x", "a3x", "b1x"}
        assert by_unit(tally(db.session, city, [mixed], NOW)) == {
            world.units["a"]: Sum(3, 0, 0), world.units["b"]: Sum(1, 0, 0),
        }  # fmt: skip


def test_who_joins_a_unit_is_reached_and_who_is_disabled_is_not(app, auth, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
        with writing() as session:
            session.get_one(User, world.people["a1x"]).is_active = False
            session.get_one(User, world.people["b1x"]).unit_id = world.units["a-town"]
        assert set(states(id)) == {"a2x", "a3x", "b1x"}


@pytest.mark.both_databases
def test_the_most_generous_extension_counts(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]))
        extend(world, id, unit_id=world.units["a"], due_at=NOW + 9 * DAY)
        extend(world, id, user_id=world.people["b1x"], due_at=NOW + 20 * DAY)
        late = states(id, LATE)
        assert {name for name, state in late.items() if state == "overdue"} == {"b2x", "b3x"}
        assert by_assignment(tally(db.session, world.units["city"], [id], LATE))[id] == Sum(6, 0, 2)
        assert {n for n, s in states(id, NOW + 10 * DAY).items() if s == "due"} == {"b1x"}


def test_optional_assignments_are_never_overdue(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]), is_required=False)
        assert set(states(id, LATE).values()) == {"missed"}
        assert by_assignment(tally(db.session, world.units["city"], [id], LATE))[id] == Sum(3, 0, 0)


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(6))
def test_counted_by_unit_equals_person_by_person(app, auth, world, seed):
    """Random targets, attempts, extensions; the sums of `tally` are those of `details`, and of a recount by hand."""
    dice = random.Random(seed)
    with app.app_context():
        ids, people = [], [id for name, id in world.people.items() if not name.startswith("trainer")]
        for _ in range(5):
            wanted = w.targets(
                *dice.sample(sorted(world.units.values()), dice.randint(0, 3)), people=tuple(dice.sample(people, dice.randint(1, 3))),
                roles=dice.choice([(Role.OFFICER,), (Role.TRAINER,), tuple(Role)]),
                levels=dice.choice([tuple(Level), (Level.TOWN,), (Level.COUNTY, Level.CITY)]),
            )  # fmt: skip
            values = {
                "is_required": dice.random() < 0.8,
                "rule": dice.choice(["passed", "exhausted"]),
                "max_attempts": 2,
            }
            ids.append(w.assign(world, wanted, due_at=NOW + dice.choice([2, 12]) * DAY, **values))
            for person in dice.sample(people, 4):
                w.take(ids[-1], person, dice.choice([0.2, 1.0]))
            extend(world, ids[-1], user_id=dice.choice(people), due_at=NOW + dice.choice([13, 20]) * DAY)
            extend(
                world,
                ids[-1],
                unit_id=dice.choice(list(world.units.values())),
                due_at=NOW + dice.choice([13, 20]) * DAY,
            )
        now = NOW + dice.choice([1, 5, 15]) * DAY
        for top in ("city", "a", "b-town"):
            inside = {u.id for u in units_below(db.session, world.units[top])}
            here = User.unit_id.in_(inside)
            found = cells(db.session, now, ids, here)
            wanted = {
                id: Sum(n["all"], n["done"], n["overdue"])
                for id in ids
                if (n := Counter(s for c in found if c.assignment_id == id for s in ("all", c.state.value)))["all"]
            }
            assert by_assignment(tally(db.session, world.units[top], ids, now)) == wanted
        done = {(s.assignment_id, s.user_id) for s in w.rows(Standing) if s.is_done}
        by_hand = set()
        for attempt in w.rows(Attempt, state="submitted"):
            if attempt.percent >= 60:
                by_hand.add((attempt.assignment_id, attempt.user_id))
        assert done == by_hand


def test_the_page_of_people_is_narrowed_by_state_text_and_unit(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]))
        w.take(id, world.people["a1x"])

        def found(**values):
            wanted = PeopleFilter(**({"unit_id": world.units["city"], "assignment_ids": [id]} | values))
            page = people_page(db.session, wanted, 1, LATE)
            assert page.total == len(page.people)
            return {person.username for person in page.people}

        assert found() == {"a1x", "a2x", "a3x", "b1x", "b2x", "b3x"}
        assert found(state=TaskState.OVERDUE, unit_id=world.units["a"]) == {"a2x", "a3x"}
        assert found(text="b2") == {"b2x"}
        assert found(text="%") == set()
        assert people_page(db.session, PeopleFilter(world.units["city"], [id]), 99, LATE).total == 6


def test_the_export_has_a_row_a_person_and_no_formula(app, auth, world):
    auth.user("evil", unit_id=world.units["a-town"], name="=1+1", password_hash="x")
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]), title="+燃气@小测")
        w.take(id, world.people["a1x"])
        assignments, units = w.rows(Assignment), units_below(db.session, world.units["city"])
        wanted = PeopleFilter(world.units["city"], [id])
        book = openpyxl.load_workbook(io.BytesIO(workbook(db.session, wanted, assignments, units, LATE).read()))
    people = list(book["人员"].iter_rows(values_only=True))
    assert [row[1] for row in people[1:]] == ["a1x", "a2x", "a3x", "evil"]
    assert people[1][5] == "已完成 100.00" and people[2][5] == "逾期"
    assert [c.value for c in book["各次布置"][2]] == [
        "+燃气@小测",
        "必做",
        "2026-11-19 10:00",
        "2026-11-27 10:00",
        4,
        1,
        3,
        25,
    ]
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds and people[4][0] == "=1+1"


@pytest.mark.both_databases
def test_the_weakest_questions_and_articles_come_first(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]), max_attempts=5)
        for number in range(5):
            w.take(id, world.people["a1x"], 0.3 if number else 1.0)
        questions, articles = weakest(db.session, world.units["city"], [id])
        assert len(questions) >= 5 and [q.percent for q in questions] == sorted(q.percent for q in questions)
        assert [(a.cite, a.answers) for a in articles] == [(w.CITE, 50)]
        assert weakest(db.session, world.units["b"], [id]) == ([], [])
        assert weakest(db.session, world.units["city"], [id], Period(NOW + DAY, NOW + 2 * DAY)) == ([], [])


@pytest.mark.parametrize(
    ("done", "points", "colour"),
    [(90, 80, "蓝"), (89, 80, "黄"), (90, 79, "黄"), (70, 60, "黄"), (69, 99, "红"), (99, 59, "红"), (None, 80, "蓝"),
     (95, None, "蓝"), (None, None, "无"), (0, 0, "红")],
)  # fmt: skip
def test_the_colours_follow_the_stated_rules(done, points, colour):
    assert Square(done, points).colour == colour
    assert colour in Square(done, points).words


@pytest.mark.both_databases
def test_the_map_shows_counties_by_field(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]))
        for name in ("a1x", "a2x", "a3x"):
            w.take(id, world.people[name])
        w.take(id, world.people["b1x"], 0.2)
        units = list(units_below(db.session, world.units["city"]))
        top = next(u for u in units if u.id == world.units["city"])
        counts = tally(db.session, top.id, [id], NOW)
        found = learning_map(db.session, top, units, w.rows(Assignment), counts, ["城镇燃气", "养犬"])
        assert [u.id for u in found.units] == [world.units["a"], world.units["b"]]
        assert found.square(world.units["a"], "城镇燃气") == Square(100, 100)
        assert found.square(world.units["b"], "城镇燃气").colour is Colour.RED
        assert found.square(world.units["a"], "养犬").colour is Colour.NONE
        assert found.fields == ["养犬", "城镇燃气"]


def test_more_attempts_reopen_what_was_exhausted(app, world):
    person = world.people["a1x"]
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]), rule="exhausted", max_attempts=1)
        w.take(id, person, 0.1)
        assert states(id)["a1x"] == "done"
        extend(world, id, user_id=person, extra_attempts=1)
        assert states(id)["a1x"] == "due"
        w.take(id, person, 1.0)
        assert states(id)["a1x"] == "done"


def test_more_minutes_lengthen_an_attempt_under_way(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
        attempt = w.begin(id, world.people["a1x"])
        extend(world, id, unit_id=world.units["a"], extra_minutes=15)
        assert db.session.get_one(Attempt, attempt).deadline_at == NOW + dt.timedelta(minutes=45)
