"""The database: engine, declarative base, migrations, and how a write is done.

SQLite runs in WAL mode with synchronous=FULL (NORMAL loses acknowledged commits in a power cut), and writes begin with
BEGIN IMMEDIATE (a deferred transaction that turns into a write fails at once under other writers).
"""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from inspect import iscoroutinefunction
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask
from flask_alembic import Alembic
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BEGIN = "sqlite_begin"


class UTCDateTime(sa.TypeDecorator[dt.datetime]):
    """An instant: aware and in UTC on both sides, whatever the database keeps."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """To the database."""
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(dt.UTC) if value else None

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        """From the database."""
        if value is None:
            return None
        aware: dt.datetime = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC)


class Hundredths(sa.TypeDecorator[Decimal]):
    """A number with two decimal places, kept as a whole number of hundredths: sums are exact in every database."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> int | None:
        """To the database."""
        return None if value is None else int((Decimal(value) * 100).to_integral_value())

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """From the database."""
        return None if value is None else (Decimal(value) / 100).quantize(Decimal("0.01"))


class Model(DeclarativeBase):
    """Base of all tables."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {dt.datetime: UTCDateTime}


db = SQLAlchemy()
alembic = Alembic(metadatas=Model.metadata)


def init_app(app: Flask) -> None:
    """Open the engine of `app` and prepare its connections."""
    db.init_app(app)
    # flask-sqlalchemy-lite closes async sessions too: we have none, and that would cost each request a thread
    app.teardown_appcontext_funcs = [f for f in app.teardown_appcontext_funcs if not iscoroutinefunction(f)]
    alembic.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            sa.event.listen(db.engine, "connect", _prepare_sqlite)
            sa.event.listen(db.engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy, not the driver, says when a transaction begins
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(BEGIN, 'DEFERRED')}")


def one_of(column: str, values: type[StrEnum]) -> sa.CheckConstraint:
    """The constraint that a column holds one of the values of an enumeration; named after the column."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=column)


@contextmanager
def writing() -> Iterator[Session]:
    """A write transaction: commits at the end, rolls back on an error. Ends any read transaction first."""
    session = db.session
    session.commit()
    session.connection(execution_options={BEGIN: "IMMEDIATE"})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def insert(session: Session, table: type[Model]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of the database in use, which knows ON CONFLICT."""
    return insert_of(session.get_bind().dialect.name, table)


def insert_of(dialect: str, table: type[Model]) -> postgresql.Insert | sqlite.Insert:
    """`insert` by the name of the database's dialect, for statements that are built once."""
    rows: Any = table.__table__
    return postgresql.insert(rows) if dialect == "postgresql" else sqlite.insert(rows)
