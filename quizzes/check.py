"""What must hold across banks 题库 apart from the law: keys, gaps, duplicates, and that a key cannot be guessed."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from basics.problems import Problem
from quizzes.bank import Bank
from quizzes.question import LETTERS, Place, Question, QuestionType, find_gaps

SAMPLE = "（示例）"
ALIKE = 0.9
FEW = 5
SHORT_OF = 12
"""Questions that a guide should have at least."""


def check_banks(banks: Sequence[Bank]) -> list[Problem]:
    """All faults: those met while reading, and those of and between the questions."""
    problems = [problem for bank in banks for problem in bank.problems]
    for bank in banks:
        problems += _gaps(bank)
        problems += _names(bank)
        problems += _guessable(bank)
    return sorted({*problems, *repeated_keys(banks), *_repeated_questions(banks)})


def count_banks(banks: Iterable[Bank]) -> dict[str, dict[str, int]]:
    """Questions by type, field, difficulty and guide; a case counts once."""
    questions = [question for bank in banks for question in bank.questions]
    return {
        "types": dict(Counter(question.type.value for question in questions)),
        "fields": dict(Counter(question.field for question in questions)),
        "difficulties": {str(level): n for level, n in sorted(Counter(q.difficulty for q in questions).items())},
        "guides": dict(Counter(question.guide for question in questions)),
    }


def _gaps(bank: Bank) -> Iterator[Problem]:
    for index, question in enumerate(bank.questions):
        for gap in find_gaps(question):
            yield bank.problem(index, gap.place, gap.message)
        if question.type is QuestionType.CASE and not question.stem.startswith(SAMPLE):
            yield bank.problem(index, ("stem",), f"案例是编写的，题干要以{SAMPLE}开头")


def _names(bank: Bank) -> Iterator[Problem]:
    """The file, its guide and the keys of its questions carry one number."""
    number = bank.guide.removeprefix("guide-")
    if bank.guide and not re.split(r"[/\\]", bank.source)[-1].startswith(f"{number}-"):
        yield Problem(bank.source, 1, f"文件名要以 {number}- 开头，和 {bank.guide} 一致")
    for index, question in enumerate(bank.questions):
        if bank.guide and not re.fullmatch(rf"q-{re.escape(number)}\d{{2,3}}", question.key):
            yield bank.problem(index, ("key",), f"编号要写成 q-{number} 加两位序号")


def repeated_keys(banks: Iterable[Bank]) -> Iterator[Problem]:
    """Keys that were used before. A question without a key is in no bank yet."""
    owners: dict[str, str] = {}
    for bank in banks:
        for index, question in enumerate(bank.questions):
            if question.key and question.key in owners:
                yield bank.problem(index, ("key",), f"编号重复，已经用在 {owners[question.key]}")
            owners.setdefault(question.key, bank.source or "前面的题目")


def _repeated_questions(banks: Iterable[Bank]) -> Iterator[Problem]:
    """Stems that are alike with the same right answer. 对个人 and 对单位 may ask for two answers in one wording."""
    before: list[tuple[frozenset[str], frozenset[str], str]] = []
    for bank in banks:
        for index, question in enumerate(bank.questions):
            pairs, answer = letter_pairs(question.stem), _answer(question)
            twin = next((key for o, a, key in before if a == answer and likeness(pairs, o) >= ALIKE), None)
            if twin:
                yield bank.problem(index, ("stem",), f"和 {twin} 的题干、答案几乎相同")
            before.append((pairs, answer, question.key))


def letter_pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters of a text, by which two texts are compared."""
    plain = re.sub(r"\W", "", text)
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def likeness(one: frozenset[str], two: frozenset[str]) -> float:
    """Shared part of two sets, 0 to 1 (Jaccard)."""
    return len(one & two) / len(one | two) if one or two else 1.0


def _answer(question: Question) -> frozenset[str]:
    return frozenset(
        text
        for leaf in question.leaves
        for text in (*(o.text for o in leaf.options if o.is_right), *(b.accepts[0] for b in leaf.blanks))
    )


def _guessable(bank: Bank) -> Iterator[Problem]:
    """A key must not show by its place or its length. Judged over the whole file, from five single choices on."""
    singles = [leaf for q in bank.questions for leaf in q.leaves if leaf.type is QuestionType.SINGLE]
    fours = [leaf for leaf in singles if len(leaf.options) == 4]
    if len(fours) >= FEW:
        yield from _crowded_places(bank, fours)
    longest = sum(_stands_out(leaf) for leaf in singles)
    if len(singles) >= FEW and longest > math.ceil(len(singles) / 2):
        yield Problem(bank.source, 1, f"{len(singles)} 道单选里有 {longest} 道的正确选项明显最长，容易被猜中")


def _crowded_places(bank: Bank, fours: Sequence[Question]) -> Iterator[Problem]:
    places = Counter(LETTERS[leaf.right[0]] for leaf in fours)
    told = "、".join(f"{letter} {places[letter]}" for letter in "ABCD")
    if max(places.values()) > math.ceil(len(fours) * 0.45) or len(places) < min(4, len(fours) // 2):
        yield Problem(bank.source, 1, f"单选的正确选项位置不匀：{told}")


def _stands_out(leaf: Question) -> bool:
    """Whether the right option is longer than every other by a fifth."""
    longest_wrong = max(len(option.text) for option in leaf.options if not option.is_right)
    return len(leaf.options[leaf.right[0]].text) > longest_wrong * 1.2


def places_of(question: Question) -> Iterator[tuple[Place, Question]]:
    """What is answered, each with its place: a case's parts, or the question itself."""
    if question.parts:
        yield from ((("parts", index), part) for index, part in enumerate(question.parts))
    else:
        yield (), question
