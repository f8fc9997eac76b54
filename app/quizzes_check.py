"""Questions held against the texts: citations lead somewhere, and what a key says of the law stands in a cited article.

The stem's own facts are invented; a figure that a reason repeats or reckons from them is not the law's.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

from corpus.citations import find_citations
from corpus.document import Guide
from corpus.figures import DIGITS, NUMERAL, SCALES, Figure, find_figures, to_number
from corpus.periods import find_periods
from corpus.reader import Corpus
from corpus.references import References, Tally
from quizzes.arithmetic import find_sums
from quizzes.check import places_of
from quizzes.question import BLANK, Flaw, Place, Question, texts

SECTION = re.compile(r"(guide-\d{2,3})#(\S+)")
NUMBER = re.compile(rf"({DIGITS}|{NUMERAL})(百万|千万|万|亿)?")
Value = tuple[Fraction, str]
# The law says 七日 where one may read 七个工作日 (Administrative Penalty Law article 85), and 六个月 as half a year.
SAME = {"工作日": "日"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A text of a question that speaks of the law, and the figures in it that it may say without the law."""

    place: Place
    text: str
    own: frozenset[Value]


class Facts:
    """Checks questions against one corpus; `tally` counts the citations and figures looked up and found."""

    def __init__(self, corpus: Corpus) -> None:
        self._references = References(corpus)
        self._matters = {matter.key: matter for matter in corpus.matters}
        self._guides: dict[str, Guide] = {guide.front.id: guide for guide in corpus.guides}

    @property
    def tally(self) -> Tally:
        """What was looked up so far."""
        return self._references.tally

    def flaws(self, question: Question) -> Iterator[Flaw]:
        """What is wrong between a question and the texts."""
        yield from self._owner_flaws(question)
        for place, text in texts(question):
            if "cites" in place:
                yield from (Flaw(place, fault) for fault in self.citation_faults(text))
            else:
                yield from (Flaw(place, fault) for fault in self._mention_faults(text))
            yield from (
                Flaw(place, f"算式“{total.words}”不对") for total in find_sums(text) if total.value != total.claimed
            )
        yield from self._figure_flaws(question)

    def citation_faults(self, text: str) -> Iterator[str]:
        """What is wrong with one entry of `cites`: an article, or a section of a guide."""
        section = SECTION.fullmatch(text)
        if section is None:
            yield from self._references.basis_faults(text)
            return
        self.tally.citations += 1
        if self._section_text(text):
            self.tally.resolved += 1
        elif section[1] in self._guides:
            yield f"引用“{text}”：指引里没有这一节"
        else:
            yield f"引用“{text}”：没有这份指引"

    def _mention_faults(self, text: str) -> Iterator[str]:
        for citation in find_citations(text):
            if fault := self._references.citation_fault(citation, text[citation.start : citation.end]):
                yield fault

    def _owner_flaws(self, question: Question) -> Iterator[Flaw]:
        guide, matter = self._guides.get(question.guide), self._matters.get(question.matter)
        if question.guide and guide is None:
            yield Flaw(("guide",), f"没有指引 {question.guide}")
        elif guide and guide.front.field != question.field:
            yield Flaw(("field",), f"领域写的是“{question.field}”，指引 {question.guide} 的是“{guide.front.field}”")
        if question.matter and matter is None:
            yield Flaw(("matter",), f"没有事项 {question.matter}")
        elif matter and question.field and matter.field != question.field:
            yield Flaw(("matter",), f"事项 {question.matter} 属于领域“{matter.field}”")

    def _section_text(self, cite: str) -> str:
        match = SECTION.fullmatch(cite)
        guide = self._guides.get(match[1]) if match else None
        sections = guide.sections if guide and match else ()
        return next((section.text for section in sections if match and section.anchor == match[2]), "")

    def _figure_flaws(self, question: Question) -> Iterator[Flaw]:
        known = self._known(question)
        for claim in _claims(question):
            reckoned = None
            for figure in _figures(claim.text):
                value = (figure.value, figure.unit)
                if value in claim.own:
                    continue
                self.tally.figures += 1
                reckoned = reckoned or _reckoned(question, claim, known)
                if _stands(value, known) or figure.value in reckoned or _is_chosen(figure, claim.text, known):
                    self.tally.found += 1
                else:
                    yield Flaw(claim.place, f"数字“{figure.words}”不在所引的条文里")

    def _known(self, question: Question) -> set[Value]:
        """Figures of every article and guide section that a question cites or mentions."""
        written = [text for _, text in texts(question)]
        cited = [article.text for article in self._references.cited_articles(written)]
        sections = [self._section_text(text) for text in written]
        return {(figure.value, figure.unit) for text in (*cited, *sections) for figure in _figures(text)}


