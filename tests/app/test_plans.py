"""The annual plan: its report against a table worked out by hand, its rules, its pages."""

import datetime as dt
import io
import re
from decimal import Decimal

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import clock
from app.access import Role
from app.accounts.models import Level, Unit, User
from app.audit import AuditEntry
from app.clock import LOCAL
from app.db import db, writing
from app.plans import operations, queries
from app.plans.models import Plan, PlanItem, State
from app.plans.operations import Facts, Refused
from app.plans.page import cells, plan_report
from app.plans.report import Held, Planned, report
from app.sessions.models import SessionTopic, TrainingSession
from app.sessions.outcome_models import Attendance, HoursEntry

NOW = dt.datetime(2027, 11, 1, tzinfo=dt.UTC)
GAS, STREETS = "城镇燃气", "城市市容和环境卫生"


def facts(topic, quarter=1, sessions=1, people=10, hours="2", fields=(GAS,)):
    return Facts(quarter, topic, "执法人员", tuple(fields), Decimal(hours), sessions, people, "法制科", "")


class Year:
    """A made-up year: units, people, plans, and sessions that were held."""

    def __init__(self, session):
        self.session = session
        self.units, self.people, self.plans = {}, {}, {}

    def unit(self, name, level, parent=None):
        self.units[name] = Unit(code=name, name=name, level=level.value, parent=self.units.get(parent))
        self.session.add(self.units[name])
        self.session.flush()

    def person(self, name, unit):
        user = User(
            username=name, name=name, role="officer", unit_id=self.units[unit].id, password_hash="x", created_at=NOW,
            must_change_password=False, password_changed_at=NOW,
        )  # fmt: skip
        self.session.add(user)
        self.session.flush()
        self.people[name] = user.id

    def plan(self, unit, year=2027, published=True, items=()):
        acting = {"actor_id": None, "now": NOW}
        plan = operations.add_plan(self.session, self.units[unit].id, year, "", **acting)
        kept = [operations.keep_item(self.session, plan, None, one, **acting) for one in items]
        self.session.refresh(plan)
        if published:
            operations.change_state(self.session, plan, State.PUBLISHED, **acting)
        self.plans[unit, year] = plan
        return [item.id for item in kept]

    def held(self, unit, day, item=None, hours="2", present=(), fields=(GAS,), state="held"):
        start = dt.datetime.combine(day, dt.time(9), LOCAL)
        row = TrainingSession(
            uid=f"u{len(self.session.new)}{day}{unit}{item}{hours}"[:32], title="一期", unit_id=self.units[unit].id, state=state,
            starts_at=start, ends_at=start + dt.timedelta(hours=3), hours=Decimal(hours), capacity=50, plan_item_id=item,
            sign_up_from_at=start - dt.timedelta(days=9), sign_up_until_at=start, created_at=NOW, updated_at=NOW,
            topics=[SessionTopic(kind="field", key=field) for field in fields],
        )  # fmt: skip
        self.session.add(row)
        self.session.flush()
        for name in present:
            who = {"session_id": row.id, "user_id": self.people[name]}
            self.session.add(Attendance(at=start, way="trainer", **who))
            self.session.add(HoursEntry(kind="credit", hours=Decimal(hours), at=start, **who))
        self.session.flush()
        return row


