"""The form of a session, and of a series made from one template."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from app.access import ROLE_NAMES
from app.accounts.models import Level
from app.clock import LOCAL
from app.sessions import catalogue
from app.sessions.facts import Facts
from app.sessions.forms import SessionsForm, boxes, hours, instant, number, select, text

SEPARATORS = re.compile(r"[、，,；;\s]+")
PLAIN = (
    "title", "about", "place", "link", "starts_at", "ends_at", "hours", "capacity", "sign_up_from_at",
    "sign_up_until_at", "needs_approval", "check_in_minutes",
)  # fmt: skip
ADDRESS = re.compile(r"https?://[^\s<>\"']+")


class SessionForm(SessionsForm):
    """A session. Choices of units, experts and quizzes are the trainer's own."""

    title = text("名称", 60)
    unit = select("举办单位", int)
    about = text("内容介绍", 2000, TextAreaField, needed=False, render_kw={"rows": 5})
    place = text("地点", 120, needed=False)
    link = text(
        "线上链接", 300, needed=False, description="线上或者线下同步直播时填写，以 https:// 开头；只有报上名的人看得到"
    )
    starts_at = instant("开始时间")
    ends_at = instant("结束时间")
    hours = hours(InputRequired("请填写学时，例如 4 或者 3.5。"), "一学时 45 分钟，最小到 0.5")
    capacity = number("名额", 1, 2000, "满了以后按报名先后候补，有人取消时自动递补")
    sign_up_from_at = instant("报名开始")
    sign_up_until_at = instant("报名截止")
    needs_approval = BooleanField("报名需要审核", description="勾选后，您通过了才占名额")
    check_in_minutes = number(
        "开始后多久内可以扫码签到（分钟）", 5, 480, "开始前 30 分钟就可以签到；之后到场的由您登记"
    )
    units = boxes("单位（含下级）", int)
    roles = boxes("角色", choices={role.value: name for role, name in ROLE_NAMES.items()}, description="不选就是不限")
    levels = boxes("单位级别", choices={level.value: level.value for level in Level}, description="不选就是不限")
    fields = boxes("领域")
    matters = text("执法事项", 600, TextAreaField, needed=False, description="事项编号，例如 m-0121，用顿号或换行隔开")
    experts = boxes("授课师资", int)
    quiz_before = select("课前测验", int)
    quiz_after = select("课后测验", int, description="两次都答过的人，班次结果里会显示提高了多少")
    plan_item = HiddenField()

    def __init__(
        self, choices: Mapping[str, Mapping[int, str]], facts: Facts | None, unit_id: int, **given: Any
    ) -> None:
        super().__init__(data=_present(facts, unit_id) | given)
        self.unit.choices = dict(choices["units"])
        self.units.choices = dict(choices["units"])
        self.wide = frozenset(choices["wide"])
        known = list(dict.fromkeys([*catalogue.fields(), *(facts.fields if facts else ())]))
        self.fields.choices = {name: name for name in known}
        self.experts.choices = dict(choices["experts"])
        for field in (self.quiz_before, self.quiz_after):
            field.choices = {0: "（没有）"} | dict(choices["quizzes"])

    def validate_link(self, field: Any) -> None:
        """An address one can open."""
        if field.data and not ADDRESS.fullmatch(field.data):
            raise ValidationError("链接要以 https:// 或 http:// 开头，中间没有空格。")

    def validate_matters(self, field: Any) -> None:
        """Every key is one of the library."""
        wrong = [key for key in self.matter_keys if catalogue.matter(key) is None]
        if wrong:
            raise ValidationError(f"没有这个执法事项：{'、'.join(wrong[:5])}。请到“执法事项”页查编号。")

    @property
    def matter_keys(self) -> list[str]:
        """Keys as typed, each once."""
        typed = unicodedata.normalize("NFKC", self.matters.data or "").lower()
        return [key for key in dict.fromkeys(SEPARATORS.split(typed)) if key]

    def facts(self) -> Facts:
        """What was filled in, once it is valid. A matter brings its field."""
        own = [document.fields for key in self.matter_keys if (document := catalogue.matter(key))]
        named = [*self.fields.data, *(name for names in own for name in names)]
        return Facts(
            **{name: self._fields[name].data for name in PLAIN},
            units=tuple(self.units.data),
            roles=tuple(self.roles.data),
            levels=tuple(self.levels.data),
            fields=tuple(dict.fromkeys(named)),
            matters=tuple(self.matter_keys),
            experts=tuple(self.experts.data),
            quiz_before_id=self.quiz_before.data or None,
            quiz_after_id=self.quiz_after.data or None,
            plan_item_id=_plan_item(self.plan_item.data),
        )


def _plan_item(typed: str | None) -> int | None:
    return int(typed) if typed and re.fullmatch(r"[0-9]{1,9}", str(typed)) else None


def _present(facts: Facts | None, unit_id: int) -> dict[str, Any]:
    """What a form shows before anything is typed."""
    if facts is None:
        return {"unit": unit_id, "units": [unit_id], "capacity": 50, "check_in_minutes": 30}
    return {
        **{name: getattr(facts, name) for name in PLAIN},
        **{name: list(getattr(facts, name)) for name in ("units", "roles", "levels", "fields", "experts")},
        "matters": "、".join(facts.matters),
        "unit": unit_id,
        "quiz_before": facts.quiz_before_id or 0,
        "quiz_after": facts.quiz_after_id or 0,
        "plan_item": facts.plan_item_id or "",
    }


class SeriesForm(SessionForm):
    """A session as the template of a series, and when the other terms begin."""

    others = text(
        "其余各期的开始时间",
        600,
        TextAreaField,
        description="每行一个，例如 2027-04-16 09:00；时长和报名时间照第一期顺移",
    )

    def validate_others(self, field: Any) -> None:
        """Every line is a time."""
        for place, line in enumerate(self._lines(field.data), start=1):
            if _time(line) is None:
                raise ValidationError(f"第 {place} 行“{line[:30]}”不是时间，要写成 2027-04-16 09:00 这样。")

    @staticmethod
    def _lines(text: str) -> list[str]:
        return [line.strip() for line in (text or "").splitlines() if line.strip()]

    def starts(self) -> list[dt.datetime]:
        """When the terms begin, the first one too."""
        times = [_time(line) for line in self._lines(self.others.data)]
        return [self.starts_at.data, *(time for time in times if time)]


def _time(line: str) -> dt.datetime | None:
    folded = unicodedata.normalize("NFKC", line).replace("/", "-").replace("T", " ")
    try:
        return dt.datetime.strptime(folded, "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL)
    except ValueError:
        return None
