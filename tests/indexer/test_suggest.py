import datetime as dt
import time
from pathlib import Path

import pytest

from corpus.document import Audience
from corpus.reader import read_corpus
from fakes import FakeEncoder, write_corpus
from indexer.build import build_index
from indexer.search import Index
from indexer.suggest import Source, Suggester, Suggestion, suggestions_of


@pytest.fixture(scope="module")
def suggesters(tmp_path_factory) -> dict[Audience, Suggester]:
    folder: Path = tmp_path_factory.mktemp("suggest")
    build_index(
        read_corpus(write_corpus(folder / "corpus", secret="暗号")),
        FakeEncoder(),
        folder / "index",
        now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
    )
    index = Index.open(folder / "index")
    return {audience: Suggester(suggestions_of(index.store(audience))) for audience in Audience}


def texts(suggester: Suggester, typed: str) -> list[str]:
    return [suggestion.text for suggestion in suggester.suggest(typed)]


@pytest.mark.parametrize("typed", ["燃气", "ranqi", "rqtl", "RanQi", "ran qi", "ｒｑｔｌ"])
def test_a_short_title_is_offered_by_letters_pinyin_and_initials(suggesters, typed):
    assert texts(suggesters[Audience.PUBLIC], typed)[0] == "燃气条例"


def test_initials_with_letters_left_out_find_the_full_title():
    suggester = Suggester([Suggestion("城镇燃气管理条例", Source.REGULATION), Suggestion("燃起通路", Source.CASE)])
    assert texts(suggester, "rqtl") == ["燃起通路", "城镇燃气管理条例"]


def test_a_letter_with_two_readings_is_found_by_both():
    suggester = Suggester([Suggestion("调解和调查", Source.GUIDE)])
    assert texts(suggester, "tiaojie") == texts(suggester, "diaojie") == ["调解和调查"]


def test_pinyin_is_met_at_the_beginning_of_a_syllable_only():
    assert texts(Suggester([Suggestion("燃气", Source.CASE)]), "an") == []


def test_street_words_and_matters_are_offered(suggesters):
    found = {s.text: s.source for s in suggesters[Audience.PUBLIC].suggest("地下室")}
    assert found["煤气罐放在地下室"] is Source.STREET


def test_the_public_is_offered_nothing_internal(suggesters):
    for typed in ("暗号", "anhao", "ah", "执法指引", "zfzy", "未公开", "wgk", "燃气", "案"):
        assert not any("暗号" in t or "指引" in t or "未公开" in t for t in texts(suggesters[Audience.PUBLIC], typed))
    assert "城镇燃气执法指引" in texts(suggesters[Audience.OFFICER], "zfzy")


@pytest.mark.parametrize("typed", ["", "   ", "燃" * 41, "()[]*+?\\", "\x00"])
def test_nothing_and_nonsense_offer_nothing(suggesters, typed):
    assert texts(suggesters[Audience.OFFICER], typed) == []


def test_a_call_over_five_thousand_suggestions_is_quick():
    suggester = Suggester(Suggestion(f"擅自占用城市道路{i}号", Source.STREET) for i in range(5000))
    started = time.perf_counter()
    for typed in ("zsz", "daolu", "道路", "xyz", "z"):
        suggester.suggest(typed)
    assert (time.perf_counter() - started) / 5 < 0.25  # some milliseconds by itself; generous for a busy machine
