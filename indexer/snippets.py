"""The words of a passage to show under a hit, with the matching sentence and the matching words marked."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from indexer.chunks import SENTENCE_END

MAX_CHARS = 130


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of snippet text: `mark` is "" (plain), "sentence" (what the passage says to the question) or "word"."""

    text: str
    mark: str = ""


@dataclass(frozen=True)
class Terms:
    """What a snippet looks for: words and letter pairs, and a pattern of all of them, the longest first."""

    words: tuple[str, ...]
    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, tokens: Iterable[str]) -> "Terms":
        """From the tokens of a query; single letters mark nothing."""
        words = tuple(sorted({t.rstrip("_") for t in tokens if len(t.rstrip("_")) > 1}, key=lambda t: (-len(t), t)))
        pattern = re.compile("((?:" + "|".join(map(re.escape, words)) + ")+)", re.IGNORECASE) if words else None
        return cls(words, pattern)


def make_snippet(text: str, terms: Terms) -> tuple[Segment, ...]:
    """Choose the sentence of `text` that shares most with `terms` and mark it."""
    sentences = [s for s in (part.strip() for part in SENTENCE_END.split(text)) if s]
    if not sentences:
        return ()
    best = max(range(len(sentences)), key=lambda i: (_overlap(sentences[i], terms.words), -i))
    before = sentences[best - 1] if best else ""
    after = sentences[best + 1] if best + 1 < len(sentences) else ""
    room = max(0, MAX_CHARS - len(sentences[best]))
    head = ("…" + before[-room // 2 :]) if room > 20 and len(before) > room // 2 else (before if room > 20 else "")
    tail = after[: max(0, room - len(head))]
    marked = _mark_words(sentences[best][: MAX_CHARS * 2], terms.pattern)
    segments = [Segment(head), *marked, Segment(tail + ("…" if tail and len(tail) < len(after) else ""))]
    return tuple(segment for segment in segments if segment.text)


def snippet_text(segments: Iterable[Segment]) -> str:
    """The snippet without its marks."""
    return "".join(segment.text for segment in segments)


def _overlap(sentence: str, wanted: tuple[str, ...]) -> float:
    return sum(len(term) for term in wanted if term in sentence) / math.sqrt(30 + len(sentence))


def _mark_words(sentence: str, pattern: re.Pattern[str] | None) -> list[Segment]:
    parts = pattern.split(sentence) if pattern else [sentence]
    return [Segment(part, "word" if i % 2 else "sentence") for i, part in enumerate(parts) if part]
