"""What templates may call: names of roles and kinds, dates, money, who is reading."""

import datetime as dt

from flask import Flask, request
from markupsafe import Markup, escape

from app.access import ROLE_NAMES, Role, audience
from app.clock import LOCAL, today
from app.index import store
from corpus.document import Audience, Kind
from corpus.render import link_citations
from indexer.generation import GenerationError
from indexer.store import StoredDocument
from quizzes.question import TYPE_NAMES

KIND_NAMES = {Kind.MATTER: "执法事项", Kind.GUIDE: "执法指引", Kind.REGULATION: "法规", Kind.CASE: "典型案例"}


def init_app(app: Flask) -> None:
    """Register filters and globals."""
    app.jinja_env.filters.update(
        date=format_date, day=format_day, time=format_time, yuan=format_yuan, matter_name=matter_name
    )
    app.jinja_env.globals.update(
        is_officer=lambda: audience() is Audience.OFFICER,
        role_name=lambda role: ROLE_NAMES[Role(role)],
        kind_name=kind_name,
        law_state=law_state,
        here=here,
        cite=cite,
        cite_place=cite_place,
        type_names=TYPE_NAMES,
    )


def kind_name(kind: Kind | str) -> str:
    """Name of a kind as this reader knows it: for the public a case is its explainer."""
    if kind == Kind.CASE and audience() is Audience.PUBLIC:
        return "以案释法"
    return KIND_NAMES[Kind(kind)]


def matter_name(key: str) -> str:
    """The short name of a matter; its key where the library has none, or while there is no usable index."""
    try:
        document = store(Audience.OFFICER).document(Kind.MATTER, key)
    except GenerationError:
        return key
    return str(document.front["short_name"]) if document else key


def law_state(document: StoredDocument) -> str:
    """What a reader must know of a version of a regulation that is not the law of today; empty for the law of today."""
    day, repealed = today().isoformat(), document.front.get("repealed_on")
    if document.version > day:
        return "尚未施行"
    if repealed and repealed <= day:
        return "已废止"
    return "" if document.is_current else "旧版本"


def cite(text: str) -> Markup:
    """A citation as a link to its article, or as it stands when the library has no such article."""
    return Markup(link_citations(str(escape(text)), store(audience()).titles))  # noqa: S704 - escaped just here


def cite_place(text: str) -> Markup:
    """What a question rests on as a link that opens and marks the place: an article, or `guide-01#section`.

    As it stands when the library has no such place, or cannot be asked just now.
    """
    try:
        guide, _, anchor = text.partition("#")
        document = store(audience()).document(Kind.GUIDE, guide) if guide.startswith("guide-") else None
        if document is None:
            return cite(text)
        heading = next((s.heading for s in document.sections if s.anchor == anchor), "")
        name = f"{document.title}“{heading}”" if heading else document.title
        return Markup('<a class="citation" href="{}">{}</a>').format(f"/guides/{guide}#{anchor}", name)
    except GenerationError:
        return escape(text)


def here(prefix: str | tuple[str, ...]) -> Markup:
    """Marks the navigation entry of the page being shown."""
    return Markup(' aria-current="page"') if (request.endpoint or "").startswith(prefix) else Markup("")


def format_date(value: dt.date | str | None) -> str:
    """2023年5月18日."""
    if not value:
        return ""
    day = dt.date.fromisoformat(value) if isinstance(value, str) else value
    return f"{day.year}年{day.month}月{day.day}日"


def format_day(value: dt.datetime) -> str:
    """The day of an instant in Jinhua: 2023年5月18日."""
    return format_date(value.astimezone(LOCAL).date())


def format_time(value: dt.datetime | None) -> str:
    """2023-05-18 09:30, in Jinhua."""
    return f"{value.astimezone(LOCAL):%Y-%m-%d %H:%M}" if value else "—"


def format_yuan(value: float | None) -> str:
    """5万元, 3000元; 不罚款 for None."""
    if value is None:
        return "不罚款"
    if value >= 10_000 and value % 1000 == 0:
        return f"{value / 10_000:g}万元"
    return f"{value:,.2f}".rstrip("0").rstrip(".") + "元"
