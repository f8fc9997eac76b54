"""Pages of practice, the wrong-answer book, mastery and the record, as a browser without scripts sees them."""

import io
import json
import re

import openpyxl
import pytest
import sqlalchemy as sa

from app import clock
from app.access import Role
from app.bank.models import Status
from app.db import db, writing
from app.learning import operations
from app.learning.models import PracticeAnswer, Source, WrongQuestion
from app.learning.operations import Outcome
from app.training.models import Attempt, Standing
from learning_fakes import DAY, MATTER, NOW, add_bank, assign, change_status, new_version, rightly, take, wrongly
from quiz_fakes import single

SCOPES = {"matter": MATTER}


@pytest.fixture
def officer(indexed, auth, monkeypatch):
    """A signed-in officer with a bank; the clock stands still."""
    add_bank(indexed)
    id = auth.be(Role.OFFICER)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return id


def fields(html):
    """The hidden fields of the page's form of practice."""
    form = html.split('class="panel practice-form"')[1].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def letter_of(html, text):
    found = re.search(rf'value="([A-F])"[^>]*> <span class="letter">[A-F]</span> <span>{text}</span>', html)
    return found[1]


def ask(client, path="/learning/practice/next?matter=m-0101"):
    html = client.get(path).text
    return html, fields(html)


def test_one_question_is_answered_and_explained_at_once(officer, client, auth):
    html, sent = ask(client)
    assert sent["key"] == "q-0101" and sent["matter"] == MATTER
    answered = auth.post("/learning/practice/answer", sent | {"a-q-0101": letter_of(html, "五万元")})
    assert answered.status_code == 303
    page = client.get(answered.location).text
    assert "答错了" in page and "您选的" in page and "错题本里，连对 2 次后移出" in page
    for why in ("一千元的理由", "十万元的理由", "五十万元的理由", "五万元的理由", "记住上限"):
        assert why in page
    assert re.search(r'href="/regulations/ranqi-tiaoli#[^"]+"', page)
    following = re.search(r'href="(/learning/practice/next\?after=q-0101[^"]*)"', page)[1].replace("&amp;", "&")
    assert fields(client.get(following).text)["key"] == "q-0102"


def test_the_key_is_not_in_the_page_before_the_answer(officer, client):
    for path in ("", "?matter=m-0102", "?source=review", "?field=城镇燃气"):
        html = client.get(f"/learning/practice/next{path}").text
        assert "理由" not in html and "记住上限" not in html and "badge-good" not in html


def test_a_right_answer_is_rated_and_goes_on(officer, client, auth):
    html, sent = ask(client)
    answered = auth.post("/learning/practice/answer", sent | {"a-q-0101": letter_of(html, "十万元")})
    page = client.get(answered.location).text
    assert "答对了" in page and "下次复习：2026年11月22日" in page
    rated = auth.post(answered.location.split("?")[0] + "/felt", {"felt": "easy", "matter": MATTER})
    assert rated.status_code == 303 and "after=q-0101" in rated.location
    assert "下次复习：2026年11月28日" in client.get(answered.location).text


def test_not_knowing_shows_the_answer_and_counts_as_wrong(app, officer, client, auth):
    _, sent = ask(client)
    answered = auth.post("/learning/practice/answer", sent | {"action": "unknown"})
    assert "这道不会" in client.get(answered.location).text
    with app.app_context():
        assert db.session.get(WrongQuestion, (officer, "q-0101")).wrongs == 1


def test_an_empty_answer_is_asked_again_and_nothing_is_kept(app, officer, client, auth):
    _, sent = ask(client)
    page = auth.post("/learning/practice/answer", sent | {"action": "answer"})
    assert page.status_code == 200 and "还没有作答" in page.text and fields(page.text) == sent
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(PracticeAnswer.id))) == 0


@pytest.mark.parametrize(
    "change", [{"nonce": "x"}, {"nonce": ""}, {"seed": "-1"}, {"seed": "9" * 30}, {"seed": "a"}]
)  # fmt: skip
def test_what_no_page_sends_is_refused(officer, client, auth, change):
    _, sent = ask(client)
    assert auth.post("/learning/practice/answer", sent | {"a-q-0101": "A"} | change).status_code == 400


@pytest.mark.parametrize("change", [{"key": "q-9999"}, {"key": ""}, {"version": "77"}, {"version": "x"}])
def test_a_question_that_is_not_the_present_one_is_asked_anew(officer, client, auth, change):
    _, sent = ask(client)
    answered = auth.post("/learning/practice/answer", sent | {"a-q-0101": "A"} | change)
    assert answered.location == "/learning/practice/next?source=practice&matter=m-0101"
    assert "刚刚有改动" in client.get(answered.location).text


