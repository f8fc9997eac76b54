"""One way of writing for what a blank may hold: 5万, 50000 and 五万 are one answer, so are 三日 and 3日."""

import re
import unicodedata
from fractions import Fraction

HAN = "零〇一二两三四五六七八九十百千万亿"
NUMBER = re.compile(rf"(?:[0-9]+(?:\.[0-9]+)?|[{HAN}]+(?:点[{HAN}]+)?)[十百千万亿]*")
COMMA = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
DIGITS_ONLY = re.compile(r"[零〇一二两三四五六七八九]{2,}")


def fold(text: str) -> str:
    """The form in which two answers are compared.

    Folded are width (NFKC), case, spaces, closing marks, thousands commas, numerals, 百分之, the yuan 元 after a number
    (人民币 before it), 天 as 日 and 个 before a unit. 日 and 工作日 stay apart: they are not the same in law.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold().rstrip("。.;,")
    plain = COMMA.sub("", plain).removeprefix("人民币")
    plain = re.sub(rf"百分之([{HAN}点0-9.]+)", r"\1%", plain)
    plain = NUMBER.sub(_number, plain)
    plain = re.sub(r"(?<=[0-9])元(整)?", "", plain)
    plain = re.sub(r"(?<=[0-9])天", "日", plain)
    return re.sub(r"(?<=[0-9])个(?=[月日年工小])", "", plain)


def _number(match: re.Match[str]) -> str:
    try:
        value = _value(match[0])
        return str(value.numerator) if value.denominator == 1 else str(float(value))
    except (ValueError, OverflowError):
        return match[0]


def _value(numeral: str) -> Fraction:
    """A number in Arabic, Chinese or mixed numerals, 1.5万 too. Raises ValueError."""
    import cn2an  # takes a tenth of a second

    mixed = re.fullmatch(r"([0-9.]+)([十百千万亿]*)", numeral)
    if mixed:
        value = Fraction(mixed[1])
        for scale in mixed[2]:
            value *= SCALES[scale]
        return value
    plain = numeral.replace("〇", "零")
    if DIGITS_ONLY.fullmatch(numeral):  # 二〇二六
        return Fraction(cn2an.cn2an(plain.replace("两", "二"), "normal"))
    return Fraction(str(cn2an.cn2an(plain, "smart")))
