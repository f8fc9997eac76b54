"""Forms of the editors' pages."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from app.review.models import Gap, GapState
from app.review.operations import Refused
from app.search.models import PinnedAnswer, SynonymGroup
from app.search.places import Place, find_place, place_of
from corpus.document import Audience
from indexer.store import Store

STATES = {GapState.OPEN.value: "未处理", GapState.WORKING.value: "处理中", GapState.CLOSED.value: "已补上"}
AUDIENCES = {"officer": "只给执法人员", "public": "公众和执法人员"}
MIN_TERMS, MAX_TERMS, TERM_CHARS = 2, 12, 40
MIN_PATTERN = 2
SEPARATORS = re.compile(r"[、，,；;\n\r]+")
UNPRINTABLE = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")
MESSAGES = {"invalid_choice_message": "请从列表中选择。", "invalid_value_message": "请从列表中选择。"}


def clean(text: str | None) -> str:
    """Typed text, folded (NFKC) and without characters one cannot see."""
    return UNPRINTABLE.sub("", unicodedata.normalize("NFKC", text or "")).strip()


def split_words(text: str | None) -> list[str]:
    """Words separated by 、 or line breaks, each once."""
    return list(dict.fromkeys(word.strip() for word in SEPARATORS.split(clean(text)) if word.strip()))


def check_terms(terms: list[str]) -> str | None:
    """What is wrong with a group of synonyms, in Chinese; None when nothing is."""
    if len(terms) < MIN_TERMS:
        return "至少写两个意思相同的词语，用顿号隔开。"
    if len(terms) > MAX_TERMS:
        return f"一组最多 {MAX_TERMS} 个词语。"
    long = next((term for term in terms if not 2 <= len(term) <= TERM_CHARS), None)
    return f"“{long}”：每个词语要有 2 到 {TERM_CHARS} 个字。" if long else None


class ReviewForm(FlaskForm):  # type: ignore[misc]
    """A form that can show why the rules refused it."""

    def show(self, refusal: Refused) -> None:
        """Put the reason beside its field, or on top when there is no such field."""
        field = self._fields.get(refusal.field)
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


def _text(label: str, longest: int, kind: Any = StringField, description: str = "", **kwargs: Any) -> Any:
    checks = [DataRequired(f"请填写{label}。"), Length(max=longest, message=f"{label}最多 {longest} 个字。")]
    return kind(label, validators=checks, filters=[clean], description=description, **kwargs)


class SynonymForm(ReviewForm):
    """A group of synonyms. `preview` is a question to try it on."""

    terms = _text("词语", 500, TextAreaField, "用顿号隔开，例如：煤气罐、液化气瓶")
    reason = _text("理由", 200, description="例如：群众叫煤气罐，法规写气瓶")
    state = SelectField("状态", choices={"active": "启用", "paused": "停用"}, **MESSAGES)
    preview = StringField("试一个检索词", filters=[clean], validators=[Length(max=200)])

    def __init__(self, group: SynonymGroup | None) -> None:
        present = {}
        if group:
            state = "active" if group.is_active else "paused"
            present = {"terms": "、".join(group.words), "reason": group.reason, "state": state}
        super().__init__(data=present)

    def validate_terms(self, field: Any) -> None:
        """Two words and more, none too short or long."""
        if fault := check_terms(split_words(field.data)):
            raise ValidationError(fault)

    @property
    def words(self) -> list[str]:
        """The words of the group."""
        return split_words(self.terms.data)


class ImportForm(ReviewForm):
    """A table to upload."""

    file = FileField("文件（.xlsx 或 .csv）", validators=[FileRequired("请选择文件。")])


class PinForm(ReviewForm):
    """A pinned answer. Its place is checked against the texts of those who will see it."""

    patterns = _text("检索词包含", 500, TextAreaField, "一行一个，至少两个字；检索词里有其中一个就置顶")
    place = _text("文档", 300, description="页面地址（如 /regulations/…#art-46）或者编号（如 m-0101）")
    audience = SelectField("谁能看到", choices=AUDIENCES, **MESSAGES)
    ends_on = DateField("截止日期", validators=[DataRequired("请填写截止日期，例如 2026-12-31。")])
    note = _text("理由", 200)

    def __init__(self, pin: PinnedAnswer | None, stores: Mapping[Audience, Store], today: dt.date) -> None:
        names = ("patterns", "place", "audience", "ends_on", "note")
        super().__init__(data={name: getattr(pin, name) for name in names} if pin else {})
        self._stores, self._today = stores, today

    def validate_patterns(self, field: Any) -> None:
        """No pattern so short that it fits everything."""
        short = [p for p in self._lines(field.data) if len(p) < MIN_PATTERN]
        if short:
            raise ValidationError(f"“{short[0]}”太短，至少 {MIN_PATTERN} 个字。")

    def validate_place(self, field: Any) -> None:
        """A document that everyone may read who will see the pin."""
        if self.found is None:
            is_internal = self.audience.data == "public" and self._find(Audience.OFFICER)
            internal = "这份文档公众看不到，只能置顶给执法人员。"
            raise ValidationError(internal if is_internal else "没有这份文档，请复制它的页面地址。")

    def validate_ends_on(self, field: Any) -> None:
        """Not over before it begins."""
        if field.data < self._today:
            raise ValidationError("截止日期不能早于今天。")

    @staticmethod
    def _lines(text: str) -> list[str]:
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    def _find(self, audience: Audience) -> Place | None:
        typed = self.place.data or ""
        return find_place(self._stores[audience], place_of(typed) or typed, audience)

    @property
    def found(self) -> Place | None:
        """The place for those who will see it."""
        return self._find(Audience(self.audience.data)) if self.audience.data in AUDIENCES else None

    def fill(self, pin: PinnedAnswer) -> PinnedAnswer:
        """Put what was checked into `pin`."""
        typed = self.place.data
        pin.patterns, pin.place = "\n".join(self._lines(self.patterns.data)), place_of(typed) or typed
        pin.audience, pin.ends_on, pin.note = self.audience.data, self.ends_on.data, self.note.data
        return pin


class GapForm(ReviewForm):
    """Who sees to a gap, and where it stands."""

    state = SelectField("状态", choices=STATES, **MESSAGES)
    owner = SelectField("负责人", coerce=int, **MESSAGES)
    note = TextAreaField("说明", filters=[clean], validators=[Length(max=500, message="说明最多 500 个字。")])

    def __init__(self, gap: Gap, editors: Mapping[int, str]) -> None:
        super().__init__(data={"state": gap.state, "owner": gap.owner_id or 0, "note": gap.note})
        own = {gap.owner.id: gap.owner.name} if gap.owner else {}
        self.owner.choices = {0: "（没有）"} | own | dict(editors)


class RerunForm(ReviewForm):
    """The document that is to have closed a gap."""

    place = _text("补上缺口的文档", 300, description="页面地址（如 /guides/guide-09）或者编号")


class DaysForm(ReviewForm):
    """How far back the report looks."""

    days = SelectField("看最近", choices={"7": "7 天", "30": "30 天", "90": "90 天"}, default="30", **MESSAGES)
