"""Forms of the contests."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, DecimalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.clock import LOCAL
from app.contests.models import Contest
from app.contests.operations import Refused
from quizzes.question import TYPE_NAMES, QuestionType

DEFAULT_DRAWS = {QuestionType.SINGLE: 20, QuestionType.MULTIPLE: 10, QuestionType.TRUE_FALSE: 10}
MAX_QUESTIONS = 150
FORMAT = "%Y-%m-%dT%H:%M"


def _plain(text: str | None) -> str:
    return (text or "").strip()


class _Field(DateTimeLocalField):  # type: ignore[misc]
    """An instant typed in local time."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Wtforms says it in English."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("时间的写法不对，应像 2027-03-12 09:30。") from error


class _Whole(IntegerField):  # type: ignore[misc]
    """A whole number, with what is wrong said in Chinese."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Empty stays empty."""
        text = unicodedata.normalize("NFKC", valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = int(text)
            except ValueError as error:
                raise ValueError("请填整数。") from error


class _Points(DecimalField):  # type: ignore[misc]
    """Points, with at most one decimal place."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Empty stays empty."""
        text = unicodedata.normalize("NFKC", valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            if not re.fullmatch(r"\d{1,3}(\.\d)?", text):
                raise ValueError("请填数字，最多一位小数。")
            self.data = Decimal(text)


def _number(label: str, low: int, high: int, description: str = "", **kwargs: Any) -> _Whole:
    checks = [InputRequired(f"请填写{label}。"), NumberRange(low, high, f"{label}要在 {low} 到 {high} 之间。")]
    keys = {"inputmode": "numeric", "min": low, "max": high}
    return _Whole(label, validators=checks, description=description, render_kw=keys, **kwargs)


class RefusableForm(FlaskForm):  # type: ignore[misc]
    """A form that can show why the rules refused it."""

    def show(self, refusal: Refused) -> None:
        """Put the reason beside its field, or on top when there is no such field."""
        field = self._fields.get(refusal.field)
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


class ContestForm(RefusableForm):
    """Everything of a contest but its teams."""

    title = StringField(
        "名称",
        filters=[_plain],
        validators=[DataRequired("请填写名称。"), Length(max=80, message="名称最多 80 个字。")],
    )
    note = TextAreaField(
        "说明", filters=[_plain], validators=[Length(max=1000, message="说明最多 1000 个字。")], render_kw={"rows": 3}
    )
    starts_at = _Field("开始时间", format=[FORMAT, "%Y-%m-%d %H:%M"], validators=[InputRequired("请填写开始时间。")])
    ends_at = _Field("结束时间", format=[FORMAT, "%Y-%m-%d %H:%M"], validators=[InputRequired("请填写结束时间。")])
    minutes = _number("每人限时（分钟）", 1, 600, "从本人打开试卷算起；到结束时间一律收卷。")
    freeze_minutes = _number(
        "封榜（分钟）", 0, 600, "结束前这段时间起，参赛人看到的排行榜不再变，公布结果时揭晓；0 为不封榜。"
    )
    best_of = _number("每队计分人数", 1, 50, "取成绩最好的几名算团队分；队员可以多于这个数。")
    awards = _number("发证书的名次", 0, 10, "前几名的队给交了卷的队员发荣誉证书；0 为不发。")
    field = SelectField("出题领域", choices=[], validate_choice=True)

    def __init__(self, fields: Sequence[str], contest: Contest | None, default_start: dt.datetime) -> None:
        super().__init__(data=_present(contest, default_start))
        self.field.choices = [("", "全部领域"), *((name, name) for name in fields)]
        self.draws = [(kind, *self._draw_fields(kind)) for kind in QuestionType]

    def _draw_fields(self, kind: QuestionType) -> tuple[_Whole, _Points]:
        return self[f"{kind.value}_count"], self[f"{kind.value}_points"]

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """The fields by themselves, then the times and the number of questions together."""
        good = bool(super().validate(extra_validators))
        if good and self.ends_at.data <= self.starts_at.data:
            self.ends_at.errors = ["结束时间要晚于开始时间。"]
        elif good and (self.freeze_minutes.data or 0) * 60 > (self.ends_at.data - self.starts_at.data).total_seconds():
            self.freeze_minutes.errors = ["封榜时间比整场比武还长。"]
        elif good and not 1 <= sum(count.data or 0 for _, count, _ in self.draws) <= MAX_QUESTIONS:
            self.form_errors.append(f"一份试卷要有 1 到 {MAX_QUESTIONS} 道题。")
        return good and not self.errors

    def values(self) -> dict[str, Any]:
        """As the contest keeps them."""
        plain = ("title", "note", "minutes", "freeze_minutes", "best_of", "awards")
        times = {name: self[name].data.replace(tzinfo=LOCAL) for name in ("starts_at", "ends_at")}
        blueprint = [
            {"type": kind.value, "count": count.data, "points": str(points.data), "field": self.field.data}
            for kind, count, points in self.draws
            if count.data
        ]
        return {name: self[name].data for name in plain} | times | {"blueprint": blueprint}


for _kind in QuestionType:
    _most = NumberRange(0, MAX_QUESTIONS, f"题数要在 0 到 {MAX_QUESTIONS} 之间。")
    _count = _Whole(f"{TYPE_NAMES[_kind]}题数", validators=[Optional(), _most])
    _worth = NumberRange(Decimal("0.5"), 100, "每题分数要在 0.5 到 100 之间。")
    _checks = [InputRequired("请填写分数。"), _worth]
    _points = _Points(f"{TYPE_NAMES[_kind]}每题分数", places=None, validators=[InputRequired("请填写分数。"), _worth])
    setattr(ContestForm, f"{_kind.value}_count", _count)
    setattr(ContestForm, f"{_kind.value}_points", _points)


def _present(contest: Contest | None, default_start: dt.datetime) -> dict[str, Any]:
    if contest is None:
        start = default_start.astimezone(LOCAL).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
        times = {"starts_at": start, "ends_at": start + dt.timedelta(hours=2)}
        shape = {"minutes": 60, "freeze_minutes": 20, "best_of": 3, "awards": 3, "title": "", "note": "", "field": ""}
        draws = {f"{kind.value}_count": DEFAULT_DRAWS.get(kind, 0) for kind in QuestionType}
        points = {f"{kind.value}_points": Decimal(10 if kind is QuestionType.CASE else 2) for kind in QuestionType}
        return times | shape | draws | points
    plain = ("title", "note", "minutes", "freeze_minutes", "best_of", "awards")
    present: dict[str, Any] = {name: getattr(contest, name) for name in plain}
    present |= {n: getattr(contest, n).astimezone(LOCAL).replace(tzinfo=None) for n in ("starts_at", "ends_at")}
    present |= {f"{kind.value}_count": 0 for kind in QuestionType}
    present |= {f"{kind.value}_points": Decimal(2) for kind in QuestionType}
    for row in contest.blueprint:
        present |= {f"{row['type']}_count": row["count"], f"{row['type']}_points": Decimal(row["points"])}
    return present | {"field": next((row["field"] for row in contest.blueprint), "")}


class TeamForm(RefusableForm):
    """A team to add."""

    name = StringField(
        "队名",
        filters=[_plain],
        validators=[DataRequired("请填写队名。"), Length(max=40, message="队名最多 40 个字。")],
    )
    unit = SelectField("单位", coerce=int, choices=[], description="队员从这个单位和下级单位里选。")

    def __init__(self, units: Mapping[int, str]) -> None:
        super().__init__()
        self.unit.choices = list(units.items())


class CancelForm(FlaskForm):  # type: ignore[misc]
    """Why a contest is cancelled."""

    reason = StringField(
        "取消原因",
        filters=[_plain],
        validators=[DataRequired("请写明取消原因。"), Length(max=200, message="取消原因最多 200 个字。")],
        description="会通知全体队员。",
    )
