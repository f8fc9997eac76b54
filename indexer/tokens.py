"""The tokens of each text of a generation, kept so that the next build need not cut the text again."""

import hashlib
import json
from itertools import chain
from pathlib import Path

import numpy as np

from indexer.generation import code_sum

HEAD, NUMBERS = "tokens.json", "tokens.npy"


def text_sum(text: str) -> str:
    """Name of a text among the tokens kept."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def write_tokens(folder: Path, texts: list[str], ids: list[list[int]], vocabulary: list[str]) -> None:
    """Keep the tokens of `texts`: `ids` are their numbers in `vocabulary`, text by text."""
    sums = [text_sum(text) for text in texts]
    head = {"code": code_sum(), "texts": sums, "counts": [len(row) for row in ids], "vocabulary": vocabulary}
    (folder / HEAD).write_text(json.dumps(head, ensure_ascii=False), encoding="utf-8")
    np.save(folder / NUMBERS, np.fromiter(chain.from_iterable(ids), dtype=np.uint32))


def read_tokens(folder: Path) -> dict[str, list[str]]:
    """Tokens by `text_sum`; none when other code has cut them."""
    head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
    if head["code"] != code_sum():
        return {}
    vocabulary = head["vocabulary"]
    words = [vocabulary[number] for number in np.load(folder / NUMBERS).tolist()]
    found: dict[str, list[str]] = {}
    start = 0
    for name, count in zip(head["texts"], head["counts"], strict=True):
        found[name] = words[start : start + count]
        start += count
    return found
