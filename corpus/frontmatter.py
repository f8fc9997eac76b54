"""Front matter of the three kinds of document, declared once and checked by pydantic. Format: docs/corpus-format.md."""

import datetime as dt
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.problems import Problem
from corpus.yamltext import Lines, line_of

Tag = Literal["首案", "双十佳", "优秀案卷", "首违不罚", "行刑衔接"]
AuthorityLevel = Literal["宪法", "法律", "行政法规", "部门规章", "省条例", "省规章", "市条例", "市规章"]
Level = Literal["市", "县", "乡镇街道"]


class Strict(BaseModel):
    """A frozen record that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GuideFront(Strict):
    """Front matter of a guide 执法指引."""

    id: str = Field(pattern=r"^guide-\d{2,3}$")
    title: str = Field(min_length=2, max_length=80)
    field: str = Field(min_length=2, max_length=20)
    matters: tuple[str, ...]
    summary: str = Field(min_length=5, max_length=300)
    audience: Literal["officer"]
    sample: bool = False
    reviewed_on: dt.date


class Decision(Strict):
    """What was decided: kinds of penalty or order, and the fine in yuan (None when there is none)."""

    kinds: tuple[str, ...] = Field(min_length=1)
    amount: float | None = Field(ge=0)


class CaseFront(Strict):
    """Front matter of a typical case 典型案例. `headline` is the public page's title."""

    id: str = Field(pattern=r"^case-\d{3,5}$")
    title: str = Field(min_length=4, max_length=80)
    headline: str = Field(min_length=4, max_length=80)
    matter: str
    decided_on: dt.date
    decision: Decision
    tags: tuple[Tag, ...] = ()
    public: bool
    published_on: dt.date | None = None
    sample: bool = False


class RegulationFront(Strict):
    """Front matter of one version of a regulation 法规."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)
    title: str = Field(min_length=2, max_length=60)
    short_titles: tuple[str, ...] = ()
    level: AuthorityLevel
    number: str | None = None
    adopted_on: dt.date | None = None
    effective_on: dt.date
    repealed_on: dt.date | None = None
    source: str = Field(min_length=2)
    text: Literal["digest", "official"]
    sample: bool = False


Record = TypeVar("Record", bound=BaseModel)

MESSAGES = {
    "missing": "缺少“{key}”",
    "extra_forbidden": "不认识的键“{key}”",
    "string_type": "“{key}”应当是文字",
    "string_pattern_mismatch": "“{key}”的写法不合规定：{value}",
    "string_too_short": "“{key}”太短",
    "string_too_long": "“{key}”太长",
    "literal_error": "“{key}”只能是 {expected}，不能是 {value}",
    "bool_type": "“{key}”应当是 true 或者 false",
    "bool_parsing": "“{key}”应当是 true 或者 false",
    "tuple_type": "“{key}”应当是列表",
    "model_type": "“{key}”应当是一组键值",
    "too_short": "“{key}”不能为空",
    "float_type": "“{key}”应当是数字",
    "float_parsing": "“{key}”应当是数字",
    "greater_than_equal": "“{key}”不能是负数",
}
DATE_MESSAGE = "“{key}”应当是日期（如 2026-11-20），不能是 {value}"


def parse_record(
    model: type[Record], value: Any, path: str, lines: Lines, at: tuple[str | int, ...] = ()
) -> tuple[Record | None, list[Problem]]:
    """Check `value` against `model`; a fault names the key and its line (found through `lines` below `at`)."""
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        return None, [_problem(fault, path, lines, at) for fault in error.errors()]


def _problem(fault: Any, path: str, lines: Lines, at: tuple[str | int, ...]) -> Problem:
    location = (*at, *fault["loc"])
    template = DATE_MESSAGE if fault["type"].startswith("date") else MESSAGES.get(fault["type"], "“{key}”有误")
    message = template.format(
        key=".".join(str(part) for part in fault["loc"]) or "front matter",
        value=str(fault.get("input"))[:40],
        expected=fault.get("ctx", {}).get("expected", ""),
    )
    return Problem(path, line_of(location, lines), message)
