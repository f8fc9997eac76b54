"""Papers and rules as provinces hold their examinations for law enforcement: a start to be changed, not a duty."""

from dataclasses import dataclass
from decimal import Decimal

from quizzes.paper import Blueprint, Draw
from quizzes.question import QuestionType


@dataclass(frozen=True, slots=True)
class Preset:
    """A blueprint with the rules that go with it. `bands` are (least percentage, name), the highest first."""

    name: str
    blueprint: Blueprint
    minutes: int
    attempts: int
    takes_best: bool
    pass_percent: int
    bands: tuple[tuple[int, str], ...]
    source: str

    def band(self, percent: Decimal) -> str:
        """The name of the band that a percentage falls into."""
        return next(name for least, name in self.bands if percent >= least)


def _blueprint(title: str, points: int, counts: dict[QuestionType, int]) -> Blueprint:
    return Blueprint(title, tuple(Draw(kind, count, Decimal(points)) for kind, count in counts.items()))


BANDS = ((90, "优秀"), (80, "良好"), (60, "合格"), (0, "不合格"))
PASSED = ((60, "合格"), (0, "不合格"))

PRESETS = (
    Preset(
        "省考样式（50 题，90 分钟）",
        _blueprint(
            "行政执法人员综合法律知识测试",
            2,
            {QuestionType.SINGLE: 25, QuestionType.MULTIPLE: 10, QuestionType.TRUE_FALSE: 15},
        ),
        minutes=90,
        attempts=3,
        takes_best=True,
        pass_percent=60,
        bands=BANDS,
        source="陕西省 2020 年行政执法人员网上考试：50 题、100 分、90 分钟，单选、多选、判断，三次取最高，"
        "90 优秀、80 良好、60 合格（各题型的数量按内蒙古 2016 年的做法）",
    ),
    Preset(
        "大题库样式（50 题，120 分钟）",
        _blueprint(
            "行政执法人员资格模拟考试",
            2,
            {QuestionType.SINGLE: 25, QuestionType.MULTIPLE: 10, QuestionType.TRUE_FALSE: 15},
        ),
        minutes=120,
        attempts=5,
        takes_best=True,
        pass_percent=60,
        bands=PASSED,
        source="内蒙古自治区 2016 年行政执法人员考试：单选 25、多选 10、判断 15，每题 2 分，五次机会，每次 120 分钟",
    ),
    Preset(
        "日常小测（10 题，15 分钟）",
        _blueprint(
            "日常小测",
            10,
            {QuestionType.SINGLE: 4, QuestionType.MULTIPLE: 2, QuestionType.TRUE_FALSE: 2, QuestionType.FILL_IN: 2},
        ),
        minutes=15,
        attempts=3,
        takes_best=True,
        pass_percent=80,
        bands=BANDS,
        source="平台自拟，供一次学完一份指引后自测",
    ),
)
