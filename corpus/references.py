"""What texts say of the law, held against the law: every citation leads somewhere, every penalty figure stands there.

Figures are compared with whatever text of the regulation is loaded, a digest (which carries all figures) or the
official one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from corpus.citations import Citation, Target, Titles, find_citations, resolve
from corpus.document import Article, Case, Guide, Regulation
from corpus.figures import Figure, find_figures, find_penalty_figures
from corpus.matters import Matter, Penalty
from corpus.problems import Problem
from corpus.reader import Corpus
from corpus.sayings import Saying

Value = tuple[Fraction, str]


@dataclass(slots=True)
class Tally:
    """How many citations and penalty figures were looked up, and how many of them were found."""

    citations: int = 0
    resolved: int = 0
    figures: int = 0
    found: int = 0


class References:
    """Looks up what the texts of one corpus cite; `tally` counts along."""

    def __init__(self, corpus: Corpus) -> None:
        self.tally = Tally()
        self._titles: Titles = corpus.titles()
        self._versions: dict[str, list[Regulation]] = {}
        for regulation in corpus.regulations:
            self._versions.setdefault(regulation.front.id, []).append(regulation)
        self._penalties = {matter.key: self._values(matter.punishes) for matter in corpus.matters}

    def check_sections(self, document: Guide | Case) -> Iterator[Problem]:
        """Citations and penalty figures of a guide or case.

        A figure stands in an article its section cites, or in the 罚则 of the document's matters. What a case cites
        was in force on the day decided.
        """
        keys = document.front.matters if isinstance(document, Guide) else (document.front.matter,)
        basis = set[Value]().union(*(self._penalties.get(key, set()) for key in keys))
        for section in document.sections:
            known = basis | self._values([section.text])
            for number, line in enumerate(section.text.splitlines(), section.line + 1):
                for fault in self._line_faults(line, document, known):
                    yield Problem(document.source, number, fault)

    def check_regulation(self, regulation: Regulation) -> Iterator[Problem]:
        """Citations inside a regulation: only 本条例 of an official text can be checked, a digest has gaps."""
        if regulation.front.text != "official":
            return
        for article in regulation.articles:
            for citation in find_citations(article.text):
                target = resolve(citation, self._titles, regulation.front.id)
                if citation.title is None and target and not regulation.article(target.article):
                    words = article.text[citation.start : citation.end]
                    yield Problem(regulation.source, article.line, f"引用“{words}”找不到")

    def check_matter(self, matter: Matter) -> Iterator[Problem]:
        """Each entry of the citation keys is one citation that leads somewhere; each figure stands in the 罚则."""
        for key in ("violates", "punishes", "discretion_basis", "crime"):
            for text in getattr(matter, key):
                for fault in self.basis_faults(text):
                    yield Problem(matter.source, matter.line, f"{matter.key} 的 {key}：{fault}")
        for penalty in matter.penalty:
            for figure in (*find_penalty_figures(penalty.text), *_bounds(penalty)):
                if missing := self._figure_fault(figure, self._penalties[matter.key]):
                    yield Problem(matter.source, matter.line, f"{matter.key} 的 penalty：{missing}")

    def check_saying(self, saying: Saying) -> Iterator[Problem]:
        """A saying leads to one article that is there."""
        for fault in self.basis_faults(saying.article):
            yield Problem(saying.source, saying.line, fault)

    def basis_faults(self, text: str) -> Iterator[str]:
        """What is wrong with a text that must be a citation leading somewhere."""
        citations = list(find_citations(text))
        if not citations:
            yield f"“{text}”不是引用"
        yield from filter(None, (self.citation_fault(citation, text) for citation in citations))

    def _line_faults(self, line: str, document: Guide | Case, known: set[Value]) -> Iterator[str]:
        for citation in find_citations(line):
            words = line[citation.start : citation.end]
            fault = self.citation_fault(citation, words)
            if fault is None and isinstance(document, Case):
                fault = self._out_of_force(citation, words, document)
            if fault:
                yield fault
        for figure in find_penalty_figures(line, is_case=isinstance(document, Case)):
            if fault := self._figure_fault(figure, known):
                yield fault

    def _figure_fault(self, figure: Figure, known: set[Value]) -> str | None:
        self.tally.figures += 1
        if (figure.value, figure.unit) in known:
            self.tally.found += 1
            return None
        return f"数字“{figure.words}”不在所引的条文里"

    def _values(self, texts: Iterable[str]) -> set[Value]:
        """All figures of the articles cited in `texts`."""
        articles = self.cited_articles(texts)
        return {(figure.value, figure.unit) for article in articles for figure in find_figures(article.text)}

    def cited_articles(self, texts: Iterable[str]) -> Iterator[Article]:
        """The articles cited in `texts`, in every version that has them; what leads nowhere is passed over."""
        for text in texts:
            for citation in find_citations(text):
                target = resolve(citation, self._titles)
                yield from self._articles(target) if target else ()

    def _articles(self, target: Target) -> list[Article]:
        """The article in every version of the regulation that has it."""
        return [a for r in self._versions[target.regulation] if (a := r.article(target.article))]

    def citation_fault(self, citation: Citation, words: str) -> str | None:
        """What is wrong with a citation written as `words`; counted in `tally`."""
        self.tally.citations += 1
        target = resolve(citation, self._titles)
        if target is None:
            return f"引用“{words}”：没有这部法规"
        articles = self._articles(target)
        if not articles:
            return f"引用“{words}”：法规里没有这一条"
        if not any(article.has_place(target.paragraph, target.item) for article in articles):
            return f"引用“{words}”：这一条没有这一款或者这一项"
        self.tally.resolved += 1
        return None

    def _out_of_force(self, citation: Citation, words: str, case: Case) -> str | None:
        target = resolve(citation, self._titles)
        versions = self._versions[target.regulation] if target else []
        if any(r.is_in_force(case.front.decided_on) for r in versions):
            return None
        return f"引用“{words}”：作出决定的 {case.front.decided_on} 这部法规（文库所收版本）没有施行"


def _bounds(penalty: Penalty) -> Iterator[Figure]:
    """`min` and `max` of a penalty as figures."""
    for bound in (penalty.min, penalty.max):
        if bound is None or bound == 0 or penalty.unit is None:
            continue
        if penalty.unit == "百分比":
            yield Figure(Fraction(str(bound)) / 100, "比例", f"{bound:g}%")
        else:  # 元, 倍, 元每平方米
            yield Figure(Fraction(str(bound)), penalty.unit[0], f"{bound:g}{penalty.unit}")
