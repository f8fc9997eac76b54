"""`flask users add|import`: the same rules as in the browser, without an administrator signed in."""

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from app import clock
from app.access import Role
from app.accounts import passwords
from app.accounts.models import USERNAME, clean_username
from app.admin import operations, queries
from app.admin.importing import NewPasswords, Plan, UserRow, new_passwords, password_sheet, users_plan
from app.admin.operations import Refused
from app.admin.sheets import BadSheet
from app.db import db, writing

users_cli = AppGroup("users", help="用户：添加一个，或从表格批量导入。")


@users_cli.command("add", help="添加一个用户，输出一次性密码；首次登录必须改密码。")
@click.argument("username")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="角色")
@click.option("--unit", "unit_code", required=True, help="单位编码")
def add(username: str, name: str, role: str, unit_code: str) -> None:
    """Add one user."""
    username = clean_username(username)
    unit = queries.units_by_code(db.session).get(unit_code)
    if not USERNAME.fullmatch(username):
        raise click.ClickException("用户名要用 2 到 32 个小写字母、数字、点、横线，以字母或数字开头。")
    if unit is None:
        raise click.ClickException(f"没有编码为 {unit_code} 的单位。")
    password = passwords.one_time()
    hashed = passwords.hash_one_time(password)
    try:
        with writing() as session:
            row = UserRow(username, name, Role(role), unit)
            operations.add_user(session, row, hashed, actor_id=None, now=clock.now())
    except Refused as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(password)


@users_cli.command("import", help="从 CSV 或 Excel 导入用户：要么全部导入，要么一个也不导入。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，不导入")
@click.option("--json", "as_json", is_flag=True, help="只输出一个 JSON 文档")
def import_(file: Path, dry_run: bool, as_json: bool) -> None:
    """Import a table of users."""
    try:
        plan, fresh = _import(file.read_bytes(), dry_run)
    except (BadSheet, Refused) as error:
        if not as_json:
            raise click.ClickException(str(error)) from error
        click.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
        raise SystemExit(1) from error
    (_say_json if as_json else _say)(plan, fresh)
    if plan.faults:
        raise SystemExit(1)


def _import(data: bytes, dry_run: bool) -> tuple[Plan[UserRow], NewPasswords | None]:
    plan = users_plan(db.session, data, None)
    if dry_run or not plan.is_ready:
        return plan, None
    fresh = new_passwords(plan)
    with writing() as session:
        plan = users_plan(session, data, None)
        operations.import_users(session, plan, fresh.hashes, actor_id=None, now=clock.now())
    return plan, fresh


def _say_json(plan: Plan[UserRow], fresh: NewPasswords | None) -> None:
    document = {
        "imported": fresh is not None,
        "added": len(plan.added),
        "changed": len(plan.changed),
        "unchanged": plan.unchanged,
        "errors": [{"row": fault.row, "column": fault.column, "message": fault.message} for fault in plan.faults],
        "passwords": dict(fresh.passwords) if fresh else {},
    }
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


def _say(plan: Plan[UserRow], fresh: NewPasswords | None) -> None:
    for fault in plan.faults:
        click.echo(f"第 {fault.row} 行 {fault.column}：{fault.message}", err=True)
    done = "已导入" if fresh else "没有导入"
    counts = f"新增 {len(plan.added)}，变更 {len(plan.changed)}，不变 {plan.unchanged}，错误 {len(plan.faults)}"
    click.echo(f"{done}：{counts}", err=True)
    if fresh and fresh.passwords:
        click.echo(password_sheet(plan, fresh).decode("utf-8-sig"), nl=False)
