"""What sessions can be about: fields and matters of the library, and its documents as materials.

Without a usable index the answers are empty: sessions go on, only new topics cannot be chosen.
"""

from app.index import store
from app.search.places import Place, find_place, place_of
from corpus.document import Audience, Kind
from indexer.generation import GenerationError
from indexer.store import Store, StoredDocument


def _store() -> Store | None:
    try:
        return store(Audience.OFFICER)
    except GenerationError:
        return None


def fields() -> list[str]:
    """Names of all fields, in the order of the catalogue."""
    texts = _store()
    matters = texts.documents(Kind.MATTER) if texts else []
    return list(dict.fromkeys(field for matter in matters for field in matter.fields))


def matter(key: str) -> StoredDocument | None:
    """A matter by its key."""
    texts = _store()
    return texts.document(Kind.MATTER, key) if texts else None


def matters(keys: list[str]) -> dict[str, str]:
    """Short names of matters by key; a key the library does not know stands for itself."""
    found = {key: matter(key) for key in keys}
    return {key: str(document.front["short_name"]) if document else key for key, document in found.items()}


def place(typed: str) -> Place | None:
    """A document of the library by its page's address or its id."""
    texts = _store()
    return find_place(texts, place_of(typed) or typed, Audience.OFFICER) if texts else None
