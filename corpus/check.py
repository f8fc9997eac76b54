"""Everything that must hold across the texts before they may be indexed. Pure: a corpus in, faults out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.document import Audience, Case, Guide, Regulation
from corpus.matters import Matter
from corpus.personal import find_personal
from corpus.problems import Problem
from corpus.reader import Corpus
from corpus.references import References, Tally

GUIDE_PARTS = (
    "适用范围与职责边界",
    "常见情形",
    "法律依据",
    "构成要件与证据清单",
    "办案步骤",
    "裁量",
    "行刑衔接",
    "说理用语",
    "易错点",
    "问答",
    "关联",
)
OPTIONAL_PARTS = {"行刑衔接"}
OFFICER_PARTS = ("案情", "证据", "争点", "依据", "裁量", "启示")
PUBLIC_PARTS = ("发生了什么", "为什么违法", "怎么处理的", "应该怎么做")


@dataclass(frozen=True, slots=True)
class Findings:
    """Outcome of a check: the faults, and how many citations and figures were looked up and found.

    `gaps` are what is missing without making a text wrong; they do not stop the index from being built.
    """

    problems: tuple[Problem, ...]
    tally: Tally
    gaps: tuple[Problem, ...] = ()


def check_corpus(corpus: Corpus) -> Findings:
    """All faults: those met while reading and those between the texts. None when the corpus may be indexed."""
    references = References(corpus)
    matters = {matter.key: matter for matter in corpus.matters}
    problems = list(corpus.problems)
    problems += _duplicates(corpus)
    for guide in corpus.guides:
        problems += _check_guide(guide, matters)
        problems += references.check_sections(guide)
    problems += _matters_with_two_guides(corpus.guides)
    for case in corpus.cases:
        problems += _check_case(case, matters)
        problems += references.check_sections(case)
    for regulation in corpus.regulations:
        problems += _check_regulation(regulation)
        problems += references.check_regulation(regulation)
    for matter in corpus.matters:
        problems += _check_matter(matter)
        problems += references.check_matter(matter)
    for saying in corpus.sayings:
        problems += references.check_saying(saying)
    return Findings(tuple(sorted(set(problems))), references.tally, tuple(_matters_without_guide(corpus)))


def count_corpus(corpus: Corpus) -> dict[str, dict[str, int]]:
    """Texts by kind, and matters, guides and cases by field."""
    field_of = {matter.key: matter.field for matter in corpus.matters}
    return {
        "kinds": {
            "guide": len(corpus.guides),
            "case": len(corpus.cases),
            "regulation": len({r.front.id for r in corpus.regulations}),
            "article": sum(len(r.articles) for r in corpus.regulations),
            "matter": len(corpus.matters),
        },
        "matters": dict(Counter(matter.field for matter in corpus.matters)),
        "guides": dict(Counter(guide.front.field for guide in corpus.guides)),
        "cases": dict(Counter(field_of.get(case.front.matter, "") for case in corpus.cases)),
    }


def _duplicates(corpus: Corpus) -> Iterator[Problem]:
    owners: dict[tuple[str, str], str] = {}
    keys: list[tuple[tuple[str, str], str, int]] = [((m.key, ""), m.source, m.line) for m in corpus.matters]
    keys += [((guide.front.id, ""), guide.source, 1) for guide in corpus.guides]
    keys += [((case.front.id, ""), case.source, 1) for case in corpus.cases]
    keys += [((r.front.id, f"（{r.front.effective_on} 版）"), r.source, 1) for r in corpus.regulations]
    for key, source, line in keys:
        if key in owners:
            yield Problem(source, line, f"编号“{key[0]}”{key[1]}已经用在 {owners[key]}")
        owners.setdefault(key, source)


def _matters_with_two_guides(guides: Iterable[Guide]) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for guide in guides:
        for key in guide.front.matters:
            if key in owners:
                yield Problem(guide.source, 1, f"事项 {key} 已经属于 {owners[key]}")
            owners.setdefault(key, guide.front.id)


def _matters_without_guide(corpus: Corpus) -> Iterator[Problem]:
    guided = {key for guide in corpus.guides for key in guide.front.matters}
    for matter in corpus.matters:
        if matter.key not in guided:
            yield Problem(matter.source, matter.line, f"事项 {matter.key} 还没有指引")


def _check_guide(guide: Guide, matters: dict[str, Matter]) -> Iterator[Problem]:
    source = guide.source
    for key in guide.front.matters:
        matter = matters.get(key)
        if matter is None:
            yield Problem(source, 1, f"没有事项 {key}")
        elif matter.field != guide.front.field:
            yield Problem(source, 1, f"事项 {key} 的领域是“{matter.field}”，指引写的是“{guide.front.field}”")
    parts = [s for s in guide.sections if len(s.path) == 1]
    yield from _check_parts(source, [(s.heading, s.line) for s in parts], GUIDE_PARTS, OPTIONAL_PARTS)
    proof = [s.heading for s in guide.sections if s.path[0] == "构成要件与证据清单" and len(s.path) == 2]
    for key in guide.front.matters:
        if not any(key in heading for heading in proof):
            yield Problem(source, 1, f"“构成要件与证据清单”没有写事项 {key}")


def _check_parts(
    source: str, found: list[tuple[str, int]], wanted: tuple[str, ...], optional: set[str] | None = None
) -> Iterator[Problem]:
    headings = [heading for heading, _ in found]
    for heading, line in found:
        if heading not in wanted:
            yield Problem(source, line, f"不该有“{heading}”这一部分")
    for heading in wanted:
        if heading not in headings and heading not in (optional or set()):
            yield Problem(source, 1, f"缺少“{heading}”这一部分")
    order = [wanted.index(heading) for heading in headings if heading in wanted]
    if order != sorted(set(order)):
        yield Problem(source, 1, "各部分的顺序不对，或者有重复")


def _check_case(case: Case, matters: dict[str, Matter]) -> Iterator[Problem]:
    front = case.front
    if front.public and front.published_on is None:
        yield Problem(case.source, 1, "公开的案例要写 published_on")
    for part, wanted in (("执法要点", OFFICER_PARTS), ("以案释法", PUBLIC_PARTS)):
        found = [(s.heading, s.line) for s in case.sections if s.path[0] == part and len(s.path) == 2]
        yield from _check_parts(case.source, found, wanted)
    yield from _check_personal(case)
    matter = matters.get(front.matter)
    if matter is None:
        yield Problem(case.source, 1, f"没有事项 {front.matter}")
    elif not _is_in_range(case, matter):
        yield Problem(case.source, 1, f"罚款 {front.decision.amount:g} 元不在事项 {front.matter} 的幅度之内")


def _check_personal(case: Case) -> Iterator[Problem]:
    """No personal data in what the public reads."""
    if not case.front.public:
        return
    texts = [(1, case.front.headline)]
    for section in case.sections:
        if section.audience is Audience.PUBLIC:
            texts += [(section.line + offset, line) for offset, line in enumerate(section.text.splitlines(), 1)]
    for line, text in texts:
        for kind, words in find_personal(text):
            yield Problem(case.source, line, f"公开部分有{kind}：“{words}”")


def _is_in_range(case: Case, matter: Matter) -> bool:
    """Whether the fine lies in one of the matter's ranges; a mitigated one (减轻, said so in 裁量) may lie below."""
    amount = case.front.decision.amount
    if amount is None or any(p.unit != "元" or p.max is None for p in matter.penalty):
        return True
    if any((p.min or 0) <= amount <= (p.max or 0) for p in matter.penalty):
        return True
    return any("减轻" in s.text for s in case.sections if s.path[-1] == "裁量")


def _check_regulation(regulation: Regulation) -> Iterator[Problem]:
    front = regulation.front
    if not regulation.articles:
        yield Problem(regulation.source, 1, "没有任何一条")
    if front.repealed_on and front.repealed_on < front.effective_on:
        yield Problem(regulation.source, 1, "repealed_on 早于 effective_on")


def _check_matter(matter: Matter) -> Iterator[Problem]:
    for penalty in matter.penalty:
        if penalty.min is not None and penalty.max is not None and penalty.min > penalty.max:
            yield Problem(matter.source, matter.line, f"{matter.key} 的幅度下限大于上限")