@pytest.fixture
def year(app):
    """City A with counties B and C. A: 2 + 1 sessions planned, B: 2; six sessions held, one outside all plans.

    | who   | item     | planned    | held                                     |
    |-------|----------|------------|------------------------------------------|
    | A     | gas      | 2×4 h, 20  | 10 Mar: a, b; 20 Jun (late): a, held by B |
    | A     | both     | 1×2.5 h, 5 | nothing                                  |
    | B     | streets  | 2×2 h, 8   | 5 Oct: b                                 |
    | C     | draft    | 9×9 h, 99  | – (a draft counts in no one else's plan) |
    | C     | –        | –          | 31 Dec: b, c, on gas and streets, 3 h    |
    """
    with app.app_context(), writing() as session:
        made = Year(session)
        for unit, level, parent in (("A", Level.CITY, None), ("B", Level.COUNTY, "A"), ("C", Level.COUNTY, "A")):
            made.unit(unit, level, parent)
        for name, unit in (("a", "A"), ("b", "B"), ("c", "C")):
            made.person(name, unit)
        gas, both = made.plan("A", items=[facts("燃气", 1, 2, 20, "4"), facts("综合", 2, 1, 5, "2.5", (GAS, STREETS))])
        (streets,) = made.plan("B", items=[facts("市容", 4, 2, 8, "2", (STREETS,))])
        made.plan("C", published=False, items=[facts("草稿", 1, 9, 99, "9")])
        made.held("A", dt.date(2027, 3, 10), gas, "4", "ab")
        made.held("B", dt.date(2027, 6, 20), gas, "4", "a")
        late = made.held("B", dt.date(2027, 10, 5), streets, "2", "b", (STREETS,))
        made.held("C", dt.date(2027, 12, 31), None, "3", "bc", (GAS, STREETS))
        made.held("A", dt.date(2026, 12, 31), gas, "4", "abc")  # another year
        made.held("A", dt.date(2028, 1, 1), gas, "4", "abc")
        made.held("A", dt.date(2027, 5, 1), both, "2.5", "abc", state="published")  # not confirmed as held
        who = {"session_id": late.id, "user_id": made.people["b"]}
        session.add(HoursEntry(kind="correction", hours=Decimal("-0.5"), reason="早退", at=NOW, **who))
        made.ids = {"gas": gas, "both": both, "streets": streets}
        made.city = made.units["A"].id
        made.plan_ids = {key: plan.id for key, plan in made.plans.items()}
    return made


def table(figures):
    """A line of a table, as a reader sees it."""
    return " ".join(cells(figures))


@pytest.mark.both_databases
def test_the_report_of_a_made_up_year_equals_the_table_worked_out_by_hand(app, year):
    with app.app_context():
        found = plan_report(db.session, db.session.get_one(Plan, year.plan_ids["A", 2027]))
        names = queries.unit_names(db.session)
        #        planned held share people attended hours-planned hours-held credited
        assert {names[id]: table(line) for id, line in found.units.items()} == {
            "A": "3 2 67% 25 3 10.5 8 12",
            "B": "2 1 50% 8 1 4 2 1.5",
            "C": "0 1 — 0 2 0 3 6",
        }
        assert {field: table(line) for field, line in found.fields.items()} == {
            GAS: "3 3 100% 25 5 10.5 11 18",
            STREETS: "3 2 67% 13 3 6.5 5 7.5",
        }
        assert {quarter: table(line) for quarter, line in found.quarters.items()} == {
            1: "2 2 100% 20 3 8 8 12",
            2: "1 0 0% 5 0 2.5 0 0",
            3: "0 0 — 0 0 0 0 0",
            4: "2 2 100% 8 3 4 5 7.5",
        }
        assert {id: table(line) for id, line in found.items.items()} == {
            year.ids["gas"]: "2 2 100% 20 3 8 8 12",
            year.ids["both"]: "1 0 0% 5 0 2.5 0 0",
        }
        assert table(found.outside) == "0 1 — 0 2 0 3 6"
        assert table(found.total) == "5 4 80% 33 6 14.5 13 19.5"


def test_the_plan_of_a_unit_below_counts_its_own_branch_alone(app, year):
    with app.app_context():
        found = plan_report(db.session, db.session.get_one(Plan, year.plan_ids["B", 2027]))
        assert table(found.total) == "2 2 100% 8 2 4 6 5.5"
        assert table(found.outside) == "0 1 — 0 1 0 4 4"  # B's session for an item of A


def test_a_draft_shows_its_own_items(app, year):
    with app.app_context():
        found = plan_report(db.session, db.session.get_one(Plan, year.plan_ids["C", 2027]))
        assert table(found.total) == "9 1 11% 99 2 81 3 6"


