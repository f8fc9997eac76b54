"""Forms of the user and unit administration."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Form, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from app.access import ROLE_NAMES
from app.accounts.models import EMAIL, PARENT_LEVEL, USERNAME, Level, Unit, User, clean_email, clean_username
from app.admin.importing import BAD_EMAIL, UNIT_CODE, UNPRINTABLE
from app.admin.operations import Refused
from app.admin.queries import UserFilter

ROLE_CHOICES = {role.value: name for role, name in ROLE_NAMES.items()}
STATE_CHOICES = {"active": "正常", "disabled": "停用"}
LEVEL_CHOICES = {level.value: level.value for level in Level}


def _plain(text: str | None) -> str:
    return UNPRINTABLE.sub("", text or "").strip()


def _text(label: str, longest: int, *extra: Any, description: str = "", **kwargs: Any) -> StringField:
    checks = [DataRequired(f"请填写{label}。"), Length(max=longest, message=f"{label}最多 {longest} 个字。"), *extra]
    return StringField(label, validators=checks, description=description, **({"filters": [_plain]} | kwargs))


def _select(label: str, choices: Mapping[str, str] | None = None, **kwargs: Any) -> SelectField:
    """A drop-down; without `choices` it is one of ids, whose choices the form fills in."""
    wrong = "请从列表中选择。"
    coerce = int if choices is None else str
    messages = {"invalid_choice_message": wrong, "invalid_value_message": wrong}
    return SelectField(label, coerce=coerce, choices=choices, **messages, **kwargs)


class AdminForm(FlaskForm):  # type: ignore[misc]
    """A form that can show why the rules refused it."""

    def show(self, refusal: Refused) -> None:
        """Put the reason beside its field, or on top when there is no such field."""
        field = self._fields.get(refusal.field)
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


class UserForm(AdminForm):
    """What is the same when a user is added and changed."""

    name = _text("姓名", 30)
    role = _select("角色", ROLE_CHOICES)
    unit = _select("单位")
    email = StringField(
        "邮箱（可以不填）",
        filters=[clean_email],
        validators=[Optional(), Regexp(EMAIL.pattern + "$", message=BAD_EMAIL)],
        description="站内通知也发到这里；本人可以自己改。",
        render_kw={"type": "email", "autocomplete": "off", "maxlength": "120"},
    )

    def __init__(self, units: Mapping[int, str], **present: Any) -> None:
        super().__init__(data=present)
        self.unit.choices = units


class NewUserForm(UserForm):
    """A user to add."""

    username = _text(
        "用户名",
        64,
        Regexp(USERNAME.pattern + "$", message="要用 2 到 32 个小写字母、数字、点、横线，以字母或数字开头。"),
        filters=[clean_username],
        description="登录时用，以后不能改。小写字母、数字、点、横线，例如工号或姓名拼音。",
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )


class ChangedUserForm(UserForm):
    """A user to change."""

    state = _select("状态", STATE_CHOICES, description="停用后立即退出登录，不能再登录；记录都保留。")

    def __init__(self, units: Mapping[int, str], user: User) -> None:
        state = "active" if user.is_active else "disabled"
        email = user.email or ""
        super().__init__(units, name=user.name, role=user.role, unit=user.unit_id, email=email, state=state)


class UnitForm(AdminForm):
    """What is the same when a unit is added and changed."""

    name = _text("名称", 60)
    parent = _select("上级单位")

    def __init__(self, units: Mapping[int, str], unit: Unit | None = None, parent_id: int = 0) -> None:
        super().__init__(data={"name": unit.name, "parent": unit.parent_id or 0} if unit else {"parent": parent_id})
        self.parent.choices = {0: "（没有上级）"} | dict(units)


class NewUnitForm(UnitForm):
    """A unit to add."""

    code = _text(
        "编码",
        20,
        Regexp(UNIT_CODE.pattern + "$", message="要用 1 到 20 个数字、字母或横线。"),
        description="批量导入时用来指明单位，不能重复，以后不能改。行政区划建议用统计用区划代码。",
    )
    level = _select(
        "级别",
        LEVEL_CHOICES,
        description="；".join(f"{level}的上级是{above}" for level, above in PARENT_LEVEL.items() if above) + "。",
    )


class FilterForm(Form):  # type: ignore[misc]
    """What the list of users is narrowed to; comes from the address."""

    q = StringField("姓名或用户名", filters=[_plain], render_kw={"type": "search", "maxlength": "60"})
    unit = _select("单位（含下级）", default=0)
    role = _select("角色", {"": "全部"} | ROLE_CHOICES, default="")
    state = _select("状态", {"": "全部"} | STATE_CHOICES, default="")

    def __init__(self, args: Any, units: Mapping[int, str]) -> None:
        super().__init__(args)
        self.unit.choices = {0: "全部"} | dict(units)

    def wanted(self) -> UserFilter:
        """The filter; a value that was never on offer narrows nothing."""
        good = self.validate()
        return UserFilter(
            text=self.q.data or "",
            unit_id=(self.unit.data or None) if good else None,
            role=self.role.data if good else "",
            state=self.state.data if good else "",
        )


class ImportForm(AdminForm):
    """A table to import."""

    file = FileField(
        "文件",
        validators=[FileRequired("请选择文件。")],
        description="Excel（.xlsx）或 CSV，最多 6 MB、20,000 行。先给您看会改什么，确认后才导入。",
        render_kw={"accept": ".xlsx,.csv"},
    )
