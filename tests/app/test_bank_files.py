"""Questions from files and into files: dry run, errors by row and column, all or nothing, the list as a file."""

import json
import re
from collections import Counter
from dataclasses import replace
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
import training_world

from app import clock
from app.access import Role
from app.bank import import_views, operations, queries
from app.bank.demo import load
from app.bank.models import BankQuestion, Status
from app.bank.usage import count_uses
from app.db import db, writing
from app.training import attempt_operations
from app.training.models import Attempt
from app.training.papers import unpack
from quiz_fakes import case, fill_in, multiple, single, true_false
from quizzes.formats import FORMATS, read_file, write_file
from quizzes.question import Question

pytestmark = pytest.mark.usefixtures("indexed")
ALL = [single(), multiple(), true_false(), fill_in(), case()]
FAULTY = """题型,题干,选项A,选项B,选项C,选项D,答案,解析,依据,领域,难度
单选,气瓶能放地下室吗？,能,不能,,,B,不能放。,《城镇燃气管理条例》第四十九条第一款第二项,城镇燃气,1
单选,可以罚多少？,一千,一万,,,E,看上限。,《城镇燃气管理条例》第四十九条第一款,城镇燃气,2
多选,哪些要移送？,偷气,打架,,,A,要移送。,《城镇燃气管理条例》第四十九条第二款,城镇燃气,2
问答,为什么？,,,,,,,,城镇燃气,9
"""
MENDED = (
    FAULTY.replace(",,,E,", ",,,B,")
    .replace("打架,,,A,", "打架,停水,,AB,")
    .replace("问答,为什么？,,,,,,,,城镇燃气,9\n", "")
)


def add(app, *questions: Question, status: Status = Status.READY) -> None:
    with app.app_context(), writing() as session:
        operations.add_questions(session, questions, status, None, clock.now())


def held(app) -> dict[str, queries.Held]:
    with app.app_context():
        return queries.all_present(db.session)


@pytest.fixture
def trainer(auth):
    return auth.be(Role.TRAINER)


@pytest.fixture
def upload(auth, trainer):
    def send(data: str | bytes, name: str = "题目.csv") -> str:
        data = data.encode() if isinstance(data, str) else data
        answer = auth.send_file("/bank/import", data, name)
        assert answer.status_code == 200
        return answer.text

    return send


@pytest.fixture
def confirm(auth):
    def send(page: str):
        token = re.search(r'name="upload" value="(\w+)"', page)[1]
        return auth.post("/bank/import/confirm", {"upload": token}, follow_redirects=True).text

    return send


def told(page: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in re.findall(r"<tr><td>(\d+)</td><td>([^<]*)</td><td>([^<]*)</td></tr>", page)]


def test_bad_rows_are_named_nothing_is_stored_and_the_mended_file_comes_in(app, upload, confirm):
    page = upload(FAULTY)
    assert {(row, column) for row, column, _ in told(page)} == {("3", "答案"), ("4", "答案"), ("5", "题型")}
    assert 'name="upload"' not in page and held(app) == {}
    page = upload(MENDED)
    assert "新增 3，变更 0，不变 0" in page and held(app) == {}
    assert "新增 3 道" in confirm(page)
    assert {known.status for known in held(app).values()} == {Status.DRAFT}
    assert {known.question.stem for known in held(app).values()} == {
        "气瓶能放地下室吗？",
        "可以罚多少？",
        "哪些要移送？",
    }


def test_the_same_file_again_changes_nothing(app, upload, confirm):
    confirm(upload(MENDED))
    page = upload(MENDED)
    assert "新增 0，变更 0，不变 3" in page and 'name="upload"' not in page


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_of_every_format_comes_in_as_what_is_there(app, client, upload, kind):
    add(app, *ALL)
    answer = client.get(f"/bank/export?format={kind}")
    assert answer.mimetype == FORMATS[kind].media_type.split(";")[0]
    for _, value in answer.headers:
        value.encode("latin-1")  # as a server sends it
    assert unquote(answer.headers["Content-Disposition"]).endswith(FORMATS[kind].endings[0])
    name = f"题库{FORMATS[kind].endings[0]}"
    assert read_file(name, answer.data) == ALL
    assert f"新增 0，变更 0，不变 {len(ALL)}" in upload(answer.data, name)


def test_an_export_holds_what_the_list_shows(app, client, trainer):
    add(app, *ALL)
    data = client.get("/bank/export?format=yaml&type=multiple").data
    assert read_file("a.yaml", data) == [multiple()]
    for nothing in ("type=multiple&difficulty=5", "format=exe"):
        assert client.get(f"/bank/export?{nothing}").status_code == 302


def test_a_known_key_with_another_text_is_a_new_version_with_its_differences_shown(app, upload, confirm):
    add(app, *ALL)
    changed = [replace(single(), explanation="记住新的上限。"), *ALL[1:]]
    page = upload(write_file("xlsx", changed), "改.xlsx")
    assert "新增 0，变更 1，不变 4" in page and "<ins>新的</ins>" in page
    confirm(page)
    assert held(app)["q-0101"].status is Status.DRAFT and held(app)["q-0102"].status is Status.READY
    assert held(app)["q-0101"].question.explanation == "记住新的上限。"


def test_new_questions_that_resemble_some_are_shown_with_a_link(app, upload):
    add(app, replace(single(), stem="气瓶能放地下室吗？"))
    page = upload(MENDED)
    assert "1 道和题库里的几乎相同" in page and "仍然导入" in page and 'href="/bank/questions/q-0101"' in page


def test_the_template_can_be_filled_in(client, trainer, upload):
    answer = client.get("/bank/template")
    assert answer.data.startswith(b"PK") and "题库模板.xlsx" in unquote(answer.headers["Content-Disposition"])
    assert "表里没有题目" in upload(answer.data, "空.xlsx")


