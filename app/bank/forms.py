"""Forms of the question bank, apart from the one in which a question is written (editing.py)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Form, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.bank.list_queries import Filter
from app.bank.models import STATUS_NAMES, Status
from app.bank.operations import LONGEST_REASON, Decision, Refused
from corpus.document import Kind
from indexer.store import Store, StoredDocument
from quizzes.formats import FORMATS
from quizzes.question import CONTROL, TYPE_NAMES

DIFFICULTIES = {
    1: "1 记住一个事实",
    2: "2 懂得一条规则",
    3: "3 用到普通情形",
    4: "4 用到复杂情形",
    5: "5 多条规则、有陷阱",
}
MESSAGES = {"invalid_choice_message": "请从列表中选择。", "invalid_value_message": "请从列表中选择。"}
LONGEST_QUERY = 200


class Choices:
    """What the texts of the site offer to choose from."""

    def __init__(self, store: Store) -> None:
        self.fields = store.fields()
        self.guides = {guide.id: f"{guide.id} {guide.title}" for guide in store.documents(Kind.GUIDE)}
        self.matters: dict[str, list[StoredDocument]] = {}
        for matter in store.documents(Kind.MATTER):
            self.matters.setdefault(matter.fields[0] if matter.fields else "其他", []).append(matter)

    @property
    def matter_names(self) -> dict[str, str]:
        """Short names of the matters by key."""
        return {matter.id: str(matter.front["short_name"]) for group in self.matters.values() for matter in group}


def _clean(text: str | None) -> str:
    return CONTROL.sub("", text or "").strip()


def _any(names: Mapping[Any, str] | Sequence[str]) -> dict[str, str]:
    """Choices with one that narrows nothing."""
    offered = names if isinstance(names, Mapping) else {name: name for name in names}
    return {"": "全部"} | {str(value): name for value, name in offered.items()}


class FilterForm(Form):  # type: ignore[misc]
    """What the list is narrowed to; comes from the address."""

    q = StringField("文字", filters=[_clean], render_kw={"type": "search", "maxlength": str(LONGEST_QUERY)})
    by = SelectField("怎样找", choices={"words": "含有这些字", "meaning": "意思相近"}, default="words", **MESSAGES)
    field = SelectField("领域", default="", **MESSAGES)
    guide = SelectField("指引", default="", **MESSAGES)
    matter = SelectField("事项", default="", **MESSAGES)
    type = SelectField("题型", choices=_any(TYPE_NAMES), default="", **MESSAGES)
    difficulty = SelectField("难度", choices=_any(DIFFICULTIES), default="", **MESSAGES)
    status = SelectField("状态", choices=_any(STATUS_NAMES), default="", **MESSAGES)

    def __init__(self, args: Any, choices: Choices) -> None:
        super().__init__(args)
        self.field.choices, self.guide.choices = _any(choices.fields), _any(choices.guides)
        self.matter.choices = _any(choices.matter_names)
        self.validate()

    def _value(self, name: str) -> str:
        """What was chosen; a value that was never on offer narrows nothing."""
        return "" if self[name].errors else self[name].data or ""

    def wanted(self) -> Filter:
        """The filter."""
        return Filter(
            text=self.q.data[:LONGEST_QUERY],
            field=self._value("field"),
            guide=self._value("guide"),
            matter=self._value("matter"),
            type=self._value("type"),
            difficulty=int(self._value("difficulty") or 0),
            status=self._value("status"),
        )

    @property
    def is_by_meaning(self) -> bool:
        """Whether questions of a like meaning are wanted rather than words that occur."""
        return bool(self.q.data) and self._value("by") == "meaning"


class BankForm(FlaskForm):  # type: ignore[misc]
    """A form that can show why the rules refused it."""

    def show(self, refusal: Refused) -> None:
        """Put the reason beside its field, or on top when there is no such field."""
        field = self._fields.get(refusal.field)
        if field is None or isinstance(field, HiddenField):
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]


class StatusForm(BankForm):
    """What a person decides on the version they have read."""

    version = IntegerField(validators=[InputRequired()])
    status = SelectField("改为", choices={s.value: name for s, name in STATUS_NAMES.items()}, **MESSAGES)
    reason = TextAreaField(
        "理由",
        filters=[_clean],
        validators=[Length(max=LONGEST_REASON, message=f"理由最多 {LONGEST_REASON} 个字。")],
        description="暂停和停用要写理由。",
        render_kw={"rows": "2", "maxlength": str(LONGEST_REASON)},
    )

    @property
    def decision(self) -> Decision:
        """What was decided, once the form is valid."""
        return Decision(self.version.data, Status(self.status.data), self.reason.data or "")


class ImportForm(BankForm):
    """A file of questions."""

    file = FileField(
        "文件",
        validators=[FileRequired("请选择文件。")],
        description="最多 6 MB。先给您看会改什么，确认后才导入。",
        render_kw={"accept": ",".join(ending for kind in FORMATS.values() for ending in kind.endings)},
    )
