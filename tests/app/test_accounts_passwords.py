"""The rules of passwords, on their own."""

import statistics
import time

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import passwords
from app.accounts.forms import local_path
from app.accounts.models import UserSession, clean_username
from app.accounts.queries import PAIR_LIMIT


def faults(password: str, username: str = "wang") -> list[str]:
    return passwords.faults(password, username=username, min_length=10)


@pytest.mark.parametrize(
    "good", ["Right-horse-7", "correct horse 7", "一匹正确的马Horse7啊啊", "xK9$xK9$xK9$", "li-Ming-zao-7"]
)
def test_good_passwords_pass(good):
    assert faults(good) == []


@pytest.mark.parametrize(
    "weak", ["Passw0rd123!", "Admin@123456", "Qwer1234!@#$", "1qaz@WSX3edc", "Zhifa@2026.", "Aa123456!!"]
)
def test_well_known_passwords_do_not(weak):
    assert any("太常见" in fault for fault in faults(weak))


def test_a_short_username_inside_a_password_does_no_harm():
    assert faults("Strange-life-7", username="li") == []


def test_one_time_passwords_are_long_random_and_without_confusing_letters():
    drawn = {passwords.one_time() for _ in range(500)}
    assert len(drawn) == 500
    assert not set("".join(drawn)) & set("ilo01IO")
    assert all(len(password) == 14 for password in drawn)


def test_a_damaged_hash_lets_nobody_in():
    assert not passwords.is_right("x", "damaged") and not passwords.is_right("x", "")


def test_known_and_unknown_users_take_the_same_time(monkeypatch):
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=2, memory_cost=4096, parallelism=1))
    chosen, one_time = passwords.hash_chosen("x" * 12), passwords.hash_one_time("kdm3-7qtr-x9ph")
    passwords.is_right("no", None)
    kinds = {"unknown": None, "chosen": chosen, "one-time": one_time}
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(40):
        for kind, stored in kinds.items():
            start = time.perf_counter()
            passwords.is_right("no", stored)
            times[kind].append(time.perf_counter() - start)
    low, *_, high = sorted(statistics.median(values) for values in times.values())
    assert high < low * 1.5  # far from the hundredfold of answering without a hash


@given(st.text())
def test_a_next_path_is_always_local(text):
    path = local_path(text)
    assert path is None or (path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_usernames_are_cleaned_once_and_for_all(text):
    assert clean_username(clean_username(text)) == clean_username(text)


def test_devices_are_told_in_words():
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
    phone = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
    assert [UserSession(agent=agent).device for agent in (edge, phone, "")] == [
        "Edge（Windows）",
        "Chrome（安卓手机）",
        "浏览器",
    ]


def test_the_limit_is_the_one_written_on_the_sign_in_page():
    assert PAIR_LIMIT == 5
