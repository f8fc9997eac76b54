"""Did you mean 您要找的是不是: wrong characters that sound the same (然气), one wrong letter, and typed pinyin (ranqi).

The words are those of one audience's texts alone. A better spelling is offered only when it stands in at least
`ENOUGH` passages and in `TIMES` as many as what was typed; it never replaces the question.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import rjieba

from indexer.pinyin import spellings

ENOUGH = 3
TIMES = 10
HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
LATIN_RUN = re.compile(r"[a-z]+(?:[ '][a-z]+)*")
LONGEST = 8
ONE_OFF_FROM = 4  # shorter words differ by one letter from too much
COMMON = frozenset(  # letters that stand alone in ordinary talk, and so are no sign of a slip
    "的了着过得地之所以而且和与或及在是有没不无未非也都还就才只又再很太更最被把给让叫将对向从到往跟比按用为因如若要会能可该应想敢肯"
    "我你他她它们这那哪谁何啥几多少些每各某另全大小高低长短新旧好坏上下左右前后里外中内间旁边去来进出回起开关放拿拉推打做弄搞干说讲问看见听"
    "一二三四五六七八九十百千万亿零两半个只张条块根把间家次年月日天时分元角米吨斤车人口头名位件种台辆座层号吗呢吧啊呀嘛么罚管查拆改赔告抓养种卖买"
)


class Speller:
    """Knows the words of some passages and how they sound."""

    def __init__(self, passages: Sequence[str], names: Iterable[str] = ()) -> None:
        """`names` (titles, short titles) count as words whole."""
        self._passages = passages
        self._cut = rjieba.Jieba()
        counts: Counter[str] = Counter(w for passage in passages for w in set(self._cut.cut(passage)))
        named = {name: max(ENOUGH, counts[name]) for name in names}
        self._counts = {
            word: count
            for word, count in {**counts, **named}.items()
            if count >= ENOUGH and 2 <= len(word) <= 20 and HAN_RUN.fullmatch(word)
        }
        self._by_sound: dict[str, list[str]] = {}
        self._one_off: dict[str, list[str]] = {}
        for word in sorted(self._counts, key=lambda word: -self._counts[word]):
            for way in spellings(word):
                self._by_sound.setdefault("".join(way), []).append(word)
            if ONE_OFF_FROM <= len(word) <= LONGEST:
                for key in _blanked(word):
                    self._one_off.setdefault(key, []).append(word)

    def correct(self, text: str) -> str | None:
        """A spelling that the passages know much better, or None."""
        lower = text.lower()
        better = LATIN_RUN.sub(lambda run: self._from_pinyin(run[0]) or run[0], lower)
        better = HAN_RUN.sub(lambda run: self._from_han(run[0]), better)
        return better if better != lower else None

    def _from_pinyin(self, run: str) -> str | None:
        """Words that sound as typed; the fewest words, the commonest of those that sound alike."""
        letters = re.sub(r"[^a-z]", "", run)
        if len(letters) < 4 or self._is_known(run):
            return None
        best: list[tuple[str, ...] | None] = [()] + [None] * len(letters)
        for end in range(2, len(letters) + 1):
            for start in range(end - 1):
                before, words = best[start], self._by_sound.get(letters[start:end])
                now = best[end]
                if before is not None and words and (now is None or len(before) + 1 < len(now)):
                    best[end] = (*before, words[0])
        found = best[-1]
        return "".join(found) if found else None

    def _from_han(self, run: str) -> str:
        """A run of Chinese letters with its doubtful places replaced, the longest first."""
        doubtful = [doubt for word in self._cut.cut(run, hmm=False) for doubt in _doubts(word)]
        for length in range(min(LONGEST, len(run)), 1, -1):
            for start in range(len(run) - length + 1):
                window = run[start : start + length]
                if word := self._better(window, doubtful[start : start + length]):
                    return self._from_han(run[:start]) + word + self._from_han(run[start + length :])
        return run

    def _better(self, window: str, doubtful: list[bool]) -> str | None:
        """The commonest word that differs from `window` in doubtful letters alone and stands in far more passages."""
        if window in self._counts or not any(doubtful):
            return None
        candidates = list(self._by_sound.get("".join(spellings(window)[0]), ()))
        if len(window) >= ONE_OFF_FROM:
            candidates += [w for key in _blanked(window) for w in self._one_off.get(key, ())]
        fitting = [word for word in candidates if _is_slip(window, word, doubtful)]
        best = max(fitting, key=lambda word: self._counts[word], default=None)
        return best if best and self._counts[best] >= TIMES * self._passages_with(window) else None

    def _passages_with(self, words: str) -> int:
        return sum(words in passage for passage in self._passages)

    def _is_known(self, run: str) -> bool:
        return any(run in passage.lower() for passage in self._passages)


def _doubts(word: str) -> list[bool]:
    """For each letter of a dictionary word whether it may be a slip: only one that stands alone and is not common."""
    return [len(word) == 1 and word not in COMMON] * len(word)


def _is_slip(window: str, word: str, doubtful: list[bool]) -> bool:
    """At most half the letters differ, each a doubtful one; they sound the same, or it is one in a long word."""
    if len(window) != len(word):
        return False
    different = [i for i in range(len(word)) if window[i] != word[i]]
    if not 0 < len(different) <= len(word) / 2 or not all(doubtful[i] for i in different):
        return False
    if len(word) == 2 and COMMON & {*window, *word}:
        return False
    is_one_of_many = len(different) == 1 and len(word) >= ONE_OFF_FROM
    return is_one_of_many or spellings(window)[0] == spellings(word)[0]


def _blanked(word: str) -> list[str]:
    return [f"{word[:i]}_{word[i + 1 :]}" for i in range(len(word))]
