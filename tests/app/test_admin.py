"""Administration of users and units in the browser."""

import re

import pytest
import sqlalchemy as sa

from app.access import Role
from app.accounts.models import Level, Unit, User
from app.audit import AuditEntry
from app.db import db, writing

pytestmark = pytest.mark.both_databases

ROUTES = [
    ("GET", "/admin/users"), ("GET", "/admin/users/add"), ("POST", "/admin/users/add"), ("GET", "/admin/users/1"),
    ("POST", "/admin/users/1"), ("POST", "/admin/users/1/password"), ("GET", "/admin/users/import"),
    ("POST", "/admin/users/import"), ("POST", "/admin/users/import/confirm"), ("GET", "/admin/users/template"),
    ("GET", "/admin/units"), ("GET", "/admin/units/add"), ("POST", "/admin/units/add"), ("GET", "/admin/units/1"),
    ("POST", "/admin/units/1"), ("GET", "/admin/units/import"), ("POST", "/admin/units/import"),
    ("POST", "/admin/units/import/confirm"), ("GET", "/admin/units/template"),
]  # fmt: skip


def rows(app, query) -> list:
    with app.app_context():
        return list(db.session.scalars(query))


def trail(app) -> list[tuple[str, str]]:
    with app.app_context():
        entries = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
        return [(e.action, e.target) for e in entries if e.action.startswith("admin.")]


@pytest.fixture
def tree(auth):
    """市 330700 › 县市区 330702, 330703 › 乡镇街道 330702100, 中队 330703D1; ids by code."""
    return {
        "330700": auth.unit(),
        "330702": auth.unit("330702", Level.COUNTY, "330700"),
        "330703": auth.unit("330703", Level.COUNTY, "330700"),
        "330702100": auth.unit("330702100", Level.TOWN, "330702"),
        "330703D1": auth.unit("330703D1", Level.SQUAD, "330703"),
    }


def one_time(page: str) -> str:
    return re.search(r'class="one-time">([a-z2-9-]{14})<', page)[1]


# ---- who may


