"""Documents and chunks of one audience in one generation, in one read-only SQLite file.

Pages are served from here, not from the files, so a search hit never points at a page that is not there, and what the
public store does not hold no public page can show.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.citations import LawName, Titles
from corpus.document import Kind
from corpus.render import RenderedSection
from indexer.chunks import Chunk

SCHEMA_VERSION = 2  # changes with SCHEMA: an index of another version has to be built anew (its vectors are used again)
FILE = "store.sqlite"
SCHEMA = """
CREATE TABLE document (
    id TEXT NOT NULL, version TEXT NOT NULL, is_current INTEGER NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
    fields TEXT NOT NULL, front TEXT NOT NULL, sections TEXT NOT NULL, PRIMARY KEY (id, version)
) WITHOUT ROWID;
CREATE TABLE chunk (
    row INTEGER PRIMARY KEY, document TEXT NOT NULL, kind TEXT NOT NULL, anchor TEXT NOT NULL, path TEXT NOT NULL,
    text TEXT NOT NULL, is_said INTEGER NOT NULL, fields TEXT NOT NULL, key TEXT NOT NULL
);
CREATE TABLE citation (
    source TEXT NOT NULL, anchor TEXT NOT NULL, regulation TEXT NOT NULL, article TEXT NOT NULL
);
CREATE INDEX citation_target ON citation (regulation, article);
CREATE TABLE law (id TEXT PRIMARY KEY, title TEXT, short_titles TEXT, level TEXT, anchors TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document, or a matter, as pages show it: `front` is its front matter, `sections` are rendered."""

    id: str
    version: str
    is_current: bool
    kind: Kind
    title: str
    fields: tuple[str, ...]
    front: dict[str, Any]
    sections: tuple[RenderedSection, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredCitation:
    """A text that cites an article: which document, at which anchor."""

    source: str
    anchor: str
    regulation: str
    article: str


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def write_store(
    folder: Path,
    documents: Iterable[StoredDocument],
    chunks: Iterable[tuple[Chunk, str, tuple[str, ...]]],
    citations: Iterable[StoredCitation],
    laws: Iterable[LawName],
) -> None:
    """Write a new store. `chunks` come with their vector key and their document's fields, in row order."""
    connection = sqlite3.connect(folder / FILE)
    with connection:
        connection.executescript(SCHEMA)
        connection.executemany("INSERT INTO document VALUES (?,?,?,?,?,?,?,?)", map(_document_row, documents))
        connection.executemany(
            "INSERT INTO chunk VALUES (?,?,?,?,?,?,?,?,?)",
            (
                (row, c.document, c.kind, c.anchor, _dump(c.path), c.text, c.is_said, _dump(fields), key)
                for row, (c, key, fields) in enumerate(chunks)
            ),
        )
        rows = sorted({(c.source, c.anchor, c.regulation, c.article) for c in citations})
        connection.executemany("INSERT INTO citation VALUES (?,?,?,?)", rows)
        connection.executemany(
            "INSERT INTO law VALUES (?,?,?,?,?)",
            ((w.id, w.title, _dump(w.short_titles), w.level, _dump(sorted(w.anchors))) for w in laws),
        )
    connection.close()


def _document_row(document: StoredDocument) -> tuple[object, ...]:
    sections = [(s.anchor, s.path, s.html) for s in document.sections]
    return (
        document.id,
        document.version,
        document.is_current,
        document.kind,
        document.title,
        _dump(document.fields),
        _dump(document.front),
        _dump(sections),
    )


def stored_keys(folder: Path) -> list[str]:
    """Vector keys of a store, in row order; of a store of whatever format."""
    connection = sqlite3.connect(f"{(folder / FILE).resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    keys = [key for (key,) in connection.execute("SELECT key FROM chunk ORDER BY row")]
    connection.close()
    return keys


class Store:
    """Read-only view of a store file; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        uri = f"{(folder / FILE).resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        rows = self._connection.execute(
            "SELECT document, kind, anchor, path, text, is_said, fields FROM chunk ORDER BY row"
        )
        self.chunks: list[Chunk] = []
        self.chunk_fields: list[frozenset[str]] = []
        for document, kind, anchor, path, text, is_said, fields in rows:
            self.chunks.append(Chunk(document, Kind(kind), anchor, tuple(json.loads(path)), text, bool(is_said)))
            self.chunk_fields.append(frozenset(json.loads(fields)))
        self.titles = Titles(
            LawName(id, title, tuple(json.loads(short)), level, frozenset(json.loads(anchors)))
            for id, title, short, level, anchors in self._connection.execute("SELECT * FROM law ORDER BY id")
        )
        self._documents = {(d.id, d.version): d for d in self._read_documents()}
        self._current = {d.id: d for d in self._documents.values() if d.is_current}

    def _read_documents(self) -> Iterable[StoredDocument]:
        rows = self._connection.execute("SELECT * FROM document ORDER BY id, version")
        for id, version, is_current, kind, title, fields, front, sections in rows:
            yield StoredDocument(
                id,
                version,
                bool(is_current),
                Kind(kind),
                title,
                tuple(json.loads(fields)),
                json.loads(front),
                tuple(RenderedSection(a, tuple(path), html) for a, path, html in json.loads(sections)),
            )

    def document(self, kind: Kind, id: str, version: str | None = None) -> StoredDocument | None:
        """A document by id (its current version unless one is named); None when this audience has no such text."""
        found = self._documents.get((id, version)) if version else self._current.get(id)
        return found if found and found.kind is kind else None

    def current(self, id: str) -> StoredDocument | None:
        """A current document or matter of whatever kind."""
        return self._current.get(id)

    def documents(self, kind: Kind) -> list[StoredDocument]:
        """All current documents of a kind, by id."""
        return [d for d in self._current.values() if d.kind is kind]

    def count(self) -> int:
        """Number of documents and matters, all versions counted."""
        return len(self._documents)

    def versions(self, id: str) -> list[StoredDocument]:
        """All versions of a regulation, newest first."""
        return sorted((d for d in self._documents.values() if d.id == id), key=lambda d: d.version, reverse=True)

    def citing(self, regulation: str, article: str | None = None) -> list[StoredCitation]:
        """Who cites this regulation, or this article of it."""
        rows = self._connection.execute(
            "SELECT * FROM citation WHERE regulation = ? AND (? IS NULL OR article = ?)", (regulation, article, article)
        )
        return [StoredCitation(*row) for row in rows]

    def evidence_rows(self) -> dict[str, dict[str, list[int]]]:
        """For each matter the rows of what speaks for it, by the groups of `indexer.evidence`."""
        rows: dict[tuple[str, str], list[int]] = {}
        for row, chunk in enumerate(self.chunks):
            rows.setdefault((chunk.document, "said" if chunk.is_said else chunk.anchor), []).append(row)
            rows.setdefault((chunk.document, "*"), []).append(row)
        laws: dict[str, list[int]] = {}
        for source, _, regulation, article in self._connection.execute("SELECT * FROM citation"):
            laws.setdefault(source, []).extend(rows.get((regulation, article), []))
        found = {}
        for matter in self.documents(Kind.MATTER):
            guide = rows.get((matter.front["guide"], "*"), [])
            found[matter.id] = {
                "said": rows.get((matter.id, "said"), []),
                "name": rows.get((matter.id, ""), []),
                "penalty": rows.get((matter.id, "penalty"), []),
                "proof": rows.get((matter.id, "proof"), []),
                "guide_part": [row for row in guide if matter.id in self.chunks[row].path[-1]],
                "scene": [row for row in guide if matter.id in self.chunks[row].text],
                "guide": guide,
                "law": laws.get(matter.id, []),
                "case": [row for case in matter.front["cases"] for row in rows.get((case, "*"), [])],
            }
        return found

    def fields(self) -> list[str]:
        """All fields 领域 of this audience's texts."""
        return sorted({field for d in self._current.values() if d.kind is Kind.MATTER for field in d.fields})
