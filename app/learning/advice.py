"""Where to read up on a matter that a person fails again and again."""

from dataclasses import dataclass

from corpus.document import Kind
from indexer.store import Store


@dataclass(frozen=True)
class Advice:
    """A matter, its guide with the section that treats it, and the field to look for an expert in."""

    matter: str
    name: str
    field: str
    guide: str = ""
    guide_title: str = ""
    section: str = ""
    heading: str = ""


def advice(store: Store, matter: str) -> Advice | None:
    """What to read: the section of the matter's guide whose heading names it, else the guide. None when unknown."""
    document = store.document(Kind.MATTER, matter)
    if document is None:
        return None
    name, field = str(document.front["short_name"]), document.fields[0] if document.fields else ""
    guide = store.document(Kind.GUIDE, document.front["guide"]) if document.front["guide"] else None
    if guide is None:
        return Advice(matter, name, field)
    section = next((s for s in guide.sections if matter in s.heading), None)
    place = (section.anchor, section.heading.replace(f"（{matter}）", "")) if section else ("", "")
    return Advice(matter, name, field, guide.id, guide.title, *place)
