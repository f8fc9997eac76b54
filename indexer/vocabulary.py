"""The part of a tokenizer's vocabulary that Chinese texts use.

A multilingual vocabulary has 250,000 entries; reading them takes a second and 200 MB. Of a Unigram model
(SentencePiece) we keep the entries written in Han letters, ASCII letters, digits, punctuation and signs. An entry with
another letter can only match a text with that letter, so texts without such letters are cut exactly as before; another
letter becomes the unknown token. Other kinds of tokenizers (BERT's WordPiece has 20,000 entries) stay whole.
"""

import json
import re
import unicodedata

HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff]")


def is_kept(piece: str) -> bool:
    """Whether a vocabulary entry can occur in a Chinese text."""
    return all(map(_is_ours, piece))


def _is_ours(letter: str) -> bool:
    if letter.isascii() or HAN.match(letter):
        return True
    return unicodedata.category(letter)[0] not in "LM"  # letters and marks of other scripts


def shortened(tokenizer: str) -> tuple[str, list[int]]:
    """A `tokenizer.json` with fewer entries, and for each new number of an entry the old one."""
    settings = json.loads(tokenizer)
    vocabulary = settings["model"]["vocab"]
    if settings["model"]["type"] != "Unigram":
        return tokenizer, list(range(1 + max(*vocabulary.values(), *(t["id"] for t in settings["added_tokens"]))))
    special = {token["id"] for token in settings["added_tokens"]} | {settings["model"]["unk_id"]}
    kept = [old for old, (piece, _) in enumerate(vocabulary) if old in special or is_kept(piece)]
    number = {old: new for new, old in enumerate(kept)}
    settings["model"] |= {"vocab": [vocabulary[old] for old in kept], "unk_id": number[settings["model"]["unk_id"]]}
    settings["added_tokens"] = [token for token in settings["added_tokens"] if token["id"] in number]
    for token in settings["added_tokens"]:
        token["id"] = number[token["id"]]
    for token in (settings["post_processor"] or {}).get("special_tokens", {}).values():
        token["ids"] = [number[old] for old in token["ids"]]
    return json.dumps(settings, ensure_ascii=False), kept
