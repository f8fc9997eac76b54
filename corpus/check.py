"""Everything that must hold across the texts before they may be indexed. Pure: a corpus in, faults out."""

from collections import Counter
from collections.abc import Iterable, Iterator

from corpus.citations import Citation, Target, Titles, find_citations, resolve
from corpus.document import Case, Guide, Regulation
from corpus.matters import Matter
from corpus.problems import Problem
from corpus.reader import Corpus

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


def check_corpus(corpus: Corpus) -> list[Problem]:
    """All faults: those met while reading and those between the texts. Empty when the corpus may be indexed."""
    laws = _Laws(corpus)
    matters = {matter.key: matter for matter in corpus.matters}
    problems = list(corpus.problems)
    problems += _duplicates(corpus)
    for guide in corpus.guides:
        problems += _check_guide(guide, matters)
        problems += laws.check_sections(guide)
    problems += _matters_with_two_guides(corpus.guides)
    for case in corpus.cases:
        problems += _check_case(case, matters)
        problems += laws.check_sections(case)
    for regulation in corpus.regulations:
        problems += _check_regulation(regulation)
        problems += laws.check_regulation(regulation)
    for matter in corpus.matters:
        problems += _check_matter(matter)
        problems += laws.check_matter(matter)
    return sorted(set(problems))


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
    matter = matters.get(front.matter)
    if matter is None:
        yield Problem(case.source, 1, f"没有事项 {front.matter}")
    elif not _is_in_range(case, matter):
        yield Problem(case.source, 1, f"罚款 {front.decision.amount:g} 元不在事项 {front.matter} 的幅度之内")


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


class _Laws:
    """Resolves the citations of one corpus."""

    def __init__(self, corpus: Corpus) -> None:
        self.titles: Titles = corpus.titles()
        self.versions: dict[str, list[Regulation]] = {}
        for regulation in corpus.regulations:
            self.versions.setdefault(regulation.front.id, []).append(regulation)

    def check_sections(self, document: Guide | Case) -> Iterator[Problem]:
        """Citations of a guide or case; those of a case must have been in force on the day decided."""
        for section in document.sections:
            for offset, line in enumerate(section.text.splitlines(), 1):
                for citation in find_citations(line):
                    words = line[citation.start : citation.end]
                    fault = self._fault(citation, words)
                    if fault is None and isinstance(document, Case):
                        fault = self._out_of_force(citation, words, document)
                    if fault:
                        yield Problem(document.source, section.line + offset, fault)

    def check_regulation(self, regulation: Regulation) -> Iterator[Problem]:
        """Citations inside a regulation: only 本条例 and laws of the corpus can be checked."""
        for article in regulation.articles:
            for citation in find_citations(article.text):
                target = resolve(citation, self.titles, regulation.front.id)
                is_own = citation.title is None and regulation.front.text == "official"
                if is_own and target and not regulation.article(target.article):
                    words = article.text[citation.start : citation.end]
                    yield Problem(regulation.source, article.line, f"引用“{words}”找不到")

    def check_matter(self, matter: Matter) -> Iterator[Problem]:
        """Each entry of the citation keys is one citation that leads somewhere."""
        for key in ("violates", "punishes", "discretion_basis", "crime"):
            for text in getattr(matter, key):
                found = list(find_citations(text))
                if not found:
                    yield Problem(matter.source, matter.line, f"{matter.key} 的 {key}：“{text}”不是引用")
                for citation in found:
                    if fault := self._fault(citation, text):
                        yield Problem(matter.source, matter.line, f"{matter.key} 的 {key}：{fault}")

    def _fault(self, citation: Citation, words: str) -> str | None:
        target = resolve(citation, self.titles)
        if target is None:
            return f"引用“{words}”：没有这部法规"
        articles = [a for r in self.versions[target.regulation] if (a := r.article(target.article))]
        if not articles:
            return f"引用“{words}”：法规里没有这一条"
        if not any(_has_place(article.paragraphs, target) for article in articles):
            return f"引用“{words}”：这一条没有这一款或者这一项"
        return None

    def _out_of_force(self, citation: Citation, words: str, case: Case) -> str | None:
        target = resolve(citation, self.titles)
        versions = self.versions[target.regulation] if target else []
        if any(r.is_in_force(case.front.decided_on) for r in versions):
            return None
        return f"引用“{words}”：作出决定的 {case.front.decided_on} 这部法规（文库所收版本）没有施行"


def _has_place(paragraphs: tuple[object, ...], target: Target) -> bool:
    if target.paragraph and target.paragraph > len(paragraphs):
        return False
    if not target.item:
        return True
    chosen = [paragraphs[target.paragraph - 1]] if target.paragraph else list(paragraphs)
    return any(target.item <= len(getattr(p, "items", ())) for p in chosen)
