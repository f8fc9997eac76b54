"""Forms of the pages of sessions, and what the larger forms of session_forms.py are made of."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    DateTimeLocalField,
    DecimalField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.accounts.models import clean_username
from app.clock import LOCAL
from app.sessions import catalogue
from app.sessions.material_operations import NewMaterial
from app.sessions.outcome_operations import Correction, Survey
from app.sessions.refusals import Refused

UNPRINTABLE = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")
MESSAGES = {"invalid_choice_message": "请从列表中选择。", "invalid_value_message": "请从列表中选择。"}
FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
SCORES = {5: "很好", 4: "好", 3: "一般", 2: "不太好", 1: "不好"}


def clean(text: str | None) -> str:
    """Typed text without characters one cannot see."""
    return UNPRINTABLE.sub("", (text or "").replace("\r\n", "\n")).strip()


def text(label: str, longest: int, kind: Any = StringField, *, needed: bool = True, **kwargs: Any) -> Any:
    """Typed text of at most `longest` characters."""
    checks: list[Any] = [DataRequired(f"请填写{label}。")] if needed else [Optional()]
    checks.append(Length(max=longest, message=f"{label}最多 {longest} 个字。"))
    return kind(label, validators=checks, filters=[clean], **kwargs)


def instant(label: str) -> DateTimeLocalField:
    """A time by the clock in Jinhua; its data is aware."""
    told = f"{label}要写成 2027-03-12 09:00 这样。"
    checks = [InputRequired(f"请填写{label}。")]
    return DateTimeLocalField(label, format=FORMATS, tz=LOCAL, validators=checks, invalid_value_message=told)


def number(label: str, least: int, most: int, description: str = "") -> IntegerField:
    """A whole number from `least` to `most`."""
    told = f"{label}要是 {least} 到 {most} 的整数。"
    return IntegerField(
        label,
        validators=[InputRequired(f"请填写{label}。"), NumberRange(least, most, told)],
        invalid_value_message=told,
        description=description,
        render_kw={"inputmode": "numeric"},
    )


def hours(needed: Any, description: str) -> DecimalField:
    """Teaching hours 学时; `needed` is the validator that says whether one must fill them in."""
    told = "学时要是数字，例如 4 或者 3.5。"
    return DecimalField(
        "学时",
        places=1,
        validators=[needed, NumberRange(0, 999, told)],
        invalid_value_message=told,
        description=description,
        render_kw={"inputmode": "decimal"},
    )


def boxes(label: str, coerce: Any = str, description: str = "", choices: Any = None) -> SelectMultipleField:
    """Boxes to tick."""
    return SelectMultipleField(
        label,
        coerce=coerce,
        choices=choices,
        description=description,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        **MESSAGES,
    )


def select(label: str, coerce: Any = str, **kwargs: Any) -> SelectField:
    """A drop-down."""
    return SelectField(label, coerce=coerce, **MESSAGES, **kwargs)


class SessionsForm(FlaskForm):  # type: ignore[misc]
    """A form that can show why the rules refused it."""

    def show(self, refusal: Refused) -> None:
        """Put the reason beside its field, or on top when there is no such field."""
        field = self._fields.get(refusal.field)
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


class ReasonForm(SessionsForm):
    """Why something is done that others must understand."""

    reason = text("原因", 200, description="报了名的人会看到")


class PersonForm(SessionsForm):
    """Somebody to put into a session."""

    username = StringField(
        "用户名",
        filters=[clean_username],
        validators=[DataRequired("请填写用户名。"), Length(max=64)],
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )


class CorrectionForm(SessionsForm):
    """A correction after a session was held: of presence, or of hours."""

    person = select("人员", int)
    what = select(
        "更正", choices={"there": "补登签到（到场了没登记）", "absent": "取消签到（没有到场）", "hours": "改学时"}
    )
    hours = hours(Optional(), "改学时才填写")
    reason = text("理由", 200, description="本人会收到通知，留痕备查")

    def __init__(self, people: Mapping[int, str]) -> None:
        super().__init__()
        self.person.choices = dict(people)

    def validate_hours(self, field: Any) -> None:
        """Needed when hours are corrected."""
        if self.what.data == "hours" and field.data is None:
            raise ValidationError("请填写更正后的学时。")

    def correction(self) -> Correction:
        """What was filled in."""
        hours = self.hours.data if self.what.data == "hours" else None
        return Correction(self.person.data, self.what.data == "there", hours, self.reason.data)


class MaterialForm(SessionsForm):
    """A material: a document of the library, or a file."""

    title = text("名称", 100, needed=False, description="不填就用文档或文件的名字")
    location = text("资料库里的文档", 300, needed=False, description="页面地址（如 /guides/guide-09）或者编号")
    file = FileField("或者上传文件", description="PDF、Word、Excel、PPT 或图片，最大 20 MB")

    def validate_location(self, field: Any) -> None:
        """A document of the library."""
        if field.data and catalogue.place(field.data) is None:
            raise ValidationError("资料库里没有这份文档，请复制它的页面地址。")

    def material(self) -> NewMaterial:
        """What was given."""
        upload = self.file.data
        name, data = (upload.filename or "", upload.read()) if upload else ("", b"")
        if upload:
            upload.close()  # a large one lies on disk
        place = catalogue.place(self.location.data) if self.location.data else None
        return NewMaterial(self.title.data or "", place, name, data)


class SurveyForm(SessionsForm):
    """What one thought of a session. A score for each expert is added by `survey_form`."""

    useful = RadioField("对工作有没有用", coerce=int, choices=SCORES, validators=[InputRequired("请选一项。")])
    level = RadioField("内容讲得清楚不清楚", coerce=int, choices=SCORES, validators=[InputRequired("请选一项。")])
    organised = RadioField("组织安排", coerce=int, choices=SCORES, validators=[InputRequired("请选一项。")])
    comment = text("还想说的", 500, TextAreaField, needed=False, description="不记名，请不要写自己的名字")

    def survey(self) -> Survey:
        """What was filled in."""
        scores = {int(n.removeprefix("expert_")): f.data for n, f in self._fields.items() if n.startswith("expert_")}
        return Survey(self.useful.data, self.level.data, self.organised.data, self.comment.data or "", scores)


def survey_form(experts: Sequence[tuple[int, str]]) -> SurveyForm:
    """The survey of a session with these experts (id and name)."""

    class Whole(SurveyForm):
        """With the experts' scores."""

    for id, name in experts:
        checks = [InputRequired("请选一项。")]
        field = RadioField(f"{name}的授课", coerce=int, choices=SCORES, validators=checks)
        setattr(Whole, f"expert_{id}", field)
    return Whole()