def _figures(text: str) -> frozenset[Figure]:
    return find_figures(text) | find_periods(text)


def _values(text: str) -> frozenset[Value]:
    return frozenset((figure.value, figure.unit) for figure in _figures(text))


def _stands(value: Value, known: set[Value]) -> bool:
    return value in known or (value[0], SAME.get(value[1], "")) in known


def _is_chosen(figure: Figure, text: str, known: set[Value]) -> bool:
    """Whether a figure is a penalty that one chose below the law's upper bound (罚款两万元), and no bound itself."""
    highest = max((value for value, unit in known if unit == figure.unit), default=Fraction(0))
    plain = unicodedata.normalize("NFKC", text)
    chosen = re.search(rf"(?:罚款?|处|按){re.escape(figure.words)}(?!以|封顶|为限)", plain)
    return bool(chosen) and figure.value < highest


def _claims(question: Question) -> Iterator[Claim]:
    """Right options, blanks, reasons and explanations. A reason may name what the stem or a wrong option says."""
    told = _values(question.stem)
    for at, leaf in places_of(question):
        facts = told | _values(leaf.stem)
        offered = facts.union(*(_values(option.text) for option in leaf.options if not option.is_right))
        for index, option in enumerate(leaf.options):
            if option.is_right:
                yield Claim((*at, "options", index, "text"), option.text, facts)
            yield Claim((*at, "options", index, "why"), option.why, offered)
        for index, blank in enumerate(leaf.blanks):
            for form in blank.accepts:
                yield Claim((*at, "blanks", index, "accepts"), _with_blank(leaf.stem, index, form), facts)
            yield Claim((*at, "blanks", index, "why"), blank.why, facts)
        yield Claim((*at, "explanation"), leaf.explanation, offered)
    if question.parts:
        yield Claim(("explanation",), question.explanation, told)


def _with_blank(stem: str, index: int, form: str) -> str:
    """The stem with one blank filled; the others stay empty."""
    pieces = stem.split(BLANK)
    return "□".join((*pieces[:index], f"{pieces[index]}{form}{pieces[index + 1]}", *pieces[index + 2 :]))


def _reckoned(question: Question, claim: Claim, known: set[Value]) -> set[Fraction]:
    """What a person reckons from the stem's numbers, and from sums written out, alone or times what the law says."""
    at = claim.place[1] if claim.place[0] == "parts" else None
    leaf = question.parts[at] if isinstance(at, int) else question
    numbers = _numbers(question.stem) | _numbers(leaf.stem)
    numbers |= {
        value for _, text in texts(leaf) for total in find_sums(text) for value in (total.value, 1 - total.value)
    }
    law = {value for value, _ in known}
    pairs = set(combinations(sorted(numbers), 2))
    return numbers | {r for a, b in pairs for r in (a * b, a + b, b - a)} | {a * b for a, b in product(numbers, law)}


def _numbers(text: str) -> set[Fraction]:
    numbers = set()
    for numeral, scale in NUMBER.findall(text):
        value = to_number(numeral)
        if value is not None:
            numbers.add(value * SCALES[scale or None])
    return numbers
