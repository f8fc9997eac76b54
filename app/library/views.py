"""Pages of the library. What a reader may not see is not in the store the page is made from."""

from flask import Blueprint, abort, render_template, request

from app.access import allow, audience, public
from app.explainers.queries import explainers as newest
from app.index import store
from app.library import queries
from corpus.document import Audience, Kind
from indexer.store import Store, StoredDocument

blueprint = Blueprint("library", __name__)


def _found(texts: Store, kind: Kind, id: str, version: str | None = None) -> StoredDocument:
    document = texts.document(kind, id, version)
    if document is None:
        abort(404)
    return document


@blueprint.get("/")
@public
def home() -> str:
    """Home: for visitors the explainers, for officers their fields and guides."""
    texts = store(audience())
    template = "home/officer.html" if audience() is Audience.OFFICER else "home/visitor.html"
    return render_template(
        template,
        explainers=newest(store(Audience.PUBLIC), None)[:6],
        fields=queries.by_field(texts.documents(Kind.MATTER)),
        guides=texts.documents(Kind.GUIDE),
        counts={kind: len(texts.documents(kind)) for kind in Kind},
    )


@blueprint.get("/guides")
@allow()
def guides() -> str:
    """All guides."""
    return render_template("library/guides.html", guides=store(audience()).documents(Kind.GUIDE))


@blueprint.get("/guides/<id>")
@allow()
def guide(id: str) -> str:
    """One guide with its contents and the table of its matters."""
    texts = store(audience())
    document = _found(texts, Kind.GUIDE, id)
    return render_template("library/guide.html", document=document, pages=queries.guide_matters(texts, document))


@blueprint.get("/cases")
@allow()
def cases() -> str:
    """All cases, by field."""
    return render_template("library/cases.html", groups=queries.by_field(store(audience()).documents(Kind.CASE)))


@blueprint.get("/cases/<id>")
@allow()
def case(id: str) -> str:
    """One case, officer part and public part."""
    texts = store(audience())
    document = _found(texts, Kind.CASE, id)
    matter = _found(texts, Kind.MATTER, document.front["matter"])
    return render_template("library/case.html", document=document, page=queries.matter_page(texts, matter))


@blueprint.get("/matters")
@public
def matters() -> str:
    """The catalogue of matters, by field."""
    return render_template("library/matters.html", groups=queries.by_field(store(audience()).documents(Kind.MATTER)))


@blueprint.get("/matters/<key>")
@public
def matter(key: str) -> str:
    """The hub of one matter."""
    texts = store(audience())
    page = queries.matter_page(texts, _found(texts, Kind.MATTER, key))
    return render_template("library/matter.html", page=page)


@blueprint.get("/regulations")
@public
def regulations() -> str:
    """All regulations, by level."""
    groups = queries.by_level(store(audience()).documents(Kind.REGULATION))
    return render_template("library/regulations.html", groups=groups)


@blueprint.get("/regulations/<id>")
@public
def regulation(id: str) -> str:
    """One regulation, in force unless a version is asked for, with who relies on each article."""
    texts = store(audience())
    document = _found(texts, Kind.REGULATION, id, request.args.get("version"))
    return render_template(
        "library/regulation.html",
        document=document,
        versions=texts.versions(id),
        relying=queries.relying(texts, id, audience()),
    )
