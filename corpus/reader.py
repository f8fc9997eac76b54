"""Read a folder of texts. Every fault is collected with its path and line; nothing is guessed."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from basics.records import Record, parse_record
from basics.yamltext import load_yaml
from corpus.citations import LawName, Titles
from corpus.document import Audience, Case, Document, Guide, Regulation, Section, section_anchor
from corpus.frontmatter import CaseFront, GuideFront, RegulationFront
from corpus.matters import Matter, read_matters
from corpus.problems import Problem
from corpus.sayings import Saying, read_sayings
from corpus.statute import parse_statute

MAX_BYTES = 2_000_000
# python-markdown takes time quadratic in these marks: 2,000 of them cost .7 s, 8,000 over 10 s.
MAX_MARKS = 300
CASE_PARTS = {"执法要点": Audience.OFFICER, "以案释法": Audience.PUBLIC}
HEADING = re.compile(r"^(#{1,4})\s+(.+?)\s*#*$")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\ufffe\uffff]")

Text = TypeVar("Text", Guide, Case, Regulation)


@dataclass(frozen=True)
class Corpus:
    """All texts of a folder, and the faults met while reading. Regulations hold every version."""

    guides: tuple[Guide, ...] = ()
    cases: tuple[Case, ...] = ()
    regulations: tuple[Regulation, ...] = ()
    matters: tuple[Matter, ...] = ()
    sayings: tuple[Saying, ...] = ()
    problems: tuple[Problem, ...] = ()

    def for_public(self) -> "Corpus":
        """What everyone may read: no guides, of public cases the explainer, of matters the public keys."""
        return replace(
            self,
            guides=(),
            cases=tuple(_public_case(case) for case in self.cases if case.front.public),
            matters=tuple(matter.for_public() for matter in self.matters),
        )

    def documents(self) -> tuple[Document, ...]:
        """Every document, all versions of regulations among them."""
        return (*self.guides, *self.cases, *self.regulations)

    def current_regulations(self, on: dt.date) -> tuple[Regulation, ...]:
        """Of each regulation the version in force on that day, or else its newest version."""
        chosen: dict[str, Regulation] = {}
        for version in sorted(self.regulations, key=lambda r: r.front.effective_on):
            held = chosen.get(version.front.id)
            if held is None or version.is_in_force(on) or not held.is_in_force(on):
                chosen[version.front.id] = version
        return tuple(chosen[key] for key in sorted(chosen))

    def titles(self) -> Titles:
        """Names of all regulations; of several versions the anchors of all."""
        laws: dict[str, LawName] = {}
        for version in self.regulations:
            front = version.front
            anchors = frozenset(article.anchor for article in version.articles)
            held = laws.get(front.id)
            anchors |= held.anchors if held else frozenset()
            laws[front.id] = LawName(front.id, front.title, front.short_titles, front.level, anchors)
        return Titles(laws.values())


def _public_case(case: Case) -> Case:
    sections = tuple(s for s in case.sections if s.audience is Audience.PUBLIC)
    return replace(case, sections=sections, front=case.front.model_copy(update={"title": case.front.headline}))


def read_corpus(root: Path) -> Corpus:
    """Read every text below `root`.

    Raises FileNotFoundError when the folder is missing. Faults in texts do not raise: they are in `problems`, and
    the text they are in is left out.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"文本目录不存在：{root}")
    problems: list[Problem] = []
    matters: list[Matter] = []
    for path, text in _files(root, "matters", "*.yaml", problems):
        found, faults = read_matters(text, path)
        matters += found
        problems += faults
    sayings: list[Saying] = []
    for path, text in _files(root, "sayings", "*.yaml", problems):
        asked, faults = read_sayings(text, path)
        sayings += asked
        problems += faults
    guides = _read_all(root, "guides", _read_guide, problems)
    cases = _read_all(root, "cases", _read_case, problems)
    regulations = _read_all(root, "regulations", _read_regulation, problems)
    texts = (tuple(guides), tuple(cases), tuple(regulations), tuple(matters), tuple(sayings))
    return Corpus(*texts, problems=tuple(sorted(problems)))


