"""The heavy pages ask the database little, however much they show: texts come from the index, not from tables."""

import pytest
import sqlalchemy as sa

from app.access import Role
from app.db import db
from app.search.traces import traces

pytestmark = pytest.mark.usefixtures("indexed")


@pytest.fixture
def statements(app):
    """The SQL statements sent while a test runs."""
    seen: list[str] = []
    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


@pytest.mark.parametrize(
    "path", ["/", "/suggest?q=ranqi", "/search/help", "/matters/m-0101", "/regulations/ranqi-tiaoli"]
)
def test_a_visitor_costs_no_query(client, statements, path):
    assert client.get(path).status_code == 200
    assert statements == []


@pytest.mark.parametrize(("who", "most"), [(None, 2), (Role.OFFICER, 5)])
def test_a_search_reads_synonyms_and_pins_and_writes_its_trace_beside_it(app, client, auth, statements, who, most):
    """The officer's other three are those of every page: session, user, unit."""
    if who:
        auth.be(who)
        client.get("/account")
    statements.clear()
    assert client.get("/search?q=煤气罐放在地下室").status_code == 200
    with app.app_context():
        traces().drain()
    sent = [s for s in statements if not s.startswith("BEGIN")]
    assert len([s for s in sent if s.startswith("SELECT")]) <= most, sent
    assert [s.split(" (")[0] for s in sent if not s.startswith("SELECT")] == ["INSERT INTO search_trace"]


@pytest.mark.parametrize(("path", "most"), [("/", 6), ("/guides/guide-01", 3), ("/cases", 3), ("/matters/m-0101", 3)])
def test_an_officer_costs_at_most_three_queries_and_three_more_for_what_is_due(client, auth, statements, path, most):
    auth.be(Role.OFFICER)
    client.get("/account")  # the session's last use is now noted
    statements.clear()
    assert client.get(path).status_code == 200
    assert len([s for s in statements if not s.startswith("BEGIN")]) <= most, statements
