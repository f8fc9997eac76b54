"""What an uploaded table of users or units would change: a plan, made without changing anything.

A plan with faults is never carried out, so an import is all or nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from app.access import ROLE_NAMES, Role
from app.accounts import passwords
from app.accounts.models import EMAIL, PARENT_LEVEL, USERNAME, Level, Unit, User, clean_email, clean_username
from app.admin.queries import units_by_code, users_by_username
from app.admin.sheets import Fault, Row, Sheet, read_sheet, write_csv
from basics.sheets import Layout

USER_COLUMNS = ("用户名", "姓名", "角色", "单位编码")
USER_EXTRAS = ("邮箱",)  # columns that may be missing
UNIT_COLUMNS = ("编码", "名称", "级别", "上级编码")
ROLES = {name: role for role, name in ROLE_NAMES.items()} | {role.value: role for role in Role}
UNIT_CODE = re.compile(r"[0-9A-Za-z-]{1,20}")
BAD_EMAIL = "邮箱的写法不对，应像 name@example.com。"
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")


@dataclass(frozen=True)
class UserRow:
    """A user as an import wants them. `email` None leaves an address as it is, "" takes it away."""

    username: str
    name: str
    role: Role
    unit: Unit
    email: str | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """As shown in the preview."""
        return self.username, self.name, ROLE_NAMES[self.role], f"{self.unit.code} {self.unit.name}", self.email or ""


@dataclass(frozen=True)
class UnitRow:
    """A unit as an import wants it."""

    code: str
    name: str
    level: Level
    parent_code: str

    @property
    def cells(self) -> tuple[str, ...]:
        """As shown in the preview."""
        return self.code, self.name, self.level.value, self.parent_code


Wanted = TypeVar("Wanted", UserRow, UnitRow)


@dataclass
class Plan(Generic[Wanted]):
    """What to add and what to change (with the change in words), how many rows change nothing, and every fault."""

    added: list[Wanted] = field(default_factory=list)
    changed: list[tuple[Wanted, str]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        """Whether there is something to do and nothing wrong."""
        return not self.faults and bool(self.added or self.changed)


def users_plan(session: Session, data: bytes, actor_id: int | None) -> Plan[UserRow]:
    """What an uploaded table of users would change. Raises BadSheet."""
    sheet = read_sheet(data, Layout(USER_COLUMNS, USER_EXTRAS))
    return plan_users(sheet, users_by_username(session), units_by_code(session), actor_id)


def units_plan(session: Session, data: bytes) -> Plan[UnitRow]:
    """What an uploaded table of units would change. Raises BadSheet."""
    return plan_units(read_sheet(data, UNIT_COLUMNS), units_by_code(session))


@dataclass(frozen=True)
class NewPasswords:
    """One-time passwords of the users a plan adds, by username, and their hashes."""

    passwords: Mapping[str, str]
    hashes: Mapping[str, str]


def new_passwords(plan: Plan[UserRow]) -> NewPasswords:
    """Draw the one-time passwords of a plan; slow for many, so done before the write transaction."""
    drawn = {row.username: passwords.one_time() for row in plan.added}
    return NewPasswords(drawn, {username: passwords.hash_one_time(password) for username, password in drawn.items()})


def password_sheet(plan: Plan[UserRow], fresh: NewPasswords) -> bytes:
    """The one-time passwords as a CSV to hand out."""
    rows = ((row.username, row.name, row.unit.name, fresh.passwords[row.username]) for row in plan.added)
    return write_csv(("用户名", "姓名", "单位", "一次性密码"), rows)


class _Checker:
    """Collects the faults of one row."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.faults: list[Fault] = []

    def say(self, column: str, message: str) -> None:
        self.faults.append(Fault(self.row.number, column, message))

    def text(self, column: str, longest: int) -> str:
        value = self.row.cells[column]
        if not value:
            self.say(column, "没有填写。")
        elif len(value) > longest or UNPRINTABLE.search(value):
            self.say(column, f"最多 {longest} 个字，不能有看不见的字符。")
        return value


def plan_users(
    sheet: Sheet, users: Mapping[str, User], units: Mapping[str, Unit], actor_id: int | None
) -> Plan[UserRow]:
    """Compare a table with the `users` (by username) and `units` (by code) there are."""
    plan: Plan[UserRow] = Plan(faults=list(sheet.faults))
    seen: dict[str, int] = {}
    for row in sheet.rows:
        check = _Checker(row)
        _refuse_repeats(check, "用户名", clean_username(row.cells["用户名"]), seen)
        wanted = _user_row(check, units)
        user = users.get(wanted.username) if wanted else None
        if wanted and user and user.id == actor_id and wanted.role != user.role:
            check.say("角色", "不能改自己的角色。")
        plan.faults += check.faults
        if wanted and not check.faults:
            _sort_in(plan, wanted, user, _user_changes)
    plan.faults.sort()
    return plan