def test_what_has_no_field_is_told_apart():
    planned = [Planned(1, 7, 2, "a", (), Decimal(2), 1, 5)]
    found = report(planned, [Held(None, 7, 3, (), Decimal(1), 4, Decimal(4))])
    assert {field: table(line) for field, line in found.fields.items()} == {"未注明领域": "1 1 100% 5 4 2 1 4"}
    assert table(report([], []).total) == "0 0 — 0 0 0 0 0"


ACTING = {"actor_id": None, "now": NOW}


@pytest.mark.both_databases
def test_a_unit_has_one_plan_a_year(app, year):
    with app.app_context():
        with pytest.raises(Refused, match="已经有计划"), writing() as session:
            operations.add_plan(session, year.city, 2027, "", **ACTING)
        with writing() as session:
            assert operations.add_plan(session, year.city, 2028, "", **ACTING).state == "draft"


@pytest.mark.both_databases
def test_what_is_left_goes_to_next_year_once(app, year):
    with app.app_context():
        for expected in (1, 0):
            with writing() as session:
                plan = session.get_one(Plan, year.plan_ids["A", 2027])
                figures = plan_report(session, plan).items
                left = operations.unfinished(plan, figures)
                assert [item.topic for item in left] == ["综合"]
                all_ids = [item.id for item in plan.items]
                following, count = operations.carry_over(session, plan, all_ids, figures, **ACTING)
                assert (following.year, following.state, count) == (2028, "draft", expected)
        item = db.session.scalars(sa.select(PlanItem).where(PlanItem.carried_from_id.is_not(None))).one()
        assert (item.topic, item.fields, item.sessions_planned, item.people_planned) == ("综合", (GAS, STREETS), 1, 5)
        twice = {"plan_id": item.plan_id, "carried_from_id": item.carried_from_id, "quarter": 1, "hours": 1}
        rest = {"topic": "", "audience": "", "sessions_planned": 1, "people_planned": 0, "organiser": "", "note": ""}
        with pytest.raises(IntegrityError), writing() as session:
            session.add(PlanItem(**twice, **rest))


def test_half_done_goes_on_with_what_is_left(app, year):
    with app.app_context(), writing() as session:
        plan = session.get_one(Plan, year.plan_ids["B", 2027])
        figures = plan_report(session, plan).items
        following, _ = operations.carry_over(session, plan, [year.ids["streets"]], figures, **ACTING)
        session.refresh(following)
        assert [(i.sessions_planned, i.people_planned, i.quarter) for i in following.items] == [(1, 7, 1)]


def test_a_closed_plan_changes_no_more_until_it_is_opened_again(app, year):
    with app.app_context(), writing() as session:
        plan = session.get_one(Plan, year.plan_ids["A", 2027])
        operations.change_state(session, plan, State.CLOSED, **ACTING)
        for change in (
            lambda: operations.keep_item(session, plan, None, facts("新"), **ACTING),
            lambda: operations.keep_item(session, plan, plan.items[0], facts("新"), **ACTING),
            lambda: operations.delete_item(session, plan.items[1], **ACTING),
            lambda: operations.change_state(session, plan, State.DRAFT, **ACTING),
            lambda: operations.delete_plan(session, plan, **ACTING),
        ):
            with pytest.raises(Refused):
                change()
        operations.change_state(session, plan, State.PUBLISHED, **ACTING)
        assert operations.keep_item(session, plan, plan.items[0], facts("新"), **ACTING).topic == "新"
        states = sa.select(AuditEntry.detail).where(AuditEntry.target == f"plan {plan.id}")
        assert "published → closed" in session.scalars(states).all()


