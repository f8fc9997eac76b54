"""Sample contests 示例比武 of the demo people: one announced with certificates, one running for a week."""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.answers import Save
from app.bank.queries import ready_questions
from app.contests import entry_operations, operations
from app.contests.models import Contest
from quizzes.paper import Paper
from quizzes.question import QuestionType

DONE, RUNNING = "2026年秋季综合执法大比武（示例）", "冬季安全执法大比武（示例）"
COUNTS = {QuestionType.SINGLE: 6, QuestionType.MULTIPLE: 2, QuestionType.TRUE_FALSE: 2}
RIGHT_OF_TEN = {"officer": 9, "admin": 7, "editor": 8}


def load(session: Session, now: dt.datetime) -> None:
    """Add what is missing; nothing without demo people or with a bank too small for the paper."""
    people = {user.username: user for user in session.scalars(sa.select(User).where(User.is_demo))}
    questions = ready_questions(session)
    enough = all(sum(q.type is kind for q in questions) >= count for kind, count in COUNTS.items())
    present = set(session.scalars(sa.select(Contest.title)))
    if not enough or not {"trainer", *RIGHT_OF_TEN} <= people.keys() or present & {DONE, RUNNING}:
        return
    start = now - dt.timedelta(days=10)
    done = _contest(session, people, DONE, start, start + dt.timedelta(hours=2))
    for minutes, (username, right) in enumerate(RIGHT_OF_TEN.items(), 20):
        _take(session, done, people[username].id, right, start, start + dt.timedelta(minutes=minutes))
    trainer_id = people["trainer"].id
    operations.announce(session, done, actor_id=trainer_id, now=start + dt.timedelta(hours=3))
    _contest(session, people, RUNNING, now - dt.timedelta(minutes=1), now + dt.timedelta(days=7))


def _contest(session: Session, people: Mapping[str, User], title: str, start: dt.datetime, end: dt.datetime) -> Contest:
    """A published contest of two teams."""
    trainer, contest, before = people["trainer"], Contest(), start - dt.timedelta(days=1)
    values = {
        "title": title,
        "note": "参赛人员和成绩均为示例。",
        "starts_at": start,
        "ends_at": end,
        "minutes": 60,
        "freeze_minutes": 30,
        "best_of": 1,
        "awards": 1,
        "blueprint": [
            {"type": kind.value, "count": count, "points": "10", "field": ""} for kind, count in COUNTS.items()
        ],
    }
    operations.keep(session, contest, values, actor=trainer, now=before)
    for name, unit_id, members in (
        ("婺城区代表队", people["officer"].unit_id, ["officer"]),
        ("市局代表队", trainer.unit_id, ["admin", "editor"]),
    ):
        team = operations.add_team(session, contest, name, unit_id)
        operations.add_members(session, contest, team, [people[username].id for username in members])
    operations.publish(session, contest, ready_questions(session), actor_id=trainer.id, now=before)
    return contest


def _take(session: Session, contest: Contest, user_id: int, right: int, start: dt.datetime, end: dt.datetime) -> None:
    """A member's paper with the first `right` questions answered rightly."""
    entry_operations.start(session, contest, user_id, now=start)
    paper = Paper.from_record(contest.paper or {})
    saves = {leaf.question.key: Save(list(leaf.right_letters), 1) for leaf in paper.leaves[:right]}
    entry_operations.save(session, contest, user_id, saves, now=end)
    entry_operations.hand_in(session, contest, user_id, now=end)
