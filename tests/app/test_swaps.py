"""Generations change under steady queries: no answer fails, none mixes two. SWAPS=1000 for the full count."""

import datetime as dt
import os
import threading
import time

from app.index import LiveIndex
from corpus.document import Audience, Kind
from corpus.reader import read_corpus
from fakes import FakeEncoder, write_corpus
from indexer.build import build_index
from indexer.generation import Generations
from indexer.query import SearchQuery
from indexer.snippets import snippet_text

SWAPS = int(os.environ.get("SWAPS", "25"))
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
MARKS = ("甲乙丙丁", "戊己庚辛")


def build(texts, root, mark, minute):
    file = texts / "guides/01-gas.md"
    old = MARKS[1 - MARKS.index(mark)]
    text = file.read_text(encoding="utf-8").replace(old, mark).replace("这一部分说裁量。", f"这一部分说裁量{mark}。")
    file.write_text(text, encoding="utf-8")
    return build_index(read_corpus(texts), FakeEncoder(), root, now=NOW + dt.timedelta(minutes=minute)).generation


def fault_of(found, mark_of) -> str | None:
    """What is wrong with an answer: it is not by meaning, or not all of it is of the generation it names."""
    guide = next(result for result in found.results if result.kind is Kind.GUIDE)
    shown = "".join(snippet_text(hit.snippet) for hit in guide.hits)
    page = "".join(section.html for section in guide.document.sections)
    right = mark_of[found.generation]
    wrong = MARKS[1 - MARKS.index(right)]
    return None if found.is_semantic and right in page and wrong not in page + shown else shown


def test_no_answer_fails_or_mixes_two_generations_while_they_are_swapped(tmp_path):
    texts, root = write_corpus(tmp_path / "corpus"), tmp_path / "index"
    mark_of = {build(texts, root, mark, minute): mark for minute, mark in enumerate(MARKS)}
    live = LiveIndex(root, "none", tmp_path)
    live.use(FakeEncoder())
    is_over, faults, seen = threading.Event(), [], []

    def ask():
        while not is_over.is_set():
            try:
                found = live.search(SearchQuery.parse("裁量部分 气瓶"), audience=Audience.OFFICER)
                faults.extend(filter(None, [fault_of(found, mark_of)]))
                seen.append(found.generation)
            except Exception as error:
                faults.append(error)

    people = [threading.Thread(target=ask) for _ in range(4)]
    for person in people:
        person.start()
    for number in range(SWAPS):
        Generations(root).point_to(sorted(mark_of)[number % 2])
        answered = len(seen)
        while len(seen) < answered + 4 and not faults:
            time.sleep(0.001)
    is_over.set()
    for person in people:
        person.join()
    assert faults == []
    assert set(seen) == set(mark_of) and len(seen) >= 4 * SWAPS
    print(f"{SWAPS} swaps, {len(seen)} answers, 0 failed or mixed")
