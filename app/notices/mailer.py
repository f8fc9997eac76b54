"""Mails by SMTP. Knows no database and no request."""

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from enum import StrEnum
from typing import Any

TIMEOUT = 20  # seconds for each answer of the mail server


class Tls(StrEnum):
    """How the line to the mail server is kept secret."""

    STARTTLS = "starttls"
    SSL = "ssl"
    NONE = "none"


class MailError(Exception):
    """A mail was not taken. `is_final`: another try would end the same."""

    def __init__(self, message: str, *, is_final: bool) -> None:
        super().__init__(message)
        self.is_final = is_final


class NoConnection(Exception):
    """The mail server cannot be reached or takes no mail from this site: no mail is at fault."""


@dataclass(frozen=True)
class MailSettings:
    """Where mails go out and from whom."""

    host: str
    port: int
    user: str
    password: str
    tls: Tls
    sender: str
    site_name: str
    site_url: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "MailSettings":
        """From the site's settings."""
        return cls(
            host=config["SMTP_HOST"],
            port=config["SMTP_PORT"],
            user=config["SMTP_USER"],
            password=config["SMTP_PASSWORD"],
            tls=Tls(config["SMTP_TLS"]),
            sender=config["MAIL_FROM"],
            site_name=config["SITE_NAME"],
            site_url=config["SITE_URL"],
        )

    @property
    def missing(self) -> list[str]:
        """Names of the settings without which no mail can be sent."""
        return [name for name, value in (("SMTP_HOST", self.host), ("MAIL_FROM", self.sender)) if not value]


@dataclass(frozen=True)
class Letter:
    """What one mail says, and to whom. `number` is the same when it is tried again."""

    number: int
    address: str
    name: str
    title: str
    body: str
    url: str


def message(letter: Letter, settings: MailSettings) -> EmailMessage:
    """The mail: plain text, with the address of the page it is about."""
    mail = EmailMessage()
    mail["Subject"] = f"【{settings.site_name}】{letter.title}"
    mail["From"] = Address(settings.site_name, addr_spec=settings.sender)
    mail["To"] = Address(letter.name, addr_spec=letter.address)
    domain = settings.sender.rpartition("@")[2]
    mail["Message-ID"] = f"<notice-{letter.number}@{domain}>"  # a mail sent twice is known as the same
    mail["Auto-Submitted"] = "auto-generated"
    look = f"打开查看：{settings.site_url}{letter.url}" if settings.site_url else "请登录网站，在“通知”里查看。"
    foot = f"这封邮件由{settings.site_name}自动发出，请不要回复。邮箱可以在网站的“我的账号”里修改。"
    mail.set_content(f"{letter.name}：\n\n{letter.body}\n\n{look}\n\n--\n{foot}\n", cte="base64")
    return mail


@contextmanager
def connection(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    """A line to the mail server, signed in. Raises NoConnection."""
    try:
        server = _open(settings)
    except (OSError, smtplib.SMTPException) as error:
        raise NoConnection(_said(error)) from error
    try:
        yield server
    finally:
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def _open(settings: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.tls is Tls.SSL:
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT)
    try:
        if settings.tls is Tls.STARTTLS:
            server.starttls(context=context)
        if settings.user:
            server.login(settings.user, settings.password)
    except BaseException:
        server.close()
        raise
    return server


def send(server: smtplib.SMTP, letter: Letter, settings: MailSettings) -> None:
    """Hand one mail to the mail server. Raises MailError, and NoConnection when it refuses the sender."""
    try:
        server.send_message(message(letter, settings))
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise MailError(f"{code} {_text(text)}", is_final=code >= 500) from error
    except smtplib.SMTPSenderRefused as error:
        raise NoConnection(_said(error)) from error
    except smtplib.SMTPResponseException as error:
        raise MailError(_said(error), is_final=error.smtp_code >= 500) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(_said(error), is_final=False) from error
    except (ValueError, UnicodeError) as error:
        raise MailError(f"地址或内容不能写成邮件：{error}", is_final=True) from error


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error) or type(error).__name__


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
