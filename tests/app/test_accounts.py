"""Signing in and out, sessions and passwords, as a browser meets them."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from conftest import PASSWORD

from app import clock
from app.access import Role
from app.accounts import passwords
from app.accounts.models import SignInFailure, User, UserSession
from app.audit import AuditEntry
from app.db import db, writing

pytestmark = pytest.mark.both_databases


@pytest.fixture
def at(monkeypatch):
    """Move the clock by so many minutes from now on."""
    start = clock.now()

    def move(minutes: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: start + dt.timedelta(minutes=minutes))

    move(0)
    return move


@pytest.fixture
def checks(monkeypatch):
    """Every password that was hashed and compared."""
    seen: list[str] = []
    real = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda stored, password: seen.append(password) or real(stored, password))
    return seen


def rows(app, query) -> list:
    with app.app_context():
        return list(db.session.scalars(query))


def actions(app) -> list[str]:
    return rows(app, sa.select(AuditEntry.action).order_by(AuditEntry.id))


def is_signed_in(client) -> bool:
    return client.get("/account").status_code == 200


def copied(client, app):
    """Another browser that has got hold of this one's cookies."""
    thief = app.test_client()
    thief.set_cookie("session", client.get_cookie("session").value)
    return thief


# ---- signing in


def test_a_right_password_signs_in_and_goes_home(app, auth, client):
    auth.user("wang")
    answer = auth.sign_in("wang")
    assert (answer.status_code, answer.location) == (302, "/")
    page = client.get("/account").text
    assert "王小明" in page and "执法人员" in page and "这台设备" in page
    assert actions(app) == ["accounts.sign_in"]


def test_the_username_may_be_typed_in_capitals_or_full_width(auth, client):
    auth.user("wang")
    assert auth.sign_in(" ＷＡＮＧ ").status_code == 302


def test_an_unknown_user_a_wrong_password_and_a_disabled_user_get_the_same_answer(auth, checks):
    auth.user("wang")
    auth.user("gone", is_active=False)
    pages, hashed = [], []
    for name, password in (("wang", "no"), ("nobody", "no"), ("gone", "no"), ("gone", PASSWORD)):
        answer = auth.sign_in(name, password)
        text = re.sub(r'value="[^"]*"', "", answer.text)
        pages.append((answer.status_code, text))
        hashed.append(len(checks))
        checks.clear()
    assert len(set(pages)) == 1 and pages[0][0] == 401 and "用户名或密码不对" in pages[0][1]
    assert hashed == [1, 1, 1, 1]


def test_a_one_time_password_takes_as_long_to_refuse_as_a_chosen_one(auth, checks):
    auth.user("new", password_hash=passwords.hash_one_time("kdm3-7qtr-x9ph"))
    auth.sign_in("new", "no")
    assert len(checks) == 2  # a full hash beside the quick one


def test_the_typed_username_stays_and_the_password_does_not(auth):
    page = auth.sign_in("wang", "Geheim-999").text
    assert 'value="wang"' in page and "Geheim" not in page


def test_errors_stand_beside_their_fields(auth):
    page = auth.sign_in("", "").text
    assert 'id="username-error"' in page and "请填写用户名" in page and 'aria-invalid="true"' in page
    assert 'aria-describedby="password-error"' in page


def test_a_post_without_the_token_is_refused(app, auth, client):
    auth.user("wang")
    answer = client.post("/sign-in", data={"username": "wang", "password": PASSWORD})
    assert answer.status_code == 400 and not is_signed_in(client)
    assert rows(app, sa.select(SignInFailure)) == []


def test_a_token_in_the_address_or_from_another_visitor_is_refused(app, auth, client):
    auth.user("wang")
    stranger = re.search(r'name="csrf_token" value="([^"]+)"', app.test_client().get("/sign-in").text)[1]
    client.get("/sign-in")
    form = {"username": "wang", "password": PASSWORD}
    assert client.post("/sign-in", data=form | {"csrf_token": stranger}).status_code == 400
    own = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)[1]
    assert client.post("/sign-in?csrf_token=" + own, data=form).status_code == 400


