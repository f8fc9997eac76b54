"""People: units of the org tree, users, their sessions, and failed sign-ins."""

import datetime as dt
import re
import unicodedata
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.access import Role
from app.db import Model, one_of

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
EMAIL = re.compile(r"(?=.{6,120}$)[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {"Android": "安卓手机", "iPhone": "苹果手机", "iPad": "苹果平板", "Windows": "Windows", "Mac": "Mac"}


class Level(StrEnum):
    """Levels of the org tree: 市 › 县市区 › 乡镇街道 or 中队."""

    CITY = "市"
    COUNTY = "县市区"
    TOWN = "乡镇街道"
    SQUAD = "中队"


# The level a unit's parent must have. As every parent stands higher, the tree can have no cycle.
PARENT_LEVEL = {Level.CITY: None, Level.COUNTY: Level.CITY, Level.TOWN: Level.COUNTY, Level.SQUAD: Level.COUNTY}


class Unit(Model):
    """A unit 单位: a node of the org tree."""

    __tablename__ = "unit"
    __table_args__ = (
        one_of("level", Level),
        sa.CheckConstraint("(level = '市') = (parent_id IS NULL)", name="parent"),
        sa.CheckConstraint("parent_id <> id", name="not_own_parent"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    level: Mapped[str] = mapped_column(sa.String(10))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    parent: Mapped["Unit | None"] = relationship(remote_side=[id])


class User(Model):
    """A person who may sign in. Never deleted, only disabled: the audit trail refers to them."""

    __tablename__ = "user"
    __table_args__ = (
        one_of("role", Role),
        sa.CheckConstraint("username = lower(username)", name="username_lower"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(30))
    role: Mapped[str] = mapped_column(sa.String(20))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    unit: Mapped[Unit] = relationship()
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    must_change_password: Mapped[bool]
    is_active: Mapped[bool] = mapped_column("active", default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    password_changed_at: Mapped[dt.datetime]
    email: Mapped[str | None] = mapped_column(sa.String(120))  # where notices are sent as mail

    is_authenticated = True  # what flask-login asks of a user, with get_id
    is_anonymous = False
    session_id = ""  # of the session this person came with; set when a request loads the user
    token = ""  # of a session just started; the cookie gets it and the database does not

    def get_id(self) -> str:
        """What the cookie keeps."""
        return self.token


class UserSession(Model):
    """A signed-in browser. `id` is the SHA-256 of the token in its cookie, so a stolen table opens no door."""

    __tablename__ = "user_session"
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    address: Mapped[str] = mapped_column(sa.String(45))
    agent: Mapped[str] = mapped_column(sa.String(200))
    revoked_at: Mapped[dt.datetime | None]

    @property
    def device(self) -> str:
        """The browser and system in words, for the person's own list."""
        browser = next((name for mark, name in BROWSERS.items() if mark in self.agent), "浏览器")
        system = next((name for mark, name in SYSTEMS.items() if mark in self.agent), "")
        return f"{browser}（{system}）" if system else browser


class SignInFailure(Model):
    """A try to sign in that failed, or is under way. Any text can have been typed as the username."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (sa.Index("ix_sign_in_failure_address_at", "address", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(64))
    address: Mapped[str] = mapped_column(sa.String(45))
    at: Mapped[dt.datetime]


def clean_username(typed: str | None) -> str:
    """A username as it is kept: half-width and lower-case."""
    return unicodedata.normalize("NFKC", typed or "").strip().lower()


def clean_email(typed: str | None) -> str:
    """A mail address as it is kept: half-width and without blanks around it; "" when there is none."""
    return unicodedata.normalize("NFKC", typed or "").strip()
