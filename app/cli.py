"""The command line: `flask corpus …`, `flask index …`, `flask quizzes …` and `flask demo`. Contract in docs/cli.md.

With `--json` a command prints one JSON document; the exit status is 0 only when all is well.
"""

import click
from flask import Flask
from flask.cli import with_appcontext

from app import clock
from app.console import told
from app.corpus_cli import corpus_cli
from app.index_cli import index_cli
from app.quizzes_cli import quizzes_cli


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(corpus_cli)
    app.cli.add_command(index_cli)
    app.cli.add_command(quizzes_cli)
    app.cli.add_command(demo)


@click.command("demo", help="升级数据库，放入示例单位和每种角色一个示例账号（只有 DEMO=1 时能登录）。")
@with_appcontext
@told
def demo() -> None:
    from app.db import alembic, writing
    from app.demo import load_demo

    alembic.upgrade()
    with writing() as session:
        accounts = load_demo(session, clock.now())
    click.echo("示例账号（只有 DEMO=1 时能登录）：")
    for account in accounts:
        click.echo(f"  {account.username:<10} {account.password:<20} {account.role_name}")
