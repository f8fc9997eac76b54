"""Certificates: issued once, checked by anyone, guessed by nobody."""

import datetime as dt
import io
import re

import pypdf
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app import clock
from app.access import Role
from app.accounts.models import Level
from app.audit import AuditEntry
from app.certificates import codes, operations, queries
from app.certificates.models import Certificate, CertificateMiss, Kind
from app.db import db, writing
from app.notices.models import Notice
from app.pdf import PdfUnavailable

NOW = dt.datetime(2026, 11, 28, 2, 0, tzinfo=dt.UTC)
BODY = st.text(codes.ALPHABET, min_size=codes.DRAWN, max_size=codes.DRAWN)


def issue(app, user_id: int, source_key="quiz-1", **values) -> Certificate:
    facts = {"kind": Kind.PASSED, "subject": "燃气执法测试", "detail": "成绩 92 分", "now": NOW} | values
    with app.app_context(), writing() as session:
        certificate = operations.issue(session, user_id, source_key=source_key, **facts)
        session.refresh(certificate)
        session.expunge(certificate)
        return certificate


# codes


@given(BODY, st.integers(0, codes.DRAWN), st.sampled_from(codes.ALPHABET))
def test_every_single_wrong_character_is_found(body, place, wrong):
    code = body + codes._check(body)
    assert codes.read(code) == code
    typed = code[:place] + wrong + code[place + 1 :]
    assert codes.read(typed) == (code if typed == code else None)


@given(BODY, st.integers(0, codes.DRAWN - 1))
def test_every_two_neighbours_swapped_are_found(body, place):
    code = body + codes._check(body)
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert codes.read(typed) == (code if typed == code else None)


def test_a_code_is_read_whatever_its_width_case_and_dashes():
    code = codes.draw()
    for typed in (codes.grouped(code), codes.grouped(code).lower(), f" {code[:7]} — {code[7:]}　", code.translate(
        {ord(c): ord(c) + 0xFEE0 for c in codes.ALPHABET}
    )):  # fmt: skip
        assert codes.read(typed) == code
    assert codes.read("") is codes.read("O" * 16) is codes.read("2" * 500) is None


def test_codes_are_drawn_with_about_74_bits():
    drawn = {codes.draw() for _ in range(2000)}
    assert len(drawn) == 2000
    assert {character for code in drawn for character in code} == set(codes.ALPHABET)


# issuing and withdrawing


@pytest.mark.both_databases
def test_a_source_gives_one_certificate_and_one_notice(app, auth):
    unit = auth.unit("330702", Level.COUNTY, auth.unit() and "330700")
    person = auth.user(unit_id=auth.unit("330702100", Level.TOWN, "330702"))
    first = issue(app, person)
    again = issue(app, person, subject="别的")
    assert (first.id, first.code) == (again.id, again.code) and unit
    assert (again.subject, again.name, again.unit) == ("燃气执法测试", "王小明", "单位330702单位330702100")
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1


def test_a_later_change_of_name_or_unit_leaves_the_certificate_as_it_was(app, auth):
    id = issue(app, auth.user()).id
    with app.app_context(), writing() as session:
        session.execute(sa.text("UPDATE user SET name = '李新'"))
        assert session.get(Certificate, id).name == "王小明"


@pytest.mark.both_databases
def test_withdrawing_is_for_ever_told_and_audited(app, auth):
    person, trainer = auth.user(), auth.user("he", Role.TRAINER)
    certificate = issue(app, person)
    with app.app_context(), writing() as session:
        operations.withdraw(session, session.get(Certificate, certificate.id), "学时不足", actor_id=trainer, now=NOW)
    with app.app_context(), pytest.raises(operations.AlreadyWithdrawn), writing() as session:
        operations.withdraw(session, session.get(Certificate, certificate.id), "再来", actor_id=trainer, now=NOW)
    assert issue(app, person).reason == "学时不足", "issuing again does not bring it back"
    with app.app_context():
        assert db.session.scalars(sa.select(Notice.title)).all() == ["您获得一张证书", "一张证书被撤销"]
        assert db.session.scalar(sa.select(AuditEntry.detail)) == "学时不足"


# pages

pytestmark = pytest.mark.usefixtures("indexed")


def test_the_page_is_empty_at_first_and_then_lists_ones_own(app, auth, client):
    me = auth.be()
    assert "还没有证书" in client.get("/certificates").text
    certificate = issue(app, me)
    issue(app, auth.user("other"), "quiz-2", subject="别人的测试")
    page = client.get("/certificates").text
    assert "燃气执法测试" in page and certificate.printed_code in page and "别人的测试" not in page


def test_a_certificate_as_pdf_holds_its_words_and_its_code(app, auth, client):
    certificate = issue(app, auth.be())
    answer = client.get(f"/certificates/{certificate.id}/pdf")
    assert answer.mimetype == "application/pdf"
    (page,) = pypdf.PdfReader(io.BytesIO(answer.data)).pages
    text = re.sub(r"\s", "", page.extract_text())
    for words in ("培训合格证书", "王小明", "单位330700", "燃气执法测试", "成绩92分", "2026年11月28日"):
        assert words in text
    assert certificate.printed_code in text
    assert page.mediabox.width > page.mediabox.height


