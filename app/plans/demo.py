"""Sample plans 示例计划 of the year: the bureau's own with its two series of sessions, and one of a district."""

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Unit
from app.clock import LOCAL
from app.plans import operations, queries
from app.plans.models import Plan, State
from app.plans.operations import Facts
from app.sessions.demo import KEY_STAFF, LEGAL_REVIEW
from app.sessions.models import Series, TrainingSession

GAS, STREETS = "城镇燃气", "城市市容和环境卫生"
CITY_ITEMS = (
    Facts(1, "新修订法律法规专题", "各级执法人员", (), Decimal(4), 1, 80, "法制科（示例）", ""),
    Facts(
        2, "燃气安全执法现场教学", "承担燃气执法的队员", (GAS,), Decimal(6), 2, 120, "燃气专班（示例）", "在实训基地"
    ),
    Facts(
        4, "综合行政执法骨干培训", "县市区和乡镇街道执法骨干", (GAS, STREETS), Decimal(4), 4, 200, "某高校（示例）", ""
    ),
    Facts(4, "法制审核能力培训", "法制审核人员", (STREETS,), Decimal("2.5"), 2, 80, "法制科（示例）", ""),
)
DISTRICT_ITEMS = (
    Facts(2, "乡镇街道队员轮训", "乡镇街道执法队员", (STREETS,), Decimal(3), 3, 150, "区综合行政执法局（示例）", ""),
    Facts(4, "养犬和噪声扰民处置", "夜间巡查队员", ("养犬管理", "噪声污染防治"), Decimal(2), 2, 60, "", ""),
)
PLANS = {"330700": CITY_ITEMS, "330702": DISTRICT_ITEMS}
SERIES = {"综合行政执法骨干培训": KEY_STAFF, "法制审核能力培训": LEGAL_REVIEW}


def load(session: Session, now: dt.datetime) -> None:
    """Add the sample plans of this year where a unit has none."""
    year = now.astimezone(LOCAL).year
    units = {unit.code: unit.id for unit in session.scalars(sa.select(Unit).where(Unit.code.in_(PLANS)))}
    for code, items in PLANS.items():
        if queries.plan_of(session, units[code], year) is None:
            _load_plan(session, units[code], year, items, now)


def _load_plan(session: Session, unit_id: int, year: int, items: tuple[Facts, ...], now: dt.datetime) -> None:
    note = "示例计划，项目和数字都是虚构的。"
    plan = operations.add_plan(session, unit_id, year, note, actor_id=None, now=now, sample=True)
    for facts in items:
        item = operations.keep_item(session, plan, None, facts, actor_id=None, now=now)
        _link(session, plan, item.id, SERIES.get(facts.topic, ""))
    session.refresh(plan)
    operations.change_state(session, plan, State.PUBLISHED, actor_id=None, now=now)


def _link(session: Session, plan: Plan, item_id: int, title: str) -> None:
    """Let the sample sessions of this year belong to their item."""
    since, until = queries.year_of(plan.year)
    rows = sa.select(TrainingSession).join(Series).where(
        Series.title == title, TrainingSession.starts_at >= since, TrainingSession.starts_at < until
    )  # fmt: skip
    for row in session.scalars(rows):
        row.plan_item_id = item_id
