"""Forms of assignments: the quiz, whom it is for, withdrawing, extending."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from app.access import ROLE_NAMES, Role
from app.accounts.models import Level, clean_username
from app.training.fields import (
    MESSAGES,
    SEPARATORS,
    Checkboxes,
    TrainingForm,
    clean,
    moment,
    parse_bands,
    show_bands,
    to_local,
    to_utc,
    whole,
)
from app.training.models import RULE_NAMES, AnswersShown, Assignment, Keep, Rule
from app.training.operations import Grant, Refused, Targets
from app.training.papers import draws_to_record
from quizzes.paper import Draw
from quizzes.presets import BANDS, Preset
from quizzes.question import TYPE_NAMES, QuestionType

MIN_ROWS, MAX_ROWS = 6, 30


class DrawForm(Form):  # type: ignore[misc]
    """One row of the blueprint; a row without a count is left out."""

    type = SelectField("题型", choices={kind.value: name for kind, name in TYPE_NAMES.items()}, **MESSAGES)
    count = whole("题数", 1, 200, optional=True)
    points = DecimalField(
        "每题分", validators=[Optional(), NumberRange(Decimal("0.5"), 100, "每题分要在 0.5 到 100 之间。")], places=None
    )
    field = SelectField("领域", **MESSAGES)
    matter = StringField("事项编号", filters=[clean], render_kw={"list": "matters", "maxlength": 20})
    difficulty = SelectField("难度", choices={"": "不限"} | {str(n): str(n) for n in range(1, 6)}, **MESSAGES)

    def validate(self, extra_validators: Any = None) -> bool:
        """A row without a count is not looked at."""
        return not any(self.count.raw_data or ()) or bool(super().validate(extra_validators))

    def draw(self) -> Draw | None:
        """What the row asks for."""
        if not self.count.data:
            return None
        difficulty = int(self.difficulty.data) if self.difficulty.data else None
        points = (self.points.data or Decimal(1)).quantize(Decimal("0.01")).normalize()
        kind = QuestionType(self.type.data)
        return Draw(kind, self.count.data, Decimal(f"{points:f}"), self.field.data, self.matter.data, difficulty)


class AssignmentForm(TrainingForm):
    """An assignment: the quiz, its times and rules, and whom it is for."""

    title = StringField("名称", filters=[clean], validators=[DataRequired("请填写名称。"), Length(max=80)])
    note = TextAreaField(
        "说明", filters=[clean], validators=[Length(max=1000)], description="答题前给大家看的话，可以不写。"
    )
    draws = FieldList(FormField(DrawForm), min_entries=MIN_ROWS, max_entries=MAX_ROWS)
    opens_at = moment("开始时间")
    due_at = moment("截止时间")
    is_late_allowed = BooleanField("截止后还可以补做（记为逾期完成）")
    minutes = whole("限时（分钟）", 1, 600, optional=True, description="不填就不限时。")
    max_attempts = whole("最多答几次", 1, 20)
    keep = SelectField("取哪一次成绩", choices={Keep.BEST.value: "最好的一次", Keep.LAST.value: "最后一次"}, **MESSAGES)
    pass_mark = whole("及格线（%）", 0, 100)
    bands = StringField("等次", filters=[clean], description="例如：90 优秀，80 良好，60 合格，0 不合格")
    is_required = SelectField("要求", choices={"1": "必做", "0": "选做"}, **MESSAGES)
    rule = SelectField("怎样算完成", choices={r.value: n for r, n in RULE_NAMES.items()}, **MESSAGES)
    min_attempts = whole("规定次数", 1, 20, description="只在“答满规定次数”时用到。")
    answers_shown = SelectField(
        "什么时候给看答案和解析",
        choices={AnswersShown.SUBMIT.value: "交卷后", AnswersShown.DUE.value: "截止时间过后"}, **MESSAGES,
    )  # fmt: skip
    units = Checkboxes("单位（含下级）", coerce=int, **MESSAGES)
    roles = Checkboxes("角色", choices={r.value: n for r, n in ROLE_NAMES.items()}, **MESSAGES)
    levels = Checkboxes("单位级别", choices={v.value: v.value for v in Level}, **MESSAGES)
    people = TextAreaField(
        "另加人员", filters=[clean], validators=[Length(max=5000)],
        description="写用户名，用空格、顿号或换行隔开；不受上面的单位、角色和级别限制。",
    )  # fmt: skip

    def __init__(self, all_units: Mapping[int, str], fields: Sequence[str], **present: Any) -> None:
        super().__init__(data=present)
        self.units.choices = dict(all_units)
        for row in self.draws:
            kept = row.form.field.object_data  # a field that has no ready question just now
            known = [*fields] + ([kept] if kept and kept not in fields else [])
            row.form.field.choices = {"": "不限"} | {name: name for name in known}

    def validate_draws(self, field: FieldList) -> None:
        """At least one row asks for something."""
        if not any(row.form.count.data for row in field):
            raise ValidationError("请至少填一行题数。")

    def validate_due_at(self, field: DateTimeLocalField) -> None:
        """Not over before it opens."""
        if self.opens_at.data and field.data and field.data <= self.opens_at.data:
            raise ValidationError("截止时间要晚于开始时间。")

    def validate_bands(self, field: StringField) -> None:
        """Numbers and names."""
        try:
            parse_bands(field.data)
        except ValueError as error:
            raise ValidationError("请按“90 优秀，80 良好，60 合格”的样子写，分数在 0 到 100 之间且不重复。") from error

    def validate_min_attempts(self, field: IntegerField) -> None:
        """Not more than one may have."""
        if self.rule.data == Rule.ATTEMPTS and field.data > (self.max_attempts.data or 0):
            raise ValidationError("规定次数不能多于最多答的次数。")

    @property
    def usernames(self) -> list[str]:
        """The people typed."""
        return [clean_username(word) for word in SEPARATORS.split(self.people.data or "") if word]

    def values(self) -> dict[str, Any]:
        """What was checked, as the assignment keeps it."""
        rule = Rule(self.rule.data)
        return {
            "title": self.title.data,
            "note": self.note.data,
            "blueprint": draws_to_record(draw for row in self.draws if (draw := row.form.draw())),
            "opens_at": to_utc(self.opens_at.data),
            "due_at": to_utc(self.due_at.data),
            "is_late_allowed": self.is_late_allowed.data,
            "minutes": self.minutes.data,
            "max_attempts": self.max_attempts.data,
            "keep": self.keep.data,
            "pass_mark": self.pass_mark.data,
            "bands": parse_bands(self.bands.data),
            "is_required": self.is_required.data == "1",
            "rule": rule.value,
            "min_attempts": self.min_attempts.data if rule is Rule.ATTEMPTS else 1,
            "answers_shown": self.answers_shown.data,
        }

    def targets(self, people: Mapping[str, int]) -> Targets:
        """Whom it is for; `people` are the ids of those typed. Raises Refused naming whom there is not."""
        if unknown := [name for name in self.usernames if name not in people]:
            raise Refused("people", f"您的管理范围内没有这些用户名：{'、'.join(unknown[:10])}。")
        return Targets(
            frozenset(self.units.data or ()),
            frozenset(map(Role, self.roles.data or ())),
            frozenset(map(Level, self.levels.data or ())),
            frozenset(people[name] for name in self.usernames),
        )


def new_values(now: dt.datetime, preset: Preset | None) -> dict[str, Any]:
    """What a new assignment starts from."""
    start = to_local(now).replace(minute=0, second=0)
    bands = preset.bands if preset else BANDS
    return {
        "title": preset.blueprint.title if preset else "",
        "draws": draws_to_record(preset.blueprint.draws) if preset else [],
        "opens_at": start,
        "due_at": (start + dt.timedelta(days=14)).replace(hour=18),
        "is_late_allowed": True,
        "minutes": preset.minutes if preset else None,
        "max_attempts": preset.attempts if preset else 3,
        "keep": Keep.BEST.value if not preset or preset.takes_best else Keep.LAST.value,
        "pass_mark": preset.pass_percent if preset else 60,
        "bands": show_bands(bands),
        "min_attempts": 1,
        "roles": [Role.OFFICER.value],
        "levels": [level.value for level in Level],
    }


COPIED = (
    "title", "note", "is_late_allowed", "minutes", "max_attempts", "keep", "pass_mark", "rule", "min_attempts",
    "answers_shown",
)  # fmt: skip


def present_values(assignment: Assignment, usernames: Sequence[str]) -> dict[str, Any]:
    """What the form shows of an assignment."""
    targets = Targets.of(assignment)
    return {name: getattr(assignment, name) for name in COPIED} | {
        "draws": [
            row | {"difficulty": str(row["difficulty"] or ""), "points": Decimal(row["points"])}
            for row in assignment.blueprint
        ],
        "opens_at": to_local(assignment.opens_at),
        "due_at": to_local(assignment.due_at),
        "bands": show_bands(assignment.bands),
        "is_required": "1" if assignment.is_required else "0",
        "units": sorted(targets.unit_ids),
        "roles": [role.value for role in targets.roles],
        "levels": [level.value for level in targets.levels],
        "people": "、".join(usernames),
    }


class WithdrawForm(TrainingForm):
    """Why an assignment is taken back."""

    reason = StringField(
        "理由", filters=[clean], validators=[DataRequired("请写明理由，收到布置的人会看到。"), Length(max=200)]
    )


class ExtensionForm(TrainingForm):
    """More time for a person or a unit."""

    person = StringField("用户名", filters=[clean_username], description="给一个人延期时填。")
    unit = SelectField("单位（含下级）", coerce=int, description="给一个单位延期时选。", **MESSAGES)
    due_at = moment("新的截止时间", optional=True, description="不改就不填。")
    extra_attempts = whole("多给几次", 0, 20, default=0)
    extra_minutes = whole("每次多给几分钟", 0, 600, default=0)
    reason = StringField("理由", filters=[clean], validators=[DataRequired("请写明理由。"), Length(max=200)])

    def __init__(self, units: Mapping[int, str]) -> None:
        super().__init__()
        self.unit.choices = {0: "（不按单位）"} | dict(units)

    def grant(self, people: Mapping[str, int]) -> Grant:
        """What was checked. Raises Refused."""
        name, unit = self.person.data, self.unit.data or None
        if bool(name) == bool(unit):
            raise Refused("person", "请填一个用户名，或者选一个单位，二选一。")
        if name and name not in people:
            raise Refused("person", "您的管理范围内没有这个用户名。")
        due = to_utc(self.due_at.data) if self.due_at.data else None
        return Grant(unit, people.get(name), due, self.extra_attempts.data, self.extra_minutes.data, self.reason.data)