def test_an_item_with_sessions_or_carried_over_stays(app, year):
    with app.app_context(), writing() as session:
        plan = session.get_one(Plan, year.plan_ids["A", 2027])
        with pytest.raises(Refused, match="班次属于这一项"):
            operations.delete_item(session, plan.items[0], **ACTING)
        session.execute(sa.update(TrainingSession).values(plan_item_id=None))
        operations.delete_item(session, plan.items[0], **ACTING)
        session.refresh(plan)
        operations.carry_over(session, plan, [plan.items[0].id], plan_report(session, plan).items, **ACTING)
        with pytest.raises(Refused, match="已经结转"):
            operations.delete_item(session, plan.items[0], **ACTING)


def test_an_empty_plan_is_not_published_and_only_an_empty_draft_is_deleted(app, year):
    with app.app_context(), writing() as session:
        empty = operations.add_plan(session, year.city, 2030, "", **ACTING)
        with pytest.raises(Refused, match="还没有项目"):
            operations.change_state(session, empty, State.PUBLISHED, **ACTING)
        operations.delete_plan(session, empty, **ACTING)
        with pytest.raises(Refused, match="没有项目的草稿"):
            operations.delete_plan(session, session.get_one(Plan, year.plan_ids["C", 2027]), **ACTING)


# pages

ITEM = {
    "quarter": "2", "topic": "新主题（示例）", "audience": "队员", "fields": [GAS], "hours": "2.5", "sessions_planned": "3",
    "people_planned": "60", "organiser": "", "note": "",
}  # fmt: skip


@pytest.fixture
def planner(pool, auth, monkeypatch):
    """Signed in as a trainer of the city, with the demo data of 28 November 2026."""
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 11, 28, tzinfo=dt.UTC))
    auth.be(Role.TRAINER)
    return auth


@pytest.fixture
def district(planner, pool):
    """Become a trainer of the district that has a plan."""

    def become(code="330702"):
        with pool.app_context():
            unit = db.session.scalar(sa.select(Unit.id).where(Unit.code == code))
        planner.user(f"t{code}", Role.TRAINER, unit_id=unit)
        planner.client.delete_cookie("session")
        assert planner.sign_in(f"t{code}").status_code == 302

    return become


def test_a_plan_from_draft_to_carried_over(planner, client):
    assert "还没有项目" not in client.get("/plans").text
    made = planner.post("/plans/add", {"unit": "1", "year": "2027", "note": "试试"})
    path = made.location
    assert "删除草稿" in client.get(path).text
    assert "计划里还没有项目" in planner.post(f"{path}/state", {"state": "published"}, follow_redirects=True).text
    assert planner.post(f"{path}/items/add", ITEM).location == path
    page = client.get(path).text
    assert "新主题（示例）" in page and "1 项，计划 3 期、60 人次" in page and "第二季度" in page
    assert planner.post(f"{path}/state", {"state": "published"}).status_code == 302
    page = client.get(path).text
    item = re.search(rf"{path}/items/(\d+)", page)[1]
    assert f"/sessions/new?plan_item={item}" in page
    assert planner.post(f"{path}/items/{item}", ITEM | {"topic": "改了"}).status_code == 302
    assert "结转 3 期、60 人次" in client.get(f"{path}/carry").text
    after = planner.post(f"{path}/carry", {"item": item}, follow_redirects=True).text
    assert "已把 1 项结转到2028年度培训计划" in after and "上年结转" in after
    assert "都已经结转过了" in client.get(f"{path}/carry").text
    assert "没有选中" in planner.post(f"{path}/carry", {"item": item}, follow_redirects=True).text
    assert "已经结转到下一年" in planner.post(f"{path}/items/{item}/delete", follow_redirects=True).text
    assert planner.post(f"{path}/state", {"state": "closed"}).status_code == 302
    assert "添加项目" not in client.get(path).text and "重新打开" in client.get(path).text
    assert "已经结束" in planner.post(f"{path}/items/{item}", ITEM, follow_redirects=True).text


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"topic": ""}, "请填写主题"),
        ({"audience": "长" * 81}, "最多 80 个字"),
        ({"quarter": "5"}, "请从列表中选择"),
        ({"fields": ["航天"]}, "请从列表中选择"),
        ({"hours": "两"}, "要填数字"),
        ({"hours": "2.55"}, "最多一位小数"),
        ({"hours": "0"}, "要大于 0"),
        ({"hours": "Infinity"}, "最多一位小数"),
        ({"sessions_planned": "0"}, "1 到 366"),
        ({"sessions_planned": "1.5"}, "要填整数"),
        ({"people_planned": ""}, "请填写计划人次"),
    ],
)
def test_each_mistake_in_an_item_is_told_beside_its_field(planner, values, told):
    page = planner.post("/plans/1/items/add", ITEM | values)
    assert page.status_code == 200
    assert re.search(rf'id="{next(iter(values))}-error">[^<]*{told}', page.text)


