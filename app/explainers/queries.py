"""Explainers read from the public store."""

from corpus.document import Kind
from indexer.store import Store, StoredDocument


def explainers(store: Store, field: str | None) -> list[StoredDocument]:
    """Explainers of a field (None: all), the last published first."""
    chosen = [c for c in store.documents(Kind.CASE) if field is None or field in c.fields]
    return sorted(chosen, key=lambda c: (c.front["published_on"], c.front["decided_on"], c.id), reverse=True)


def fields(store: Store) -> list[tuple[str, int]]:
    """Fields that have explainers, with how many."""
    counts: dict[str, int] = {}
    for case in store.documents(Kind.CASE):
        for field in case.fields:
            counts[field] = counts.get(field, 0) + 1
    return list(counts.items())


def related(store: Store, document: StoredDocument) -> list[StoredDocument]:
    """Other explainers of the same field."""
    return [c for c in store.documents(Kind.CASE) if c.fields == document.fields and c.id != document.id][:3]
