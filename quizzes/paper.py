"""Papers 试卷: drawn by blueprint and seed, options and questions shuffled, the same in every process."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from typing import Any

from quizzes.question import LETTERS, Question, QuestionType, from_record, to_record
from quizzes.sharing import share_out

CENT = Decimal("0.01")
# 以上都对, A和B: such options lose their sense in another place.
POINTS_ELSEWHERE = re.compile(r"以上|上述|前述|前面|其余|其他选项|其它选项|[A-F]\s*[、和与或,，]\s*[A-F]")
SECTION_TITLES = {
    QuestionType.SINGLE: "单项选择题",
    QuestionType.MULTIPLE: "多项选择题",
    QuestionType.TRUE_FALSE: "判断题",
    QuestionType.FILL_IN: "填空题",
    QuestionType.CASE: "案例分析题",
}
NUMERALS = "一二三四五"


@dataclass(frozen=True, slots=True)
class Draw:
    """How many questions of one kind; `points` each. What is left empty is open."""

    type: QuestionType
    count: int
    points: Decimal
    field: str = ""
    matter: str = ""
    difficulty: int | None = None

    def fits(self, question: Question) -> bool:
        """Whether a question is of this kind."""
        return (
            question.type is self.type
            and self.field in ("", question.field)
            and self.matter in ("", question.matter)
            and self.difficulty in (None, question.difficulty)
        )


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A way to make papers 组卷方案."""

    title: str
    draws: tuple[Draw, ...]

    @property
    def total(self) -> Decimal:
        """Points of a paper drawn by it."""
        return sum((draw.points * draw.count for draw in self.draws), Decimal(0))


class NotEnough(Exception):
    """The bank cannot fill a draw: without using a question twice only `have` questions are left for it."""

    def __init__(self, draw: Draw, have: int) -> None:
        super().__init__(f"要抽 {draw.count} 道{SECTION_TITLES[draw.type]}，题库里只有 {have} 道可用")
        self.draw = draw
        self.have = have


@dataclass(frozen=True, slots=True)
class PaperItem:
    """A question as shown: `question` has its options in shown order, `order` the original index of each of them.

    A case has no order of its own; `parts` are its sub-questions as shown, which share its points.
    """

    question: Question
    order: tuple[int, ...]
    points: Decimal
    parts: tuple["PaperItem", ...] = ()

    @property
    def leaves(self) -> tuple["PaperItem", ...]:
        """What is answered: the parts of a case, or the item itself."""
        return self.parts or (self,)

    @property
    def right_letters(self) -> tuple[str, ...]:
        """Letters, as shown, of the right options."""
        return tuple(LETTERS[index] for index in self.question.right)


@dataclass(frozen=True, slots=True)
class Section:
    """The questions of one type as printed: 一、单项选择题. `start` is the number of the first."""

    title: str
    type: QuestionType
    start: int
    items: tuple[PaperItem, ...]

    @property
    def points(self) -> Decimal:
        """Points of the section."""
        return sum((item.points for item in self.items), Decimal(0))


@dataclass(frozen=True, slots=True)
class Paper:
    """A drawn paper. Kept whole in an attempt, so that a later edit of a question never marks the past anew."""

    items: tuple[PaperItem, ...]
    seed: int

    @property
    def total(self) -> Decimal:
        """Points of the whole paper."""
        return sum((item.points for item in self.items), Decimal(0))

    @property
    def leaves(self) -> tuple[PaperItem, ...]:
        """Everything that is answered, in the order shown."""
        return tuple(leaf for item in self.items for leaf in item.leaves)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The items by type, for printing and for the screen; numbers run through the whole paper."""
        sections: list[Section] = []
        start = 1
        for kind in QuestionType:
            if items := tuple(item for item in self.items if item.question.type is kind):
                title = f"{NUMERALS[len(sections)]}、{SECTION_TITLES[kind]}"
                sections.append(Section(title, kind, start, items))
                start += len(items)
        return tuple(sections)

    def to_record(self) -> dict[str, Any]:
        """JSON-able; `from_record` makes the same paper of it."""
        return {"seed": self.seed, "items": [_item_record(item) for item in self.items]}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Paper":
        """The paper that gave this record."""
        return cls(tuple(_item(entry) for entry in record["items"]), record["seed"])


def _item_record(item: PaperItem) -> dict[str, Any]:
    record = {"question": to_record(item.question), "order": list(item.order), "points": str(item.points)}
    return record | ({"parts": [_item_record(part) for part in item.parts]} if item.parts else {})


def _item(record: Mapping[str, Any]) -> PaperItem:
    parts = tuple(_item(part) for part in record.get("parts", ()))
    return PaperItem(from_record(record["question"]), tuple(record["order"]), Decimal(record["points"]), parts)


def draw(blueprint: Blueprint, questions: Iterable[Question], seed: int) -> Paper:
    """Draw a paper. The same blueprint, questions (in any order) and seed give the same paper. Raises NotEnough.

    No question comes twice; when draws compete for questions they are shared out so that all are filled if that is
    possible at all.
    """
    # random.Random seeds itself from a text by SHA-512: not from hash(), which differs from process to process
    dice = random.Random(f"paper {seed}")  # noqa: S311  chance, not secrecy
    pool = {question.key: question for question in sorted(questions, key=lambda q: q.key)}
    chosen = _choose(blueprint.draws, pool, dice)
    items = [
        show(pool[key], kind.points, dice) for kind, keys in zip(blueprint.draws, chosen, strict=True) for key in keys
    ]
    dice.shuffle(items)
    types = list(QuestionType)
    return Paper(tuple(sorted(items, key=lambda item: types.index(item.question.type))), seed)


def _choose(draws: Sequence[Draw], pool: Mapping[str, Question], dice: random.Random) -> list[list[str]]:
    """Keys for each draw, by chance."""
    fitting = []
    for kind in draws:
        keys = [key for key, question in pool.items() if kind.fits(question)]
        dice.shuffle(keys)
        fitting.append(keys)
    chosen = share_out(fitting, [kind.count for kind in draws])
    for kind, keys in zip(draws, chosen, strict=True):
        if len(keys) < kind.count:
            raise NotEnough(kind, len(keys))
    return chosen


def show(question: Question, points: Decimal, dice: random.Random) -> PaperItem:
    """A question as one paper shows it. True and false keep their order; a case's facts and parts do too."""
    if question.parts:
        shares = split_points(points, len(question.parts))
        parts = tuple(show(part, share, dice) for part, share in zip(question.parts, shares, strict=True))
        return PaperItem(replace(question, parts=tuple(part.question for part in parts)), (), points, parts)
    order = list(range(len(question.options)))
    if not is_fixed(question):
        dice.shuffle(order)
    options = tuple(question.options[index] for index in order)
    return PaperItem(replace(question, options=options), tuple(order), points)


def is_fixed(question: Question) -> bool:
    """Whether the options must keep their places: true and false, and options that speak of others (以上都对)."""
    return question.type is QuestionType.TRUE_FALSE or any(POINTS_ELSEWHERE.search(o.text) for o in question.options)


def split_points(points: Decimal, count: int) -> list[Decimal]:
    """Equal shares to a hundredth that add up to `points`; the first ones take what is left over."""
    share = (points / count).quantize(CENT, ROUND_DOWN)
    left = int((points - share * count) / CENT)
    return [share + CENT if index < left else share for index in range(count)]
