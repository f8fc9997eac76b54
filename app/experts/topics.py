"""What an expert is wanted for, in words: a matter, a field, a guide, a question, or what a unit knows least."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import Unit
from app.experts.ranking import Topic
from app.index import LiveIndex
from app.training.models import State
from app.training.trainer_queries import assignments_seen
from app.training.weakest import weakest
from corpus.citations import Target, find_citations, resolve
from corpus.document import Audience
from corpus.document import Kind as Document
from indexer.query import SearchQuery
from indexer.store import Store, StoredDocument

BY = ("text", "matter", "field", "guide", "unit")
LONGEST = 200  # letters of a question
MEANT = 3  # matters whose fields count for a question
WEAKEST = 3  # articles that make the topic of a unit
KNOWN = 80  # percent of the points from which an article is known well enough


class NoTopic(ValueError):
    """The topic that was asked for does not exist; says so in Chinese."""


def matter_topic(store: Store, key: str) -> Topic:
    """What a matter of the catalogue is about. Raises NoTopic."""
    matter = store.document(Document.MATTER, key)
    if matter is None:
        raise NoTopic(f"没有编号为 {key} 的执法事项。")
    said = tuple(matter.front["street_words"])
    texts = (matter.front["short_name"], *said[:3])
    return Topic(f"{key} {matter.title}", texts, frozenset(matter.fields), frozenset([key]))


def field_topic(store: Store, field: str) -> Topic:
    """What a field is about: its name and the matters in it. Raises NoTopic."""
    matters = [matter for matter in store.documents(Document.MATTER) if field in matter.fields]
    if not matters:
        raise NoTopic(f"没有“{field}”这个领域。")
    return Topic(field, (field, *(matter.front["short_name"] for matter in matters)), frozenset([field]))


def guide_topic(store: Store, id: str) -> Topic:
    """What a guide is about. Raises NoTopic."""
    guide = store.document(Document.GUIDE, id)
    if guide is None:
        raise NoTopic(f"没有编号为 {id} 的执法指引。")
    matters = tuple(guide.front["matters"])
    named = (matter.front["short_name"] for key in matters if (matter := store.document(Document.MATTER, key)))
    texts = (guide.title, guide.front.get("summary") or guide.title, *named)
    return Topic(guide.title, texts, frozenset(guide.fields), frozenset(matters))


def text_topic(live: LiveIndex, text: str) -> Topic:
    """A question in free words; its fields are those of the matters that search takes it to mean. Raises NoTopic."""
    asked = SearchQuery.parse(text.strip()[:LONGEST])
    if not asked.is_searchable:
        raise NoTopic("请写下想讲的内容，至少一个词。")
    meant = live.search(asked, audience=Audience.OFFICER).matters[:MEANT]
    return Topic(asked.text, (asked.text,), frozenset(field for result in meant for field in result.document.fields))


def unit_topic(session: Session, store: Store, code: str) -> Topic:
    """The articles that the people of a unit's branch know least, by their answers in training. Raises NoTopic."""
    unit = session.scalar(sa.select(Unit).where(Unit.code == code))
    if unit is None:
        raise NoTopic(f"没有编码为 {code} 的单位。")
    given = assignments_seen(session, unit.id, State.PUBLISHED)
    _, articles = weakest(session, unit.id, [assignment.id for assignment in given])
    cites = [article.cite for article in articles if article.percent < KNOWN][:WEAKEST]
    if not cites:
        raise NoTopic(f"{unit.name}的答题还看不出薄弱的条款：答的人太少，或者都答得好。")
    targets = [target for cite in cites if (target := _target(store, cite))]
    own = (c for c in store.chunks if not c.is_said and store.version(c.document, c.version).is_current)
    said = {(c.document, c.anchor): c.text for c in own}
    texts = [said[place] for t in targets if (place := (t.regulation, t.article)) in said]
    matters = [m for t in targets for m in _resting_on(store, t)]
    fields = frozenset(field for matter in matters for field in matter.fields)
    return Topic(f"{unit.name}答得最差的条款：{'、'.join(cites)}", tuple(texts or cites), fields)


def _target(store: Store, cite: str) -> Target | None:
    citation = next(find_citations(cite), None)
    return resolve(citation, store.titles) if citation else None


def _resting_on(store: Store, target: Target) -> list[StoredDocument]:
    """The matters that cite an article."""
    sources = {row.source for row in store.citing(target.regulation, target.article)}
    return [matter for key in sources if (matter := store.document(Document.MATTER, key))]


def find_topic(session: Session, live: LiveIndex, by: str, said: str) -> Topic:
    """The topic named by a matter's key, a field, a guide's id, a question (text) or a unit's code. Raises NoTopic."""
    store = live.current().store(Audience.OFFICER)
    made: dict[str, Callable[[], Topic]] = {
        "matter": lambda: matter_topic(store, said),
        "field": lambda: field_topic(store, said),
        "guide": lambda: guide_topic(store, said),
        "text": lambda: text_topic(live, said),
        "unit": lambda: unit_topic(session, store, said),
    }
    return made[by]()
