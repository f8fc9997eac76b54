"""Forms of the pool of experts. What a profile may say is checked by `app.experts.profile`, as in a table."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, Form, HiddenField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, Length, Optional

from app.experts.availability import Wanted
from app.experts.models import FORM_NAMES, KIND_NAMES
from app.experts.operations import Refused
from app.experts.profile import COLUMNS, NEEDED, Catalogue, Profile, clean, read_profile
from app.experts.topics import BY

KINDS = {kind.value: name for kind, name in KIND_NAMES.items()}
MESSAGES = {"invalid_choice_message": "请从列表中选择。", "invalid_value_message": "请从列表中选择。"}
HINTS = {
    "post": "例如：教授、中队长、高级工程师",
    "fields": "用顿号隔开，写法和执法事项目录的领域一样；不限领域的留空",
    "matters": "执法事项的编号，用顿号隔开，例如：m-0104、m-0105",
    "forms": f"用顿号隔开，可以填：{'、'.join(FORM_NAMES.values())}",
    "specialities": "用完整的句子写擅长讲什么。匹配时按这些句子找人，页面上显示的理由就是原句",
    "courses": "一行一门",
    "slots": "每周哪些时间可以来，一行一段，例如：周二 09:00-11:30",
    "absences": "哪些日子不能来，一行一段，例如：2027-07-10至2027-08-20",
    "yearly_cap": "一年最多请几场，到了就不再推荐",
    "terms": "一行一段，例如：2026-01-01至2028-12-31；续聘会加一段",
    "consented_on": "本人同意入库的日期，例如 2026-03-01；没有同意的不会被推荐，执法人员也看不到",
    "phone": "只给培训管理员和系统管理员看",
    "fee_note": "只给培训管理员和系统管理员看",
    "note": "只给培训管理员和系统管理员看",
}
LONG = {"specialities": 6, "courses": 3, "slots": 3, "absences": 2, "terms": 2, "note": 2}


class ExpertsForm(FlaskForm):  # type: ignore[misc]
    """A form that can show why the rules refused it."""

    def show(self, refusal: Refused) -> None:
        """Put the reason beside its field, or on top when there is no such field."""
        field = self._fields.get(refusal.field)
        if field is None or isinstance(field, HiddenField):
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


def _profile_field(name: str) -> Any:
    label = COLUMNS[name] + ("" if name in NEEDED else "（可不填）")
    values = {"description": HINTS.get(name, ""), "filters": [clean]}
    if name == "kind":
        return SelectField(label, choices=KINDS, **MESSAGES)
    if name in LONG:
        return TextAreaField(label, render_kw={"rows": LONG[name]}, **values)
    return StringField(label, **values)


class ProfileForm(ExpertsForm):
    """A profile as a whole; `profile` is there once it validates. `version` is the edit it was read at."""

    version = HiddenField()
    profile: Profile | None = None

    def __init__(self, catalogue: Catalogue, present: Mapping[str, str] | None = None, version: int = 0) -> None:
        lined = {name: text.replace("；", "\n") if name in LONG else text for name, text in (present or {}).items()}
        if present:
            lined["kind"] = next(value for value, name in KINDS.items() if name == present["kind"])
            lined["specialities"] = present["specialities"]
        super().__init__(data=lined | {"version": str(version)})
        self._catalogue = catalogue

    @property
    def rows(self) -> Sequence[Any]:
        """The fields of the profile in the order of a table's columns."""
        return [self._fields[name] for name in COLUMNS]

    def validate(self, extra_validators: Any = None) -> bool:
        """By the checks of `read_profile`, each fault beside its field."""
        good = bool(super().validate(extra_validators))
        self.profile, faults = read_profile({name: self._fields[name].data for name in COLUMNS}, self._catalogue)
        for name, fault in faults.items():
            self._fields[name].errors = [*self._fields[name].errors, fault]
        return good and not faults


for _name in COLUMNS:
    setattr(ProfileForm, _name, _profile_field(_name))


class RenewForm(ExpertsForm):
    """A further term of appointment."""

    starts_on = DateField("新聘期开始", validators=[DataRequired("请填写日期，例如 2027-01-01。")])
    ends_on = DateField("新聘期结束", validators=[DataRequired("请填写日期，例如 2028-12-31。")])

    def __init__(self, last: dt.date | None = None) -> None:
        first = last + dt.timedelta(days=1) if last else None
        super().__init__(data={"starts_on": first, "ends_on": _two_years_on(first) if first else None})


def _two_years_on(first: dt.date) -> dt.date:
    leap_safe = first.replace(day=28) if (first.month, first.day) == (2, 29) else first
    return leap_safe.replace(year=first.year + 2) - dt.timedelta(days=1)


class RetireForm(ExpertsForm):
    """Leaving the pool, with the reason."""

    reason = StringField(
        "原因",
        filters=[clean],
        validators=[DataRequired("请填写原因。"), Length(max=200, message="最多 200 个字。")],
        description="例如：本人申请、调离岗位",
    )


class ImportForm(ExpertsForm):
    """A table to upload."""

    file = FileField(
        "文件（.xlsx 或 .csv）",
        validators=[FileRequired("请选择文件。")],
        description="先检查，给您看会改什么，确认后才导入。",
        render_kw={"accept": ".xlsx,.csv"},
    )


def _plain_select(label: str, choices: Mapping[str, str] | None = None) -> SelectField:
    return SelectField(label, choices=choices or {}, default="", **MESSAGES)


class FilterForm(Form):  # type: ignore[misc]
    """What the list is narrowed to; comes from the address."""

    q = StringField("姓名、单位或专长", filters=[clean], render_kw={"type": "search", "maxlength": "60"})
    kind = _plain_select("类别", {"": "全部"} | KINDS)
    field = _plain_select("领域")
    free_on = DateField("哪天有空", validators=[Optional()])
    state = _plain_select("状态", {"": "在库", "retired": "已退出"})

    def __init__(self, args: Any, fields: Sequence[str]) -> None:
        super().__init__(args)
        self.field.choices = {"": "全部"} | {field: field for field in fields}


class MatchForm(Form):  # type: ignore[misc]
    """What an expert is wanted for, and when; comes from the address."""

    text = StringField(
        "想讲的内容",
        filters=[clean],
        validators=[Length(max=200, message="最多 200 个字。")],
        description="用平常的话写，例如：怎么查偷倒渣土",
        render_kw={"maxlength": "200"},
    )
    matter = StringField("或者执法事项编号", filters=[clean], render_kw={"list": "matters", "autocomplete": "off"})
    field = _plain_select("或者领域")
    guide = _plain_select("或者执法指引")
    unit = _plain_select("或者单位答得最差的条款")
    day = DateField("上课日期", name="date", validators=[DataRequired("请填写日期，例如 2027-03-12。")])
    starts = TimeField("开始时间（可不填）", validators=[Optional()])
    ends = TimeField("结束时间（可不填）", validators=[Optional()])
    kind = _plain_select("类别", {"": "不限"} | KINDS)

    def __init__(self, args: Any, day: dt.date, choices: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(args if "date" in args else None, data={key: args[key] for key in args} | {"day": day})
        for name, offered in choices.items():
            self._fields[name].choices = {"": "（不按这个）"} | dict(offered)

    @property
    def about(self) -> list[tuple[str, str]]:
        """The topics asked for: what it is by, and what was said."""
        return [(name, self._fields[name].data) for name in BY if self._fields[name].data]

    def wanted(self) -> Wanted:
        """When; raises ValueError in Chinese when the hours are not in order."""
        return Wanted(self.day.data, self.starts.data, self.ends.data)
