"""`flask quizzes import` and `flask quizzes usage`: the question bank of the database from a shell."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from app import clock
from app.bank import operations, queries
from app.bank.importing import plan_questions
from app.bank.models import Status
from app.bank.usage import count_uses
from app.console import as_json, say, told
from app.db import db, writing
from quizzes.formats import FormatError, read_file
from quizzes.question import Question


def read_questions(file: Path) -> list[Question]:
    """The questions of a file. Raises ValueError that names every fault."""
    try:
        return read_file(file.name, file.read_bytes())
    except FormatError as error:
        faults = "\n".join(f"{file}:{fault.row}: {fault.column}{fault.message}" for fault in error.faults[:50])
        raise ValueError(f"文件有 {len(error.faults)} 处错误，没有导入：\n{faults}") from error


@click.command("import", help="把文件里的题目放进数据库的题库，全部或者全不；格式看结尾。默认是草稿。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--ready", is_flag=True, help="不经审核，直接可用")
@click.option("--dry-run", is_flag=True, help="只看会改什么")
@as_json
@with_appcontext
@told
def quizzes_import(file: Path, ready: bool, dry_run: bool, as_json: bool) -> None:
    questions = read_questions(file)
    if dry_run:
        plan = plan_questions(questions, queries.all_present(db.session))
    else:
        with writing() as session:
            plan = plan_questions(questions, queries.all_present(session))
            status = Status.READY if ready else Status.DRAFT
            operations.take_in(session, plan, status, actor_id=None, now=clock.now(), note=f"导入自 {file.name}")
    done = {"added": len(plan.added), "changed": len(plan.changed), "unchanged": plan.unchanged}
    if as_json:
        say(done)
    else:
        click.echo("新增 {added} 道，变更 {changed} 道，不变 {unchanged} 道".format(**done))


@click.command("usage", help="统计每道题被多少份试卷用过。每天一次。")
@as_json
@with_appcontext
def quizzes_usage(as_json: bool) -> None:
    with writing() as session:
        used = count_uses(session)
    if as_json:
        say({"used": used})
    else:
        click.echo(f"用过的题 {used} 道")
