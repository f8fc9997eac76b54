"""What the search box offers while one types, for one audience."""

import datetime as dt
import logging
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from app.db import db
from app.filters import KIND_NAMES
from app.search.aids import aids
from app.search.queries import asked_by_many
from corpus.document import Audience, Kind
from indexer.suggest import LIMIT, Source, Suggester, Suggestion

log = logging.getLogger(__name__)
EXTENSION = "youshu_asked"
FRESH_FOR = dt.timedelta(minutes=10)
ASKED_SHOWN = 3
NAMES = {Source(kind.value): name for kind, name in KIND_NAMES.items()} | {
    Source.STREET: "常见问法",
    Source.ASKED: "同事问过",
}


@dataclass
class Asked:
    """What officers asked before, as last read."""

    suggester: Suggester
    read_at: dt.datetime | None = None


def init_app(app: Flask) -> None:
    """Give `app` the list of what officers asked."""
    app.extensions[EXTENSION] = Asked(Suggester(()))


def offers(typed: str, audience: Audience, now: dt.datetime) -> list[dict[str, str]]:
    """Texts to search for with the name of what they are; colleagues' questions for officers alone."""
    found = aids(audience).suggester.suggest(typed)
    if audience is Audience.OFFICER:
        asked = [s for s in _asked(now).suggest(typed, ASKED_SHOWN) if s.text not in {f.text for f in found}]
        found = [*found[: LIMIT - len(asked)], *asked]
    return [{"text": s.text, "kind": _name(s, audience)} for s in found]


def _name(suggestion: Suggestion, audience: Audience) -> str:
    is_explainer = suggestion.source.value == Kind.CASE and audience is Audience.PUBLIC
    return "以案释法" if is_explainer else NAMES[suggestion.source]


def _asked(now: dt.datetime) -> Suggester:
    """Questions of at least three officers, read again every ten minutes."""
    asked: Asked = current_app.extensions[EXTENSION]
    if asked.read_at is None or not dt.timedelta(0) <= now - asked.read_at < FRESH_FOR:
        asked.read_at = now
        try:
            asked.suggester = Suggester(Suggestion(query, Source.ASKED) for query in asked_by_many(db.session, now))
        except OperationalError as error:
            log.warning("suggesting without colleagues' questions: %s", error)
    return asked.suggester
