"""Drafts of questions made from an article, without a language model: always for a person to finish and approve.

From the article come its time limits, amounts, bodies and procedure words. Each can become a blank, or a single choice
whose wrong options are of the same kind and stand in sibling articles. Plain arguments; the same seed gives the same
drafts in every process.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from quizzes.numerals import fold
from quizzes.question import BLANK, Blank, Option, Question, QuestionType

NUMERAL = r"(?:[0-9][0-9,.]*[万亿]?|[零〇一二两三四五六七八九十百千万]+)"
LONGEST_STEM = 160
WRONG_OPTIONS = 3


class PhraseKind(StrEnum):
    """What is asked for."""

    TIME = "期限"
    AMOUNT = "数额"
    BODY = "机关"
    PROCEDURE = "处理方式"


PATTERNS = {
    PhraseKind.TIME: re.compile(
        rf"(?<![第年月零〇一二三四五六七八九十百千万0-9]){NUMERAL}(?:个工作日|工作日|个月|日|小时|年)(?=内|以内|以上|以下|前|的|，|。|至|到)"
    ),
    PhraseKind.AMOUNT: re.compile(rf"{NUMERAL}(?:元|倍)|百分之{NUMERAL}"),
    PhraseKind.BODY: re.compile(
        r"(?:县级以上地方|设区的市级?|县级以上|上一级|乡镇|乡（镇）|国务院|当地|省、自治区、直辖市|省)?"
        r"(?:人民政府|人民法院|人民检察院|公安机关|监察机关|税务机关|行政复议机关|综合行政执法部门|消防救援机构"
        r"|[\u4e00-\u9fff]{2,6}主管部门|[\u4e00-\u9fff]{2,6}管理部门)"
    ),
    PhraseKind.PROCEDURE: re.compile(
        "责令停产停业|责令限期改正|责令停止违法行为|责令限期拆除|责令改正|责令停止|没收违法所得|没收非法财物|吊销许可证"
        "|吊销营业执照|暂扣许可证|警告|通报批评|行政拘留|查封|扣押|先行登记保存|加处罚款|代履行|听证|陈述和申辩|移送司法机关"
    ),
}  # fmt: skip
ASKED = {
    PhraseKind.TIME: "空格处的期限是多长？",
    PhraseKind.AMOUNT: "空格处的数额是多少？",
    PhraseKind.BODY: "空格处的机关是哪一个？",
    PhraseKind.PROCEDURE: "空格处是哪一种处理方式？",
}
JOINED = re.compile(r"^(?:由|和|或者|以及|向|要|先|经|报|对|的|会同|商|被|请|应当|可以|依法|其他)+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of an article that can be asked for, at `start:end` of its text."""

    kind: PhraseKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft and the phrase it asks for. It is never ready: a person writes the reasons and approves it."""

    question: Question
    answer: str
    status: Literal["draft"] = field(default="draft", init=False)


def find_phrases(text: str) -> list[Phrase]:
    """What can be asked for in a text, in its order; of overlapping phrases the longer one."""
    found = [
        phrase
        for kind, pattern in PATTERNS.items()
        for match in pattern.finditer(text)
        if (phrase := _phrase(kind, match))
    ]
    kept: list[Phrase] = []
    for phrase in sorted(found, key=lambda p: (p.start - p.end, p.start)):
        if all(phrase.end <= other.start or other.end <= phrase.start for other in kept):
            kept.append(phrase)
    return sorted(kept, key=lambda p: p.start)


def _phrase(kind: PhraseKind, match: re.Match[str]) -> Phrase | None:
    """A body loses the words that lead up to it: 由城市管理主管部门."""
    lead = JOINED.match(match[0]) if kind is PhraseKind.BODY else None
    start = match.start() + (lead.end() if lead else 0)
    text = match.string[start : match.end()]
    return Phrase(kind, text, start, match.end()) if len(text) > 1 else None


def draft(article: str, siblings: Iterable[str], cite: str, seed: int, most: int = 6) -> list[Draft]:
    """Up to `most` drafts from the text of an article (without its number) and those of its neighbours in the law.

    Every answer stands in the article, no wrong option does. A phrase for which the neighbours offer fewer than three
    wrong options becomes a blank. `cite` is how the article is cited.
    """
    dice = random.Random(f"draft {seed}")  # noqa: S311  chance, not secrecy
    rivals = _rivals(article, siblings)
    drafts: list[Draft] = []
    asked: set[str] = set()
    phrases = find_phrases(article)
    dice.shuffle(phrases)
    for phrase in phrases:
        if len(drafts) == most:
            break
        if fold(phrase.text) in asked:
            continue
        asked.add(fold(phrase.text))
        stem, is_whole = _stem(article, phrase)
        if not is_whole:
            continue
        drafts.append(Draft(_question(stem, phrase, rivals[phrase.kind], cite, dice), phrase.text))
    return drafts


def _rivals(article: str, siblings: Iterable[str]) -> dict[PhraseKind, list[str]]:
    """Phrases of each kind in the siblings that mean nothing the article says."""
    said = {fold(phrase.text) for phrase in find_phrases(article)}
    rivals: dict[PhraseKind, dict[str, str]] = {kind: {} for kind in PhraseKind}
    for sibling in siblings:
        for phrase in find_phrases(sibling):
            if fold(phrase.text) not in said and phrase.text not in article:
                rivals[phrase.kind].setdefault(fold(phrase.text), phrase.text)
    return {kind: list(found.values()) for kind, found in rivals.items()}


def _stem(article: str, phrase: Phrase) -> tuple[str, bool]:
    """The sentence of a phrase with a gap in its place; whether the gap is the only place that tells the answer."""
    start = max(article.rfind(mark, 0, phrase.start) for mark in "。；\n") + 1
    ends = [end for mark in "。；\n" if (end := article.find(mark, phrase.end)) >= 0]
    end = min(ends, default=len(article))
    sentence = f"{article[start : phrase.start]}{BLANK}{article[phrase.end : end]}".strip()
    is_whole = phrase.text not in sentence and len(sentence) <= LONGEST_STEM and sentence.count(BLANK) == 1
    return re.sub(r"^[（(][一二三四五六七八九十]+[)）]\s*", "", sentence), is_whole


def _question(stem: str, phrase: Phrase, rivals: Sequence[str], cite: str, dice: random.Random) -> Question:
    # 电力管理部门 and 县级以上电力管理部门 are no two answers
    rivals = [text for text in rivals if text not in phrase.text and phrase.text not in text]
    if len(rivals) < WRONG_OPTIONS:
        blank = Blank((phrase.text,), f"见{cite}。")
        return Question("", QuestionType.FILL_IN, f"{stem}。", 1, (cite,), blanks=(blank,))
    wrong = _nearest(phrase, rivals, dice)
    options = [
        Option(phrase.text, f"见{cite}。", True),
        *(Option(text, f"{cite}写的是“{phrase.text}”。") for text in wrong),
    ]
    dice.shuffle(options)
    return Question("", QuestionType.SINGLE, f"{stem}。{ASKED[phrase.kind]}", 2, (cite,), tuple(options))


def _nearest(phrase: Phrase, rivals: Sequence[str], dice: random.Random) -> list[str]:
    """Three of the rivals by chance, those in the same unit first."""
    shuffled = list(rivals)
    dice.shuffle(shuffled)
    return sorted(shuffled, key=lambda text: text[-2:] != phrase.text[-2:] and text[-1] != phrase.text[-1])[
        :WRONG_OPTIONS
    ]
