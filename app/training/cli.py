"""`flask training …`: what a timer runs, and making the standings again."""

import click
import sqlalchemy as sa

from app import clock
from app.console import as_json, say
from app.db import db, writing
from app.training import attempt_operations, reminders, standings
from app.training.models import Assignment, State
from app.training.views import blueprint

BATCH = 100


def _told(done: dict[str, int], text: str, json_wanted: bool) -> None:
    if json_wanted:
        say(done)
    else:
        click.echo(text)


@blueprint.cli.command(
    "remind", help="发出快到期、已逾期的提醒和培训管理员的每周汇总；多运行几次也只发一次。每天一次。"
)
@as_json
def remind(as_json: bool) -> None:
    """Tell people what is due or overdue."""
    with writing() as session:
        done = reminders.remind(session, clock.now())
    _told(done, "快到期 {due_soon} 条，逾期 {overdue} 条，汇总 {digests} 条".format(**done), as_json)


@blueprint.cli.command("close", help="给时间已到的答卷按已保存的答案评分。每分钟一次。")
@as_json
def close(as_json: bool) -> None:
    """Finish attempts whose time has run out, a batch a transaction so that saving goes on beside it."""
    total = 0
    while True:
        with writing() as session:
            done = attempt_operations.close_overdue(session, now=clock.now(), most=BATCH)
        total += done
        if done < BATCH:
            break
    _told({"closed": total}, f"评了 {total} 份到时间的答卷", as_json)


@blueprint.cli.command("recount", help="按全部答卷重新计算每个人的成绩和完成情况。")
@as_json
def recount_all(as_json: bool) -> None:
    """Make all standings again; they come out the same unless a rule or a mark was corrected."""
    ids = db.session.scalars(sa.select(Assignment.id).where(Assignment.state != State.DRAFT)).all()
    total = 0
    for id in ids:
        with writing() as session:
            total += standings.recount(session, session.get_one(Assignment, id))
    _told({"recounted": total}, f"重新计算了 {total} 人次", as_json)