def _user_row(check: _Checker, units: Mapping[str, Unit]) -> UserRow | None:
    username, name = clean_username(check.row.cells["用户名"]), check.text("姓名", 30)
    if not USERNAME.fullmatch(username):
        check.say("用户名", "要用 2 到 32 个小写字母、数字、点、横线，以字母或数字开头。")
    role, unit = ROLES.get(check.row.cells["角色"]), units.get(check.row.cells["单位编码"])
    if role is None:
        check.say("角色", f"没有这个角色，只能填：{'、'.join(ROLE_NAMES.values())}。")
    if unit is None:
        check.say("单位编码", "没有这个单位，请先在“单位管理”里添加。")
    email = clean_email(check.row.cells.get("邮箱", "")) or None  # an empty cell changes nothing
    if email and not EMAIL.fullmatch(email):
        check.say("邮箱", BAD_EMAIL)
    return UserRow(username, name, role, unit, email) if role and unit and not check.faults else None


def _user_changes(wanted: UserRow, user: User) -> list[str]:
    changes = []
    if wanted.name != user.name:
        changes.append(f"姓名：{user.name} → {wanted.name}")
    if wanted.role != user.role:
        changes.append(f"角色：{ROLE_NAMES[Role(user.role)]} → {ROLE_NAMES[wanted.role]}")
    if wanted.unit.id != user.unit_id:
        changes.append(f"单位：{user.unit.name} → {wanted.unit.name}")
    if wanted.email and wanted.email != user.email:
        changes.append(f"邮箱：{user.email or '无'} → {wanted.email}")
    return changes


def plan_units(sheet: Sheet, units: Mapping[str, Unit]) -> Plan[UnitRow]:
    """Compare a table with the `units` (by code) there are. A parent may stand anywhere in the table."""
    plan: Plan[UnitRow] = Plan(faults=list(sheet.faults))
    levels = {code: unit.level for code, unit in units.items()}
    levels |= {row.cells["编码"]: row.cells["级别"] for row in sheet.rows if row.cells["编码"] not in ("", *units)}
    seen: dict[str, int] = {}
    for row in sheet.rows:
        check = _Checker(row)
        _refuse_repeats(check, "编码", row.cells["编码"], seen)
        wanted = _unit_row(check, units, levels)
        plan.faults += check.faults
        if wanted:
            _sort_in(plan, wanted, units.get(wanted.code), _unit_changes)
    plan.faults.sort()
    return plan


def _unit_row(check: _Checker, units: Mapping[str, Unit], levels: Mapping[str, str]) -> UnitRow | None:
    cells = check.row.cells
    code, name, parent_code = cells["编码"], check.text("名称", 60), cells["上级编码"]
    if not UNIT_CODE.fullmatch(code):
        check.say("编码", "要用 1 到 20 个数字、字母或横线。")
    if cells["级别"] not in list(Level):
        check.say("级别", f"只能填：{'、'.join(Level)}。")
        return None
    level = Level(cells["级别"])
    if code in units and units[code].level != level:
        check.say("级别", f"已有单位的级别不能改，现在是{units[code].level}。")
    if levels.get(parent_code) != PARENT_LEVEL[level]:
        check.say("上级编码", wrong_parent(level))
    return None if check.faults else UnitRow(code, name, level, parent_code)


def wrong_parent(level: Level) -> str:
    """What the parent of a unit of `level` must be."""
    above = PARENT_LEVEL[level]
    return f"{level}的上级必须是已有的{above}级单位。" if above else "市级单位没有上级，请留空。"


def _unit_changes(wanted: UnitRow, unit: Unit) -> list[str]:
    changes = []
    if wanted.name != unit.name:
        changes.append(f"名称：{unit.name} → {wanted.name}")
    if wanted.parent_code != (unit.parent.code if unit.parent else ""):
        changes.append(f"上级：{unit.parent.name if unit.parent else '无'} → {wanted.parent_code}")
    return changes


def _refuse_repeats(check: _Checker, column: str, key: str, seen: dict[str, int]) -> None:
    first = seen.setdefault(key, check.row.number)
    if key and first != check.row.number:
        check.say(column, f"和第 {first} 行重复。")


Existing = TypeVar("Existing", User, Unit)


def _sort_in(
    plan: Plan[Wanted], wanted: Wanted, existing: Existing | None, differ: Callable[[Wanted, Existing], list[str]]
) -> None:
    if existing is None:
        plan.added.append(wanted)
        return
    changes = differ(wanted, existing)
    if changes:
        plan.changed.append((wanted, "；".join(changes)))
    else:
        plan.unchanged += 1
