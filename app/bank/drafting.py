"""Drafts from an article of a regulation, for a person to finish: `quizzes.drafts` on the texts of the site."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.document import Kind
from corpus.render import plain_text
from indexer.store import Store, StoredDocument
from quizzes.drafts import draft
from quizzes.question import Question

ARTICLE = re.compile(r"art-\d+(-\d+)?")


@dataclass(frozen=True, slots=True)
class Source:
    """An article to draft from: how it is cited, its text, and the texts of the other articles of its regulation."""

    anchor: str
    cite: str
    text: str
    siblings: tuple[str, ...]
    field: str


def articles(regulation: StoredDocument) -> dict[str, str]:
    """Headings of the articles of a regulation by anchor."""
    return {part.anchor: part.heading for part in regulation.sections if ARTICLE.fullmatch(part.anchor)}


def source_of(store: Store, id: str, anchor: str) -> Source | None:
    """An article; None when there is no such."""
    regulation = store.document(Kind.REGULATION, id)
    headings = articles(regulation) if regulation else {}
    if regulation is None or anchor not in headings:
        return None
    texts = {part.anchor: plain_text(part.html) for part in regulation.sections if part.anchor in headings}
    siblings = tuple(text for other, text in texts.items() if other != anchor)
    cite = f"《{regulation.title}》{headings[anchor].split('（')[0]}"
    return Source(anchor, cite, texts[anchor], siblings, _field(store, id, anchor))


def _field(store: Store, id: str, anchor: str) -> str:
    """The field of the texts that cite an article, when it is one."""
    sources = [store.current(citation.source) for citation in store.citing(id, anchor)]
    fields = {field for source in sources if source for field in source.fields}
    return fields.pop() if len(fields) == 1 else ""


def drafts_of(source: Source, seed: int) -> Sequence[Question]:
    """Drafts; the same seed gives the same ones."""
    made = draft(source.text, source.siblings, source.cite, seed)
    return [replace(one.question, field=source.field) for one in made]
