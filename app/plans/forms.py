"""Forms of the annual plan."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DecimalField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from app.plans.models import PlanItem
from app.plans.operations import Facts, Refused

UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")
MESSAGES = {"invalid_choice_message": "请从列表中选择。", "invalid_value_message": "请从列表中选择。"}
QUARTERS = {1: "第一季度", 2: "第二季度", 3: "第三季度", 4: "第四季度"}
PLAIN = ("quarter", "topic", "audience", "hours", "sessions_planned", "people_planned", "organiser", "note")


def clean(text: str | None) -> str:
    """Typed text without characters one cannot see."""
    return UNPRINTABLE.sub("", (text or "").replace("\r\n", "\n")).strip()


def _text(label: str, longest: int, *, needed: bool = True, kind: Any = StringField, hint: str = "") -> Any:
    checks: list[Any] = [Length(max=longest, message=f"最多 {longest} 个字。")]
    checks += [DataRequired(f"请填写{label}。")] if needed else []
    shown = label if needed else f"{label}（可不填）"
    return kind(shown, filters=[clean], validators=checks, description=hint)


class Whole(IntegerField):  # type: ignore[misc]
    """A whole number, with a Chinese word when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata([unicodedata.normalize("NFKC", text).strip() for text in valuelist])
        except ValueError as error:
            raise ValueError("要填整数。") from error


class Hours(DecimalField):  # type: ignore[misc]
    """A number with one decimal, with a Chinese word when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata([unicodedata.normalize("NFKC", text).strip() for text in valuelist])
        except ValueError as error:
            raise ValueError("要填数字，例如 4 或者 2.5。") from error
        if self.data is not None and (not self.data.is_finite() or self.data.as_tuple().exponent < -1):
            raise ValueError("最多一位小数。")


class PlansForm(FlaskForm):  # type: ignore[misc]
    """A form that can show why the rules refused it."""

    def show(self, refusal: Refused) -> None:
        """Put the reason beside its field, or on top when there is no such field."""
        field = self._fields.get(refusal.field)
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


class PlanForm(PlansForm):
    """A plan to begin."""

    unit = SelectField("单位", coerce=int, **MESSAGES)
    year = Whole(
        "年度", validators=[InputRequired("请填写年度。"), NumberRange(2020, 2100, "要在 2020 到 2100 之间。")]
    )
    note = _text("说明", 500, needed=False, kind=TextAreaField)

    def __init__(self, units: Mapping[int, str], unit_id: int, year: int) -> None:
        super().__init__(data={"unit": unit_id, "year": year})
        self.unit.choices = units


class ItemForm(PlansForm):
    """An item of a plan."""

    quarter = SelectField("季度", coerce=int, choices=QUARTERS, **MESSAGES)
    topic = _text("主题", 80, hint="例如：综合行政执法骨干培训")
    audience = _text("对象", 80, hint="例如：乡镇街道执法骨干")
    fields = SelectMultipleField(
        "领域（可不选）", **MESSAGES, description="可以选几个；一项有几个领域时，每个领域都算一次"
    )
    hours = Hours(
        "每期学时",
        places=1,
        validators=[InputRequired("请填写每期学时。"), NumberRange(0.1, 999, "要大于 0，不超过 999。")],
    )
    sessions_planned = Whole(
        "计划期数", validators=[InputRequired("请填写计划期数。"), NumberRange(1, 366, "要在 1 到 366 之间。")]
    )
    people_planned = Whole(
        "计划人次",
        validators=[InputRequired("请填写计划人次。"), NumberRange(0, 100_000, "要在 0 到 100000 之间。")],
        description="各期合计",
    )
    organiser = _text("承办", 60, needed=False, hint="例如：法制科、某高校法学院")
    note = _text("备注", 200, needed=False)

    def __init__(self, fields: Sequence[str], item: PlanItem | None) -> None:
        present = {name: getattr(item, name) for name in PLAIN} | {"fields": list(item.fields)} if item else {}
        super().__init__(data=present)
        known = list(dict.fromkeys([*fields, *(item.fields if item else ())]))
        self.fields.choices = [(field, field) for field in known]

    def facts(self) -> Facts:
        """What was filled in, once it is valid."""
        return Facts(**{name: self._fields[name].data for name in PLAIN}, fields=tuple(self._fields["fields"].data))
