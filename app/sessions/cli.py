"""`flask sessions remind`: what people are reminded of."""

import click
from flask.cli import AppGroup

from app import clock
from app.console import as_json, say
from app.db import writing
from app.sessions.reminders import remind

sessions_cli = AppGroup("sessions", help="培训班次：提醒。")


@sessions_cli.command("remind", help="提醒快开班的人、请培训老师确认已结束的班次；重复运行不会重复提醒。")
@as_json
def remind_command(as_json: bool) -> None:
    with writing() as session:
        told = remind(session, clock.now())
    say({"told": told}) if as_json else click.echo(f"新提醒 {told} 条。")