def test_every_admin_route_is_in_the_table_above(app):
    found = {
        (method, re.sub(r"<int:\w+>", "1", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("admin.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert found == set(ROUTES)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.TRAINER, Role.EDITOR])
def test_for_other_roles_no_admin_page_exists(auth, client, role):
    auth.be(role)
    for method, path in ROUTES:
        answer = client.get(path) if method == "GET" else auth.post(path)
        assert answer.status_code == 404, (method, path)


def test_visitors_are_sent_to_sign_in(auth, client):
    for method, path in ROUTES:
        answer = client.get(path) if method == "GET" else auth.post(path)
        assert answer.status_code == 302 and answer.location.startswith("/sign-in"), (method, path)


def test_no_change_without_the_token(app, auth, client):
    auth.be(Role.ADMIN)
    for method, path in ROUTES:
        if method == "POST":
            assert client.post(path, data={"name": "x"}).status_code == 400, path
    assert trail(app) == []


# ---- users


def user_form(unit: int, **values) -> dict:
    return {"username": "li.si", "name": "李四", "role": "officer", "unit": unit} | values


def test_an_added_user_gets_a_one_time_password_that_is_shown_once_and_must_be_changed(app, auth, client, tree):
    auth.be(Role.ADMIN)
    page = auth.post("/admin/users/add", user_form(tree["330702100"], username=" LI.si ")).text
    password = one_time(page)
    assert password not in client.get("/admin/users").text
    newcomer = app.test_client()
    assert auth.sign_in("li.si", password, client=newcomer).status_code == 302
    assert newcomer.get("/account").location == "/account/password"
    assert trail(app) == [("admin.user_added", "user li.si")]


def test_a_taken_username_is_refused_beside_its_field(auth, tree):
    auth.be(Role.ADMIN)
    auth.user("li.si")
    page = auth.post("/admin/users/add", user_form(tree["330702"])).text
    assert "已经有人用了" in page and 'value="李四"' in page and 'id="username-error"' in page


@pytest.mark.parametrize(
    "bad", [{"username": "李四"}, {"username": "-x"}, {"name": ""}, {"role": "king"}, {"unit": 999}, {"unit": "x"}]
)
def test_wrong_values_are_refused_and_nothing_is_added(app, auth, tree, bad):
    auth.be(Role.ADMIN)
    page = auth.post("/admin/users/add", user_form(tree["330702"]) | bad).text
    assert 'class="error"' in page and trail(app) == []


def test_names_are_shown_as_text_never_as_markup(auth, client, tree):
    auth.be(Role.ADMIN)
    auth.post("/admin/users/add", user_form(tree["330702"], name="<b>李</b>"))
    assert "&lt;b&gt;李" in client.get("/admin/users").text


def test_a_changed_role_ends_the_sessions_of_that_user_and_shows_in_the_trail(app, auth, client, tree):
    id = auth.user("wang")
    victim = app.test_client()
    auth.sign_in("wang", client=victim)
    auth.be(Role.ADMIN)
    form = {"name": "王小明", "role": "editor", "unit": tree["330703"], "state": "active"}
    assert auth.post(f"/admin/users/{id}", form).status_code == 302
    assert victim.get("/account").status_code == 302
    (detail,) = rows(app, sa.select(AuditEntry.detail).where(AuditEntry.action == "admin.user_changed"))
    assert "role: officer → editor" in detail


def test_a_disabled_user_is_out_at_once_and_cannot_come_back(app, auth, client, tree):
    id = auth.user("wang")
    victim = app.test_client()
    auth.sign_in("wang", client=victim)
    auth.be(Role.ADMIN)
    form = {"name": "王小明", "role": "officer", "unit": tree["330700"], "state": "disabled"}
    auth.post(f"/admin/users/{id}", form)
    assert victim.get("/account").status_code == 302
    assert auth.sign_in("wang", client=victim).status_code == 401
    assert ("admin.user_disabled", "user wang") in trail(app)
    auth.post(f"/admin/users/{id}", form | {"state": "active"})
    assert victim.get("/account").status_code == 302, "an ended session stays ended"
    assert auth.sign_in("wang", client=victim).status_code == 302


def test_a_new_name_leaves_the_sessions_alone_and_saving_nothing_leaves_no_trace(app, auth, tree):
    id = auth.user("wang")
    person = app.test_client()
    auth.sign_in("wang", client=person)
    auth.be(Role.ADMIN)
    form = {"name": "王大明", "role": "officer", "unit": tree["330700"], "state": "active"}
    auth.post(f"/admin/users/{id}", form)
    auth.post(f"/admin/users/{id}", form)
    assert "王大明" in person.get("/account").text
    assert trail(app) == [("admin.user_changed", "user wang")]


@pytest.mark.parametrize("change", [{"role": "officer"}, {"state": "disabled"}])
def test_an_admin_cannot_disable_or_demote_themselves(app, auth, client, tree, change):
    id = auth.be(Role.ADMIN)
    form = {"name": "我", "role": "admin", "unit": tree["330700"], "state": "active"}
    page = auth.post(f"/admin/users/{id}", form | change).text
    assert "不能停用自己或改自己的角色" in page
    assert auth.post(f"/admin/users/{id}/password").location == f"/admin/users/{id}"
    assert client.get("/admin/users").status_code == 200 and trail(app) == []


def test_a_reset_password_is_shown_once_and_ends_the_sessions(app, auth, tree):
    id = auth.user("wang")
    victim = app.test_client()
    auth.sign_in("wang", client=victim)
    auth.be(Role.ADMIN)
    password = one_time(auth.post(f"/admin/users/{id}/password").text)
    assert victim.get("/account").status_code == 302
    assert auth.sign_in("wang", client=victim).status_code == 401
    assert auth.sign_in("wang", password, client=victim).status_code == 302
    assert victim.get("/account").location == "/account/password"
    assert trail(app) == [("admin.password_reset", "user wang")]


def test_the_password_of_a_demo_account_cannot_be_reset(app, auth):
    id = auth.user("officer", is_demo=True)
    auth.be(Role.ADMIN)
    assert "示例账号的密码是固定的" in auth.post(f"/admin/users/{id}/password", follow_redirects=True).text
    assert trail(app) == []


def names(page: str) -> list[str]:
    return re.findall(r'data-label="用户名">([^<]+)<', page)


def test_the_list_is_searched_and_filtered_by_branch_role_and_state(auth, client, tree):
    auth.user("anna", name="安娜", unit_id=tree["330702100"])
    auth.user("bo", name="白波", unit_id=tree["330703D1"], role=Role.TRAINER)
    auth.user("cai", name="蔡%", unit_id=tree["330702"], is_active=False)
    auth.be(Role.ADMIN)

    def listed(query: str) -> list[str]:
        return names(client.get("/admin/users?" + query).text)

    assert listed("") == ["a-admin", "cai", "anna", "bo"]
    assert listed("q=安") == ["anna"] and listed("q=BO") == ["bo"] and listed("q=%25") == ["cai"]
    assert listed(f"unit={tree['330702']}") == ["cai", "anna"]
    assert listed(f"unit={tree['330700']}") == ["a-admin", "cai", "anna", "bo"]
    assert listed("role=trainer") == ["bo"] and listed("state=disabled") == ["cai"]
    assert listed("unit=999&role=trainer") == ["a-admin", "cai", "anna", "bo"]
    assert "没有符合条件的用户" in client.get("/admin/users?q=zzz").text


def test_the_list_shows_fifty_to_a_page_and_keeps_the_filter(app, auth, client, count_queries):
    id = auth.unit()
    with app.app_context(), writing() as session:
        for number in range(120):
            session.add(auth.new_user(f"u{number:03}", unit_id=id))
    auth.be(Role.ADMIN)
    with count_queries() as seen:
        page = client.get("/admin/users?role=officer&page=2").text
    assert len(seen) <= 6
    assert names(page)[0] == "u050" and len(names(page)) == 50 and "共 120 人，第 2 页，共 3 页" in page
    assert "/admin/users?page=3&amp;role=officer" in page
    assert names(client.get("/admin/users?page=3").text)[-1] == "u119"
    assert client.get("/admin/users?page=-5").status_code == client.get("/admin/users?page=x").status_code == 200


# ---- units


def test_the_tree_shows_every_branch_with_its_active_users(auth, client, tree, count_queries):
    auth.user("anna", unit_id=tree["330702100"])
    auth.user("bo", unit_id=tree["330702"])
    auth.user("gone", unit_id=tree["330702"], is_active=False)
    auth.be(Role.ADMIN)
    with count_queries() as seen:
        page = client.get("/admin/units").text
    assert len(seen) <= 4
    assert re.search(r"单位330702 <span class=\"muted\">1 个下级单位 · 2 人", page)
    assert "单位330703D1" in page and "单位330700的用户，3 人" in page


def test_units_are_added_renamed_and_moved(app, auth, client, tree):
    auth.be(Role.ADMIN)
    form = {"code": "330703001", "name": "多湖街道", "level": "乡镇街道", "parent": tree["330702"]}
    assert auth.post("/admin/units/add", form).status_code == 302
    (id,) = rows(app, sa.select(Unit.id).where(Unit.code == "330703001"))
    auth.post(f"/admin/units/{id}", {"name": "多湖", "parent": tree["330703"]})
    (unit,) = rows(app, sa.select(Unit).where(Unit.id == id))
    assert (unit.name, unit.parent_id) == ("多湖", tree["330703"])
    assert trail(app) == [("admin.unit_added", "unit 330703001"), ("admin.unit_changed", "unit 330703001")]
    assert f'value="{tree["330702"]}" selected' in re.sub(
        r"<option selected value=\"(\d+)\"",
        r'<option value="\1" selected',
        client.get(f"/admin/units/add?parent={tree['330702']}").text,
    )


def test_a_taken_code_is_refused(auth, tree):
    auth.be(Role.ADMIN)
    form = {"code": "330702", "name": "又一个", "level": "县市区", "parent": tree["330700"]}
    assert "已经有单位用了" in auth.post("/admin/units/add", form).text


@pytest.mark.parametrize(
    ("level", "parent"),
    [
        ("乡镇街道", "330700"),
        ("中队", "330702100"),
        ("县市区", "330702"),
        ("市", "330700"),
        ("乡镇街道", None),
        ("县市区", None),
    ],
)
def test_a_parent_of_the_wrong_level_is_refused(app, auth, tree, level, parent):
    auth.be(Role.ADMIN)
    form = {"code": "x1", "name": "某", "level": level, "parent": tree[parent] if parent else 0}
    page = auth.post("/admin/units/add", form).text
    assert 'id="parent-error"' in page and trail(app) == []


def test_a_unit_cannot_be_moved_below_itself_or_its_own_branch(app, auth, tree):
    auth.be(Role.ADMIN)
    for target in ("330702", "330702100"):
        page = auth.post(f"/admin/units/{tree['330702']}", {"name": "婺城区", "parent": tree[target]}).text
        assert "县市区的上级必须是已有的市级单位" in page
    assert trail(app) == []


def test_the_database_itself_refuses_a_cycle_of_one_an_unknown_level_and_a_county_without_a_city(app, auth, tree):
    for values in ({"parent_id": tree["330702"]}, {"level": "省"}, {"parent_id": None}):
        with app.app_context(), pytest.raises(sa.exc.IntegrityError), writing() as session:
            session.execute(sa.update(Unit).where(Unit.id == tree["330702"]).values(values))


def test_the_database_itself_refuses_an_unknown_role_and_a_username_in_capitals(app, auth):
    id = auth.user("wang")
    for values in ({"role": "king"}, {"username": "Wang"}):
        with app.app_context(), pytest.raises(sa.exc.IntegrityError), writing() as session:
            session.execute(sa.update(User).where(User.id == id).values(values))


def test_unknown_users_and_units_are_not_found(auth, client):
    auth.be(Role.ADMIN)
    assert client.get("/admin/users/999").status_code == client.get("/admin/units/999").status_code == 404
