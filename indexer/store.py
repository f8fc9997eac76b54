"""Documents and chunks of one audience in one generation, in one read-only SQLite file.

Pages are served from here, not from the files, so a search hit never points at a page that is not there, and what the
public store does not hold no public page can show.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from corpus.citations import LawName, Titles
from corpus.document import Kind
from corpus.render import RenderedSection
from indexer.chunks import Chunk

FILE = "store.sqlite"
MAPPED = 1 << 30  # bytes
SCHEMA = """
CREATE TABLE document (
    id TEXT NOT NULL, version TEXT NOT NULL, is_current INTEGER NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
    fields TEXT NOT NULL, front TEXT NOT NULL, sections TEXT NOT NULL,
    parts INTEGER NOT NULL, made_from TEXT NOT NULL,
    PRIMARY KEY (id, version)
) WITHOUT ROWID;
CREATE TABLE chunk (
    row INTEGER PRIMARY KEY, document TEXT NOT NULL, kind TEXT NOT NULL, anchor TEXT NOT NULL, path TEXT NOT NULL,
    text TEXT NOT NULL, is_said INTEGER NOT NULL, version TEXT NOT NULL, key TEXT NOT NULL
);
CREATE TABLE citation (
    source TEXT NOT NULL, anchor TEXT NOT NULL, regulation TEXT NOT NULL, article TEXT NOT NULL
);
CREATE INDEX citation_target ON citation (regulation, article);
CREATE TABLE law (id TEXT PRIMARY KEY, title TEXT, short_titles TEXT, level TEXT, anchors TEXT) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document, or a matter, as pages show it: `front` is its front matter, `sections` are rendered.

    `made_from` sums up all that `sections` rest on; two documents with the same sum have the same sections.
    """

    id: str
    version: str
    is_current: bool
    kind: Kind
    title: str
    fields: tuple[str, ...]
    front: dict[str, Any]
    sections: Sequence[RenderedSection] = ()
    made_from: str = ""


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
    chunks: Iterable[tuple[Chunk, str]],
    citations: Iterable[StoredCitation],
    laws: Iterable[LawName],
) -> None:
    """Write a new store. `chunks` come with their vector key, in row order."""
    connection = sqlite3.connect(folder / FILE)
    with connection:
        connection.executescript(SCHEMA)
        connection.executemany("INSERT INTO document VALUES (?,?,?,?,?,?,?,?,?,?)", map(_document_row, documents))
        connection.executemany(
            "INSERT INTO chunk VALUES (?,?,?,?,?,?,?,?,?)",
            (
                (row, c.document, c.kind, c.anchor, "\n".join(c.path), c.text, c.is_said, c.version, key)
                for row, (c, key) in enumerate(chunks)
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
        len(sections),
        document.made_from,
    )


class _Sections(Sequence[RenderedSection]):
    """The sections of a stored document, read when somebody looks at them."""

    def __init__(self, read: Callable[[], tuple[RenderedSection, ...]], count: int) -> None:
        self._read, self._count = read, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: Any) -> Any:
        return self._read()[place]

    def __iter__(self) -> Iterator[RenderedSection]:
        return iter(self._read())

    def __repr__(self) -> str:
        return repr(self._read())


class Store:
    """Read-only view of a store file; safe to share between threads and, being immutable, with forked processes."""

    def __init__(self, folder: Path) -> None:
        uri = f"{(folder / FILE).resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._connection.execute(f"PRAGMA mmap_size = {MAPPED}")  # pages are then shared between processes
        self._sections = lru_cache(maxsize=100)(self._read_sections)
        rows = self._connection.execute(
            "SELECT document, kind, anchor, path, text, is_said, version FROM chunk ORDER BY row"
        )
        self.chunks: list[Chunk] = []
        for document, kind, anchor, path, text, is_said, version in rows:
            trail = tuple(path.split("\n"))
            self.chunks.append(Chunk(document, Kind(kind), anchor, trail, text, bool(is_said), version))
        self.titles = Titles(
            LawName(id, title, tuple(json.loads(short)), level, frozenset(json.loads(anchors)))
            for id, title, short, level, anchors in self._connection.execute("SELECT * FROM law ORDER BY id")
        )
        self._documents = {(d.id, d.version): d for d in self._read_documents()}
        self._current = {d.id: d for d in self._documents.values() if d.is_current}

    def _read_documents(self) -> Iterable[StoredDocument]:
        rows = self._connection.execute(
            "SELECT id, version, is_current, kind, title, fields, front, parts, made_from FROM document ORDER BY 1, 2"
        )
        for id, version, is_current, kind, title, fields, front, parts, made_from in rows:
            sections = _Sections(partial(self._sections, id, version), parts)
            of = tuple(json.loads(fields))
            yield StoredDocument(
                id, version, bool(is_current), Kind(kind), title, of, json.loads(front), sections, made_from
            )

    def _read_sections(self, id: str, version: str) -> tuple[RenderedSection, ...]:
        query = "SELECT sections FROM document WHERE id = ? AND version = ?"
        (found,) = self._connection.execute(query, (id, version)).fetchone()
        return tuple(RenderedSection(anchor, tuple(path), html) for anchor, path, html in json.loads(found))

    def keys(self) -> list[str]:
        """Vector key of each chunk, row by row."""
        return [key for (key,) in self._connection.execute("SELECT key FROM chunk ORDER BY row")]

    def has(self, document: StoredDocument) -> bool:
        """Whether this document is stored with the same sections."""
        known = self._documents.get((document.id, document.version))
        return known is not None and known.made_from == document.made_from

    def chunks_of(self, id: str, version: str) -> list[Chunk]:
        """Chunks of a document, in order."""
        return self._chunks_by_document.get((id, version), [])

    @cached_property
    def _chunks_by_document(self) -> dict[tuple[str, str], list[Chunk]]:
        found: dict[tuple[str, str], list[Chunk]] = {}
        for chunk in self.chunks:
            if not (chunk.is_said and chunk.kind is Kind.REGULATION):  # sayings are texts of their own
                found.setdefault((chunk.document, chunk.version), []).append(chunk)
        return found

    def cited_by(self, source: str) -> list[StoredCitation]:
        """What a document cites."""
        return self._citations_by_source.get(source, [])

    @cached_property
    def _citations_by_source(self) -> dict[str, list[StoredCitation]]:
        found: dict[str, list[StoredCitation]] = {}
        for row in self._connection.execute("SELECT * FROM citation"):
            found.setdefault(row[0], []).append(StoredCitation(*row))
        return found

    def document(self, kind: Kind, id: str, version: str | None = None) -> StoredDocument | None:
        """A document by id (its current version unless one is named); None when this audience has no such text."""
        found = self._documents.get((id, version)) if version else self._current.get(id)
        return found if found and found.kind is kind else None

    def version(self, id: str, version: str) -> StoredDocument:
        """A document of which this store has chunks."""
        return self._documents[(id, version)]

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
            if not self.version(chunk.document, chunk.version).is_current:
                continue
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