def test_a_second_plan_of_a_year_is_told(planner):
    page = planner.post("/plans/add", {"unit": "1", "year": "2026"}).text
    assert "这一年已经有计划" in page
    assert "2020 到 2100" in planner.post("/plans/add", {"unit": "1", "year": "1999"}).text


def test_the_report_shows_what_was_held_drawn_and_in_words(planner, client):
    page = client.get("/plans/1/report").text
    assert "已办 3 / 计划 14（21%）" in page and page.count("<rect") == 14
    assert "计划：本单位这份计划，加上下级单位" in page
    assert re.search(r"婺城区</th><td>1</td><td>3</td><td>10.5</td>", page)


def test_the_excel_file_has_items_quarters_units_and_fields(planner, client):
    book = openpyxl.load_workbook(io.BytesIO(client.get("/plans/1/export").data))
    assert book.sheetnames == ["项目", "按季度", "按单位", "按领域"]
    rows = {row[0]: row[1:] for row in book["按单位"].iter_rows(values_only=True)}
    assert rows["金华市"] == (9, 3, "33%", 480, 9, 37, 10.5, 31.5)
    assert rows["合计"] == (14, 3, "21%", 690, 9, 50, 10.5, 31.5)
    assert book["项目"].max_row == 5


def test_a_trainer_changes_the_own_branch_and_reads_published_plans_above(district, planner, client):
    planner.post("/plans/add", {"unit": "1", "year": "2027"})  # a draft of the city
    district()
    page = client.get("/plans").text
    assert set(re.findall(r'href="/plans/(\d+)"', page)) == {"1", "2"}
    above = client.get("/plans/1").text
    assert "添加项目" not in above and "结束计划" not in above and "完成情况" in above
    assert client.get("/plans/1/report").status_code == 200
    for path in ("/plans/3", "/plans/3/report", "/plans/1/items/add", "/plans/1/carry", "/plans/99"):
        assert client.get(path).status_code == 404, path
    for path in ("/plans/1/state", "/plans/1/items/1/delete", "/plans/1/delete", "/plans/2/items/1/delete"):
        assert planner.post(path, {"state": "closed"}).status_code == 404, path
    assert client.get("/plans/2/items/add").status_code == 200
    assert planner.post("/plans/add", {"unit": "1", "year": "2030"}).status_code == 200  # the city is not on offer


def test_a_neighbour_sees_nothing_of_a_districts_plan(district, client):
    district("330703")
    assert "婺城区" not in client.get("/plans").text
    assert client.get("/plans/2").status_code == 404 and client.get("/plans/2/export").status_code == 404


def test_an_administrator_makes_plans_of_all_units(planner, client):
    planner.be(Role.ADMIN)
    assert client.get("/plans/2/items/add").status_code == 200


def test_the_pages_of_plans_ask_the_database_little(planner, client, count_queries):
    for path, most in (("/plans", 8), ("/plans/1", 18), ("/plans/1/report", 34)):
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= most, (path, len(seen))


def test_a_state_that_does_not_exist_is_refused(planner):
    assert planner.post("/plans/1/state", {"state": "burnt"}).status_code == 400
