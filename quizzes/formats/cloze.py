"""Cloze, Moodle's questions with answers inside the text (docs.moodle.org, "Embedded Answers (Cloze) question type").

A 填空 with several blanks is a text with a short answer in the place of each blank; a case is its facts and, each in a
block of its own, its sub-questions.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from quizzes.formats.markup import to_html, to_text
from quizzes.formats.tags import MIDDLE, weight
from quizzes.question import BLANK, FALSE, TRUE, Blank, Option, Question, QuestionType

SHORT = ("SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC")
NUMBER = ("NUMERICAL", "NM")
ONE = ("MULTICHOICE", "MC", "MULTICHOICE_V", "MCV", "MULTICHOICE_H", "MCH",
       "MULTICHOICE_S", "MCS", "MULTICHOICE_VS", "MCVS", "MULTICHOICE_HS", "MCHS")  # fmt: skip
SEVERAL = ("MULTIRESPONSE", "MR", "MULTIRESPONSE_H", "MRH", "MULTIRESPONSE_S", "MRS", "MULTIRESPONSE_HS", "MRHS")
NAMES = "|".join((*SHORT, *NUMBER, *ONE, *SEVERAL))
GAP = re.compile(rf"\{{\d*:({NAMES}):((?:\\.|[^\\}}])*)\}}", re.DOTALL)
# ~ parts answers, # begins the feedback; neither after a backslash, # not in an entity such as &#126;
ANSWER = re.compile(
    r"(?P<right>=|%(?P<share>-?\d+(?:\.\d+)?)%)?(?P<text>(?:\\.|&#|[^\\#])*)(?:#(?P<why>.*))?", re.DOTALL
)
PART = re.compile(r'<div class="part">(.*?)</div>', re.DOTALL)
FACTS = re.compile(r'<div class="facts">(.*?)</div>', re.DOTALL)
SPECIAL = {ord(mark): f"&#{ord(mark)};" for mark in '{}~#=%/\\":'}


class Unfit(Exception):
    """What stands in the text cannot be a question here; says why in Chinese."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One embedded answer: its kind and its answers as options; for blanks only the right ones count."""

    kind: str
    options: tuple[Option, ...]

    @property
    def is_blank(self) -> bool:
        """Whether one types here."""
        return self.kind in SHORT + NUMBER

    def blank(self) -> Blank:
        """As a blank."""
        rights = [option for option in self.options if option.is_right]
        return Blank(tuple(o.text for o in rights), next((o.why for o in rights if o.why), ""))

    def choice(self, stem: str, explanation: str = "") -> Question:
        """As a question of its own."""
        kind = QuestionType.MULTIPLE if self.kind in SEVERAL else QuestionType.SINGLE
        if kind is QuestionType.SINGLE and [option.text for option in self.options] == [TRUE, FALSE]:
            kind = QuestionType.TRUE_FALSE
        return Question("", kind, stem, MIDDLE, options=self.options, explanation=explanation)


def blanks_html(question: Question) -> str:
    """The stem of a 填空 with its answers in the place of the blanks."""
    first, *rest = [_outside(piece) for piece in question.stem.split(BLANK)]
    gaps = (_short(blank) + piece for blank, piece in zip(question.blanks, rest, strict=True))
    return first + "".join(gaps)


def case_html(case: Question) -> str:
    """The facts and sub-questions of a case."""
    facts = f'<div class="facts">{_outside(case.stem)}</div>'
    return facts + "".join(f'<div class="part">{_part_html(part)}</div>' for part in case.parts)


def _part_html(part: Question) -> str:
    if part.type is QuestionType.FILL_IN:
        return blanks_html(part)
    return f"{_outside(part.stem)}<br>{_choice(part)}"


def _choice(part: Question) -> str:
    several = part.type is QuestionType.MULTIPLE
    right = f"%{weight(len(part.right))}%" if several else "="
    wrong = "%-100%" if several else ""
    answers = ((right if o.is_right else wrong) + _answer(o.text, o.why) for o in part.options)
    return f"{{1:{'MR' if several else 'MCV'}:{'~'.join(answers)}}}"


