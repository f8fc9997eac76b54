import datetime as dt
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from corpus.document import Audience, Kind
from corpus.problems import CorpusError
from corpus.reader import read_corpus
from fakes import FakeEncoder, write_corpus
from indexer.build import build_index, update_index
from indexer.generation import GenerationError, Generations, verify
from indexer.query import SearchQuery
from indexer.search import Index

NOW = dt.datetime(2026, 11, 20, 8, 0, 0, tzinfo=dt.UTC)


@pytest.fixture
def texts(tmp_path):
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def root(tmp_path):
    return tmp_path / "index"


def build(texts, root, *, minutes=0, encoder=None, full=False):
    return build_index(
        read_corpus(texts), encoder or FakeEncoder(), root, now=NOW + dt.timedelta(minutes=minutes), full=full
    )


def edit(texts, old, new):
    file = texts / "guides/01-gas.md"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def ranked(root, question):
    index = Index.open(root)
    query = SearchQuery.parse(question)
    found = index.search(query, FakeEncoder().encode_queries([query.text]), audience=Audience.OFFICER)
    return [(r.document.id, [(h.anchor, h.score) for h in r.hits]) for r in (*found.matters, *found.results)]


def test_a_second_build_reuses_every_vector_and_publishes_nothing(texts, root):
    first = build(texts, root)
    encoder = FakeEncoder()
    second = build(texts, root, minutes=1, encoder=encoder)
    assert encoder.encoded == [] and second.encoded == 0 and second.reused == first.chunks
    assert not second.published and second.generation == first.generation


def test_a_build_with_nothing_to_do_reads_no_text(texts, root, monkeypatch):
    def update(minutes):
        return update_index(texts, FakeEncoder(), root, now=NOW + dt.timedelta(minutes=minutes))

    first = update(0)
    monkeypatch.setattr("indexer.build.read_corpus", lambda _: pytest.fail("the texts were read"))
    second = update(1)
    assert not second.published and (second.generation, second.chunks) == (first.generation, first.chunks)
    monkeypatch.undo()
    edit(texts, "这一部分说裁量。", "改了。")
    assert update(2).encoded == 1


def test_a_version_that_comes_into_force_is_noticed_without_a_change_of_texts(texts, root):
    law = (texts / "regulations/national/ranqi-tiaoli.md").read_text(encoding="utf-8")
    later = law.replace("2016-02-06", "2027-01-01").replace("十万元以下", "二十万元以下")
    (texts / "regulations/national/ranqi-tiaoli-2027.md").write_text(later, encoding="utf-8")
    update_index(texts, FakeEncoder(), root, now=NOW)
    report = update_index(texts, FakeEncoder(), root, now=dt.datetime(2027, 1, 2, tzinfo=dt.UTC))
    assert report.published
    article = Index.open(root).store(Audience.PUBLIC).document(Kind.REGULATION, "ranqi-tiaoli")
    assert article.version == "2027-01-01"


def test_an_edited_paragraph_encodes_only_its_chunk(texts, root):
    build(texts, root)
    edit(texts, "这一部分说裁量。", "这一部分说怎样裁量才合适。")
    encoder = FakeEncoder()
    report = build(texts, root, minutes=1, encoder=encoder)
    assert report.encoded == 1 and len(encoder.encoded) == 1 and "怎样裁量才合适" in encoder.encoded[0]


def test_an_incremental_build_equals_a_full_one_score_for_score(texts, root, tmp_path):
    build(texts, root)
    edit(texts, "这一部分说裁量。", "这一部分说怎样裁量才合适。")
    build(texts, root, minutes=1)
    build(texts, tmp_path / "fresh", minutes=1, full=True)
    for question in ("煤气罐放在地下室能罚吗", "怎样裁量", "燃气条例49条", "没有过错"):
        assert ranked(root, question) == ranked(tmp_path / "fresh", question)
    sums = [verify(Generations(r).current())["contents"] for r in (root, tmp_path / "fresh")]
    assert sums[0] == sums[1]


def test_the_public_index_does_not_change_with_an_officer_text(texts, root):
    build(texts, root)
    before = Index.open(root).contents(Audience.PUBLIC)
    edit(texts, "这一部分说裁量。", "只给执法人员看的一句。")
    build(texts, root, minutes=1)
    assert Index.open(root).contents(Audience.PUBLIC) == before


def test_faulty_texts_build_nothing_and_keep_the_old(texts, root):
    first = build(texts, root)
    edit(texts, "matters: [m-0101]", "matters: [m-0909]")
    with pytest.raises(CorpusError, match="没有事项 m-0909"):
        build(texts, root, minutes=1)
    assert Index.open(root).name == first.generation