def test_the_qr_code_leads_to_the_public_check(apps, auth, monkeypatch):
    site = apps(SITE_URL="https://youshu.test")
    certificate = issue(site, auth.user())
    client, asked = site.test_client(), []
    auth.sign_in(client=client)
    monkeypatch.setattr("app.certificates.views.paper", lambda _c, url: asked.append(url) or pytest.fail(url))
    with pytest.raises(pytest.fail.Exception):
        client.get(f"/certificates/{certificate.id}")
    assert asked == [f"https://youshu.test/certificates/verify?code={certificate.printed_code}"]


def test_without_pango_the_page_offers_printing(app, auth, client, monkeypatch):
    certificate = issue(app, auth.be())

    def missing(_html):
        raise PdfUnavailable

    monkeypatch.setattr("app.certificates.views.pdf", missing)
    page = client.get(f"/certificates/{certificate.id}/pdf", follow_redirects=True).text
    assert "浏览器的“打印”" in page
    assert client.get(f"/certificates/{certificate.id}").status_code == 200


def test_somebody_elses_certificate_does_not_exist(app, auth, client):
    certificate = issue(app, auth.user("other"))
    for role in (Role.OFFICER, Role.EDITOR):
        auth.be(role)
        for page in ("", "/pdf", "/withdraw"):
            assert client.get(f"/certificates/{certificate.id}{page}").status_code == 404


def test_a_trainer_reaches_their_own_branch_only(app, auth, client):
    auth.unit()
    here, there = auth.unit("330702", Level.COUNTY, "330700"), auth.unit("330703", Level.COUNTY, "330700")
    near = issue(app, auth.user("yi", unit_id=here), "quiz-1", subject="近处")
    far = issue(app, auth.user("er", unit_id=there), "quiz-2", subject="远处")
    auth.user("he", Role.TRAINER, unit_id=here)
    auth.sign_in("he")
    page = client.get("/certificates/issued").text
    assert "近处" in page and "远处" not in page
    assert client.get(f"/certificates/{near.id}").status_code == 200
    assert client.get(f"/certificates/{far.id}").status_code == 404
    assert auth.post(f"/certificates/{far.id}/withdraw", {"reason": "x"}).status_code == 404
    assert "没有找到" in client.get("/certificates/issued?q=远处").text
    auth.be(Role.ADMIN)
    assert "远处" in client.get("/certificates/issued?q=远").text


def test_withdrawing_on_the_page_needs_a_reason(app, auth, client):
    person = auth.user("yi")
    certificate = issue(app, person)
    auth.be(Role.TRAINER)
    path = f"/certificates/{certificate.id}/withdraw"
    assert "请写明撤销原因" in auth.post(path, {"reason": " "}).text
    assert "已撤销王小明的证书" in auth.post(path, {"reason": "重名发错"}, follow_redirects=True).text
    assert "已经撤销过了" in auth.post(path, {"reason": "再来"}, follow_redirects=True).text
    page = client.get("/certificates/verify", query_string={"code": certificate.printed_code}).text
    assert "证书已撤销" in page and "重名发错" not in page
    assert "已 撤 销" in client.get(f"/certificates/{certificate.id}").text


# the public check


def ask(client, code: str, address="192.0.2.1"):
    place = {"REMOTE_ADDR": address}
    return client.get("/certificates/verify", query_string={"code": code}, environ_overrides=place)


def test_anyone_learns_whether_a_code_is_valid_and_no_more(app, auth, client):
    certificate = issue(app, auth.user(), detail="成绩 61 分")
    page = ask(client, certificate.printed_code.lower()).text
    for words in ("证书有效", "王*", "燃气执法测试", "2026年11月28日", "有书可依"):
        assert words in page
    for secret in ("王小明", "61", "单位330700"):
        assert secret not in page


def test_a_garbled_code_is_told_apart_from_an_unknown_one_and_asks_the_database_nothing(client, count_queries):
    with count_queries() as seen:
        assert "校验码写错了" in ask(client, "ABCD-EFGH-JKMN-PQR2").text
        assert "印在证书左下角" in ask(client, "").text
    assert seen == []
    assert "没有这张证书" in ask(client, codes.draw()).text


def test_what_was_typed_is_shown_as_text(client):
    assert "<b>x" not in ask(client, "<b>x</b>").text


@pytest.mark.both_databases
def test_guessing_is_stopped_by_address_and_waiting_hides_valid_codes_too(app, auth, client, monkeypatch):
    certificate = issue(app, auth.user())
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for _ in range(queries.MISS_LIMIT):
        assert ask(client, codes.draw()).status_code == 200
    for code in (codes.draw(), certificate.code):
        answer = ask(client, code)
        assert answer.status_code == 429 and "请等 15 分钟" in answer.text
    assert "证书有效" in ask(client, certificate.code, "192.0.2.2").text
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(minutes=15))
    assert "证书有效" in ask(client, certificate.code).text


def test_old_misses_are_forgotten(app, client, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    ask(client, codes.draw())
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(days=2))
    ask(client, codes.draw())
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(CertificateMiss)) == 1


def test_the_longest_words_still_fit_on_one_sheet_above_the_foot(app, auth, client):
    long = issue(app, auth.be(), subject="综合行政执法" * 20, detail="成绩优秀" * 50)
    (page,) = pypdf.PdfReader(io.BytesIO(client.get(f"/certificates/{long.id}/pdf").data)).pages
    heights: dict[str, float] = {}

    def note(text, cm, tm, *_rest):
        for words in ("特发此证", "校验码"):
            if words in text:
                heights.setdefault(words, cm[5] + cm[3] * tm[5])

    page.extract_text(visitor_text=note)
    assert heights["特发此证"] > heights["校验码"] + 20, "points, from the lower edge"
