"""Ids and file names of new regulations: the pinyin of the title, word by word."""

import hashlib
import re

MAX_ID = 90


def pinyin_id(title: str) -> str:
    """城镇燃气管理条例 -> chengzhen-ranqi-guanli-tiaoli. Long ones end in six digits of a checksum."""
    import rjieba
    from pypinyin import lazy_pinyin

    words = ["".join(lazy_pinyin(word, errors="default")) for word in rjieba.cut(re.sub(r"[^\w]+", " ", title))]
    plain = [re.sub(r"[^a-z0-9]", "", word.lower().replace("ü", "v")) for word in words]
    name = "-".join(word for word in plain if word)
    if len(name) <= MAX_ID:
        return name or "fagui-" + _checksum(title)
    return name[: MAX_ID - 7].rsplit("-", 1)[0] + "-" + _checksum(title)


def free_id(title: str, taken: set[str]) -> str:
    """The id of a new title; one that another title holds gets a checksum."""
    name = pinyin_id(title)
    return f"{name}-{_checksum(title)}" if name in taken else name


def _checksum(title: str) -> str:
    return hashlib.sha256(title.encode()).hexdigest()[:6]
