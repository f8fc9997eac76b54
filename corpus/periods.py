"""Periods 期限 in texts: 三日, 七个工作日, 六个月, 二十四小时, in whichever numerals they are written; no dates."""

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

from corpus.figures import DIGITS, NUMERAL, Figure, to_number

UNITS = {
    "个工作日": "工作日", "工作日": "工作日", "日": "日", "个月": "月", "年": "年", "小时": "小时",
    "个小时": "小时", "周岁": "周岁",
}  # fmt: skip
UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
AMOUNT = rf"(?:{DIGITS}|{NUMERAL}|十[一二三四五六七八九]?)"
SPOKEN = r"天(?=内|以内|之内|前|以前|后|以后)"  # 每天, 读两天的水表: no period of the law
PERIOD = re.compile(
    rf"(?<![0-9.第零〇一二三四五六七八九十百千万月年])(?P<number>{AMOUNT})(?P<unit>{UNIT}|{SPOKEN})(?!报|常|度)"
)
# 三到五个工作日 says the unit once.
SHORT_RANGE = re.compile(rf"(?<![0-9.])({AMOUNT})(?=(?:至|到|-|—|~)({AMOUNT})({UNIT}))")
DAY = r"[0-9一二三四五六七八九十]{1,3}"
DATE = re.compile(rf"[0-9]{{4}}年(?:{DAY}月(?:{DAY}[日号])?)?|{DAY}月(?:{DAY}[日号]|份)?")


@lru_cache(maxsize=20_000)
def find_periods(text: str) -> frozenset[Figure]:
    """Every period of a text; a working day 工作日 is a unit of its own, 天 is 日."""
    plain = DATE.sub("，", unicodedata.normalize("NFKC", text).replace("**", ""))
    plain = SHORT_RANGE.sub(lambda match: match[1] + match[3], plain)
    found = set()
    for match in PERIOD.finditer(plain):
        value = to_number(match["number"])
        if value is not None and not _is_year(value, match["unit"]):
            found.add(Figure(value, UNITS.get(match["unit"], "日"), match[0]))
    return frozenset(found)


def _is_year(value: Fraction, unit: str) -> bool:
    """Whether 二〇二六年 is a date."""
    return unit == "年" and value > 1000
