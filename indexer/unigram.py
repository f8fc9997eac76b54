"""SentencePiece's Unigram tokenizer over mapped arrays: nothing to load, and all processes share it.

The package `tokenizers` reads the 250,000 entries of a multilingual vocabulary in a second and keeps 200 MB a process.
Here an entry is a 64-bit hash in a sorted array; all substrings of a word are hashed and looked up at once, then
Viterbi picks the likeliest cut, as `tokenizers` does (Kudo, Subword Regularization, ACL 2018). A substring is mistaken
for an entry once in 10^13 look-ups.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HASHES, NUMBERS, SCORES = "pieces.npy", "numbers.npy", "scores.npy"  # uint64 sorted; uint32, float64 in its order
FACTOR = np.uint64(0x9E3779B97F4A7C15)
SHIFT = np.uint64(29)
UNKNOWN_PENALTY = 10.0  # below the least likely entry, as in SentencePiece

Hashes = NDArray[np.uint64]


def hash_prefixes(letters: NDArray[np.uint64]) -> Hashes:
    """Hash of the first 1, 2, … letters of each row; `letters` and the hashes are (rows, letters)."""
    hashes = np.empty_like(letters)
    running = np.zeros(len(letters), dtype=np.uint64)
    for length in range(letters.shape[1]):
        running = (running ^ (letters[:, length] + np.uint64(1))) * FACTOR
        running ^= running >> SHIFT
        hashes[:, length] = running
    return hashes


def _letters(words: list[str], longest: int) -> NDArray[np.uint64]:
    """Code points of each word, filled up with zeros: (words, longest)."""
    points = np.array(words, dtype=f"<U{longest}").view(np.uint32)
    return points.reshape(len(words), longest).astype(np.uint64)


def write_pieces(folder: Path, tokenizer: Any) -> dict[str, Any]:
    """Write the arrays of a Unigram tokenizer of the package `tokenizers`; the facts to open them.

    Raises ValueError for another kind of tokenizer.
    """
    settings = json.loads(tokenizer.to_str())
    model = settings["model"]
    if model["type"] != "Unigram" or model.get("byte_fallback"):
        raise ValueError(f"not Unigram: {model['type']}")
    pieces, scores = zip(*model["vocab"], strict=True)
    lengths = np.array([len(piece) for piece in pieces])
    longest = int(lengths.max())
    used = np.flatnonzero(lengths)
    hashes = hash_prefixes(_letters(list(pieces), longest))[used, lengths[used] - 1]
    order = np.argsort(hashes)
    if len(np.unique(hashes)) < len(hashes):
        raise ValueError("two entries of the vocabulary have one hash")
    np.save(folder / HASHES, hashes[order])
    np.save(folder / NUMBERS, used[order].astype(np.uint32))
    np.save(folder / SCORES, np.array(scores, dtype=np.float64)[used][order])
    settings["model"] = model | {"vocab": [["<unk>", 0.0]], "unk_id": 0}  # what folds and splits a text stays
    settings |= {"added_tokens": [], "post_processor": None, "truncation": None, "padding": None}
    return {
        "folding": json.dumps(settings),
        "frame": tokenizer.encode("").ids,  # one token before every text, one behind
        "longest": longest,
        "unknown": model["unk_id"],
        "unknown_score": min(scores) - UNKNOWN_PENALTY,
    }


class UnigramTokenizer:
    """Texts to token numbers, from the arrays `write_pieces` has written."""

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        from tokenizers import Tokenizer

        self._hashes: Hashes = np.load(folder / HASHES, mmap_mode="r").view(np.ndarray)
        self._numbers: NDArray[np.uint32] = np.load(folder / NUMBERS, mmap_mode="r").view(np.ndarray)
        self._scores: NDArray[np.float64] = np.load(folder / SCORES, mmap_mode="r").view(np.ndarray)
        self._folding = Tokenizer.from_str(facts["folding"])
        self._first, self._last = facts["frame"]
        self._longest: int = facts["longest"]
        self._unknown: int = facts["unknown"]
        self._unknown_score: float = facts["unknown_score"]

    def encode(self, text: str, limit: int) -> list[int]:
        """Token numbers of a text, framed, at most `limit`."""
        numbers: list[int] = []
        for word in self._words(text):
            numbers += self._cut(word)
        return [self._first, *numbers[: limit - 2], self._last]

    def _words(self, text: str) -> list[str]:
        """The text folded and split as the model wants it."""
        normalizer, splitter = self._folding.normalizer, self._folding.pre_tokenizer
        folded = normalizer.normalize_str(text) if normalizer else text
        return [word for word, _ in splitter.pre_tokenize_str(folded)] if splitter else [folded]

    def _cut(self, word: str) -> list[int]:
        """The likeliest way to cut a word into entries; a run of unknown letters is one unknown token."""
        scores = [0.0] + [-np.inf] * len(word)
        steps: list[tuple[int, int]] = [(0, 0)] * (len(word) + 1)  # for each end: start and token
        for start, found in enumerate(self._ways(word)):
            for end, token, gain in found:
                if (score := scores[start] + gain) > scores[end]:
                    scores[end], steps[end] = score, (start, token)
        numbers: list[int] = []
        end = len(word)
        while end:
            end, token = steps[end]
            if not (token == self._unknown and numbers and numbers[-1] == token):
                numbers.append(token)
        return numbers[::-1]

    def _ways(self, word: str) -> list[list[tuple[int, int, float]]]:
        """For each start the entries found there: end, token, score."""
        letters = np.append(_letters([word], len(word))[0], np.zeros(self._longest - 1, dtype=np.uint64))
        hashes = hash_prefixes(np.lib.stride_tricks.sliding_window_view(letters, self._longest))
        places = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        starts, lengths = np.nonzero(self._hashes[places] == hashes)
        found = places[starts, lengths]
        ways: list[list[tuple[int, int, float]]] = [[] for _ in word]
        rows = zip(
            starts.tolist(), lengths.tolist(), self._numbers[found].tolist(), self._scores[found].tolist(), strict=True
        )
        for start, length, token, score in rows:
            if start + length < len(word):
                ways[start].append((start + length + 1, token, score))
        for start, entries in enumerate(ways):
            if not entries or entries[0][0] > start + 1:  # no entry of one letter
                entries.append((start + 1, self._unknown, self._unknown_score))
        return ways
