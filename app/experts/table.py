"""Experts as a table: what an uploaded one would change, and one to download. All rows are right or none is used."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.admin.sheets import Fault, Row, read_sheet, write_template
from app.experts.models import FORM_NAMES, KIND_NAMES, Expert, ExpertInternal
from app.experts.profile import COLUMNS, Catalogue, Profile, read_profile, write_profile

KEY = "编号"
HEADING = (KEY, *COLUMNS.values())
NAMES = {column: name for name, column in COLUMNS.items()}
Present = Mapping[str, tuple[Expert, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Change:
    """An expert a table changes: the profile it wants, and the columns that differ."""

    expert: Expert
    profile: Profile
    columns: tuple[str, ...]


@dataclass
class Plan:
    """What a table would add and change, how many rows change nothing, and every fault."""

    added: list[Profile] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        """Whether there is something to do and nothing wrong."""
        return not self.faults and bool(self.added or self.changed)


def present(rows: Iterable[tuple[Expert, ExpertInternal]]) -> Present:
    """What there is, by key."""
    return {expert.key: (expert, write_profile(expert, internal)) for expert, internal in rows}


def read_table(data: bytes, there: Present, catalogue: Catalogue) -> Plan:
    """What an upload would change. A row with a key changes that expert, one without adds one. Raises BadSheet."""
    sheet = read_sheet(data, HEADING)
    plan = Plan(faults=list(sheet.faults))
    told = {(fault.row, fault.column) for fault in sheet.faults}
    seen: dict[str, int] = {}
    for row in sheet.rows:
        texts = {name: row.cells[column] for column, name in NAMES.items()}
        profile, faults = read_profile(texts, catalogue)
        found = [Fault(row.number, COLUMNS[name], message) for name, message in faults.items()]
        plan.faults += [fault for fault in found if (fault.row, fault.column) not in told]
        if fault := _key_fault(row, there, seen):
            plan.faults.append(fault)
        elif profile:
            _plan(plan, there.get(row.cells[KEY]), profile)
    plan.faults.sort()
    return plan


def _key_fault(row: Row, there: Present, seen: dict[str, int]) -> Fault | None:
    key = row.cells[KEY]
    if not key:
        return None
    if key in seen:
        return Fault(row.number, KEY, f"和第 {seen[key]} 行重复。")
    seen[key] = row.number
    if key not in there:
        return Fault(row.number, KEY, "没有这个编号。新的师资编号留空，导入时自动编。")
    if there[key][0].retired_at:
        return Fault(row.number, KEY, "这位师资已退出师资库，请先在页面上恢复。")
    return None


def _plan(plan: Plan, found: tuple[Expert, dict[str, str]] | None, profile: Profile) -> None:
    if found is None:
        plan.added.append(profile)
        return
    expert, texts = found
    before, _ = read_profile(texts, None)
    changed = [name for name in COLUMNS if before is None or getattr(before, name) != getattr(profile, name)]
    if changed:
        plan.changed.append(Change(expert, profile, tuple(COLUMNS[name] for name in changed)))
    else:
        plan.unchanged += 1


def write_table(there: Present) -> bytes:
    """Those in the pool as an Excel file that `read_table` reads again."""
    rows = [
        (key, *(texts[name] for name in COLUMNS)) for key, (expert, texts) in there.items() if not expert.retired_at
    ]
    return write_template(HEADING, notes(), rows)


def notes() -> Sequence[Sequence[str]]:
    """How to fill in the columns that have a notation."""
    return (
        ("列", "怎么填"),
        (KEY, "已有的师资按编号对上；新的留空，导入时自动编"),
        ("类别", "、".join(KIND_NAMES.values())),
        ("领域", "和执法事项目录的领域一样，用顿号隔开；不限领域的留空"),
        ("事项", "执法事项的编号，用顿号隔开，如 m-0104、m-0105"),
        ("授课形式", "、".join(FORM_NAMES.values())),
        ("专长", "20 到 500 个字，完整的句子；匹配时按这些句子找人"),
        ("课程", "用分号或者换行隔开"),
        ("可授课时段", "周二 09:00-11:30；周四 14:00-17:00"),
        ("不便日期", "2027-07-10至2027-08-20；2027-10-01"),
        ("年度场次上限", "1 到 366"),
        ("聘期", "2026-01-01至2028-12-31；续聘再加一段，表里写的就是全部聘期"),
        ("同意入库日期", "2026-03-01；本人没有同意的留空，不会被推荐"),
    )
