"""Import files into a corpus: read, recognise, check, write. One `Importer` is one run."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from basics.records import parse_record
from corpus.citations import find_citations
from corpus.document import Regulation
from corpus.frontmatter import RegulationFront
from corpus.importers.facts import Dates, find_dates, find_number, guess_level, split_name
from corpus.importers.files import read_bytes, to_text_lines
from corpus.importers.names import free_id
from corpus.importers.official import Facts, body_text, check_whole, official_text
from corpus.importers.shelf import Imported, Shelf, open_shelf, sha256, write_safely
from corpus.importers.source import Limits, Line, Refused
from corpus.importers.structure import Statute, recognise
from corpus.reader import MAX_BYTES
from corpus.statute import parse_statute

FOLDERS = {"省条例": "zhejiang", "省规章": "zhejiang", "市条例": "zhejiang", "市规章": "zhejiang"}
# A version whose text does not say from when it applies is dated by the day it was passed; a digest of the corpus
# that begins within this many days after is the same version, and knows better.
SAME_VERSION_DAYS = 400
SAVE_EVERY = 50


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; level, dates and source stand over what the text seems to say."""

    dry_run: bool = False
    force: bool = False
    level: str | None = None
    effective_on: dt.date | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A text imported (or, in a dry run, one that would be). `replaces` is the file whose place it takes."""

    path: str
    id: str
    title: str
    articles: int
    effective_on: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not imported, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Report:
    """Outcome of a run."""

    read: list[Read] = field(default_factory=list)
    skipped: int = 0
    refused: list[Refusal] = field(default_factory=list)

    @property
    def articles(self) -> int:
        """Articles of all texts read."""
        return sum(entry.articles for entry in self.read)


def files_of(paths: Iterable[Path]) -> list[tuple[Path, tuple[str, ...]]]:
    """Files with the names of the folders they stand in; folders are walked, hidden files and links left out."""
    found = []
    for path in paths:
        if not path.is_dir():
            found.append((path, path.absolute().parent.parts[-3:]))
            continue
        base = path.absolute()
        for file in sorted(base.rglob("*")):
            steps = file.relative_to(base).parts
            if file.is_file() and not file.is_symlink() and not any(step.startswith(".") for step in steps):
                found.append((path / file.relative_to(base), (base.name, *steps[:-1])))
    return found


def import_files(
    paths: Iterable[Path],
    root: Path,
    options: Options | None = None,
    limits: Limits | None = None,
    progress: Callable[[list[tuple[Path, tuple[str, ...]]]], Iterable[tuple[Path, tuple[str, ...]]]] = iter,
) -> Report:
    """Import files and folders into the corpus at `root`. A file that fails is a refusal and stops nothing else."""
    importer = Importer(open_shelf(root), options or Options(), limits or Limits())
    try:
        for count, (path, folders) in enumerate(progress(files_of(paths)), 1):
            importer.take(path, folders)
            if count % SAVE_EVERY == 0:
                importer.save()
    finally:
        importer.save()
    return importer.report


class Importer:
    """State of one run over many files."""

    def __init__(self, shelf: Shelf, options: Options, limits: Limits) -> None:
        self.shelf = shelf
        self.options = options
        self.limits = limits
        self.report = Report()
        self.written: dict[Path, str] = {}  # target -> source, of this run
        self.is_dirty = False

    def save(self) -> None:
        """Write the index when something was imported."""
        if self.is_dirty and not self.options.dry_run:
            self.shelf.save()
            self.is_dirty = False

    def take(self, path: Path, folders: tuple[str, ...]) -> None:
        """Import one file."""
        try:
            data = read_bytes(path, self.limits)
            key = sha256(data)
            held = self.shelf.imported.get(key)
            if held and not self.options.force and (self.shelf.root / held.file).is_file():
                self.report.skipped += 1
                return
            lines = to_text_lines(data, path.name, self.limits)
            self._import(path, folders, lines, key)
        except Refused as refused:
            self.report.refused.append(Refusal(str(path), str(refused)))

    def _import(self, path: Path, folders: tuple[str, ...], lines: list[Line], key: str) -> None:
        file_title, named_on = split_name(path.stem)
        statute = recognise(lines, file_title)
        body = body_text(statute)
        articles = check_whole(lines, statute, body, path.name)
        facts, dates = self._facts(statute, folders, named_on, path.name)
        target, replaced = self._target(facts)
        content = official_text(facts, statute)
        regulation = _as_regulation(facts, content, body, str(target.relative_to(self.shelf.root)))
        self._guard(target, replaced, regulation, content)
        data = content.encode()
        if not self.options.dry_run:
            write_safely(target, data)
        if replaced and replaced != target and not self.options.dry_run:
            replaced.unlink(missing_ok=True)
        if not self.options.dry_run:
            self.shelf.imported[key] = Imported(facts.id, str(target.relative_to(self.shelf.root)), sha256(data))
            self.is_dirty = True
        self.shelf.add(regulation)
        self.written[target] = path.name
        gone = str(replaced.relative_to(self.shelf.root)) if replaced else None
        self.report.read.append(Read(str(path), facts.id, facts.title, articles, str(dates), gone))

    def _facts(
        self, statute: Statute, folders: tuple[str, ...], named_on: dt.date | None, name: str
    ) -> tuple[Facts, dt.date]:
        title = statute.title.replace(" ", "").removeprefix("中华人民共和国")
        if not 2 <= len(title) <= 60:
            raise Refused(f"标题有 {len(title)} 个字，最多 60 个：“{title[:30]}…”")
        level = self.options.level or guess_level(title, folders, statute.history)
        if level is None:
            raise Refused("看不出效力级别，请加上 --level（如 --level 部门规章）")
        held = self.shelf.of_title(title)
        effective_on = self.options.effective_on or self._effective_on(find_dates(statute, named_on), held)
        front = held[-1].front if held else None
        facts = Facts(
            id=front.id if front else free_id(title, self.shelf.ids),
            title=front.title if front else title,
            short_titles=front.short_titles if front else (),
            level=front.level if front and not self.options.level else level,
            number=find_number(statute.history) or (front.number if front else None),
            adopted_on=find_dates(statute, named_on).adopted_on,
            effective_on=effective_on,
            source=self.options.source or f"导入文件：{name}",
        )
        return facts, effective_on

    def _effective_on(self, dates: Dates, held: list[Regulation]) -> dt.date:
        if dates.effective_on is None:
            raise Refused("看不出施行日期，请加上 --effective-on（如 --effective-on 2021-07-15）")
        if dates.is_stated:
            return dates.effective_on
        later = [r.front.effective_on for r in held if r.front.text == "digest"]
        near = [day for day in later if 0 <= (day - dates.effective_on).days <= SAME_VERSION_DAYS]
        return min(near, default=dates.effective_on)

    def _target(self, facts: Facts) -> tuple[Path, Path | None]:
        """Where the text goes, and the file whose place it takes: the same version, or a digest that is not newer."""
        held = self.shelf.of_title(facts.title)
        same = [r for r in held if r.front.effective_on == facts.effective_on]
        digests = [r for r in held if r.front.text == "digest" and r.front.effective_on <= facts.effective_on]
        if old := next(iter(same or digests), None):
            path = self.shelf.root / old.source
            return path, path
        folder = self.shelf.folder / _folder(facts)
        name = f"{facts.id}-{facts.effective_on}.md" if held else f"{facts.id}.md"
        return folder / name, None

    def _guard(self, target: Path, replaced: Path | None, regulation: Regulation, content: str) -> None:
        """Refuse what would lose the work of people or the place of a citation."""
        is_same = target.is_file() and target.read_text(encoding="utf-8") == content
        if target in self.written and not is_same:
            raise Refused(f"与这次导入的“{self.written[target]}”是同一版本，内容不同")
        if self.options.force or is_same:
            return
        _refuse_dangling(regulation)
        source = str(target.relative_to(self.shelf.root))
        held = self.shelf.of_title(regulation.front.title)
        old = [r for r in held if r.source == source]
        is_digest = bool(old) and old[0].front.text == "digest"
        if target.is_file() and not is_digest and self.shelf.is_changed_by_hand(target):
            raise Refused(f"{source} 导入以后有人改过（或不是导入的），要覆盖请加 --force")
        kept = [r for r in held if r.source != source]
        if replaced and (lost := self.shelf.vanishing(regulation.articles, old, kept)):
            raise Refused(f"有 {len(lost)} 处引用会落空，要导入请加 --force：" + "；".join(lost[:10]))


def _refuse_dangling(regulation: Regulation) -> None:
    """A text that cites an article of its own which it has not is cut off; `flask corpus check` would fault it."""
    for article in regulation.articles:
        for citation in find_citations(article.text):
            if citation.title is None and not regulation.article(citation.article):
                words = article.text[citation.start : citation.end]
                raise Refused(f"{article.number}引用的“{words}”不在文中，原文可能不全；要导入请加 --force")


def _folder(facts: Facts) -> str:
    if facts.level.startswith("市") and facts.title.startswith(("金华", "浙江省金华")):
        return "jinhua"
    return FOLDERS.get(facts.level, "national")


def _as_regulation(facts: Facts, content: str, body: str, source: str) -> Regulation:
    """The regulation as a reader of the corpus will see it. Raises Refused when its front matter would not do."""
    if len(content.encode()) > MAX_BYTES:
        raise Refused(f"写出的文本超过 {MAX_BYTES / 1e6:.0f} MB")
    values = {
        "id": facts.id, "title": facts.title, "short_titles": facts.short_titles, "level": facts.level,
        "number": facts.number, "adopted_on": facts.adopted_on, "effective_on": facts.effective_on,
        "source": facts.source, "text": "official",
    }  # fmt: skip
    front, problems = parse_record(RegulationFront, values, source, {})
    if front is None:
        raise Refused(problems[0].message)
    return Regulation(front, parse_statute(body, source, 1)[0], source)