def test_a_question_changed_while_open_is_asked_anew(app, officer, client, auth):
    _, sent = ask(client)
    new_version(app, single("q-0101", right=0, matter=MATTER))
    answered = auth.post("/learning/practice/answer", sent | {"a-q-0101": "A"})
    assert "/learning/practice/next" in answered.location


def test_a_case_is_answered_part_by_part_and_right_only_as_a_whole(app, officer, client, auth):
    for key in ("q-0103", "q-0104"):
        change_status(app, key, Status.ON_HOLD)
    html, sent = ask(client, "/learning/practice/next?matter=m-0102")
    assert sent["key"] == "q-0105" and html.count("<fieldset") == 4
    picked = {"a-q-0105.1": letter_of(html, "十万元"), "a-q-0105.3": "B", "a-q-0105.4": ["5000", "五万"]}
    page = client.get(auth.post("/learning/practice/answer", sent | picked).location).text
    assert "答错了" in page and page.count("mark-right") == 3 and page.count('class="mark mark-wrong"') == 2


def test_others_answers_do_not_exist(app, officer, client, auth):
    _, sent = ask(client)
    answered = auth.post("/learning/practice/answer", sent | {"a-q-0101": "A"}).location
    auth.be(Role.TRAINER, "other")
    assert client.get(answered).status_code == 404
    assert auth.post(answered.split("?")[0] + "/felt", {"felt": "good"}).status_code == 404


def test_practice_never_counts_for_completion(app, officer, client, auth):
    assign(app, auth.unit())
    html, sent = ask(client)
    auth.post("/learning/practice/answer", sent | {"a-q-0101": letter_of(html, "十万元")})
    with app.app_context():
        for table in (Attempt, Standing):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_review_leads_from_home_to_the_last_card(app, officer, client, auth, monkeypatch):
    assert "今天复习" not in client.get("/").text
    with app.app_context(), writing() as session:
        both = [Outcome(f"q-010{n}", MATTER, n, False) for n in (1, 2)]
        operations.note(session, officer, both, Source.PRACTICE, NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW + DAY)
    assert "今天复习 2 题" in client.get("/").text
    for key in ("q-0101", "q-0102"):
        _, sent = ask(client, "/learning/practice/next?source=review")
        assert sent["key"] == key
        auth.post("/learning/practice/answer", sent | {"action": "unknown"})
    assert "今天要复习的都看完了。下一道在2026年11月22日" in client.get("/learning/practice/next?source=review").text


def test_the_book_lists_by_field_practises_and_prints(app, officer, client, auth):
    assert "错题本是空的" in client.get("/learning/wrong").text
    take(app, assign(app, auth.unit()), officer, wrongly)
    page = client.get("/learning/wrong").text
    assert "城镇燃气（1）" in page and "测验里答错" in page
    printed = client.get("/learning/wrong/print?field=城镇燃气").text
    assert "q-0101：最高可以罚多少" in printed and "记住上限" in printed
    assert "没有要打印的错题" in client.get("/learning/wrong/print?field=犬").text
    html, sent = ask(client, "/learning/practice/next?source=wrong")
    for number in range(2):
        sent = sent | {"a-q-0101": letter_of(html, "十万元"), "nonce": f"{number:032x}"}
        answered = auth.post("/learning/practice/answer", sent).location
    assert "已移出错题本" in client.get(answered).text
    assert "已经移出 1 题" in client.get("/learning/wrong").text
    assert "这里没有错题了" in client.get("/learning/practice/next?source=wrong").text


def test_a_question_on_hold_waits_out_of_the_book(app, officer, client, auth):
    take(app, assign(app, auth.unit()), officer, wrongly)
    change_status(app, "q-0101", Status.ON_HOLD)
    assert "另有 1 题正在修订或已停用" in client.get("/learning/wrong").text


def test_mastery_is_drawn_and_failures_lead_to_the_guide(app, officer, client):
    with app.app_context(), writing() as session:
        for number in range(3):
            failed = Outcome("q-0101", MATTER, 1, False)
            operations.note(session, officer, [failed], Source.PRACTICE, NOW + number * DAY)
    page = client.get("/learning/mastery").text
    assert "<svg" in page and "0</strong> / 1 个领域已掌握" in page and "2 个事项，答过 1，掌握 0" in page
    assert "错过 3 次" in page and 'href="/guides/guide-01' in page and "师资库里还没有教" in page


