"""How Chinese text sounds: syllables without tones. The only importer of pypinyin in this room.

Single letters are enough here, so the phrase dictionary (45 MB of memory) stays unread; letters of two readings
(行 xing, hang) give a text up to four spellings.
"""

import os
from functools import lru_cache

MAX_SPELLINGS = 4
READINGS = 2  # of one letter: the usual and the next


@lru_cache(maxsize=20_000)
def readings(letter: str) -> tuple[str, ...]:
    """The usual readings of one letter, the commonest first; the letter itself, in lower case, when it has none."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, pinyin

    found = pinyin(letter, style=Style.NORMAL, heteronym=True, errors="default")
    return tuple(dict.fromkeys(sound.lower() for sound in found[0]))[:READINGS]


def spellings(text: str) -> list[tuple[str, ...]]:
    """The likeliest ways to spell a text, each a syllable for each letter: the usual one, then one letter read anew."""
    usual = {letter: readings(letter)[0] for letter in dict.fromkeys(text)}
    others = [(letter, sound) for letter in usual for sound in readings(letter)[1:]]
    ways = [usual, *(usual | {letter: sound} for letter, sound in others[: MAX_SPELLINGS - 1])]
    return [tuple(way[letter] for letter in text) for way in ways]
