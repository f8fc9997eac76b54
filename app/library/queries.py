"""What the library pages show, read from one audience's store."""

from dataclasses import dataclass
from itertools import groupby
from typing import get_args

from corpus.citations import Titles, find_citations, resolve
from corpus.document import Audience, Kind, page_path
from corpus.frontmatter import AuthorityLevel
from corpus.render import citation_path
from indexer.store import Store, StoredDocument

LEVELS: tuple[str, ...] = get_args(AuthorityLevel)


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A citation with its address; `url` is None when the article is not in the library."""

    text: str
    url: str | None


@dataclass(frozen=True, slots=True)
class MatterPage:
    """All that hangs on a matter."""

    matter: StoredDocument
    violates: list[CitedPlace]
    punishes: list[CitedPlace]
    crime: list[CitedPlace]
    guide: StoredDocument | None
    cases: list[StoredDocument]
    neighbours: list[StoredDocument]


def places(texts: list[str], titles: Titles) -> list[CitedPlace]:
    """Citations written in a matter, with their addresses."""
    found = []
    for text in texts:
        citation = next(find_citations(text), None)
        target = resolve(citation, titles) if citation else None
        found.append(CitedPlace(text, citation_path(target) if target else None))
    return found


def matter_page(store: Store, matter: StoredDocument) -> MatterPage:
    """The hub of one matter."""
    front = matter.front
    guide = store.document(Kind.GUIDE, front["guide"]) if front["guide"] else None
    cases = [case for key in front["cases"] if (case := store.document(Kind.CASE, key))]
    neighbours = [m for m in store.documents(Kind.MATTER) if m.fields == matter.fields and m.id != matter.id]
    return MatterPage(
        matter,
        places(front["violates"], store.titles),
        places(front["punishes"], store.titles),
        places(front["crime"], store.titles),
        guide,
        cases,
        neighbours,
    )


def guide_matters(store: Store, guide: StoredDocument) -> list[MatterPage]:
    """The matters of a guide, in its order, for the table in 法律依据."""
    found = (store.document(Kind.MATTER, key) for key in guide.front["matters"])
    return [matter_page(store, matter) for matter in found if matter]


def by_field(documents: list[StoredDocument]) -> list[tuple[str, list[StoredDocument]]]:
    """Documents grouped by their field, fields in the order of their numbers."""
    order: dict[str, list[StoredDocument]] = {}
    for document in documents:
        order.setdefault(document.fields[0] if document.fields else "其他", []).append(document)
    return list(order.items())


def by_level(regulations: list[StoredDocument]) -> list[tuple[str, list[StoredDocument]]]:
    """Regulations grouped by level of authority, highest first, titles in order."""
    ranked = sorted(regulations, key=lambda r: (LEVELS.index(r.front["level"]), r.title))
    return [(level, list(group)) for level, group in groupby(ranked, key=lambda r: str(r.front["level"]))]


@dataclass(frozen=True, slots=True)
class Reliance:
    """A text that relies on an article."""

    title: str
    kind: Kind
    url: str


def relying(store: Store, regulation: str, audience: Audience) -> dict[str, list[Reliance]]:
    """For each article anchor of a regulation, the texts that cite it, each once."""
    found: dict[str, dict[str, Reliance]] = {}
    for citation in store.citing(regulation):
        source = store.current(citation.source)
        if source is None:
            continue
        page = page_path(source.kind, source.id, audience)
        url = f"{page}#{citation.anchor}" if citation.anchor else page
        found.setdefault(citation.article, {}).setdefault(source.id, Reliance(source.title, source.kind, url))
    return {article: list(texts.values()) for article, texts in found.items()}