def test_the_record_is_the_same_on_the_page_in_excel_and_in_json(app, officer, client, auth):
    take(app, assign(app, auth.unit(), title="=1+1 测验"), officer, rightly)
    _, sent = ask(client)
    auth.post("/learning/practice/answer", sent | {"action": "unknown"})
    page = client.get("/learning/record").text
    assert "=1+1 测验" in page and "错题本（1）" in page and "练习和复习（1）" in page
    document = json.loads(client.get("/learning/record.json").text)
    assert (
        document["培训测验"][0] | {"得分": 10.0, "满分": 10.0, "得分率（%）": 100.0, "结果": "及格"}
        == document["培训测验"][0]
    )
    book = openpyxl.load_workbook(io.BytesIO(client.get("/learning/record.xlsx").data))
    assert book.sheetnames == ["说明", "培训测验", "各领域掌握情况", "培训学时", "证书", "错题本", "练习和复习"]
    cell = book["培训测验"]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1 测验", "s")
    for name in book.sheetnames[1:]:
        assert book[name].max_row - 1 == len(document[name])


def test_long_records_are_cut_short_until_all_is_asked_for(app, officer, client):
    with app.app_context(), writing() as session:
        session.add_all(
            PracticeAnswer(
                user_id=officer, key="q-0101", version_id=1, source="practice", seed=1, chosen={}, is_right=False,
                nonce=f"{number:032x}", answered_at=NOW,
            )
            for number in range(60)
        )  # fmt: skip
    assert client.get("/learning/record").text.count(">q-0101<") == 50
    assert client.get("/learning/record?all=1").text.count(">q-0101<") == 60


def test_an_empty_bank_says_so(indexed, client, auth):
    auth.be(Role.OFFICER)
    assert "题库里还没有可以练的题" in client.get("/learning/practice").text
    assert "这个范围里没有可以练的题" in client.get("/learning/practice/next?guide=guide-99").text
    assert "题库里还没有按事项写的题" in client.get("/learning/mastery").text


def test_without_an_index_practice_goes_on(app, client, auth):
    add_bank(app)
    auth.be(Role.OFFICER)
    assert client.get("/learning/practice?field=城镇燃气").status_code == 200
    _, sent = ask(client)
    assert client.get(auth.post("/learning/practice/answer", sent | {"action": "unknown"}).location).status_code == 200
    assert client.get("/learning/mastery").status_code == 200


@pytest.mark.parametrize(
    ("path", "most"),
    [("/", 5), ("/learning/practice", 9), ("/learning/practice/next", 6), ("/learning/practice/next?source=wrong", 7),
     ("/learning/wrong", 8), ("/learning/mastery", 7), ("/learning/record", 12)],
)  # fmt: skip
def test_pages_ask_the_database_little_however_much_was_answered(app, officer, client, count_queries, path, most):
    with app.app_context(), writing() as session:
        for number in range(1, 6):
            for day in range(4):
                failed = Outcome(f"q-010{number}", f"m-010{number}", number, False)
                operations.note(session, officer, [failed], Source.PRACTICE, NOW - day * DAY)
    client.get(path)
    with count_queries() as sent:
        assert client.get(path).status_code == 200
    assert len(sent) <= most, "\n".join(sent)


def test_a_test_is_noted_with_few_statements_however_long(app, auth, count_queries):
    add_bank(app, [single(f"q-{n:04}", matter=f"m-{n:04}") for n in range(1, 41)])
    person = auth.user("li")
    outcomes = [Outcome(f"q-{n:04}", f"m-{n:04}", n, n % 2 == 0) for n in range(1, 41)]
    with app.app_context(), writing() as session, count_queries() as sent:
        operations.note(session, person, outcomes, Source.TEST, NOW)
    assert len(sent) <= 8, "\n".join(sent)


def test_hours_of_sessions_are_in_the_record(app, client, auth, indexed):
    from app.demo import load_demo
    from app.sessions.models import TrainingSession
    from app.sessions.outcome_models import HoursEntry

    id = auth.be(Role.OFFICER)
    with app.app_context(), writing() as session:
        load_demo(session, NOW)
        row = session.scalars(sa.select(TrainingSession)).first()
        session.add(HoursEntry(session_id=row.id, user_id=id, kind="credit", hours=2.5, at=NOW))
        title = row.title
    document = json.loads(client.get("/learning/record.json").text)
    assert [(line["培训班次"], line["学时"]) for line in document["培训学时"]] == [(title, 2.5)]
