"""The migrations and the models say the same."""

import pytest
import sqlalchemy as sa

from app.db import Model, alembic, db


@pytest.mark.both_databases
def test_an_upgraded_empty_database_equals_the_models(app):
    with app.app_context():
        assert alembic.compare_metadata() == []


def shape(connection: sa.Connection) -> dict:
    """All that an inspector sees of our tables: more than Alembic compares (checks, primary keys)."""
    inspector = sa.inspect(connection)
    found = {}
    for name in sorted(set(inspector.get_table_names()) - {"alembic_version"}):
        found[name] = {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)],
            "checks": sorted((c["name"], c["sqltext"]) for c in inspector.get_check_constraints(name)),
            "primary": inspector.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted((u["name"], *u["column_names"]) for u in inspector.get_unique_constraints(name)),
            "indexes": sorted((i["name"], *i["column_names"]) for i in inspector.get_indexes(name)),
            "foreign": sorted(
                (f["name"], *f["constrained_columns"], f["referred_table"]) for f in inspector.get_foreign_keys(name)
            ),
        }
    return found


@pytest.mark.both_databases
def test_every_constraint_of_the_models_is_in_the_migrations(app):
    with app.app_context(), db.engine.connect() as connection:
        migrated = shape(connection)
        connection.rollback()
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("CREATE SCHEMA fresh"))
            connection.execute(sa.text("SET LOCAL search_path TO fresh"))
            Model.metadata.create_all(connection)
            fresh = shape_in(connection, "fresh")
            connection.rollback()
        else:
            other = sa.create_engine("sqlite://")
            with other.connect() as memory:
                Model.metadata.create_all(memory)
                fresh = shape(memory)
            other.dispose()
    assert migrated == fresh
    assert len(migrated) >= 5


def shape_in(connection: sa.Connection, schema: str) -> dict:
    """`shape` of another schema of the same connection."""
    connection.dialect.default_schema_name, usual = schema, connection.dialect.default_schema_name
    try:
        return shape(connection)
    finally:
        connection.dialect.default_schema_name = usual


def test_the_first_migration_can_be_taken_back(app):
    with app.app_context():
        alembic.downgrade("base")
        assert sa.inspect(db.engine).get_table_names() == ["alembic_version"]
        alembic.upgrade()
        assert alembic.compare_metadata() == []