HOSTILE = [
    ("a.exe", b"MZ"),
    ("空.csv", b""),
    ("a.xlsx", b"PK\x03\x04broken"),
    ("old.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 600),
    ("a.csv", "题型,题干,答案\n单选,=cmd|' /C calc'!A0,A\n".encode()),
    ("a.csv", b"\xff\xfe\x00\x00"),
    ("a.xml", b'<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "b">]><quiz>&a;</quiz>'),
    ("a.xml", b"<quiz><question"),
    ("a.gift", b"::t::{{{{"),
    ("a.yaml", b"questions: &a [*a]"),
    ("a.yaml", b"!!python/object/apply:os.system ['true']"),
    ("../../etc/passwd", b"x"),
]


@pytest.mark.parametrize(("name", "data"), HOSTILE, ids=lambda value: value if isinstance(value, str) else "")
def test_hostile_files_are_refused_with_a_reason(app, upload, name, data):
    page = upload(data, name)
    assert "没有导入任何内容" in page and 'name="upload"' not in page
    assert held(app) == {}


def test_a_confirmation_is_good_once_and_only_for_who_uploaded(app, auth, client, upload, confirm):
    page = upload(MENDED)
    auth.be(Role.EDITOR)
    assert "请重新上传" in confirm(page)
    assert held(app) == {}
    for token in ("", "../../app.db", "0" * 32):
        answer = auth.post("/bank/import/confirm", {"upload": token}, follow_redirects=True)
        assert "请重新上传" in answer.text


def test_a_failure_half_way_leaves_nothing_behind(app, auth, upload, monkeypatch):
    page = upload(MENDED)
    token = re.search(r'name="upload" value="(\w+)"', page)[1]
    take_in = operations.take_in

    def fail(*args, **kwargs):
        take_in(*args, **kwargs)
        raise RuntimeError("half way")

    monkeypatch.setattr(import_views.operations, "take_in", fail)
    assert auth.post("/bank/import/confirm", {"upload": token}).status_code == 500
    assert held(app) == {}


@pytest.fixture
def run(app):
    def command(*words: str):
        result = app.test_cli_runner().invoke(args=["quizzes", *words])
        return result.exit_code, result.output

    return command


def test_files_go_into_the_database_and_out_of_it_on_the_command_line(app, run, tmp_path):
    file = tmp_path / "all.xml"
    file.write_bytes(write_file("moodle_xml", ALL))
    assert run("import", str(file), "--dry-run", "--json")[0] == 0 and held(app) == {}
    status, output = run("import", str(file), "--ready", "--json")
    assert (status, json.loads(output)) == (0, {"added": 5, "changed": 0, "unchanged": 0})
    assert {known.status for known in held(app).values()} == {Status.READY}
    out = tmp_path / "out.yaml"
    assert run("export", str(out), "--database")[0] == 0
    assert read_file("out.yaml", out.read_bytes()) == ALL
    assert "不变 5 道" in run("import", str(out))[1]


def test_a_faulty_file_on_the_command_line_exits_with_one(app, run, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text(FAULTY, encoding="utf-8")
    status, output = run("import", str(file))
    assert status == 1 and f"{file}:3: 答案" in output and held(app) == {}


@pytest.mark.both_databases
def test_usage_is_how_many_papers_a_question_stood_in_and_counting_twice_is_the_same(app, auth, run):
    world = training_world.build(auth)
    assert run("usage")[1].strip() == "用过的题 0 道"
    with app.app_context():
        id = training_world.assign(world, training_world.targets(world.units["city"]))
        attempts = [training_world.begin(id, world.people[who], seed=n) for n, who in enumerate(("a1x", "a2x", "b1x"))]
        for attempt, who in zip(attempts, ("a1x", "a2x", "b1x"), strict=True):
            with writing() as session:
                attempt_operations.submit(session, attempt, world.people[who], now=training_world.NOW)
        papers = [unpack(db.session, db.session.get_one(Attempt, attempt).paper) for attempt in attempts]
        stood = Counter(item.question.key for paper in papers for item in paper.items)
        changed = db.session.scalar(sa.select(sa.func.max(BankQuestion.updated_at)))
        for _ in range(2):
            with writing() as session:
                assert count_uses(session) == len(stood)
            rows = db.session.scalars(sa.select(BankQuestion)).all()
            assert {row.key: row.uses for row in rows if row.uses} == stood
        assert {row.last_used_at for row in rows} == {training_world.NOW, None}
        assert db.session.scalar(sa.select(sa.func.max(BankQuestion.updated_at))) == changed


def test_the_shipped_banks_follow_their_files_but_leave_what_people_changed(app, auth, monkeypatch, tmp_path):
    (tmp_path / "01-gas.yaml").write_bytes(write_file("yaml", ALL))
    monkeypatch.setattr("app.bank.demo.BANKS", tmp_path)
    editor = auth.user("editor", Role.EDITOR)
    with app.app_context():
        with writing() as session:
            assert load(session, clock.now()) == 5
        with writing() as session:
            own = replace(multiple(), explanation="编辑改过。")
            operations.save_version(session, "q-0102", 1, own, actor_id=editor, now=clock.now())
    changed = [replace(question, explanation="文件改过。") for question in ALL]
    (tmp_path / "01-gas.yaml").write_bytes(write_file("yaml", changed))
    with app.app_context(), writing() as session:
        assert load(session, clock.now()) == 4
        assert load(session, clock.now()) == 0
    assert held(app)["q-0102"].question.explanation == "编辑改过。"
    assert held(app)["q-0101"].question.explanation == "文件改过。" and held(app)["q-0101"].status is Status.READY
