"""The regulations of a corpus as the importer sees them: which are there, who cites them, what was imported before."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from corpus.citations import Target, find_citations, plain_title, resolve
from corpus.document import Article, Case, Guide, Regulation
from corpus.reader import Corpus, read_corpus

INDEX_NAME = ".imported.json"


@dataclass(slots=True)
class Imported:
    """What an import left: the file written, its sha256, how many articles."""

    id: str
    file: str
    written: str


@dataclass(slots=True)
class Shelf:
    """`versions` are the regulations by plain title, `citations` the places of the corpus that lead to each id."""

    root: Path
    versions: dict[str, list[Regulation]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    citations: dict[str, list[tuple[str, str, Target]]] = field(default_factory=dict)
    imported: dict[str, Imported] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where regulations stand."""
        return self.root / "regulations"

    def of_title(self, title: str) -> list[Regulation]:
        """All versions of the regulation with this title."""
        return self.versions.get(plain_title(title), [])

    def add(self, regulation: Regulation) -> None:
        """Put a version on the shelf, in place of one from the same file."""
        held = self.versions.setdefault(plain_title(regulation.front.title), [])
        held[:] = [r for r in held if r.source != regulation.source] + [regulation]
        self.ids.add(regulation.front.id)

    def vanishing(self, new: tuple[Article, ...], old: list[Regulation], kept: list[Regulation]) -> list[str]:
        """Citations that lead to a place of `old` and to none of `new` or `kept`."""
        lost = []
        before = [r.articles for r in old + kept]
        after = [new, *(r.articles for r in kept)]
        for source, words, target in self.citations.get(old[0].front.id, []) if old else []:
            if any(has_place(a, target) for a in before) and not any(has_place(a, target) for a in after):
                lost.append(f"{source}“{words}”")
        return sorted(set(lost))

    def is_changed_by_hand(self, path: Path) -> bool:
        """Whether the file is an official text that is no longer as the importer wrote it."""
        name = str(path.relative_to(self.root))
        now = sha256(path.read_bytes())
        return not any(entry.file == name and entry.written == now for entry in self.imported.values())

    def save(self) -> None:
        """Write the index of what was imported."""
        content = json.dumps({key: asdict(entry) for key, entry in sorted(self.imported.items())}, indent=0)
        write_safely(self.folder / INDEX_NAME, content.encode())


def open_shelf(root: Path) -> Shelf:
    """Read the corpus at `root`; an empty folder is an empty shelf."""
    shelf = Shelf(root)
    corpus = read_corpus(root) if root.is_dir() else Corpus()
    for regulation in corpus.regulations:
        shelf.add(regulation)
    titles = corpus.titles()
    for source, text, own in _texts(corpus):
        for citation in find_citations(text):
            if target := resolve(citation, titles, own):
                place = (source, text[citation.start : citation.end], target)
                shelf.citations.setdefault(target.regulation, []).append(place)
    index = shelf.folder / INDEX_NAME
    if index.is_file():
        try:
            entries = json.loads(index.read_text(encoding="utf-8"))
            shelf.imported = {str(key): Imported(**entry) for key, entry in entries.items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"导入记录损坏：{index}，请删去后重新导入") from error
    return shelf


def _texts(corpus: Corpus) -> Iterator[tuple[str, str, str | None]]:
    documents: list[Guide | Case] = [*corpus.guides, *corpus.cases]
    for document in documents:
        for section in document.sections:
            yield document.source, section.text, None
    for regulation in corpus.regulations:
        # 本条例第五条 of a text that is replaced goes with it; what other regulations cite stays.
        for article in regulation.articles:
            yield regulation.source, article.text, None
    for matter in corpus.matters:
        for key in ("violates", "punishes", "discretion_basis", "crime"):
            for text in getattr(matter, key):
                yield f"{matter.source}:{matter.line} ", text, None


def has_place(articles: tuple[Article, ...], target: Target) -> bool:
    """Whether the article, paragraph 款 and item 项 of a citation are there."""
    article = next((a for a in articles if a.anchor == target.article), None)
    return article is not None and article.has_place(target.paragraph, target.item)


def sha256(data: bytes) -> str:
    """Checksum in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_safely(path: Path, data: bytes) -> None:
    """Write aside, then rename: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