def test_a_session_planted_before_sign_in_is_not_kept(app, auth, client):
    auth.user("wang")
    with client.session_transaction() as planted:
        planted["_user_id"] = "planted"
        planted["trap"] = "1"
    auth.sign_in("wang")
    with client.session_transaction() as held:
        assert "trap" not in held and held["_user_id"] != "planted"
    first = client.get_cookie("session").value
    other = app.test_client()
    auth.sign_in("wang", client=other)
    assert other.get_cookie("session").value != first
    assert len(rows(app, sa.select(UserSession))) == 2


def test_the_database_keeps_only_a_hash_of_the_cookie(app, auth, client):
    auth.be()
    with client.session_transaction() as held:
        token = held["_user_id"]
    assert token not in rows(app, sa.select(UserSession.id)) and len(token) > 40


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example",
        "/\tevil", "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", "evil", " //evil.example", "/\u200b/x",
        "///evil.example", "http:///evil.example", "/\x00", "data:text/html,x", "/" + "x" * 3000,
    ],
)  # fmt: skip
def test_after_sign_in_nobody_is_sent_to_another_site(auth, target):
    auth.user("wang")
    answer = auth.sign_in("wang", query_string={"next": target})
    assert (answer.status_code, answer.location) == (302, "/")


def test_after_sign_in_people_go_on_to_where_they_were_heading(auth, client):
    auth.user("wang")
    heading = client.get("/account?a=b").location
    assert heading == "/sign-in?next=/account?a%3Db"
    assert auth.sign_in("wang", path=heading).location == "/account?a=b"
    assert client.get("/sign-in?next=/guides").location == "/guides"


def test_a_form_sent_after_the_session_ended_does_not_lead_to_a_page_that_cannot_be_opened(auth):
    assert auth.post("/account/end-sessions").location == "/sign-in"


# ---- too many failures


def test_after_five_failures_a_pair_waits_until_a_quarter_of_an_hour_after_the_last(app, auth, at, checks):
    auth.user("wang")
    for minute in (0, 1, 2, 3, 14):
        at(minute)
        assert auth.sign_in("wang", "no").status_code == 401
    checks.clear()
    at(20)
    answer = auth.sign_in("wang")
    assert answer.status_code == 429 and "请等 9 分钟" in answer.text and checks == []
    at(28.9)
    assert auth.sign_in("wang").status_code == 429
    at(29.1)
    assert auth.sign_in("wang").status_code == 302
    assert actions(app) == ["accounts.sign_in_blocked", "accounts.sign_in"]


def test_trying_while_waiting_does_not_make_the_wait_longer(app, auth, at):
    auth.user("wang")
    for _ in range(5):
        auth.sign_in("wang", "no")
    at(10)
    assert [auth.sign_in("wang", "no").status_code for _ in range(3)] == [429] * 3
    assert len(rows(app, sa.select(SignInFailure))) == 5


def test_slow_failures_never_lead_to_a_wait(auth, at):
    auth.user("wang")
    for step in range(12):
        at(step * 4)
        assert auth.sign_in("wang", "no").status_code == 401


def test_a_person_signing_in_rightly_from_elsewhere_is_not_shut_out(app, auth):
    auth.user("wang")
    for _ in range(6):
        last = auth.sign_in("wang", "no", address="10.0.0.9")
    assert last.status_code == 429
    assert auth.sign_in("wang", address="10.0.0.1", client=app.test_client()).status_code == 302
    assert auth.sign_in("wang", address="10.0.0.9").status_code == 429


def test_twenty_failures_from_one_address_make_it_wait_whoever_was_tried(auth, at):
    auth.user("wang")
    tried = [auth.sign_in(f"user{number}", "Spring-2026!", address="10.0.0.9").status_code for number in range(22)]
    assert tried == [401] * 20 + [429] * 2
    assert auth.sign_in("wang", address="10.0.0.9").status_code == 429
    assert auth.sign_in("wang", address="10.0.0.8").status_code == 302
    at(15.1)
    assert auth.sign_in("wang", address="10.0.0.9").status_code in (302, 200)


