"""`python -m bench.signup`: 200 officers sign up for 50 places over HTTP, against gunicorn on a database of its own.

All are signed in and have the session's page open; then all press the button at once. Prints seconds, and who got what.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path

BIND = "127.0.0.1:8393"
PEOPLE, PLACES = 200, 50
PREPARE = f"""
import datetime as dt
from app import clock, create_app
from app.access import Role
from app.accounts import passwords
from app.accounts.models import Unit, User
from app.db import alembic, writing
from app.sessions import operations
from app.sessions.facts import Facts
from decimal import Decimal
app, now, day = create_app(), clock.now(), dt.timedelta(days=1)
with app.app_context():
    alembic.upgrade()
    hashed = passwords.hash_chosen("Right-horse-7")
    with writing() as session:
        unit = Unit(code="1", name="市", level="市")
        session.add(unit)
        session.flush()
        session.add_all(User(username=f"o{{n}}", name="学员", role=Role.OFFICER.value, unit_id=unit.id,
            password_hash=hashed, must_change_password=False, created_at=now, password_changed_at=now)
            for n in range({PEOPLE}))
        facts = Facts(title="抢报名", starts_at=now + 9 * day, ends_at=now + 9.1 * day, hours=Decimal(2),
            capacity={PLACES}, sign_up_from_at=now - day, sign_up_until_at=now + 8 * day, units=(unit.id,),
            place="教室")
        operations.publish_session(session, operations.add_session(session, facts, unit.id, actor_id=None, now=now).id,
            actor_id=None, now=now)
"""
READ = """
import json
from app import create_app
from app.db import db
from app.sessions import queries
with create_app().app_context():
    print(json.dumps([[line.number, line.standing] for line in queries.people(db.session, 1)]))
"""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The answer itself is timed, not the page it leads to."""

    def redirect_request(self, *_: object) -> None:
        return None


class Officer:
    """One browser."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), NoRedirect())
        self.token = ""

    def _get(self, path: str) -> str:
        with self.opener.open(f"http://{BIND}{path}", timeout=120) as page:
            text: str = page.read().decode()
        self.token = (re.findall(r'name="csrf_token" value="([^"]+)"', text) or [""])[-1]
        return text

    def post(self, path: str, **form: str) -> None:
        data = urllib.parse.urlencode({"csrf_token": self.token} | form).encode()
        try:
            self.opener.open(f"http://{BIND}{path}", data, timeout=120).close()
        except urllib.error.HTTPError as answer:
            if answer.code == 302:
                return
            raise
        raise SystemExit("no redirect: the form was refused")

    def sign_in(self) -> None:
        self._get("/sign-in")
        self.post("/sign-in?next=/sessions", username=f"o{self.number}", password="Right-horse-7")
        assert "抢报名" in self._get("/sessions/1")

    def press(self, barrier: threading.Barrier) -> float:
        barrier.wait()
        started = time.perf_counter()
        self.post("/sessions/1/sign-up")
        return time.perf_counter() - started


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"INSTANCE_DIR": folder, "HTTPS": "0", "BIND": BIND, "FLASK_APP": "app:create_app"}
        run = [sys.executable, "-c"]
        subprocess.run([*run, PREPARE], env=environment, check=True, capture_output=True)
        server = subprocess.Popen([sys.executable, "-m", "gunicorn", "app:create_app()"], env=environment)
        try:
            figures = _measure()
            read = subprocess.run([*run, READ], env=environment, check=True, capture_output=True, text=True)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    rows = json.loads(read.stdout)
    figures["standings"] = Counter(standing for _, standing in rows)
    wanted = [[n, "enrolled" if n <= PLACES else "waiting"] for n in range(1, PEOPLE + 1)]
    figures["in_order"] = rows == wanted
    print(json.dumps(figures, indent=1))
    Path(__file__).with_name("signup.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _measure() -> dict[str, object]:
    _wait()
    officers = [Officer(n) for n in range(PEOPLE)]
    with ThreadPoolExecutor(8) as few:
        list(few.map(Officer.sign_in, officers))
    load = round(os.getloadavg()[0], 1)
    barrier = threading.Barrier(PEOPLE + 1)
    with ThreadPoolExecutor(PEOPLE) as all_of_them:
        waits = [all_of_them.submit(officer.press, barrier) for officer in officers]
        barrier.wait()
        started = time.perf_counter()
        times = sorted(wait.result() for wait in waits)
    return {
        "people": PEOPLE,
        "places": PLACES,
        "all_done_s": round(time.perf_counter() - started, 2),
        "longest_s": round(times[-1], 2),
        "load_average_at_start": load,
    }


def _wait() -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://{BIND}/sign-in", timeout=10).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise SystemExit("the site did not start")


if __name__ == "__main__":
    main()
