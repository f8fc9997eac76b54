"""`flask notices remind|send`: run both every few minutes by a timer (docs/notices.md)."""

import click
from flask import current_app
from flask.cli import AppGroup

from app import clock
from app.console import as_json, fail, say
from app.db import db, writing
from app.notices import queries
from app.notices.mailer import MailSettings, NoConnection
from app.notices.sending import send_due

notices_cli = AppGroup("notices", help="通知：生成到期提醒，发送待发邮件。")


@notices_cli.command("remind", help="按各功能的规定生成快到期和已逾期的通知；重复运行不会重复通知。")
@as_json
def remind_command(as_json: bool) -> None:
    """Make the notices that are due."""
    from app.notices.reminders import remind  # it knows the features, and they know app.notices

    with writing() as session:
        made = remind(session, clock.now())
    say({"made": made}) if as_json else click.echo(f"新通知 {made} 条。")


@notices_cli.command("send", help="发送到时间的待发邮件；没发出的留在待发邮件里，下次再发。")
@as_json
def send_command(as_json: bool) -> None:
    """Send the mails that are due."""
    settings = MailSettings.of(current_app.config)
    waiting = queries.mail_counts(db.session)["waiting"]
    if settings.missing:
        fail(f"没有设置 {'、'.join(settings.missing)}，邮件没有发送，{waiting} 封留在待发邮件里。", as_json)
    try:
        outcome = send_due(settings, clock.now)
    except NoConnection as error:
        fail(f"连不上邮件服务器，{waiting} 封留在待发邮件里：{error}", as_json)
    db.session.rollback()  # the counts after the run
    counts = queries.mail_counts(db.session)
    if as_json:
        say({"sent": outcome.sent, "not_taken": outcome.not_taken, **{f"now_{k}": v for k, v in counts.items()}})
    else:
        click.echo(f"发出 {outcome.sent} 封，没发出 {outcome.not_taken} 封；还有 {counts['waiting']} 封等待。")
    if outcome.not_taken:
        raise SystemExit(1)
