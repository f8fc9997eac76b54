"""What an administrator changes: users and units, one by one or from a table."""

import datetime as dt
from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import PARENT_LEVEL, Level, Unit, User
from app.accounts.operations import revoke_sessions
from app.admin.importing import Plan, UnitRow, UserRow, wrong_parent
from app.admin.queries import units_by_code, users_by_username
from app.audit import record


class Refused(Exception):
    """A change that the rules forbid; names the form field it is about and says why in Chinese."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


OVERTAKEN = Refused("file", "确认之前数据已被别人改动，没有导入任何内容。请重新上传。")


def add_user(session: Session, row: UserRow, password_hash: str, *, actor_id: int | None, now: dt.datetime) -> User:
    """Add a user who must choose a password at the first sign-in."""
    user = _new_user(row, password_hash, now)
    session.add(user)
    _flush(session, Refused("username", "这个用户名已经有人用了。"))
    detail = f"{row.role.value}, unit {row.unit.code}"
    record(session, "admin.user_added", f"user {row.username}", actor_id=actor_id, now=now, detail=detail)
    return user


def _new_user(row: UserRow, password_hash: str, now: dt.datetime) -> User:
    return User(
        username=row.username,
        name=row.name,
        role=row.role.value,
        unit_id=row.unit.id,
        email=row.email or None,
        password_hash=password_hash,
        must_change_password=True,
        created_at=now,
        password_changed_at=now,
    )


def _flush(session: Session, refusal: Refused) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise refusal from error


def change_user(
    session: Session, user: User, row: UserRow, *, is_active: bool, actor_id: int | None, now: dt.datetime
) -> None:
    """Make a user as `row` says, but for the username. A new role or being disabled ends their sessions."""
    if user.id == actor_id and (row.role != user.role or not is_active):
        field = "role" if row.role != user.role else "state"
        raise Refused(field, "不能停用自己或改自己的角色，请由另一位系统管理员操作。")
    email = user.email if row.email is None else row.email or None
    wanted = {"name": row.name, "role": row.role.value, "unit_id": row.unit.id, "is_active": is_active, "email": email}
    changes = {key: (getattr(user, key), value) for key, value in wanted.items() if getattr(user, key) != value}
    if not changes:
        return
    for key, value in wanted.items():
        setattr(user, key, value)
    if changes.keys() & {"role", "is_active"}:
        revoke_sessions(session, user, now=now)
    action = "admin.user_disabled" if "is_active" in changes and not is_active else "admin.user_changed"
    detail = "; ".join(f"{key}: {old} → {new}" for key, (old, new) in changes.items())
    record(session, action, f"user {user.username}", actor_id=actor_id, now=now, detail=detail)


def reset_password(session: Session, user: User, password_hash: str, *, actor_id: int | None, now: dt.datetime) -> None:
    """Give a user a one-time password and end their sessions."""
    if user.id == actor_id:
        raise Refused("password", "自己的密码请在“我的账号”里修改。")
    if user.is_demo:
        raise Refused("password", "示例账号的密码是固定的，不能重置。")
    user.password_hash = password_hash
    user.must_change_password = True
    user.password_changed_at = now
    revoke_sessions(session, user, now=now)
    record(session, "admin.password_reset", f"user {user.username}", actor_id=actor_id, now=now)


def add_unit(
    session: Session,
    *,
    code: str,
    name: str,
    level: Level,
    parent: Unit | None,
    actor_id: int | None,
    now: dt.datetime,
) -> Unit:
    """Add a unit below `parent`."""
    _check_parent(level, parent)
    unit = Unit(code=code, name=name, level=level.value, parent=parent)
    session.add(unit)
    _flush(session, Refused("code", "这个编码已经有单位用了。"))
    record(session, "admin.unit_added", f"unit {code}", actor_id=actor_id, now=now, detail=name)
    return unit


def change_unit(
    session: Session, unit: Unit, *, name: str, parent: Unit | None, actor_id: int | None, now: dt.datetime
) -> None:
    """Rename a unit or put it elsewhere in the tree; those below it go along."""
    _check_parent(Level(unit.level), parent)
    if (unit.name, unit.parent) == (name, parent):
        return
    detail = f"name: {unit.name} → {name}; parent: {_code(unit.parent)} → {_code(parent)}"
    unit.name, unit.parent = name, parent
    record(session, "admin.unit_changed", f"unit {unit.code}", actor_id=actor_id, now=now, detail=detail)


def _code(unit: Unit | None) -> str:
    return unit.code if unit else "none"


def _check_parent(level: Level, parent: Unit | None) -> None:
    if (parent.level if parent else None) != PARENT_LEVEL[level]:
        raise Refused("parent", wrong_parent(level))


def import_users(
    session: Session, plan: Plan[UserRow], hashes: Mapping[str, str], *, actor_id: int | None, now: dt.datetime
) -> None:
    """Carry out a plan; `hashes` of one-time passwords by username of those added."""
    if not plan.is_ready or any(row.username not in hashes for row in plan.added):
        raise OVERTAKEN
    session.add_all(_new_user(row, hashes[row.username], now) for row in plan.added)
    _flush(session, OVERTAKEN)
    users = users_by_username(session) if plan.changed else {}
    for row, _ in plan.changed:
        user = users[row.username]
        change_user(session, user, row, is_active=user.is_active, actor_id=actor_id, now=now)
    _record_import(session, "admin.users_imported", plan, actor_id, now)


def import_units(session: Session, plan: Plan[UnitRow], *, actor_id: int | None, now: dt.datetime) -> None:
    """Carry out a plan, the upper levels first."""
    if not plan.is_ready:
        raise OVERTAKEN
    units = units_by_code(session)
    order = list(Level)
    for row in sorted(plan.added, key=lambda row: order.index(row.level)):
        units[row.code] = Unit(code=row.code, name=row.name, level=row.level.value, parent=units.get(row.parent_code))
        session.add(units[row.code])
    _flush(session, OVERTAKEN)
    for row, _ in plan.changed:
        parent = units.get(row.parent_code)
        change_unit(session, units[row.code], name=row.name, parent=parent, actor_id=actor_id, now=now)
    _record_import(session, "admin.units_imported", plan, actor_id, now)


def _record_import(
    session: Session, action: str, plan: Plan[UserRow] | Plan[UnitRow], actor_id: int | None, now: dt.datetime
) -> None:
    detail = f"{len(plan.added)} added, {len(plan.changed)} changed, {plan.unchanged} unchanged"
    record(session, action, "table", actor_id=actor_id, now=now, detail=detail)
