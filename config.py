"""Every setting: its environment name, its default, and what it is for. Read by `create_app` and nothing else."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
TRUE_WORDS = {"1", "true", "yes", "on"}


class Config:
    """Settings by environment name; an unset one has the default below. See docs/settings.md."""

    DEFAULTS: Mapping[str, str] = {
        # where things are
        "INSTANCE_DIR": str(ROOT / "instance"),  # database, models, index: all that is made at run time
        "CORPUS_DIR": str(ROOT / "corpus"),  # the texts
        "DATABASE_URL": "",  # empty: SQLite in INSTANCE_DIR; else postgresql://user:password@host/name
        "EMBEDDING_MODEL": "packaged",  # packaged, a folder, or the hub name of a sentence-transformers model
        # the site
        "SITE_NAME": "有书可依",
        "SITE_OWNER": "",  # 主办单位 in the footer
        "SECRET_KEY": "",  # empty: made once and kept in INSTANCE_DIR/secret_key
        "HTTPS": "1",  # 0 only for trying it out: cookies then travel over plain http
        "TRUSTED_HOSTS": "",  # host names this site answers to, separated by commas; empty: any
        "PROXIES": "0",  # how many trusted reverse proxies stand before the site and set X-Forwarded-For
        "DEMO": "0",  # 1: demo accounts may sign in and are shown on the sign-in page
        "SESSION_HOURS": "12",  # longest time a person stays signed in
        "PASSWORD_MIN_LENGTH": "10",
        "SITE_URL": "",  # https://… of this site, for links in mails, calendars and on certificates
        "BANK_FOUR_EYES": "1",  # 0: who wrote a question may also approve it
        # mails, sent by `flask notices send`
        "SMTP_HOST": "",  # empty: mails wait in the outbox
        "SMTP_PORT": "587",
        "SMTP_TLS": "starttls",  # starttls, ssl (port 465), or none (only within one machine)
        "SMTP_USER": "",  # empty: without signing in
        "SMTP_PASSWORD": "",
        "MAIL_FROM": "",  # sender's address
    }

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        self.values = {name: given.get(name, default) for name, default in self.DEFAULTS.items()}

    def path(self, name: str) -> Path:
        """A setting that is a folder, absolute."""
        return Path(self.values[name]).expanduser().resolve()

    def flag(self, name: str) -> bool:
        """A setting that is on or off."""
        return self.values[name].lower() in TRUE_WORDS

    def flask(self) -> dict[str, Any]:
        """Settings under the names Flask and its extensions use, with ours in capitals."""
        instance = self.path("INSTANCE_DIR")
        instance.mkdir(parents=True, exist_ok=True)
        hosts = [h.strip() for h in self.values["TRUSTED_HOSTS"].split(",") if h.strip()]
        return {
            "INSTANCE_DIR": instance,
            "CORPUS_DIR": self.path("CORPUS_DIR"),
            "INDEX_DIR": instance / "index",
            "MODELS_DIR": instance / "models",
            "EMBEDDING_MODEL": self.values["EMBEDDING_MODEL"],
            "SITE_NAME": self.values["SITE_NAME"],
            "SITE_OWNER": self.values["SITE_OWNER"],
            "DEMO": self.flag("DEMO"),
            "HTTPS": self.flag("HTTPS"),
            "PROXIES": int(self.values["PROXIES"]),
            "SESSION_HOURS": int(self.values["SESSION_HOURS"]),
            "PASSWORD_MIN_LENGTH": int(self.values["PASSWORD_MIN_LENGTH"]),
            "SITE_URL": self.values["SITE_URL"].rstrip("/"),
            "BANK_FOUR_EYES": self.flag("BANK_FOUR_EYES"),
            "SMTP_PORT": int(self.values["SMTP_PORT"]),
            **{
                name: self.values[name] for name in ("SMTP_HOST", "SMTP_TLS", "SMTP_USER", "SMTP_PASSWORD", "MAIL_FROM")
            },
            "SECRET_KEY": self.values["SECRET_KEY"] or _kept_secret(instance / "secret_key"),
            "SQLALCHEMY_ENGINES": {"default": self.values["DATABASE_URL"] or f"sqlite:///{instance / 'app.db'}"},
            "ALEMBIC": {"script_location": str(ROOT / "migrations")},
            "TRUSTED_HOSTS": hosts or None,
            "MAX_CONTENT_LENGTH": 6_000_000,
            "MAX_FORM_MEMORY_SIZE": 1_000_000,
            "SESSION_COOKIE_SECURE": self.flag("HTTPS"),
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_NAME": "__Host-session" if self.flag("HTTPS") else "session",
            "WTF_CSRF_TIME_LIMIT": None,  # lives as long as the session: a quiz of 90 minutes must still submit
            "WTF_I18N_ENABLED": False,
            "BOOTSTRAP_SERVE_LOCAL": True,
        }


def _kept_secret(path: Path) -> str:
    """Read the key that signs cookies; make it on the first start."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_hex(32))
    return path.read_text()
