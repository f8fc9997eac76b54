"""Completion of a city: 6,400 officers × 50 assignments in SQLite, the page as a trainer of the city asks for it.

`python -m bench.completion [--keep FOLDER]` prints queries executed and milliseconds, median and worst of ROUNDS.
"""

import argparse
import datetime as dt
import json
import random
import statistics
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from app import clock, create_app
from app.access import Role
from app.accounts import passwords
from app.accounts.models import Level, Unit, User
from app.db import alembic, db, writing
from app.demo import load_demo
from app.training.models import Assignment, AssignmentTarget, Attempt, Standing
from config import Config

OFFICERS, ASSIGNMENTS, ROUNDS = 6400, 50, 15
SHARE = 0.65  # of people × assignments with at least one attempt
DAY = dt.timedelta(days=1)


def fill(now: dt.datetime) -> None:
    """Officers over all townships, assignments for the whole city, attempts and standings."""
    dice = random.Random(7)
    with writing() as session:
        load_demo(session, now)
        session.execute(sa.delete(Standing))
        towns = session.scalars(sa.select(Unit.id).where(Unit.level.in_([Level.TOWN, Level.SQUAD]))).all()
        city = session.scalars(sa.select(Unit.id).where(Unit.level == Level.CITY)).one()
        hashed = passwords.hash_chosen("Right-horse-7")
        session.execute(
            sa.insert(User), [_officer(number, dice.choice(towns), hashed, now) for number in range(OFFICERS)]
        )
        ids = session.scalars(sa.select(User.id).where(User.username.startswith("bench"))).all()
        for number in range(ASSIGNMENTS):
            assignment = _assignment(number, city, now)
            session.add(assignment)
            session.flush()
            _attempts(session, assignment, ids, dice, now)


def _officer(number: int, unit_id: int, hashed: str, now: dt.datetime) -> dict[str, object]:
    return {
        "username": f"bench{number:04}",
        "name": f"示例{number:04}",
        "role": Role.OFFICER.value,
        "unit_id": unit_id,
        "password_hash": hashed,
        "must_change_password": False,
        "created_at": now,
        "password_changed_at": now,
    }


def _assignment(number: int, city: int, now: dt.datetime) -> Assignment:
    opens = now - (120 - 2 * number) * DAY
    targets = [AssignmentTarget(unit_id=city), AssignmentTarget(role=Role.OFFICER.value)]
    targets += [AssignmentTarget(level=level.value) for level in Level]
    return Assignment(
        title=f"第 {number + 1} 次测验（示例）",
        note="",
        unit_id=city,
        state="published",
        blueprint=[],
        opens_at=opens,
        due_at=opens + 30 * DAY,
        is_late_allowed=True,
        minutes=30,
        max_attempts=3,
        keep="best",
        pass_mark=60,
        bands=[],
        is_required=True,
        rule="passed",
        min_attempts=1,
        answers_shown="submit",
        created_at=opens,
        updated_at=opens,
        published_at=opens,
        targets=targets,
    )


def _attempts(session: object, assignment: Assignment, ids: list[int], dice: random.Random, now: dt.datetime) -> None:
    rows, standings = [], []
    for user_id in ids:
        if dice.random() > SHARE:
            continue
        number, percent = dice.choice([1, 1, 2, 3]), dice.randint(30, 100)
        for n in range(1, number + 1):
            rows.append(
                {
                    "assignment_id": assignment.id,
                    "user_id": user_id,
                    "number": n,
                    "state": "submitted",
                    "paper": {"seed": 1, "items": []},
                    "started_at": assignment.opens_at,
                    "finished_at": assignment.opens_at + n * DAY,
                    "score": percent,
                    "total": 100,
                    "percent": percent,
                    "is_passed": percent >= 60,
                }
            )
        standings.append((user_id, number, percent))
    session.execute(sa.insert(Attempt), rows)  # type: ignore[attr-defined]
    kept = dict(
        session.execute(  # type: ignore[attr-defined]
            sa.select(Attempt.user_id, sa.func.min(Attempt.id))
            .where(Attempt.assignment_id == assignment.id)
            .group_by(Attempt.user_id)
        ).all()
    )
    session.execute(
        sa.insert(Standing),
        [  # type: ignore[attr-defined]
            {
                "assignment_id": assignment.id,
                "user_id": user_id,
                "attempts": number,
                "kept_id": kept[user_id],
                "percent": percent,
                "is_passed": percent >= 60,
                "is_done": percent >= 60,
                "done_at": assignment.opens_at + DAY if percent >= 60 else None,
            }
            for user_id, number, percent in standings
        ],
    )


def measure(path: str) -> dict[str, object]:
    """The page ROUNDS times, signed in as the city's trainer."""
    client, seen = _trainer(), []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    times = []
    for _ in range(ROUNDS):
        seen.clear()
        started = time.perf_counter()
        response = client.get(path)
        times.append((time.perf_counter() - started) * 1000)
        assert response.status_code == 200, response.status_code
    queries = len([statement for statement in seen if not statement.startswith("BEGIN")])
    return {"queries": queries, "median_ms": round(statistics.median(times)), "worst_ms": round(max(times))}


def _trainer() -> object:
    from flask import current_app

    from app.accounts import operations

    client = current_app.test_client()
    with writing() as session:
        user = session.scalar(sa.select(User).where(User.username == "trainer"))
        operations.start_session(session, user, address="", agent="", hours=12, now=clock.now())
        token = user.token
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return client


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", help="folder of the data, made when it is not there")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(parser.parse_args().keep or temporary)
        app = create_app(Config({"INSTANCE_DIR": str(folder), "HTTPS": "0", "DEMO": "1", "SECRET_KEY": "bench"}))
        with app.app_context():
            alembic.upgrade()
            if not db.session.scalar(sa.select(User.id).where(User.username == "bench0001")):
                fill(clock.now())
            paths = (
                "/training/completion",
                "/training/completion?state=overdue",
                "/training/assignments",
                "/training/map",
                "/training/report",
            )
            counts = {
                t.__tablename__: db.session.scalar(sa.select(sa.func.count()).select_from(t))
                for t in (User, Attempt, Standing)
            }
            db.session.rollback()
            print(json.dumps({"rows": counts} | {path: measure(path) for path in paths}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
