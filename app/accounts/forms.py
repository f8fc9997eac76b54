"""Forms of signing in and of the password, and the check of where to go afterwards."""

import unicodedata
from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from wtforms import Field, PasswordField, StringField, ValidationError
from wtforms.validators import DataRequired, EqualTo, Length, Optional, Regexp

from app.accounts import passwords
from app.accounts.models import EMAIL, clean_email, clean_username


def local_path(target: str | None) -> str | None:
    """`target` when it is a path of this site, else None: never another host, whatever browsers make of it."""
    if not target or len(target) > 2000 or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def not_too_long(_form: FlaskForm, field: Field) -> None:
    """Refuse a password nobody can have before it is hashed. (wtforms' Length would make browsers cut it silently.)"""
    if len(field.data or "") > passwords.MAX_LENGTH:
        raise ValidationError(f"密码最多 {passwords.MAX_LENGTH} 个字符，请检查是否贴错了内容。")


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Username and password."""

    username = StringField(
        "用户名",
        filters=[clean_username],
        validators=[DataRequired("请填写用户名。"), Length(max=64, message="用户名没有这么长，请检查。")],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        "密码",
        validators=[DataRequired("请填写密码。"), not_too_long],
        render_kw={"autocomplete": "current-password"},
    )


class EmailForm(FlaskForm):  # type: ignore[misc]
    """The address for mails; empty for none."""

    email = StringField(
        "邮箱",
        filters=[clean_email],
        validators=[Optional(), Regexp(EMAIL.pattern + "$", message="邮箱的写法不对，应像 name@example.com。")],
        description="有新任务、快到期和结果出来时，除了站内通知，也发到这个邮箱。留空就不发邮件。",
        render_kw={"type": "email", "autocomplete": "email", "maxlength": "120"},
    )


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The present password and a new one, twice."""

    current = PasswordField(
        "现在的密码",
        validators=[DataRequired("请填写现在的密码。"), not_too_long],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        "新密码", validators=[DataRequired("请填写新密码。")], render_kw={"autocomplete": "new-password"}
    )
    repeat = PasswordField(
        "再输一遍新密码",
        validators=[DataRequired("请再输一遍新密码。"), EqualTo("new", "两次输入的新密码不一样。")],
        render_kw={"autocomplete": "new-password"},
    )

    def __init__(self, username: str, min_length: int) -> None:
        super().__init__()
        self._username = username
        self._min_length = min_length
        self.new.description = f"至少 {min_length} 个字符；大写字母、小写字母、数字、符号至少三种；不含用户名。"

    def validate_new(self, field: Field) -> None:
        """The rules of passwords, and that it is another one."""
        found = passwords.faults(field.data, username=self._username, min_length=self._min_length)
        if field.data == self.current.data:
            found.append("新密码不能和现在的密码一样。")
        if found:
            raise ValidationError("".join(found))
