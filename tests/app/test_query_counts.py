"""The heavy pages ask the database little, however much they show: texts come from the index, not from tables."""

import pytest
import sqlalchemy as sa

from app.access import Role
from app.db import db

pytestmark = pytest.mark.usefixtures("indexed")


@pytest.fixture
def statements(app):
    """The SQL statements sent while a test runs."""
    seen: list[str] = []
    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


@pytest.mark.parametrize("path", ["/", "/search?q=煤气罐放在地下室", "/matters/m-0101", "/regulations/ranqi-tiaoli"])
def test_a_visitor_costs_no_query(client, statements, path):
    assert client.get(path).status_code == 200
    assert statements == []


@pytest.mark.parametrize("path", ["/", "/search?q=煤气罐放在地下室", "/guides/guide-01", "/cases", "/matters/m-0101"])
def test_an_officer_costs_at_most_three_queries(client, auth, statements, path):
    auth.be(Role.OFFICER)
    client.get("/account")  # the session's last use is now noted
    statements.clear()
    assert client.get(path).status_code == 200
    assert len([s for s in statements if not s.startswith("BEGIN")]) <= 3, statements
