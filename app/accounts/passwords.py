"""Passwords: what a good one is, how it is kept, how it is checked. Knows no database and no request."""

import re
import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_LENGTH = 128
KINDS = {"大写字母": "[A-Z]", "小写字母": "[a-z]", "数字": "[0-9]", "符号": "[^A-Za-z0-9]"}
UNMISTAKABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # without i l o 0 1, which people confuse on paper
LEET = str.maketrans("@013$5!7", "aolessit")
# Weak passwords are one of these words with any digits and symbols around it or inside.
WEAK_WORDS = """
    password passwd passw mima admin administrator admins root system test testtest user guest demo login welcome
    letmein changeme default secret qwer qwerty qwert qwertyuiop asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm qaz qazwsx
    qazwsxedc qweasd qweasdzxc wsx a aa aaa aaaa ab abc abcabc abcd abcde abcdef abcdefg iloveyou woaini woaizhongguo
    zhongguo china beijing zhejiang zj jinhua jh yiwu wucheng zhifa chengguan zonghezhifa xingzheng zhfj youshu
    youshukeyi nihao dragon monkey sunshine princess football huawei wps
"""
WEAK = frozenset(WEAK_WORDS.split())

hasher = PasswordHasher()  # argon2id with the library's parameters, those of RFC 9106 for little memory
# For passwords we draw ourselves: with 59 random bits a fast hash is as safe, and 20,000 are made in seconds.
quick_hasher = PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)


def faults(password: str, *, username: str, min_length: int) -> list[str]:
    """What is wrong with a new password, in words that tell what to do; empty when it is good."""
    found = []
    if len(password) < min_length:
        found.append(f"至少要 {min_length} 个字符，现在是 {len(password)} 个。")
    if len(password) > MAX_LENGTH:
        return [f"最多 {MAX_LENGTH} 个字符，现在是 {len(password)} 个。"]
    missing = [kind for kind, pattern in KINDS.items() if not re.search(pattern, password)]
    if len(missing) > 1:
        found.append(f"大写字母、小写字母、数字、符号至少要有三种，现在缺{'、'.join(missing)}。")
    if username == password.lower() or (len(username) >= 4 and username in password.lower()):
        found.append("不能含有用户名。")
    if _is_weak(password):
        found.append("这个密码太常见，容易被猜到，请换一个。")
    return found


def _is_weak(password: str) -> bool:
    lower = password.lower()
    core = re.sub("^[0-9]+|[^a-z]+$", "", lower).translate(LEET)
    return any(re.sub("[^a-z]", "", text) in WEAK for text in (lower, core))


def one_time() -> str:
    """A random password to hand out once, easy to read aloud and type: kdm3-7qtr-x9ph."""
    return "-".join("".join(secrets.choice(UNMISTAKABLE) for _ in range(4)) for _ in range(3))


def hash_one_time(password: str) -> str:
    """Hash of a password from `one_time`."""
    return quick_hasher.hash(password)


def hash_chosen(password: str) -> str:
    """Hash of a password that a person chose."""
    return hasher.hash(password)


def is_right(password: str, stored: str | None) -> bool:
    """Whether `password` is the one in `stored`. Takes the time of one full hash also when nothing is stored."""
    if stored is None or _is_dated(stored):
        _matches(_decoy(hasher), password)
    return stored is not None and _matches(stored, password)


def better_hash(password: str, stored: str) -> str | None:
    """A new hash when `stored` was made with other parameters than today's."""
    return hash_chosen(password) if _is_dated(stored) else None


def _is_dated(stored: str) -> bool:
    try:
        return hasher.check_needs_rehash(stored)
    except InvalidHashError:
        return True


def _matches(stored: str, password: str) -> bool:
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=4)
def _decoy(maker: PasswordHasher) -> str:
    return maker.hash(secrets.token_hex(16))
