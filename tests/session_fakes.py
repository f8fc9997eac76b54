"""A bureau with two counties, its trainers and officers, and sessions at a fixed time, for tests of sessions."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from app.access import Role
from app.accounts.models import Level, User
from app.clock import LOCAL
from app.db import db, writing
from app.experts.models import Expert, ExpertTerm
from app.sessions import enrolment_operations, operations, outcome_operations, queries
from app.sessions.facts import Facts

STARTS = dt.datetime(2027, 3, 12, 9, tzinfo=LOCAL)
ENDS = STARTS + dt.timedelta(hours=3)
OPENS = STARTS - dt.timedelta(days=10)
CLOSES = STARTS - dt.timedelta(days=1)
SIGN_UP = OPENS + dt.timedelta(hours=1)
AFTER = ENDS + dt.timedelta(hours=1)


class Bureau:
    """Units: city, two counties, a town in the first. People are ids; every write is a transaction of its own."""

    def __init__(self, app, auth) -> None:
        self.app, self.auth = app, auth
        self.city = auth.unit("330700")
        self.county = auth.unit("330702", Level.COUNTY, "330700")
        self.other = auth.unit("330703", Level.COUNTY, "330700")
        self.town = auth.unit("330702100", Level.TOWN, "330702")
        self.trainer = auth.user("trainer", Role.TRAINER, unit_id=self.county, name="何老师")

    def officer(self, username: str, unit: int | None = None, **values) -> int:
        return self.auth.user(username, unit_id=unit or self.town, name=f"学员{username}", **values)

    def officers(self, count: int) -> list[int]:
        """Many officers of the town at once."""
        with self.app.app_context(), writing() as session:
            users = [self.auth.new_user(f"o{n:03}", unit_id=self.town) for n in range(count)]
            for user in users[1:]:
                user.password_hash = users[0].password_hash
            session.add_all(users)
            session.flush()
            return [user.id for user in users]

    def expert(self, key: str = "e-001", name: str = "周教授（示例）") -> int:
        with self.app.app_context(), writing() as session:
            expert = Expert(
                key=key, name=name, kind="university", organisation="某高校", post="教授", specialities="城镇燃气执法。",
                courses="", yearly_cap=20, consented_on=dt.date(2026, 1, 1), created_at=OPENS, version=1,
            )  # fmt: skip
            expert.terms = [ExpertTerm(starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2028, 12, 31))]
            session.add(expert)
            session.flush()
            return expert.id

    def facts(self, **changes) -> Facts:
        base = Facts(
            title="燃气执法培训", starts_at=STARTS, ends_at=ENDS, hours=Decimal(4), capacity=2, sign_up_from_at=OPENS,
            sign_up_until_at=CLOSES, units=(self.county,), place="培训教室",
        )  # fmt: skip
        return replace(base, **changes)

    def session(self, *, is_draft: bool = False, **changes) -> int:
        """A session of the county, published unless it is to stay a draft."""
        with self.app.app_context(), writing() as session:
            row = operations.add_session(session, self.facts(**changes), self.county, actor_id=self.trainer, now=OPENS)
            if not is_draft:
                operations.publish_session(session, row.id, actor_id=self.trainer, now=OPENS)
            return row.id

    def change(self, id: int, **changes) -> None:
        self.do(operations.change_session, id, self.facts(**changes))

    def do(self, operation, id: int, *arguments, now: dt.datetime = SIGN_UP, **values):
        """An operation of the trainer in a transaction of its own."""
        with self.app.app_context(), writing() as session:
            return operation(session, id, *arguments, actor_id=self.trainer, now=now, **values)

    def sign_up(self, id: int, user_id: int, now: dt.datetime = SIGN_UP) -> str:
        """Sign a person up; returns the standing."""
        with self.app.app_context(), writing() as session:
            return enrolment_operations.sign_up(session, id, session.get_one(User, user_id), now=now).standing

    def leave(self, id: int, user_id: int, now: dt.datetime = SIGN_UP) -> None:
        with self.app.app_context(), writing() as session:
            enrolment_operations.leave(session, id, user_id, now=now)

    def standings(self, id: int) -> dict[int, str]:
        """Where everyone stands, in the order of arrival."""
        with self.app.app_context():
            return {line.user_id: line.standing for line in queries.people(db.session, id)}

    def row(self, id: int):
        with self.app.app_context():
            return queries.locked(db.session, id)

    def held(self, id: int, present: list[int]) -> None:
        """Mark these people as present and confirm the session."""
        self.do(outcome_operations.mark, id, present, [], now=STARTS)
        self.do(outcome_operations.hold, id, now=AFTER)
