"""A profile as people write it, in a form, a table or a file of samples: one notation, one set of checks.

Slots are written 周二 09:00-11:30, days 2027-07-10至2027-08-20, lists with 、 or ；, courses one a line.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from app.experts.availability import Days, Slot
from app.experts.models import FORM_NAMES, KIND_NAMES, Expert, ExpertAbsence, ExpertInternal, ExpertTerm, Form, Kind

COLUMNS = {
    "name": "姓名",
    "kind": "类别",
    "organisation": "单位",
    "post": "职务职称",
    "fields": "领域",
    "matters": "事项",
    "forms": "授课形式",
    "specialities": "专长",
    "courses": "课程",
    "slots": "可授课时段",
    "absences": "不便日期",
    "yearly_cap": "年度场次上限",
    "terms": "聘期",
    "consented_on": "同意入库日期",
    "phone": "联系电话",
    "fee_note": "报酬说明",
    "note": "备注",
}
LONGEST = {"name": 30, "organisation": 60, "post": 60, "specialities": 500, "courses": 500, "phone": 30}
LONGEST |= {"fee_note": 200, "note": 500}
NEEDED = ("name", "kind", "organisation", "forms", "specialities", "yearly_cap", "terms")
LEAST_SPECIALITIES = 20
WEEKDAYS = "一二三四五六日"
SLOT = re.compile(rf"(?:周|星期)([{WEEKDAYS}天])\s*(\d{{1,2}}:\d{{2}})\s*[-—–~至到]\s*(\d{{1,2}}:\d{{2}})")
DAYS = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:\s*[~至到—]\s*(\d{4}-\d{1,2}-\d{1,2}))?")
LIST_MARKS = re.compile(r"[、，,；;\n]+")
LINE_MARKS = re.compile(r"[；;\n]+")
UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")
MIDNIGHT = " 00:00:00"  # what a date cell of Excel carries along
FORMULA_STARTS = ("=", "+", "-", "@")  # a table could not carry it

Parsed = TypeVar("Parsed")


class Unreadable(ValueError):
    """A text that is not in the notation; says why in Chinese."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What one can say of an expert, checked."""

    name: str
    kind: Kind
    organisation: str
    post: str
    fields: tuple[str, ...]
    matters: tuple[str, ...]
    forms: tuple[Form, ...]
    specialities: str
    courses: tuple[str, ...]
    slots: tuple[Slot, ...]
    absences: tuple[Days, ...]
    yearly_cap: int
    terms: tuple[Days, ...]
    consented_on: dt.date | None
    phone: str
    fee_note: str
    note: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The fields and the keys of matters that a profile may name."""

    fields: frozenset[str]
    matters: frozenset[str]


def clean(text: str | None) -> str:
    """Typed text without what one cannot see; width is folded but for punctuation, which belongs to sentences."""
    return UNPRINTABLE.sub("", (text or "").replace("\r\n", "\n")).strip()


def read_profile(texts: Mapping[str, str], catalogue: Catalogue | None) -> tuple[Profile | None, dict[str, str]]:
    """The profile in `texts` (by the names of COLUMNS), or None and what is wrong by name.

    Without a catalogue fields and matters are taken as they stand.
    """
    given = {name: clean(texts.get(name, "")) for name in COLUMNS}
    faults = {name: fault for name in COLUMNS if (fault := _plain_fault(name, given[name]))}
    values: dict[str, Any] = {}
    for name in COLUMNS:
        try:
            values[name] = _READ[name](given[name]) if name in _READ else given[name]
        except ValueError as error:
            faults.setdefault(name, str(error) if isinstance(error, Unreadable) else "写法不对。")
    if catalogue:
        faults = _unknown(values, catalogue) | faults
    return (None, faults) if faults else (Profile(**values), {})


def _plain_fault(name: str, text: str) -> str | None:
    if not text:
        return f"请填写{COLUMNS[name]}。" if name in NEEDED else None
    if len(text) > LONGEST.get(name, 500):
        return f"最多 {LONGEST.get(name, 500)} 个字。"
    if text.startswith(FORMULA_STARTS):
        return "不能以 = + - @ 开头。"
    if name == "specialities" and len(text) < LEAST_SPECIALITIES:
        return f"至少写 {LEAST_SPECIALITIES} 个字，用完整的句子说明擅长讲什么，匹配时按这些句子找人。"
    return None


def _unknown(values: Mapping[str, Any], catalogue: Catalogue) -> dict[str, str]:
    known = {"fields": (catalogue.fields, "领域"), "matters": (catalogue.matters, "事项编号")}
    faults = {}
    for name, (allowed, noun) in known.items():
        strange = [value for value in values[name] if value not in allowed]
        if strange:
            faults[name] = f"没有这些{noun}：{'、'.join(strange[:5])}。"
    return faults


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in LIST_MARKS.split(text) if word.strip()))


def _named(names: Mapping[Parsed, str], noun: str) -> Callable[[str], Parsed]:
    def read(text: str) -> Parsed:
        found = next((value for value, name in names.items() if text in (name, value)), None)
        if found is None:
            raise Unreadable(f"{noun}只能是：{'、'.join(names.values())}。")
        return found

    return read


_read_kind = _named(KIND_NAMES, "类别")
_read_form = _named(FORM_NAMES, "授课形式")


def read_slots(text: str) -> tuple[Slot, ...]:
    """Weekly slots. Raises Unreadable."""
    slots = []
    for part in _lines(text):
        match = SLOT.fullmatch(_folded(part))
        if not match:
            raise Unreadable(f"“{part}”看不懂，请写成：周二 09:00-11:30。")
        day = "一二三四五六日".index(match[1].replace("天", "日")) + 1
        slots.append(Slot(day, _time(match[2]), _time(match[3])))
        if slots[-1].starts >= slots[-1].ends:
            raise Unreadable(f"“{part}”的开始要早于结束。")
    unique = {(slot.weekday, slot.starts): slot for slot in slots}
    if len(unique) < len(slots):
        raise Unreadable("同一天有两个时段从同一时刻开始。")
    return tuple(sorted(unique.values(), key=lambda slot: (slot.weekday, slot.starts)))


def _time(text: str) -> dt.time:
    hour, minute = map(int, text.split(":"))
    try:
        return dt.time(hour, minute)
    except ValueError as error:
        raise Unreadable(f"没有 {text} 这个时刻。") from error


def read_days(text: str) -> tuple[Days, ...]:
    """Spans of days that do not overlap, in order. Raises Unreadable."""
    spans = []
    for part in _lines(text):
        match = DAYS.fullmatch(_folded(part).removesuffix(MIDNIGHT))
        if not match:
            raise Unreadable(f"“{part}”看不懂，请写成：2027-07-10至2027-08-20。")
        spans.append((read_date(match[1]), read_date(match[2] or match[1])))
        if spans[-1][0] > spans[-1][1]:
            raise Unreadable(f"“{part}”的开始要早于结束。")
    spans.sort()
    if any(later[0] <= earlier[1] for earlier, later in pairwise(spans)):
        raise Unreadable("有两段日期重叠，请合成一段。")
    return tuple(spans)


def read_date(text: str) -> dt.date:
    """A date such as 2027-3-12. Raises Unreadable."""
    try:
        return dt.date(*map(int, _folded(text).split("-")))
    except (ValueError, TypeError) as error:
        raise Unreadable(f"没有“{text}”这一天，请写成 2027-03-12。") from error


def _lines(text: str) -> Iterable[str]:
    return (part.strip() for part in LINE_MARKS.split(text) if part.strip())


def _read_cap(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 366:
        raise Unreadable("要填 1 到 366 的整数。")
    return int(text)


_READ: Mapping[str, Callable[[str], object]] = {
    "kind": _read_kind,
    "fields": _words,
    "matters": _words,
    "forms": lambda text: tuple(_read_form(word) for word in _words(text)),
    "courses": lambda text: tuple(dict.fromkeys(_lines(text))),
    "slots": read_slots,
    "absences": read_days,
    "yearly_cap": _read_cap,
    "terms": read_days,
    "consented_on": lambda text: read_date(text.removesuffix(MIDNIGHT)) if text else None,
}


def write_slots(slots: Iterable[Slot]) -> str:
    """As `read_slots` reads them."""
    return "；".join(f"周{WEEKDAYS[slot.weekday - 1]} {slot.starts:%H:%M}-{slot.ends:%H:%M}" for slot in slots)


def write_days(spans: Iterable[Days]) -> str:
    """As `read_days` reads them."""
    return "；".join(str(first) if first == last else f"{first}至{last}" for first, last in spans)


def write_profile(expert: Expert, internal: ExpertInternal) -> dict[str, str]:
    """The texts of a profile, which `read_profile` reads into the same profile."""
    slots = [Slot(slot.weekday, slot.starts, slot.ends) for slot in expert.slots]
    plain = {name: getattr(expert, name) for name in ("name", "organisation", "post", "specialities", "courses")}
    return plain | {
        "kind": expert.kind_name,
        "fields": "、".join(expert.fields),
        "matters": "、".join(expert.matters),
        "forms": expert.form_names,
        "slots": write_slots(slots),
        "absences": write_days(_spans(expert.absences)),
        "yearly_cap": str(expert.yearly_cap),
        "terms": write_days(_spans(expert.terms)),
        "consented_on": str(expert.consented_on or ""),
        "phone": internal.phone,
        "fee_note": internal.fee_note,
        "note": internal.note,
    }


def _spans(rows: Sequence[ExpertAbsence] | Sequence[ExpertTerm]) -> list[Days]:
    return [(row.starts_on, row.ends_on) for row in rows]