def test_rollback_goes_to_the_one_before_and_prune_keeps_three(texts, root):
    names = []
    for minute in range(5):
        edit(texts, "这一部分说裁量。", f"这一部分说裁量。{'又' * minute}")
        names.append(build(texts, root, minutes=minute).generation)
    generations = Generations(root)
    assert generations.names() == names[-3:]
    assert generations.roll_back() == names[-2]
    assert Index.open(root).name == names[-2]


def test_roll_back_without_an_older_one_is_told(texts, root):
    build(texts, root)
    with pytest.raises(GenerationError, match="没有更早的索引"):
        Generations(root).roll_back()


def test_without_a_build_the_message_says_what_to_do(root):
    with pytest.raises(GenerationError, match="flask index build"):
        Index.open(root)


def test_one_flipped_byte_in_any_file_is_found(texts, root):
    build(texts, root)
    folder = Generations(root).current()
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"):
        sound = file.read_bytes()
        middle = len(sound) // 2
        file.write_bytes(sound[:middle] + bytes([sound[middle] ^ 1]) + sound[middle + 1 :])
        with pytest.raises(GenerationError, match=file.name):
            Index.open(root)
        file.write_bytes(sound)
    verify(folder)


@pytest.mark.parametrize("damage", ["missing", "extra", "empty manifest", "foreign format"])
def test_a_half_written_folder_is_refused(texts, root, damage):
    build(texts, root)
    folder = Generations(root).current()
    if damage == "missing":
        (folder / "public/vectors.faiss").unlink()
    elif damage == "extra":
        (folder / "officer/more").write_text("x")
    elif damage == "empty manifest":
        (folder / "manifest.json").write_text("")
    else:
        text = (folder / "manifest.json").read_text()
        (folder / "manifest.json").write_text(re.sub(r'"format": \d+', '"format": 99', text))
    with pytest.raises(GenerationError):
        Index.open(root)


def test_a_build_replaces_a_damaged_generation(texts, root):
    build(texts, root)
    (Generations(root).current() / "officer/vectors.faiss").write_bytes(b"")
    report = build(texts, root, minutes=1)
    assert report.published and report.encoded == report.chunks
    assert Index.open(root).name == report.generation


def test_two_builders_at_once_are_told_apart(texts, root):
    with Generations(root).building(), pytest.raises(GenerationError, match="正在运行"):
        build(texts, root)


BUILDER = """
import datetime as dt, sys
from pathlib import Path
sys.path[:0] = {paths!r}
from corpus.reader import read_corpus
from fakes import FakeEncoder
from indexer.build import build_index, update_index
print("ready", flush=True)
sys.stdin.readline()
minute = int(sys.argv[3])
now = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
build_index(read_corpus(Path(sys.argv[1])), FakeEncoder(), Path(sys.argv[2]), now=now, full=True)
"""


def start_builder(texts, root, minute):
    """Another process that waits for the word and then builds."""
    paths = [p for p in sys.path if p]
    args = [sys.executable, "-c", BUILDER.format(paths=paths), str(texts), str(root), str(minute)]
    child = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    child.stdin.write(b"go\n")
    child.stdin.flush()
    return child


def test_a_build_killed_at_any_moment_leaves_the_old_or_the_new(texts, root):
    child, started = start_builder(texts, root, 0), time.monotonic()
    child.communicate()
    duration = time.monotonic() - started
    before = Index.open(root).name
    landed = 0
    for round_number in range(1, 21):
        edit(texts, "这一部分说裁量。", "这一部分说裁量。又")
        child = start_builder(texts, root, round_number)
        time.sleep(duration * 2.5 * round_number / 20)
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        index = Index.open(root)
        assert index.name in (before, *Generations(root).names())
        assert index.store(Audience.OFFICER).document(Kind.GUIDE, "guide-01") is not None
        assert ranked(root, "煤气罐放在地下室")[0][0] == "m-0101"
        landed += index.name != before
        before = index.name
    assert 0 < landed < 20  # some moments were before the publication and some after: the test is not blind
    report = build(texts, root, minutes=60)
    assert Index.open(root).name == report.generation
    assert not (root / "building").exists()


def test_an_encoder_that_begins_alone_may_have_a_single_text(texts, root):
    """The true encoders encode the first text before the progress begins; after it none may be left."""

    class BeginsAlone(FakeEncoder):
        def encode_documents(self, texts, progress):
            first, rest = self.encode_queries(texts[:1]), self.encode_queries(texts[1:])
            return [*first, *progress(iter(rest), len(texts) - 1)]

    build(texts, root, encoder=BeginsAlone())
    edit(texts, "这一部分说裁量。", "这一部分说怎样裁量才合适。")
    assert build(texts, root, minutes=1, encoder=BeginsAlone()).encoded == 1
