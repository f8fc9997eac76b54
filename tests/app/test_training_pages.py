"""Pages of training: who sees what, nothing of the key before the end, plain forms, notices, calendars."""

import datetime as dt
import json
import re

import pytest
import sqlalchemy as sa
import training_world as w
from training_world import CANARY, DAY, NOW

from app import clock
from app.access import Role
from app.accounts.models import Level, User
from app.audit import AuditEntry
from app.db import db, writing
from app.notices.models import Notice
from app.training import operations, reminders
from app.training.models import Assignment, Attempt

pytestmark = pytest.mark.usefixtures("indexed")


@pytest.fixture
def world(app, auth, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return w.build(auth)


@pytest.fixture
def at(monkeypatch):
    """Set the clock."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


def be(auth, client, username):
    client.delete_cookie("session")
    assert auth.sign_in(username).status_code == 302


def started(auth, client, id):
    response = auth.post(f"/training/tasks/{id}/start")
    assert response.status_code == 303, response.text
    return int(response.location.rsplit("/", 1)[1])


def send(client, attempt, answers, token=None):
    page = client.get(f"/training/attempts/{attempt}").text
    token = token if token is not None else re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return client.post(
        f"/training/attempts/{attempt}/answers", json={"answers": answers}, headers={"X-CSRFToken": token}
    )  # fmt: skip


def test_the_home_page_says_what_is_due_until_it_is_done(app, auth, client, world):
    be(auth, client, "a1x")
    assert "要做的" not in client.get("/").text
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
    assert f'href="/training/tasks/{id}"' in client.get("/").text
    with app.app_context():
        w.take(id, world.people["a1x"])
    assert f'href="/training/tasks/{id}"' not in client.get("/").text


def test_a_whole_quiz_from_the_task_to_the_passage(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
    be(auth, client, "a1x")
    assert "燃气小测（示例）" in client.get("/training").text
    attempt = started(auth, client, id)
    with app.app_context():
        known = w.right_answers(attempt)
    half = dict(list(known.items())[:5])
    answer = send(client, attempt, {key: {"chosen": chosen, "seq": 1} for key, chosen in half.items()})
    assert answer.json == {"answers": {key: {"chosen": chosen, "seq": 1} for key, chosen in half.items()}}
    confirm = client.get(f"/training/attempts/{attempt}/confirm").text
    assert "还有 5 题没有答" in confirm and "第 10 题" in confirm
    response = auth.post(f"/training/attempts/{attempt}/submit", follow_redirects=True)
    assert "逐题对错" in response.text and CANARY in response.text
    link = re.search(r'href="(/regulations/ranqi-tiaoli#art-49[^"]*)"', response.text)
    page = client.get(link[1])
    assert page.status_code == 200 and f'id="{link[1].split("#")[1]}"' in page.text
    assert "/matters/m-0101" in response.text and "没有答" in response.text
    again = auth.post(f"/training/attempts/{attempt}/submit")
    assert again.status_code == 303 and again.location.endswith("/result")


def test_nothing_of_the_key_leaves_before_the_end(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
    be(auth, client, "a1x")
    attempt = started(auth, client, id)
    key = re.search(r'data-key="([^"]+)"', client.get(f"/training/attempts/{attempt}").text)[1]
    seen = [send(client, attempt, {key: {"chosen": ["A"], "seq": 1}})]
    seen += [client.get(f"/training/attempts/{attempt}{path}") for path in ("", "/answers", "/confirm", "/result")]
    seen += [client.get(path) for path in ("/training", f"/training/tasks/{id}", "/training/due-dates.ics")]
    for response in seen:
        assert CANARY not in response.text
        assert not re.search(r"is_right|explanation|original|\bwhy\b", response.text)
        assert CANARY not in str(response.headers)


def test_answers_are_shown_after_the_due_instant_when_the_assignment_says_so(app, auth, client, world, at):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]), answers_shown="due")
        attempt = w.take(id, world.people["a1x"], 0.5)
    be(auth, client, "a1x")
    page = client.get(f"/training/attempts/{attempt}/result").text
    assert CANARY not in page and "50%" in page and "公布" in page
    be(auth, client, "trainer-a")
    assert CANARY in client.get(f"/training/attempts/{attempt}/result").text
    at(NOW + 8 * DAY)
    be(auth, client, "a1x")
    assert CANARY in client.get(f"/training/attempts/{attempt}/result").text


def test_an_attempt_is_its_persons_alone_and_a_result_also_their_trainers(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
        open_one, done = w.begin(id, world.people["a1x"]), w.take(id, world.people["a2x"])
    for username in ("a2x", "b1x", "trainer-b", "trainer-b-town"):
        be(auth, client, username)
        for path in ("", "/answers", "/confirm", "/result"):
            assert client.get(f"/training/attempts/{open_one}{path}").status_code == 404, (username, path)
        assert auth.post(f"/training/attempts/{open_one}/submit").status_code == 404
        assert auth.post(f"/training/attempts/{open_one}/save").status_code == 404
        if username != "a2x":
            assert client.get(f"/training/attempts/{done}/result").status_code == 404
            assert client.get(f"/training/tasks/{id}").status_code == 404
            assert auth.post(f"/training/tasks/{id}/start").status_code == 404
    for username in ("trainer-city", "trainer-a", "trainer-a-town"):
        be(auth, client, username)
        assert client.get(f"/training/attempts/{done}/result").status_code == 200
        assert client.get(f"/training/attempts/{open_one}/result").status_code == 404


def test_a_trainer_of_another_county_sees_nothing(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]), trainer="trainer-a")
        w.take(id, world.people["a1x"])
    be(auth, client, "trainer-b")
    person = world.people["a1x"]
    paths = [f"/training/assignments/{id}{rest}" for rest in ("", "/edit", "/preview", "/extend", "/weakest")]
    paths += [
        f"/training/people/{person}",
        f"/training/completion?unit={world.units['a']}",
        f"/training/completion?assignment={id}",
    ]
    paths += [f"/training/{page}?unit={world.units['a']}" for page in ("report", "map", "map.svg", "completion/export")]
    for path in paths:
        assert client.get(path).status_code == 404, path
    for act in ("publish", "withdraw", "copy", "delete"):
        assert auth.post(f"/training/assignments/{id}/{act}").status_code == 404
    for path in ("/training/completion", "/training/assignments", "/training/report", "/training/map"):
        page = client.get(path)
        assert page.status_code == 200 and "燃气小测" not in page.text and "示例a1x" not in page.text


def test_a_county_sees_its_part_of_a_citys_assignment_and_cannot_change_it(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]))
        w.take(id, world.people["b1x"])
    be(auth, client, "trainer-a")
    page = client.get("/training/completion").text
    assert "示例a1x" in page and "示例b1x" not in page and "共 3 人次" in page
    assert client.get(f"/training/assignments/{id}").status_code == 200
    for rest in ("/edit", "/extend"):
        assert client.get(f"/training/assignments/{id}{rest}").status_code == 404
    assert auth.post(f"/training/assignments/{id}/withdraw", {"reason": "x"}).status_code == 404
    assert auth.post(f"/training/assignments/{id}/copy").status_code == 302


def test_a_draft_is_seen_by_nobody_it_is_for(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]), publish=False)
    for username in ("a1x", "trainer-a"):
        be(auth, client, username)
        assert "燃气小测" not in client.get("/training").text
        assert client.get(f"/training/tasks/{id}").status_code == 404


def test_without_script_a_form_saves_and_hands_in(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
    be(auth, client, "a1x")
    attempt = started(auth, client, id)
    with app.app_context():
        known = w.right_answers(attempt)
    form = {f"a-{key}": chosen for key, chosen in known.items()} | {f"s-{key}": "0" for key in known}
    response = auth.post(f"/training/attempts/{attempt}/save", form | {"action": "save"}, follow_redirects=True)
    assert "已保存。" in response.text and response.text.count(" checked") >= 10
    form = {f"s-{key}": "1" for key in known} | {f"a-{key}": chosen for key, chosen in known.items()}
    response = auth.post(f"/training/attempts/{attempt}/save", form | {"action": "submit"}, follow_redirects=True)
    assert "10 题都已作答并保存" in response.text
    response = auth.post(f"/training/attempts/{attempt}/submit", follow_redirects=True)
    assert "100" in response.text and "及格" in response.text


def test_a_form_from_an_old_tab_does_not_replace_a_newer_answer(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
    be(auth, client, "a1x")
    attempt = started(auth, client, id)
    with app.app_context():
        key = next(iter(w.right_answers(attempt)))
    send(client, attempt, {key: {"chosen": ["B"], "seq": 3}})
    response = auth.post(
        f"/training/attempts/{attempt}/save", {f"a-{key}": "A", f"s-{key}": "0"}, follow_redirects=True
    )
    assert "有 1 题已在另一个窗口或设备上改过" in response.text
    assert client.get(f"/training/attempts/{attempt}/answers").json["answers"][key] == {"chosen": ["B"], "seq": 3}


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, {"answers": {}}, {"answers": []}, {"answers": {"q-0101": 1}}, {"answers": {"q-0101": {"chosen": "A", "seq": 1}}},
        {"answers": {"q-0101": {"chosen": ["A"], "seq": 0}}}, {"answers": {"q-0101": {"chosen": ["A"], "seq": True}}},
        {"answers": {"q-0101": {"chosen": ["A"], "seq": 10**12}}}, {"answers": {"q-0101": {"chosen": [1], "seq": 1}}},
        {"answers": {"q-0101": {"chosen": ["x" * 201], "seq": 1}}}, {"answers": {"q-0101": {"chosen": ["A\0"], "seq": 1}}},
        {"answers": {"q-0101": {"chosen": ["A"] * 9, "seq": 1}}}, {"answers": {"no-such": {"chosen": ["A"], "seq": 1}}},
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_and_changes_nothing(app, auth, client, world, body):
    with app.app_context():
        attempt = w.begin(w.assign(world, w.targets(world.units["a"])), world.people["a1x"])
    be(auth, client, "a1x")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account/password").text)[1]
    path, headers = f"/training/attempts/{attempt}/answers", {"X-CSRFToken": token}
    response = client.post(path, data=json.dumps(body), content_type="application/json", headers=headers)
    assert response.status_code == 400
    assert client.get(path).json["answers"] == {}


def test_a_save_needs_the_token_and_a_session(app, auth, client, world):
    with app.app_context():
        attempt = w.begin(w.assign(world, w.targets(world.units["a"])), world.people["a1x"])
    be(auth, client, "a1x")
    body = {"q-0101": {"chosen": ["A"], "seq": 1}}
    assert send(client, attempt, body, token="").status_code == 400
    client.delete_cookie("session")
    assert client.get(f"/training/attempts/{attempt}/answers").location.startswith("/sign-in")


def test_an_attempt_out_of_time_answers_409_and_leads_to_its_result(app, auth, client, world, at):
    with app.app_context():
        attempt = w.begin(w.assign(world, w.targets(world.units["a"])), world.people["a1x"])
        key = next(iter(w.right_answers(attempt)))
    be(auth, client, "a1x")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account/password").text)[1]
    at(NOW + dt.timedelta(minutes=31))
    response = send(client, attempt, {key: {"chosen": ["A"], "seq": 1}}, token=token)
    assert response.status_code == 302 or response.status_code == 409
    page = client.get(f"/training/attempts/{attempt}", follow_redirects=True).text
    assert "到时自动交卷" in page
    late = client.post(
        f"/training/attempts/{attempt}/answers", json={"answers": {key: {"chosen": ["A"], "seq": 1}}}, headers={"X-CSRFToken": token}
    )  # fmt: skip
    assert late.status_code == 409 and late.json["url"].endswith("/result")


def form_of(world, **changes):
    facts = {
        "title": "新测验（示例）", "opens_at": "2026-11-20T08:00", "due_at": "2026-12-20T18:00", "minutes": "30", "max_attempts": "3",
        "keep": "best", "pass_mark": "60", "bands": "90 优秀，60 合格", "is_required": "1", "rule": "passed", "min_attempts": "1",
        "answers_shown": "submit", "is_late_allowed": "y", "draws-0-type": "single", "draws-0-count": "3", "draws-0-points": "10",
        "draws-0-field": "城镇燃气", "draws-0-difficulty": "", "units": [str(world.units["a"])], "roles": ["officer"],
        "levels": [level.value for level in Level],
    }  # fmt: skip
    return {name: value for name, value in (facts | changes).items() if value is not None}


def test_a_trainer_writes_previews_publishes_copies_and_withdraws(app, auth, client, world):
    be(auth, client, "trainer-city")
    assert client.get("/training/assignments/add?preset=0").status_code == 200
    response = auth.post("/training/assignments/add", form_of(world), follow_redirects=True)
    assert "这是草稿" in response.text and "<strong>3</strong> 人" in response.text
    id = int(response.request.path.rsplit("/", 1)[1])
    assert CANARY not in client.get(f"/training/assignments/{id}/preview").text
    assert CANARY in client.get(f"/training/assignments/{id}/preview?key=1").text
    response = auth.post(f"/training/assignments/{id}/publish", follow_redirects=True)
    assert "已发布，3 人会收到通知" in response.text
    assert "只有草稿可以发布" in auth.post(f"/training/assignments/{id}/publish", follow_redirects=True).text
    changed = auth.post(f"/training/assignments/{id}/edit", form_of(world, title="改名（示例）"), follow_redirects=True)
    assert "改名（示例）" in changed.text
    twin = auth.post(f"/training/assignments/{id}/copy", follow_redirects=True)
    assert "改名（示例）（复制）" in twin.text
    assert "请写明撤回的理由" in auth.post(f"/training/assignments/{id}/withdraw", follow_redirects=True).text
    assert (
        "已撤回"
        in auth.post(f"/training/assignments/{id}/withdraw", {"reason": "题目有误"}, follow_redirects=True).text
    )
    with app.app_context():
        told = db.session.scalars(sa.select(Notice.title).where(Notice.user_id == world.people["a1x"])).all()
        assert told == ["新的测验：新测验（示例）", "测验已撤回：改名（示例）"]
        actions = set(db.session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.startswith("training"))))
        assert {"training.published", "training.withdrawn", "training.copied", "training.assignment_changed"} <= actions


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"title": ""}, "请填写名称"),
        ({"due_at": "2026-11-20T08:00"}, "截止时间要晚于开始时间"),
        ({"draws-0-count": ""}, "请至少填一行题数"),
        ({"bands": "高 优秀"}, "请按“90 优秀"),
        ({"bands": "90 优秀，90 良好"}, "请按“90 优秀"),
        ({"rule": "attempts", "min_attempts": "9"}, "规定次数不能多于"),
        ({"max_attempts": "0"}, "要在 1 到 20 之间"),
        ({"units": None}, "请选择至少一个单位"),
        ({"roles": None}, "角色和级别都至少选一项"),
        ({"people": "nobody、a1x"}, "没有这些用户名：nobody"),
        ({"draws-0-field": "没有的领域"}, "请从列表中选择"),
    ],
)
def test_what_is_wrong_with_an_assignment_is_said_beside_its_field(app, auth, client, world, changes, says):
    be(auth, client, "trainer-city")
    response = auth.post("/training/assignments/add", form_of(world, **changes))
    assert response.status_code == 200 and says in response.text
    assert "新测验（示例）" in response.text or "title" in changes, "what was typed is still there"
    with app.app_context():
        assert w.rows(Assignment) == []


def test_units_and_people_outside_the_branch_are_refused(app, auth, client, world):
    be(auth, client, "trainer-a")
    response = auth.post("/training/assignments/add", form_of(world, units=[str(world.units["b"])]))
    assert "请从列表中选择" in response.text
    response = auth.post("/training/assignments/add", form_of(world, people="b1x"))
    assert "您的管理范围内没有这些用户名：b1x" in response.text
    values, wanted = w.VALUES | {"blueprint": []}, w.targets(world.units["city"])
    with app.app_context(), writing() as session:
        trainer = session.get_one(User, world.people["trainer-a"])
        with pytest.raises(operations.Refused, match="单位不在您的管理范围"):
            operations.keep_assignment(session, Assignment(state="draft"), values, wanted, trainer=trainer, now=NOW)


def test_too_few_questions_name_the_draw_and_nothing_is_published(app, auth, client, world):
    be(auth, client, "trainer-city")
    response = auth.post("/training/assignments/add", form_of(world, **{"draws-0-count": "50"}), follow_redirects=True)
    assert "还不能发布：要抽 50 道单项选择题，题库里只有 6 道可用" in response.text
    id = int(response.request.path.rsplit("/", 1)[1])
    assert "题库里只有 6 道可用" in auth.post(f"/training/assignments/{id}/publish", follow_redirects=True).text
    with app.app_context():
        assert w.rows(Assignment)[0].state == "draft"
    assert "草稿已删除" in auth.post(f"/training/assignments/{id}/delete", follow_redirects=True).text


def test_after_somebody_has_begun_the_quiz_stays_as_it_is(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
        w.begin(id, world.people["a1x"])
    be(auth, client, "trainer-city")
    response = auth.post(f"/training/assignments/{id}/edit", form_of(world))
    assert "已经有人开始答题" in response.text
    with app.app_context():
        assert w.rows(Assignment)[0].title == "燃气小测（示例）"


def test_an_extension_is_for_a_person_or_a_unit(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
    be(auth, client, "trainer-city")
    path, base = (
        f"/training/assignments/{id}/extend",
        {"extra_attempts": "0", "extra_minutes": "0", "reason": "出差", "unit": "0"},
    )
    assert "二选一" in auth.post(path, base).text
    assert "至少放宽一项" in auth.post(path, base | {"person": "a1x"}).text
    assert "没有这个用户名" in auth.post(path, base | {"person": "zz", "extra_attempts": "1"}).text
    assert "要晚于原来的截止时间" in auth.post(path, base | {"person": "a1x", "due_at": "2026-11-21T08:00"}).text
    done = auth.post(path, base | {"person": "a1x", "due_at": "2026-12-21T08:00"}, follow_redirects=True)
    assert "已放宽" in done.text and "示例a1x" in done.text
    be(auth, client, "a1x")
    assert "2026-12-21 08:00" in client.get(f"/training/tasks/{id}").text


def test_reminders_tell_each_once(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]), trainer="trainer-a")
        w.take(id, world.people["a1x"])
        for moment, told in (
            (NOW, {"due_soon": 0, "overdue": 0, "digests": 0}),
            (NOW + 5 * DAY, {"due_soon": 2, "overdue": 0, "digests": 0}),
            (NOW + 5 * DAY, {"due_soon": 0, "overdue": 0, "digests": 0}),
            (NOW + 6.5 * DAY, {"due_soon": 2, "overdue": 0, "digests": 0}),
            (NOW + 8 * DAY, {"due_soon": 0, "overdue": 2, "digests": 3}),
            (NOW + 8 * DAY, {"due_soon": 0, "overdue": 0, "digests": 0}),
        ):
            with writing() as session:
                assert reminders.remind(session, moment) == told, moment
        titles = set(db.session.scalars(sa.select(Notice.title).where(Notice.user_id == world.people["trainer-a"])))
        assert titles == {"本周逾期情况"}
        assert db.session.scalar(sa.select(Notice.id).where(Notice.user_id == world.people["trainer-b"])) is None


def test_the_commands_say_what_they_did(app, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
        w.begin(id, world.people["a1x"], now=NOW - dt.timedelta(minutes=40))
    run = app.test_cli_runner().invoke
    assert json.loads(run(args=["training", "close", "--json"]).output) == {"closed": 1}
    assert json.loads(run(args=["training", "close", "--json"]).output) == {"closed": 0}
    assert json.loads(run(args=["training", "recount", "--json"]).output) == {"recounted": 1}
    assert run(args=["training", "remind"]).output.startswith("快到期 0 条")


def test_the_calendar_address_is_secret_and_can_be_changed(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
    be(auth, client, "a1x")
    assert "生成订阅地址" in client.get("/training/calendar").text

    def address():
        auth.post("/training/calendar")
        return re.search(r'value="http://localhost(/training/feeds/[^"]+)"', client.get("/training/calendar").text)[1]

    first = address()
    client.delete_cookie("session")
    feed = client.get(first)
    assert feed.status_code == 200 and feed.content_type.startswith("text/calendar")
    assert "截止：燃气小测（示例）" in feed.text and f"training-assignment-{id}@youshu" in feed.text
    be(auth, client, "a1x")
    second = address()
    assert client.get(first).status_code == 404 and client.get(second).status_code == 200
    assert client.get("/training/feeds/x.ics").status_code == 404
    assert client.get(second[:-6] + "xx.ics").status_code == 404
    with app.app_context(), writing() as session:
        session.get_one(User, world.people["a1x"]).is_active = False
    assert client.get(second).status_code == 404


def test_the_completion_page_asks_few_questions(app, auth, client, world, count_queries):
    with app.app_context():
        for _ in range(4):
            w.take(w.assign(world, w.targets(world.units["city"])), world.people["a1x"])
    be(auth, client, "trainer-city")
    for path in ("/training/completion", "/training/assignments", "/training/map", "/training/report"):
        client.get(path)
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= 10, (path, len(seen))


def test_the_officers_pages_ask_few_questions(app, auth, client, world, count_queries):
    with app.app_context():
        ids = [w.assign(world, w.targets(world.units["city"])) for _ in range(5)]
        attempt = w.begin(ids[0], world.people["a1x"])
    be(auth, client, "a1x")
    for path, most in (("/training", 6), (f"/training/attempts/{attempt}", 6), (f"/training/tasks/{ids[0]}", 9)):
        client.get(path)
        with count_queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= most, (path, seen)


def test_saving_asks_three_questions(app, auth, client, world, count_queries):
    with app.app_context():
        attempt = w.begin(w.assign(world, w.targets(world.units["a"])), world.people["a1x"])
        key = next(iter(w.right_answers(attempt)))
    be(auth, client, "a1x")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account/password").text)[1]
    with count_queries() as seen:
        send(client, attempt, {key: {"chosen": ["A"], "seq": 1}}, token="skip")
    client.get("/account")
    body = {"answers": {key: {"chosen": ["A"], "seq": 2}}}
    with count_queries() as seen:
        answer = client.post(f"/training/attempts/{attempt}/answers", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 200 and len(seen) == 3, seen


def test_the_map_is_drawn_with_words_and_as_a_file_of_its_own(app, auth, client, world):
    with app.app_context():
        w.take(w.assign(world, w.targets(world.units["a"])), world.people["a1x"])
    be(auth, client, "trainer-city")
    page = client.get("/training/map").text
    assert "<svg" in page and "红（薄弱）：完成 33%，得分 100%" in page and "没有数据" in page
    drawing = client.get("/training/map.svg?field=城镇燃气")
    assert drawing.content_type.startswith("image/svg+xml") and drawing.text.lstrip().startswith("<svg")
    assert "<script" not in drawing.text and "style=" not in drawing.text


@pytest.mark.parametrize(
    ("span", "name"), [("week", "2026年第47周"), ("month", "2026年11月"), ("quarter", "2026年第4季度")]
)
def test_the_report_of_each_span(app, auth, client, world, span, name):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["city"]))
        w.take(id, world.people["a1x"])
    be(auth, client, "trainer-city")
    page = client.get(f"/training/report?span={span}&on=2026-11-20").text
    assert name in page and "燃气小测（示例）" in page and "1 次" in page
    assert "燃气小测" not in client.get(f"/training/report?span={span}&on=2025-01-01").text
    assert client.get("/training/report?span=x&on=x").status_code == 200


def test_without_an_index_a_quiz_still_works(app, auth, client, world, monkeypatch):
    from app import filters
    from indexer.generation import GenerationError

    def gone(_audience):
        raise GenerationError("gone")

    with app.app_context():
        attempt = w.take(w.assign(world, w.targets(world.units["a"])), world.people["a1x"])
    be(auth, client, "a1x")
    monkeypatch.setattr(filters, "store", gone)
    page = client.get(f"/training/attempts/{attempt}/result")
    assert page.status_code == 200 and w.CITE in page.text


def test_the_export_is_named_and_holds_the_branch_only(app, auth, client, world):
    with app.app_context():
        w.assign(world, w.targets(world.units["city"]))
    be(auth, client, "trainer-a")
    response = client.get("/training/completion/export")
    assert response.status_code == 200 and response.data[:2] == b"PK"
    assert "filename*=UTF-8''%E5%AE%8C" in response.headers["Content-Disposition"]


def test_a_withdrawn_assignment_can_no_longer_be_started_and_open_attempts_are_closed(app, auth, client, world):
    with app.app_context():
        id = w.assign(world, w.targets(world.units["a"]))
        w.begin(id, world.people["a1x"])
        with writing() as session:
            assignment = session.get_one(Assignment, id)
            operations.withdraw(session, assignment, "有误", actor_id=world.people["trainer-city"], now=NOW)
    be(auth, client, "a1x")
    assert "燃气小测" not in client.get("/training").text
    with app.app_context():
        assert w.rows(Attempt)[0].state == "expired"
    response = auth.post(f"/training/tasks/{id}/start", follow_redirects=True)
    assert "这次布置已撤回" in response.text


def test_roles_other_than_trainers_find_no_trainers_page(app, auth, client, world):
    for role in (Role.OFFICER, Role.EDITOR, Role.ADMIN):
        auth.be(role, f"r-{role.value}")
        for path in ("/training/assignments", "/training/completion", "/training/map", "/training/report"):
            assert client.get(path).status_code == 404
