"""Mails leave the outbox once, are never lost, and say in Chinese what to do."""

import datetime as dt
import email
import json
import smtplib
import socket
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from app import clock
from app.db import db, writing
from app.notices import operations, outbox_operations, sending
from app.notices.mailer import Letter, MailSettings, NoConnection, Tls, message
from app.notices.models import OutboxMail

NOW = dt.datetime(2026, 11, 28, 2, 0, tzinfo=dt.UTC)


class Post:
    """A mail server in this process; `answers` are its next replies to a recipient, in order."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []
        self.lines = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.lines += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def post():
    handler = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        handler.port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def site(apps, post):
    """A site that sends through `post`."""
    settings = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(post.port), "SMTP_TLS": "none"}
    return apps(**settings, MAIL_FROM="youshu@example.test", SITE_URL="https://youshu.test/")


class Hands:
    """What the tests do with the outbox of a site."""

    def __init__(self, site, auth) -> None:
        self.site = site
        self.now = NOW
        self.auth = auth

    def fill(self, count: int = 1, **values) -> None:
        ids = [self.auth.user(f"u{n}", email=f"u{n}@example.test", name=f"人{n}") for n in range(count)]
        facts = {"key": "k", "title": "新任务：燃气执法", "body": "请在12月5日前完成。", "url": "/notices"} | values
        with self.site.app_context(), writing() as session:
            operations.notify(session, ids, now=self.now, **facts)

    def send(self):
        with self.site.app_context():
            settings = MailSettings.of(self.site.config)
            return sending.send_due(settings, lambda: self.now)

    def rows(self) -> list[OutboxMail]:
        with self.site.app_context():
            return db.session.scalars(sa.select(OutboxMail).order_by(OutboxMail.id)).all()


@pytest.fixture
def hands(site, auth) -> Hands:
    return Hands(site, auth)


@pytest.mark.both_databases
def test_a_mail_is_sent_once_and_leads_to_its_page(hands, post):
    hands.fill()
    assert hands.send().sent == 1
    assert hands.send().sent == 0
    (mail,) = post.mails
    assert mail["Subject"] == "【有书可依】新任务：燃气执法"
    assert mail["To"] == "人0 <u0@example.test>" and "youshu@example.test" in mail["From"]
    text = mail.get_content()
    assert "请在12月5日前完成。" in text and "https://youshu.test/notices" in text
    (row,) = hands.rows()
    assert (row.state, row.tries, row.sent_at) == ("sent", 1, NOW)


def test_a_long_outbox_goes_over_several_lines_in_order(hands, post):
    hands.fill(120)
    assert hands.send().sent == 120
    assert [mail["To"] for mail in post.mails] == [f"人{n} <u{n}@example.test>" for n in range(120)]
    assert post.lines == 3


def test_a_mail_not_taken_waits_longer_each_time_and_stands_as_failed_after_eight_tries(hands, post):
    hands.fill()
    waits = []
    for _ in range(8):
        post.answers = ["451 4.3.0 busy"]
        assert hands.send().not_taken == 1
        assert hands.send().not_taken == 0, "it waits"
        (row,) = hands.rows()
        waits.append((row.next_try_at - hands.now) / dt.timedelta(minutes=1))
        hands.now = row.next_try_at
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640]
    assert (row.state, row.tries, row.last_error) == ("failed", 8, "451 4.3.0 busy")
    assert post.mails == []


def test_a_refusal_for_good_fails_at_once_and_the_others_go_out(hands, post):
    hands.fill(3)
    post.answers = ["250 OK", "550 5.1.1 no such user"]
    outcome = hands.send()
    assert (outcome.sent, outcome.not_taken) == (2, 1)
    assert [row.state for row in hands.rows()] == ["sent", "failed", "sent"]


@pytest.mark.both_databases
def test_a_sender_that_dies_after_taking_a_mail_up_loses_nothing(hands, post, monkeypatch):
    hands.fill(3)

    class Killed(BaseException):
        pass

    def die(*_args):
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(sending, "send", die)
        with pytest.raises(Killed):
            hands.send()
    assert hands.send().sent == 2
    hands.now += dt.timedelta(minutes=5)
    assert hands.send().sent == 1
    assert sorted(mail["To"] for mail in post.mails) == [f"人{n} <u{n}@example.test>" for n in range(3)]


@pytest.mark.both_databases
def test_a_sender_that_dies_before_noting_a_mail_as_sent_repeats_that_one_only(hands, post, monkeypatch):
    hands.fill(3)

    class Killed(BaseException):
        pass

    def die(*_args, **_values):
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(outbox_operations, "note_sent", die)
        with pytest.raises(Killed):
            hands.send()
    hands.now += dt.timedelta(minutes=5)
    assert hands.send().sent == 3
    ids = [mail["Message-ID"] for mail in post.mails]
    assert len(ids) == 4 and len(set(ids)) == 3, "the mail that is sent twice is known as the same"


@pytest.mark.both_databases
def test_two_senders_never_take_the_same_mail(hands):
    hands.fill(2)
    with hands.site.app_context(), writing() as session:
        first = outbox_operations.take(session, now=NOW)[0].id
    with hands.site.app_context(), writing() as session:
        second = outbox_operations.take(session, now=NOW)[0].id
        assert outbox_operations.take(session, now=NOW) is None
    assert first != second


def test_without_a_mail_server_nothing_counts_as_tried(hands, post, monkeypatch):
    hands.fill()
    monkeypatch.setattr(smtplib.SMTP, "connect", lambda *_: (_ for _ in ()).throw(ConnectionRefusedError("refused")))
    with pytest.raises(NoConnection, match="refused"):
        hands.send()
    assert [(row.state, row.tries) for row in hands.rows()] == [("waiting", 0)]


def test_a_server_that_refuses_the_site_itself_ends_the_run_and_fails_no_mail(hands, post, monkeypatch):
    hands.fill(2)

    async def refuse(self, server, session, envelope, address, options):
        return "553 5.7.1 sender not allowed"

    monkeypatch.setattr(Post, "handle_MAIL", refuse, raising=False)
    with pytest.raises(NoConnection, match="sender not allowed"):
        hands.send()
    assert [(row.state, row.tries) for row in hands.rows()] == [("waiting", 1), ("waiting", 0)]


def test_a_mail_whose_person_left_or_has_no_address_any_more_fails_and_says_why(hands, post):
    hands.fill(2)
    with hands.site.app_context(), writing() as session:
        session.execute(sa.text("UPDATE user SET email = NULL WHERE username = 'u0'"))
        session.execute(sa.text("UPDATE user SET active = false WHERE username = 'u1'"))
    assert hands.send().sent == 0
    assert {(row.state, row.last_error) for row in hands.rows()} == {("failed", "这个人没有邮箱，或者账号已停用")}
    assert post.mails == []


def test_a_line_that_cannot_be_made_secret_carries_no_mail(apps, hands, post):
    hands.fill()
    hands.site.config["SMTP_TLS"] = "starttls"
    with pytest.raises(NoConnection):
        hands.send()
    assert post.mails == []


def test_a_title_cannot_add_a_header(hands, post):
    hands.fill(title="题目\r\nBcc: all@example.test")
    hands.send()
    assert post.mails[0]["Bcc"] is None


def test_a_letter_without_a_site_address_says_where_to_look():
    settings = MailSettings("h", 25, "", "", Tls.NONE, "a@example.test", "有书可依", "")
    text = message(Letter(1, "b@example.test", "王", "题", "文", "/notices"), settings).get_content()
    assert "请登录网站" in text and "/notices" not in text


def test_the_command_sends_and_reports(site, hands, post, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    hands.fill(2)
    post.answers = ["250 OK", "451 busy"]
    result = site.test_cli_runner().invoke(args=["notices", "send", "--json"])
    assert result.exit_code == 1, result.output
    report = json.loads(result.output)
    assert report == {"sent": 1, "not_taken": 1, "now_waiting": 1, "now_sent": 1, "now_failed": 0}


def test_the_command_without_settings_keeps_all_and_says_so(app, auth):
    Hands(app, auth).fill(2)
    result = app.test_cli_runner().invoke(args=["notices", "send"])
    assert result.exit_code == 1
    assert "SMTP_HOST、MAIL_FROM" in result.output and "2 封留在待发邮件里" in result.output


def test_remind_tells_nobody_twice(app):
    for _ in range(2):
        result = app.test_cli_runner().invoke(args=["notices", "remind", "--json"])
        assert json.loads(result.output) == {"made": 0}
