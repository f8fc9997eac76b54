"""What to offer while a person types: titles, matters and how people say them, by letters, pinyin or initials.

A list belongs to one audience and is made from that audience's store alone, so it offers nothing else.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from corpus.document import Kind
from indexer.pinyin import spellings
from indexer.store import Store

LIMIT = 8
MAX_TYPED = 40


class Source(StrEnum):
    """What a suggestion is, likeliest to be meant first."""

    REGULATION = "regulation"
    MATTER = "matter"
    GUIDE = "guide"
    CASE = "case"
    STREET = "street"  # how people say a matter
    ASKED = "asked"  # what officers asked before


ORDER = {source: place for place, source in enumerate(Source)}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to search for, and what it is."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class _Entry:
    suggestion: Suggestion
    folded: str
    sounds: tuple[tuple[str, frozenset[int]], ...]  # spelled text, and where its syllables start
    initials: tuple[str, ...]
    spelled: str  # all of these in one text, to rule out quickly what does not fit


def suggestions_of(store: Store) -> list[Suggestion]:
    """All that one audience's store has to offer."""
    found = []
    for document in store.documents(Kind.REGULATION):
        names = (document.title, *document.front["short_titles"])
        found += [Suggestion(name, Source.REGULATION) for name in names]
    for matter in store.documents(Kind.MATTER):
        found.append(Suggestion(matter.front["short_name"], Source.MATTER))
        found += [Suggestion(words, Source.STREET) for words in matter.front["street_words"]]
    for kind, source in ((Kind.GUIDE, Source.GUIDE), (Kind.CASE, Source.CASE)):
        found += [Suggestion(document.title, source) for document in store.documents(kind)]
    return found


class Suggester:
    """Finds suggestions by substring, pinyin (ranqi) and initials (rqtl, also with letters left out)."""

    def __init__(self, suggestions: Iterable[Suggestion]) -> None:
        unique = {suggestion.text: suggestion for suggestion in suggestions}
        self._entries = [_entry(suggestion) for suggestion in unique.values()]

    def suggest(self, typed: str, limit: int = LIMIT) -> list[Suggestion]:
        """The best suggestions for what is typed so far; none for nothing or for more than forty letters."""
        wanted = _fold(typed).replace(" ", "")
        if not wanted or len(wanted) > MAX_TYPED:
            return []
        is_latin = wanted.isascii() and wanted.isalpha()
        ranked = []
        for entry in self._entries:
            place = _place(entry, wanted, is_latin)
            if place is not None:
                source = ORDER[entry.suggestion.source]
                ranked.append((place, source, len(entry.folded), entry.folded, entry.suggestion))
        ranked.sort(key=lambda row: row[:4])
        return [suggestion for *_, suggestion in ranked[:limit]]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().strip()


def _entry(suggestion: Suggestion) -> _Entry:
    folded = _fold(suggestion.text).replace(" ", "")
    letters = [letter for letter in folded if letter.isalnum()]
    ways = spellings("".join(letters))
    sounds = []
    for way in ways:
        starts, total = [], 0
        for syllable in way:
            starts.append(total)
            total += len(syllable)
        sounds.append(("".join(way), frozenset(starts)))
    initials = tuple(dict.fromkeys("".join(syllable[0] for syllable in way) for way in ways))
    spelled = "\n".join((*(sound for sound, _ in sounds), *initials))
    return _Entry(suggestion, folded, tuple(sounds), initials, spelled)


def _place(entry: _Entry, wanted: str, is_latin: bool) -> int | None:
    """How well an entry fits, 0 best; None when it does not."""
    at = entry.folded.find(wanted)
    if at >= 0:
        return 0 if at == 0 else 1
    if not is_latin:
        return None
    if wanted in entry.spelled:
        return _sound_place(entry, wanted)
    # 燃气条例 for 城镇燃气管理条例, as lawyers shorten titles: letters in order, the last word kept
    is_title = entry.suggestion.source is Source.REGULATION and 3 <= len(wanted) <= 8
    return 6 if is_title and any(_shortens(wanted, initials) for initials in entry.initials) else None


def _sound_place(entry: _Entry, wanted: str) -> int | None:
    if any(sound.startswith(wanted) for sound, _ in entry.sounds):
        return 2
    if len(wanted) < 2:
        return None
    if any(sound.find(wanted) in starts for sound, starts in entry.sounds):
        return 3
    if any(initials.startswith(wanted) for initials in entry.initials):
        return 4
    return 5 if any(wanted in initials for initials in entry.initials) else None


def _shortens(short: str, long: str) -> bool:
    letters = iter(long)
    return long.endswith(short[-1]) and all(letter in letters for letter in short)
