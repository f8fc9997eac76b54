import datetime as dt

import numpy as np
import pytest

from corpus.reader import read_corpus
from fakes import FakeEncoder, write_corpus
from indexer.build import build_index
from indexer.journal import Journal

NOW = dt.datetime(2026, 11, 20, 8, 0, 0, tzinfo=dt.UTC)


KEYS = [f"{number:064x}" for number in range(1, 6)]
VECTORS = [np.arange(4, dtype=np.float32) + number for number in range(5)]


def test_what_was_kept_is_read_again(tmp_path):
    kept = list(Journal(tmp_path, "model").keep(KEYS, VECTORS))
    assert kept == VECTORS
    read = Journal(tmp_path, "model").read()
    assert list(read) == KEYS
    assert all(np.array_equal(read[key], vector) for key, vector in zip(KEYS, VECTORS, strict=True))
    assert Journal(tmp_path, "another").read() == {}


def test_a_torn_record_is_lost_alone(tmp_path):
    journal = Journal(tmp_path, "model")
    list(journal.keep(KEYS[:3], VECTORS[:3]))
    file = next(tmp_path.glob("encoded-*.part"))
    file.write_bytes(file.read_bytes()[:-5])
    list(journal.keep(KEYS[3:], VECTORS[3:]))
    assert list(journal.read()) == [*KEYS[:2], *KEYS[3:]]


def test_a_damaged_vector_is_not_believed(tmp_path):
    journal = Journal(tmp_path, "model")
    list(journal.keep(KEYS, VECTORS))
    file = next(tmp_path.glob("encoded-*.part"))
    data = bytearray(file.read_bytes())
    data[4 + 52 + 40] ^= 1
    file.write_bytes(data)
    assert list(journal.read()) == [KEYS[0], *KEYS[2:]]


class Stopping(FakeEncoder):
    """Is stopped after eight passages, the first of which is not in the journal."""

    def _rows(self, texts):
        for row in super()._rows(texts):
            if len(self.encoded) == 9:
                raise KeyboardInterrupt
            yield row


def test_a_stopped_build_goes_on_where_it_was(tmp_path):
    corpus = read_corpus(write_corpus(tmp_path / "corpus"))
    with pytest.raises(KeyboardInterrupt):
        build_index(corpus, Stopping(), tmp_path / "index", now=NOW)
    again, whole = FakeEncoder(), FakeEncoder()
    report = build_index(corpus, again, tmp_path / "index", now=NOW)
    assert list((tmp_path / "index").glob("encoded-*")) == []
    assert report.published and report.generation == build_index(corpus, whole, tmp_path / "fresh", now=NOW).generation
    assert len(again.encoded) == len(whole.encoded) - 7


def test_a_single_new_passage_is_no_special_case(tmp_path):
    texts = write_corpus(tmp_path / "corpus")
    build_index(read_corpus(texts), FakeEncoder(), tmp_path / "index", now=NOW)
    guide = texts / "guides/01-gas.md"
    guide.write_text(
        guide.read_text(encoding="utf-8").replace("这一部分说裁量。", "这一部分谈裁量。"), encoding="utf-8"
    )
    report = build_index(read_corpus(texts), FakeEncoder(), tmp_path / "index", now=NOW)
    assert report.encoded == 1 and report.published