def _short(blank: Blank) -> str:
    return "{1:SA:" + "~".join("=" + _answer(form, blank.why) for form in blank.accepts) + "}"


def _answer(text: str, why: str) -> str:
    return _inside(text) + (f"#{_inside(why)}" if why else "")


def _inside(text: str) -> str:
    """HTML of a text inside the answers, in which nothing means anything to Cloze."""
    return html.escape(text, quote=False).translate(SPECIAL).replace("\n", "<br>")


def _outside(text: str) -> str:
    """HTML of a text outside the answers, in which no brace opens one."""
    return to_html(text).replace("{", "&#123;").replace("}", "&#125;")


def read_cloze(markup: str) -> Question:
    """The question of a Cloze text: 填空 when one types everywhere, otherwise a case. Raises Unfit, HasMedia."""
    parts = PART.findall(markup)
    if parts:
        facts = FACTS.search(markup)
        stem = to_text(facts[1]) if facts else ""
        return Question("", QuestionType.CASE, stem, MIDDLE, parts=tuple(_read_part(part) for part in parts))
    gaps = list(_gaps(markup))
    if not gaps:
        raise Unfit("完形填空题里没有可以作答的空。")
    if all(gap.is_blank for gap in gaps):
        return _read_blanks(markup, gaps)
    return _read_mixed(markup, gaps)


def _read_part(markup: str) -> Question:
    gaps = list(_gaps(markup))
    if gaps and all(gap.is_blank for gap in gaps):
        return _read_blanks(markup, gaps)
    if len(gaps) != 1:
        raise Unfit("小题里要有一处选择，或者全是填空。")
    return gaps[0].choice(to_text(GAP.sub("", markup)))


def _read_blanks(markup: str, gaps: Sequence[Gap]) -> Question:
    stem = to_text(GAP.sub(BLANK, markup))
    return Question("", QuestionType.FILL_IN, stem, MIDDLE, blanks=tuple(gap.blank() for gap in gaps))


def _read_mixed(markup: str, gaps: Sequence[Gap]) -> Question:
    """A foreign text with choices in it: numbered gaps in the facts, a sub-question for each."""
    numbers = iter(range(1, len(gaps) + 1))
    stem = to_text(GAP.sub(lambda _: f"（{next(numbers)}）", markup))
    parts = []
    for number, gap in enumerate(gaps, 1):
        if gap.is_blank:
            blank = (gap.blank(),)
            parts.append(Question("", QuestionType.FILL_IN, f"第（{number}）处：{BLANK}", MIDDLE, blanks=blank))
        else:
            parts.append(gap.choice(f"第（{number}）处应当选哪一项？"))
    return Question("", QuestionType.CASE, stem, MIDDLE, parts=tuple(parts))


def _gaps(markup: str) -> Iterator[Gap]:
    for match in GAP.finditer(markup):
        answers = list(_answers(match[2]))
        if match[1] in NUMBER:
            answers = [_exact(option) for option in answers]
        yield Gap(match[1], tuple(answers))


def _exact(option: Option) -> Option:
    number = re.fullmatch(r"(-?\d+(?:\.\d+)?)(?::0+(?:\.0*)?)?", option.text)
    if option.is_right and not number:
        raise Unfit("带误差的数字题不能导入。")
    return Option(number[1] if number else option.text, option.why, option.is_right)


def _answers(body: str) -> Iterator[Option]:
    for piece in re.split(r"(?<!\\)~", body.strip()):
        match = ANSWER.match(piece.strip())
        if match and (match["text"] or match["right"]):
            is_right = match["right"] == "=" or float(match["share"] or 0) > 0
            yield Option(_plain(match["text"]), _plain(match["why"] or ""), is_right)


def _plain(text: str) -> str:
    return to_text(re.sub(r"\\([\\}#~/\"=])", r"\1", text))
