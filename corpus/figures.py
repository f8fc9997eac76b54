"""Penalty figures 罚则数字 in texts: amounts, multiples and shares, in whichever numerals they are written.

A guide writes 5万元 where the statute writes 五万元; both are the same figure. A figure is a penalty figure when it is
the end of a range (五千元以上三万元以下) or stands beside the word of a penalty (处五百元罚款).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from corpus.statute import to_int

DIGITS = r"[0-9][0-9,]*(?:\.[0-9]+)?"
NUMERAL = r"(?<!几)(?<!数(?=[十百千万]))[一二三四五六七八九十两][零〇一二三四五六七八九十百千万亿两]*"
DECIMAL = "零点[一二三四五六七八九]"
AMOUNT = rf"(?:(?P<amount>{DIGITS})(?P<scale>百万|千万|万|亿)?|(?P<written>{NUMERAL}))(?:元(?!半)|(?<=万)(?=以[上下]))"
MULTIPLE = rf"(?P<multiple>{DIGITS}|{NUMERAL}|{DECIMAL})倍"
SHARE = (
    rf"(?:百分之(?P<percent>{DIGITS}|{NUMERAL}|{DECIMAL})|(?P<sign>{DIGITS})%|千分之(?P<permille>{DIGITS}|{NUMERAL}))"
)
FIGURE = re.compile(f"{AMOUNT}|{MULTIPLE}|{SHARE}")
SCALES = {None: 1, "万": 10_000, "百万": 1_000_000, "千万": 10_000_000, "亿": 100_000_000}
UNITS = {
    "amount": ("元", 1), "written": ("元", 1), "multiple": ("倍", 1),
    "percent": ("比例", 100), "sign": ("比例", 100), "permille": ("比例", 1000),
}  # fmt: skip
# 二至十倍, 5到50万元 and 二百到一千元 say the unit once.
SHORT_RANGE = re.compile(
    rf"(?<![0-9.,零〇一二三四五六七八九十百千万两])({DIGITS}|{NUMERAL})(?=(?:至|到|-|—|~)({DIGITS}|{NUMERAL})(万)?(元|倍|%))"
)
RANGE_END = re.compile(r"(?:人民币)?(?:以上|以下|以内)")
AFTER = re.compile(r"(?:人民币)?(?:以上|以下|以内|至|到|-|—|~|的?罚款|封顶|起步|起罚)")
BEFORE = re.compile(r"(?:罚款?|处以?|最高|最低|不超过|至多|至少|上限是?|下限是?|至|到|-|—|~)$")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: its value in yuan 元, as a multiple 倍, or as a share of one 比例; `words` as written."""

    value: Fraction
    unit: str
    words: str


@lru_cache(maxsize=20_000)  # many texts cite one article
def find_figures(text: str) -> frozenset[Figure]:
    """Every figure of a text. Two that are written otherwise but mean the same compare by `value` and `unit`."""
    return frozenset(figure for figure, _, _ in _located(_plain(text)))


def find_penalty_figures(text: str, *, is_case: bool = False) -> list[Figure]:
    """The figures of a text that say how much the law allows, in its order.

    A case (`is_case`) also tells what was done and reckoned; there only 以上 and 以下 speak of the law.
    """
    plain = _plain(text)
    found = []
    for figure, start, end in _located(plain):
        is_told = AFTER.match(plain, end) or BEFORE.search(plain[max(0, start - 6) : start])
        if RANGE_END.match(plain, end) or (is_told and not is_case):
            found.append(figure)
    return found


def _plain(text: str) -> str:
    """Text with numerals folded and the unit of a short range said twice."""
    return SHORT_RANGE.sub(_with_unit, unicodedata.normalize("NFKC", text).replace("**", ""))


def _with_unit(match: re.Match[str]) -> str:
    first, last, scale, unit = match.groups()
    is_shared = (scale or last.endswith("万")) and (to_number(first) or 100) < 100
    return f"{first}{'万' if is_shared else ''}{unit}"


def _located(plain: str) -> Iterator[tuple[Figure, int, int]]:
    for match in FIGURE.finditer(plain):
        if figure := _figure(match):
            yield figure, match.start(), match.end()


def _figure(match: re.Match[str]) -> Figure | None:
    """The figure of a match; None for a rough one such as 两三百元."""
    groups = match.groupdict()
    numeral = next(groups[name] for name in UNITS if groups[name])
    unit, divisor = next(UNITS[name] for name in UNITS if groups[name])
    value = to_number(numeral)
    if value is None:
        return None
    return Figure(value * SCALES[match["scale"]] / divisor, unit, match[0])


def to_number(numeral: str) -> Fraction | None:
    """Value of a numeral in Chinese or Arabic digits; None for what is no number."""
    try:
        if numeral[0].isdecimal():
            return Fraction(numeral.replace(",", ""))
        if numeral.startswith("零点"):
            return Fraction(to_int(numeral[2:]), 10)
        return Fraction(to_int(numeral))
    except ValueError:
        return None
