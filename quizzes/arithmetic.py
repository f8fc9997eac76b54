"""Sums written out in explanations, 80×120＝9600元: found and reckoned again."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

NUMBER = r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?[万亿%]?"
UNIT = r"[^\W0-9_]{0,4}?"  # between number and sign: 80瓶×120元＝9600元
STEP = rf"\(*{NUMBER}{UNIT}\)*{UNIT}"
SUM = re.compile(rf"(?<![0-9.%])((?:{STEP}[+\-×÷])+{STEP})=({NUMBER})(?![0-9.]|{UNIT}[+\-×÷])")
TOKEN = re.compile(rf"{NUMBER}|[+\-×÷()]")
SIGNS = str.maketrans({"*": "×", "/": "÷", "−": "-", "–": "-", "，": "、", "乘": "×"})
SCALES = {"万": Fraction(10_000), "亿": Fraction(100_000_000), "%": Fraction(1, 100)}


@dataclass(frozen=True, slots=True)
class Sum:
    """A written sum: the words, what it comes to, and what is claimed."""

    words: str
    value: Fraction
    claimed: Fraction


def find_sums(text: str) -> Iterator[Sum]:
    """Every sum of a text with + - × ÷ and brackets; × and ÷ go first. A sum that cannot be reckoned is none."""
    plain = unicodedata.normalize("NFKC", text.translate(SIGNS)).translate(SIGNS)
    for match in SUM.finditer(plain):
        try:
            yield Sum(match[0], _Reader(TOKEN.findall(match[1])).whole(), _number(match[2]))
        except (ZeroDivisionError, ValueError):
            continue


class _Reader:
    """Reads the tokens of one expression from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]

    def whole(self) -> Fraction:
        value = self._total()
        if self._tokens:
            raise ValueError("brackets do not match")
        return value

    def _total(self) -> Fraction:
        value = self._product()
        while self._next("+-"):
            value = value + self._product() if self._tokens.pop() == "+" else value - self._product()
        return value

    def _product(self) -> Fraction:
        value = self._factor()
        while self._next("×÷"):
            value = value * self._factor() if self._tokens.pop() == "×" else value / self._factor()
        return value

    def _factor(self) -> Fraction:
        word = self._tokens.pop() if self._tokens else ""
        if word != "(":
            return _number(word)
        value = self._total()
        if not self._next(")"):
            raise ValueError("brackets do not match")
        self._tokens.pop()
        return value

    def _next(self, signs: str) -> bool:
        return bool(self._tokens) and self._tokens[-1] in signs


def _number(numeral: str) -> Fraction:
    """Value of a number; raises ValueError."""
    plain = numeral.replace(",", "")
    scale = SCALES.get(plain[-1:])
    return Fraction(plain[:-1]) * scale if scale else Fraction(plain)
