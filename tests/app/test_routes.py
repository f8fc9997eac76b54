"""Every route as every role, against a written table."""

import re

import pytest
from flask import Flask

from app.access import RULE, Role
from config import ROOT

OFFICERS = {"officer", "trainer", "editor", "admin"}
EVERYONE = OFFICERS | {"visitor"}
CONTEST_PAGES = [
    "contests",
    "contest",
    "board",
    "board_data",
    "result",
    "start",
    "paper",
    "answers",
    "save",
    "save_page",
    "confirm",
    "submit",
]
CONTEST_SETUP = [
    "add",
    "edit",
    "teams",
    "add_unit_teams",
    "team",
    "change_members",
    "delete_team",
    "publish",
    "unpublish",
    "cancel",
    "delete",
    "announce",
]
TABLE = {
    "training.home": OFFICERS,
    "training.task": OFFICERS,
    "training.start": OFFICERS,
    "training.attempt": OFFICERS,
    "training.answers": OFFICERS,
    "training.save": OFFICERS,
    "training.save_page": OFFICERS,
    "training.confirm": OFFICERS,
    "training.submit": OFFICERS,
    "training.result": OFFICERS,
    "training.calendar": OFFICERS,
    "training.renew_feed": OFFICERS,
    "training.due_dates": OFFICERS,
    "training.feed": EVERYONE,
    "library.home": EVERYONE,
    "library.guides": OFFICERS,
    "library.guide": OFFICERS,
    "library.cases": OFFICERS,
    "library.case": OFFICERS,
    "library.matters": EVERYONE,
    "library.matter": EVERYONE,
    "library.regulations": EVERYONE,
    "library.regulation": EVERYONE,
    "explainers.explainers": EVERYONE,
    "explainers.explainer": EVERYONE,
    "search.search": EVERYONE,
    "search.help": EVERYONE,
    "search.suggest": EVERYONE,
    "search.similar": EVERYONE,
    "search.go": EVERYONE,
    "search.vote": OFFICERS,
    "search.saved": OFFICERS,
    "search.save": OFFICERS,
    "search.open_saved": OFFICERS,
    "search.delete_saved": OFFICERS,
    "review.report_gap": OFFICERS,
    "experts.experts": OFFICERS,
    "experts.expert": OFFICERS,
    "accounts.sign_in": EVERYONE,
    "accounts.sign_out": OFFICERS,
    "accounts.account": OFFICERS,
    "accounts.end_sessions": OFFICERS,
    "accounts.password": OFFICERS,
    "accounts.email": OFFICERS,
    "notices.notices": OFFICERS,
    "notices.open_notice": OFFICERS,
    "notices.read_all": OFFICERS,
    "notices.outbox": {"admin"},
    "notices.retry": {"admin"},
    **{f"contests.{name}": OFFICERS for name in CONTEST_PAGES},
    **{f"contests.{name}": {"trainer"} for name in CONTEST_SETUP},
    "certificates.mine": OFFICERS,
    "certificates.show": OFFICERS,
    "certificates.download": OFFICERS,
    "certificates.issued": {"trainer", "admin"},
    "certificates.withdraw": {"trainer", "admin"},
    "certificates.verify": EVERYONE,
}
SESSION_PAGES = (
    "sessions", "mine", "hours", "hours_table", "session", "sign_up", "leave", "check_in", "survey", "certificate", "material",
    "calendar_file", "calendar", "renew_feed",
)  # fmt: skip
SESSION_MANAGEMENT = (
    "manage", "add", "edit", "publish", "cancel", "discard", "series", "add_series", "publish_series", "people", "people_file",
    "approve", "decline", "add_person", "attendance", "code", "hold", "corrections", "result", "materials", "delete_material",
)  # fmt: skip
TABLE |= {f"sessions.{name}": OFFICERS for name in SESSION_PAGES}
TABLE |= {f"sessions.{name}": {"trainer"} for name in SESSION_MANAGEMENT} | {"sessions.feed": EVERYONE}
STAFF = {"trainer", "editor", "admin"}
INTERNAL = {"trainer", "admin"}
ADMIN_ONLY = {"admin"}
EDITOR_ONLY = {"editor"}


def expected(endpoint: str) -> set[str] | None:
    """Who may use an endpoint: as the table says, else administrators and editors in their own features."""
    writers = {"trainer", "editor"}
    owners = {
        "admin": ADMIN_ONLY, "review": EDITOR_ONLY, "experts": INTERNAL, "training": {"trainer"}, "bank": writers,
        "learning": OFFICERS, "statistics": STAFF,
    }  # fmt: skip
    return TABLE.get(endpoint) or owners.get(endpoint.split(".", maxsplit=1)[0])


def endpoints(app: Flask) -> list[str]:
    return sorted({r.endpoint for r in app.url_map.iter_rules() if not r.endpoint.endswith("static")})


def test_every_route_says_who_may_use_it_and_the_table_agrees(app):
    for endpoint in endpoints(app):
        rule = getattr(app.view_functions[endpoint], RULE, "nothing")
        assert rule != "nothing", f"{endpoint} says nothing"
        allowed = EVERYONE if rule is None else {role.value for role in rule}
        assert allowed == expected(endpoint), endpoint


def test_the_table_names_no_route_that_is_gone(app):
    assert set(TABLE) <= set(endpoints(app))


def test_a_view_that_says_nothing_answers_404(app, indexed):
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert app.test_client().get("/forgotten").status_code == 404


@pytest.mark.parametrize("who", sorted(EVERYONE))
def test_every_page_without_arguments_as_every_role(indexed, app, auth, client, who):
    if who != "visitor":
        auth.be(Role(who))
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in rule.methods or rule.endpoint.endswith("static"):
            continue
        if rule.endpoint == "search.go":  # only links the site itself made lead anywhere
            assert client.get(str(rule)).status_code == 404
            continue
        allowed = expected(rule.endpoint)
        response = client.get(str(rule))
        if who in allowed:
            assert response.status_code in (200, 302), f"{who} {rule}: {response.status_code}"
            assert "/sign-in" not in response.headers.get("Location", "")
        elif who == "visitor":
            assert response.status_code == 302 and response.location.startswith("/sign-in"), rule
        else:
            assert response.status_code == 404, f"{who} {rule}"


def test_every_route_and_command_is_in_the_docs(app):
    text = (ROOT / "docs/routes.md").read_text(encoding="utf-8")
    assert [e for e in endpoints(app) if f"`{e}`" not in text] == []
    cli = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    commands = [
        f"flask {group} {name}"
        for group in ("corpus", "index", "users", "units", "search", "notices", "training", "experts", "sessions")
        for name in getattr(app.cli.commands.get(group), "commands", {})
    ]
    assert len(commands) >= 9
    assert [command for command in (*commands, "flask demo") if not re.search(rf"{command}\b", cli)] == []
