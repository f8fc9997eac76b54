"""What the forms of training are made of: texts, numbers, times, several choices, bands.

Times are typed and shown as in Jinhua, kept in UTC.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, FieldList, IntegerField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.clock import LOCAL
from app.training.operations import Refused

SEPARATORS = re.compile(r"[\s、，,；;]+")
BAND = re.compile(r"(\d{1,3})\s*[分%]?\s*[:：]?\s*([^\d\s、，,；;]{1,10})")
UNPRINTABLE = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")
MESSAGES = {"invalid_choice_message": "请从列表中选择。", "invalid_value_message": "请从列表中选择。"}


def clean(text: str | None) -> str:
    """Typed text without characters one cannot see."""
    return UNPRINTABLE.sub("", unicodedata.normalize("NFC", text or "")).strip()


def to_utc(typed: dt.datetime) -> dt.datetime:
    """A time typed in Jinhua as an instant."""
    return typed.replace(tzinfo=LOCAL).astimezone(dt.UTC)


def to_local(at: dt.datetime) -> dt.datetime:
    """An instant as a form shows it."""
    return at.astimezone(LOCAL).replace(tzinfo=None)


def parse_bands(text: str) -> list[list[Any]]:
    """`90 优秀，80 良好，60 合格` as [[90, 优秀], …], the highest first, down to 0. Raises ValueError."""
    found = [(int(least), name) for least, name in BAND.findall(text)]
    rest = BAND.sub("", text)
    if not found or SEPARATORS.sub("", rest) or len({least for least, _ in found}) < len(found):
        raise ValueError
    if any(least > 100 for least, _ in found):
        raise ValueError
    return [
        list(band) for band in sorted(dict(found).items() | ({(0, "不合格")} if min(found)[0] else set()), reverse=True)
    ]


def show_bands(bands: Sequence[Sequence[Any]]) -> str:
    """Bands as they are typed."""
    return "，".join(f"{least} {name}" for least, name in bands)


class Checkboxes(SelectMultipleField):  # type: ignore[misc]
    """Several of a list, each with its box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def whole(label: str, least: int, most: int, *, optional: bool = False, **kwargs: Any) -> IntegerField:
    """A whole number within bounds."""
    checks = [Optional()] if optional else [InputRequired(f"请填写{label}。")]
    span = NumberRange(least, most, f"{label}要在 {least} 到 {most} 之间。")
    return IntegerField(label, validators=[*checks, span], render_kw={"min": least, "max": most}, **kwargs)


def moment(label: str, *, optional: bool = False, description: str = "") -> DateTimeLocalField:
    """A day and time in Jinhua."""
    checks = [Optional()] if optional else [DataRequired(f"请填写{label}。")]
    kinds = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
    return DateTimeLocalField(label, format=kinds, validators=checks, description=description)


class TrainingForm(FlaskForm):  # type: ignore[misc]
    """A form that can show why the rules refused it."""

    def show(self, refusal: Refused) -> None:
        """Put the reason beside its field, or on top when there is no such field."""
        field = self._fields.get(refusal.field)
        if field is None or isinstance(field, FieldList):
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]