def test_a_success_forgets_the_failures_of_the_pair_and_what_is_older_than_a_day(app, auth, at):
    auth.user("wang")
    auth.sign_in("old", "no")
    at(23 * 60)
    auth.sign_in("recent", "no")
    at(24 * 60 + 5)
    auth.sign_in("wang", "no", address="10.0.0.2")
    for _ in range(4):
        auth.sign_in("wang", "no")
    assert auth.sign_in("wang").status_code == 302
    left = rows(app, sa.select(SignInFailure.username).order_by(SignInFailure.id))
    assert left == ["recent", "wang"]


def test_guesses_sent_side_by_side_cannot_pass_the_limit(app, auth, checks):
    from concurrent.futures import ThreadPoolExecutor

    auth.user("wang")
    clients = [app.test_client() for _ in range(24)]
    tokens = [re.search(r'csrf_token" value="([^"]+)"', client.get("/sign-in").text)[1] for client in clients]

    def guess(number: int) -> int:
        form = {"csrf_token": tokens[number], "username": "wang", "password": f"guess-{number}"}
        return clients[number].post("/sign-in", data=form).status_code

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(24)))
    assert sorted(answers) == [401] * 5 + [429] * 19
    assert len(checks) == 5


def test_a_huge_password_is_refused_at_once_and_never_hashed(auth, checks):
    auth.user("wang")
    for size, status in ((10_000_000, 413), (2_000_000, 200), (4_096, 200), (129, 200)):
        start = dt.datetime.now(dt.UTC)
        answer = auth.sign_in("wang", "x" * size)
        assert answer.status_code == status
        assert (dt.datetime.now(dt.UTC) - start).total_seconds() < 1
    assert checks == [] and "最多 128 个字符" in answer.text


# ---- sessions end


def test_a_cookie_copied_before_sign_out_opens_nothing_after_it(app, auth, client):
    auth.be()
    thief = copied(client, app)
    assert is_signed_in(thief)
    assert auth.post("/sign-out").status_code == 302
    assert not is_signed_in(thief) and not is_signed_in(client)
    assert actions(app)[-1] == "accounts.sign_out"


def test_a_disabled_user_is_out_at_the_next_request(app, auth, client):
    id = auth.be()
    with app.app_context(), writing() as session:
        session.get(User, id).is_active = False
    assert not is_signed_in(client)


def test_a_lowered_role_holds_at_the_next_request(app, auth, client):
    id = auth.be(Role.ADMIN)
    assert client.get("/admin/users").status_code == 200
    with app.app_context(), writing() as session:
        session.get(User, id).role = Role.OFFICER.value
    assert client.get("/admin/users").status_code == 404


def test_a_session_ends_after_twelve_hours_even_in_use(auth, client, at):
    auth.be()
    for hour in range(12):
        at(hour * 60)
        assert is_signed_in(client)
    at(12 * 60 + 1)
    assert not is_signed_in(client)


def test_a_person_can_sign_out_everywhere_else(app, auth, client):
    auth.be(username="wang")
    other = app.test_client()
    auth.sign_in("wang", client=other)
    assert client.get("/account").text.count('data-label="设备"') == 2
    answer = auth.post("/account/end-sessions", follow_redirects=True)
    assert "已退出其他 1 处登录" in answer.text
    assert is_signed_in(client) and not is_signed_in(other)


def test_last_use_is_noted_at_most_every_ten_minutes(app, auth, client, at):
    auth.be()
    first = rows(app, sa.select(UserSession.seen_at))
    at(9)
    client.get("/account")
    assert rows(app, sa.select(UserSession.seen_at)) == first
    at(11)
    client.get("/account")
    assert rows(app, sa.select(UserSession.seen_at))[0] - first[0] == dt.timedelta(minutes=11)


def test_pages_of_signed_in_people_are_kept_by_no_cache(auth, client):
    auth.be()
    assert client.get("/account").headers["Cache-Control"] == "no-store"


# ---- passwords


def change(auth, current=PASSWORD, new="New-horse-88", repeat=None, **options):
    return auth.post("/account/password", {"current": current, "new": new, "repeat": repeat or new}, **options)