def _files(root: Path, folder: str, pattern: str, problems: list[Problem]) -> list[tuple[str, str]]:
    texts = []
    for file in sorted((root / folder).rglob(pattern)):
        path = str(file.relative_to(root))
        if file.stat().st_size > MAX_BYTES:
            size = file.stat().st_size / 1e6
            problems.append(Problem(path, 0, f"文件有 {size:.1f} MB，超过 {MAX_BYTES / 1e6:.0f} MB 的上限"))
            continue
        try:
            text = file.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = file.read_bytes()[: error.start].count(b"\n") + 1
            problems.append(Problem(path, line, "不是 UTF-8 编码的文字"))
            continue
        if control := CONTROL.search(text):
            line = text.count("\n", 0, control.start()) + 1
            problems.append(Problem(path, line, f"含有控制字符 U+{ord(control[0]):04X}"))
            continue
        texts.append((path, text))
    return texts


def _read_all(
    root: Path, folder: str, read: Callable[[str, str], tuple[Text | None, list[Problem]]], problems: list[Problem]
) -> list[Text]:
    documents = []
    for path, text in _files(root, folder, "*.md", problems):
        document, faults = read(text, path)
        problems += faults
        if document is not None:
            documents.append(document)
    return documents


def _split(text: str, path: str, model: type[Record]) -> tuple[Record | None, str, int, list[Problem]]:
    """Front matter as a record, body, line on which the body begins, faults."""
    lines = text.splitlines()
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if not lines or lines[0].rstrip() != "---" or end is None:
        return None, "", 1, [Problem(path, 1, "文件要以两行 --- 之间的 front matter 开头")]
    value, places, problems = load_yaml("\n".join(lines[1:end]), path, first_line=2)
    if problems:
        return None, "", 1, problems
    record, problems = parse_record(model, value, path, places)
    return record, "\n".join(lines[end + 1 :]), end + 2, problems


def _read_guide(text: str, path: str) -> tuple[Guide | None, list[Problem]]:
    front, body, first_line, problems = _split(text, path, GuideFront)
    if front is None:
        return None, problems
    sections, faults = read_sections(body, path, first_line, top=2)
    return Guide(front, sections, path), problems + faults


def _read_case(text: str, path: str) -> tuple[Case | None, list[Problem]]:
    front, body, first_line, problems = _split(text, path, CaseFront)
    if front is None:
        return None, problems
    sections, faults = read_sections(body, path, first_line, top=1)
    marked = []
    for section in sections:
        audience = CASE_PARTS.get(section.path[0])
        if audience is None:
            faults.append(Problem(path, section.line, f"案例只有“执法要点”和“以案释法”两部分，没有“{section.path[0]}”"))
            continue
        marked.append(replace(section, audience=audience))
    return Case(front, tuple(marked), path), problems + faults


def _read_regulation(text: str, path: str) -> tuple[Regulation | None, list[Problem]]:
    front, body, first_line, problems = _split(text, path, RegulationFront)
    if front is None:
        return None, problems
    articles, faults = parse_statute(body, path, first_line)
    return Regulation(front, articles, path), problems + faults


def read_sections(body: str, path: str, first_line: int, top: int) -> tuple[tuple[Section, ...], list[Problem]]:
    """Cut Markdown at its headings; `top` is the level (number of #) of the outermost ones."""
    problems: list[Problem] = []
    sections: list[Section] = []
    titles: list[str] = []
    buffer: list[str] = []
    started = 0

    def close() -> None:
        text = "\n".join(buffer).rstrip()  # leading blank lines stay: faults count lines from the heading
        if titles:
            sections.append(_unique(Section(section_anchor(tuple(titles)), tuple(titles), text, started), sections))
        elif text.strip():
            problems.append(Problem(path, first_line, "正文要从标题开始"))
        if sum(text.count(mark) for mark in "[<!") > MAX_MARKS:
            problems.append(Problem(path, started or first_line, f"这一节的 [ < ! 符号超过 {MAX_MARKS} 个"))
        buffer.clear()

    for offset, line in enumerate(body.splitlines()):
        heading = HEADING.match(line)
        if not heading:
            buffer.append(line)
            continue
        close()
        depth = len(heading[1]) - top
        if depth < 0 or depth > len(titles):
            problems.append(Problem(path, first_line + offset, f"标题“{heading[2]}”的层级不对"))
            depth = max(0, min(depth, len(titles)))
        titles = [*titles[:depth], heading[2]]
        started = first_line + offset
    close()
    return tuple(sections), problems


def _unique(section: Section, before: list[Section]) -> Section:
    taken = {s.anchor for s in before}
    anchor, number = section.anchor, 2
    while anchor in taken:
        anchor, number = f"{section.anchor}-{number}", number + 1
    return replace(section, anchor=anchor)
