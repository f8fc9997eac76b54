"""Records as people write them in YAML, checked by pydantic; a fault names the key and its line, in Chinese."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from basics.problems import Problem
from basics.yamltext import Lines, line_of


class Strict(BaseModel):
    """A frozen record that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    "int_type": "“{key}”应当是整数",
    "int_parsing": "“{key}”应当是整数",
    "int_from_float": "“{key}”应当是整数",
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
