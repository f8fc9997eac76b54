"""Sample sessions 示例班次: the bureau's year, four terms for key staff, two on legal review; one open for sign-up.

Made by the same operations as real ones, at the times they would have happened, so that every page has something to
show. Loading it again changes nothing.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.demo_accounts import DEMO_ACCOUNTS
from app.accounts.models import Unit, User
from app.clock import LOCAL
from app.experts import queries as experts
from app.experts.availability import Obstacle, Wanted, obstacle
from app.sessions import enrolment_operations, operations, outcome_operations
from app.sessions.facts import Facts, facts_of
from app.sessions.models import Series, TrainingSession

KEY_STAFF = "综合行政执法骨干培训（示例）"
LEGAL_REVIEW = "法制审核能力培训（示例）"
CITY = "330700"
DAY = dt.timedelta(days=1)
COMMENTS = ("案例讲得透，回去就能用。", "希望多安排现场教学。", "")


def load(session: Session, now: dt.datetime) -> None:
    """Add the sample sessions when they are not there."""
    if session.scalar(sa.select(Series.id).where(Series.title == KEY_STAFF)):
        return
    city = session.scalars(sa.select(Unit).where(Unit.code == CITY)).one()
    people = _people(session)
    key_staff = _series(session, KEY_STAFF, (-60, -25, 12, 45), 3, city, people, now)
    review = _series(session, LEGAL_REVIEW, (-10, 30), 2, city, people, now)
    for row in (*key_staff, *review):
        _live(session, row, people, now)


def _people(session: Session) -> dict[str, User]:
    names = [account.username for account in DEMO_ACCOUNTS]
    return {user.username: user for user in session.scalars(sa.select(User).where(User.username.in_(names)))}


def _series(
    session: Session,
    title: str,
    days: Sequence[int],
    teaching: int,
    city: Unit,
    people: dict[str, User],
    now: dt.datetime,
) -> list[TrainingSession]:
    today = now.astimezone(LOCAL).replace(hour=9, minute=0, second=0, microsecond=0)
    starts = [_weekday(today + day * DAY) for day in days]
    first = starts[0]
    is_review = title == LEGAL_REVIEW
    fields = ("城市市容和环境卫生",) if is_review else ("城镇燃气", "城市市容和环境卫生")
    facts = Facts(
        title=title,
        starts_at=first,
        ends_at=first + dt.timedelta(hours=teaching),
        hours=Decimal(4 if teaching == 3 else 2.5),
        capacity=40 if is_review else 50,
        sign_up_from_at=first - 16 * DAY,
        sign_up_until_at=first - DAY,
        units=(city.id,),
        about=REVIEW_ABOUT if is_review else STAFF_ABOUT,
        place="金华市综合行政执法培训教室（示例）",
        needs_approval=is_review,
        fields=fields,
    )
    trainer = people["trainer"].id
    series = operations.add_series(
        session, title, facts, starts, city.id, actor_id=trainer, now=min(first, now) - 20 * DAY, is_sample=True
    )
    session.refresh(series, ["sessions"])
    for row in series.sessions:
        taught = replace(facts_of(row), experts=_expert(session, fields, row))
        operations.change_session(session, row.id, taught, actor_id=trainer, now=row.created_at)
    return list(series.sessions)


def _expert(session: Session, fields: Sequence[str], row: TrainingSession) -> tuple[int, ...]:
    """The first expert of one of these fields who can come then; nobody when there is none."""
    able = [expert for expert in experts.experts(session) if set(expert.fields) & set(fields)]
    calendars = experts.timetables(session, able)
    start, end = row.starts_at.astimezone(LOCAL), row.ends_at.astimezone(LOCAL)
    wanted = Wanted(start.date(), start.time(), end.time())
    fine = (None, Obstacle.NO_SLOT)  # a trainer may agree on another hour
    return next(((expert.id,) for expert in able if obstacle(calendars[expert.id], wanted) in fine), ())


def _weekday(day: dt.datetime) -> dt.datetime:
    """The same day, or the Monday after a weekend."""
    return day + max(0, 7 - day.weekday()) * DAY if day.weekday() > 4 else day


def _live(session: Session, row: TrainingSession, people: dict[str, User], now: dt.datetime) -> None:
    """What has happened to a session by now."""
    trainer = people["trainer"].id
    if row.sign_up_until_at <= now and row.ends_at > now:
        return
    published_at = min(now, row.sign_up_from_at - DAY)
    operations.publish_session(session, row.id, actor_id=trainer, now=published_at)
    if row.ends_at > now:
        return
    comers = [people[name] for name in ("officer", "editor", "admin")]
    signed_at = row.sign_up_from_at + DAY
    for user in comers:
        enrolment_operations.sign_up(session, row.id, user, now=signed_at)
        if row.needs_approval:
            enrolment_operations.approve(session, row.id, user.id, actor_id=trainer, now=signed_at + DAY)
    ids = [user.id for user in comers]
    outcome_operations.mark(session, row.id, ids, [], actor_id=trainer, now=row.starts_at)
    held_at = row.ends_at + dt.timedelta(hours=1)
    outcome_operations.hold(session, row.id, actor_id=trainer, now=held_at)
    for place, user in enumerate(comers):
        scores = {line.expert_id: 4 + place % 2 for line in row.experts}
        survey = outcome_operations.Survey(5 - place % 2, 4, 5, COMMENTS[place], scores)
        if user.username != "officer" or row.series_number == 1:  # one survey is left for whoever tries the site
            outcome_operations.answer_survey(session, row.id, user.id, survey, now=held_at)


STAFF_ABOUT = """面向各县市区和乡镇街道的执法骨干。
上午：新划转领域的职责边界和常用违则罚则。
之后：分组研讨典型案例，练习调查询问和说理。"""
REVIEW_ABOUT = """面向负责法制审核的同志。
内容：审什么、怎么审；主体、程序、证据、裁量常见的错；拿一份示例案卷当堂找错。"""