def test_a_one_time_password_opens_nothing_but_the_page_to_change_it(app, auth, client):
    auth.user("new", password_hash=passwords.hash_one_time("kdm3-7qtr-x9ph"), must_change_password=True)
    heading = auth.sign_in("new", "kdm3-7qtr-x9ph", query_string={"next": "/account"}).location
    assert heading == "/account/password?next=/account"
    assert client.get("/account").location == "/account/password"
    assert "请先设置自己的密码" in client.get("/account/password").text
    assert change(auth, "kdm3-7qtr-x9ph", query_string={"next": "/account"}).location == "/account"
    assert is_signed_in(client)
    again = app.test_client()
    assert auth.sign_in("new", "New-horse-88", client=again).status_code == 302 and is_signed_in(again)


def test_changing_the_password_ends_every_session_but_a_new_one_here(app, auth, client):
    auth.be(username="wang")
    other, thief = app.test_client(), copied(client, app)
    auth.sign_in("wang", client=other)
    assert change(auth).status_code == 302
    assert is_signed_in(client) and not is_signed_in(other) and not is_signed_in(thief)
    assert "accounts.password_changed" in actions(app)


def test_the_present_password_is_asked_for_and_guarded_like_signing_in(auth, checks):
    auth.be()
    answers = [change(auth, "wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "现在的密码不对" in answers[0].text


@pytest.mark.parametrize(
    ("new", "advice"),
    [
        ("Ab1!", "至少要 10 个字符"), ("abcdefghijkl", "现在缺大写字母、数字、符号"), ("A1!" + "x" * 130, "最多 128 个字符"),
        ("Wang-xiao-1", "不能含有用户名"), ("P@ssw0rd2026", "太常见"), ("Jinhua@2026", "太常见"), (PASSWORD, "不能和现在的密码一样"),
    ],
)  # fmt: skip
def test_a_bad_new_password_is_refused_with_what_to_do(auth, new, advice):
    auth.be(username="wang")
    answer = change(auth, new=new)
    assert answer.status_code == 200 and advice in answer.text and new not in answer.text


def test_two_different_new_passwords_are_refused(auth):
    auth.be()
    assert "两次输入的新密码不一样" in change(auth, repeat="New-horse-99").text


def test_a_password_hashed_with_old_parameters_is_hashed_anew_at_sign_in(app, auth):
    auth.user("wang", password_hash=passwords.quick_hasher.hash(PASSWORD))
    auth.sign_in("wang")
    (stored,) = rows(app, sa.select(User.password_hash))
    assert not passwords.hasher.check_needs_rehash(stored) and passwords.is_right(PASSWORD, stored)


def test_a_password_reset_while_the_old_one_was_being_checked_wins(app, auth, client, monkeypatch):
    auth.user("wang")
    real = passwords.is_right

    def reset_meanwhile(password, stored):
        with app.app_context(), writing() as session:
            session.scalar(sa.select(User)).password_hash = passwords.hash_chosen("Other-horse-1")
        return real(password, stored)

    with monkeypatch.context() as patch:
        patch.setattr(passwords, "is_right", reset_meanwhile)
        assert auth.sign_in("wang").status_code == 401
    assert not is_signed_in(client)
    assert auth.sign_in("wang", "Other-horse-1").status_code == 302


# ---- demo accounts


def test_demo_users_sign_in_only_where_demo_is_on(app, apps, auth, client):
    auth.user("officer", is_demo=True)
    assert auth.sign_in("officer").status_code == 401
    assert "示例账号" not in client.get("/sign-in").text
    demo = apps(DEMO="1")
    visitor = demo.test_client()
    assert "示例账号" in visitor.get("/sign-in").text
    assert auth.sign_in("officer", client=visitor).status_code == 302 and is_signed_in(visitor)
    assert not is_signed_in(copied(visitor, app))  # the same session, with DEMO off again


def test_the_password_of_a_demo_account_stays_as_it_is(apps, auth):
    id = auth.user("officer", is_demo=True)
    demo = apps(DEMO="1")
    visitor = demo.test_client()
    auth.sign_in("officer", client=visitor)
    assert "不能修改" in change(auth, client=visitor).text
    with demo.app_context():
        assert passwords.is_right(PASSWORD, db.session.get(User, id).password_hash)


def test_over_https_the_cookie_is_bound_to_this_host_and_unreadable_by_scripts(apps):
    secure = apps(HTTPS="1")
    client = secure.test_client()
    cookie = client.get("/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=") and "Secure" in cookie and "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie and "Path=/" in cookie
