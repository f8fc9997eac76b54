"""Check codes 校验码 of certificates: drawn at random, typed by people.

Sixteen characters in groups of four: fifteen drawn (31^15, about 74 bits) and one that checks them. The alphabet leaves
out 0 O 1 I L. It has 31 characters, a prime, so the weighted sum mod 31 (the way of ISBN-10) finds every single wrong
character and every two neighbours swapped.
"""

import hashlib
import re
import secrets
import unicodedata

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
DRAWN = 15


def draw() -> str:
    """A new code."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(DRAWN))
    return body + _check(body)


def read(typed: str) -> str | None:
    """The code that was typed, whatever its spaces, dashes and width; None when it can be no code."""
    code = re.sub(r"[\s\-‐-―−]", "", unicodedata.normalize("NFKC", typed[:200])).upper()
    if len(code) != DRAWN + 1 or not set(code) <= set(ALPHABET) or code[-1] != _check(code[:-1]):
        return None
    return code


def grouped(code: str) -> str:
    """As it is printed: ABCD-EFGH-JKMN-PQRS."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def digest(code: str) -> str:
    """What the database is asked for: the time it takes to answer then tells nothing about the code."""
    return hashlib.sha256(code.encode()).hexdigest()


def _check(body: str) -> str:
    return ALPHABET[sum(place * ALPHABET.index(character) for place, character in enumerate(body, 1)) % len(ALPHABET)]
