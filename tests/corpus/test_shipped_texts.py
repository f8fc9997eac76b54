"""The texts that come with the project: complete, in measure, and (where statutes lie beside the project) true to them."""

import re
from functools import cache
from pathlib import Path

import pytest

from config import ROOT
from corpus.check import check_corpus
from corpus.document import Audience
from corpus.reader import read_corpus
from corpus.statute import parse_statute

LAWS = ROOT.parent / "shared/laws"
HAN = re.compile(r"[\u4e00-\u9fff]")
CHAPTER = re.compile(r"第([一二三四五六七八九十百]+)章")
# The source of this one has lost a chapter heading, the digest has it.
BROKEN_SOURCES = {"浙江省房屋使用安全管理条例"}
# Lists of names that cannot be said otherwise run up to 68 characters; sentences do not.
LONGEST_RUN = 70


@pytest.fixture(scope="module")
def corpus():
    return read_corpus(ROOT / "corpus")


def han(text: str) -> int:
    return len(HAN.findall(text))


def test_the_texts_have_no_fault(corpus):
    assert [str(p) for p in check_corpus(corpus).problems] == []


def test_the_whole_book_is_there(corpus):
    assert (len(corpus.guides), len(corpus.cases)) == (35, 79)
    assert len({r.front.id for r in corpus.regulations}) >= 130 and len(corpus.matters) >= 240
    titles = {r.front.title for r in corpus.regulations}
    assert {
        "行政处罚法",
        "浙江省综合行政执法条例",
        "城镇燃气管理条例",
        "电力法",
        "森林法",
        "城市市容和环境卫生管理条例",
    } <= titles


def test_guides_and_cases_keep_their_measure(corpus):
    faults = [
        f"{g.source}: {n}" for g in corpus.guides if not 2500 <= (n := sum(han(s.text) for s in g.sections)) <= 6300
    ]
    for case in corpus.cases:
        for audience, low, high in ((Audience.OFFICER, 500, 1500), (Audience.PUBLIC, 330, 900)):
            count = sum(han(s.text) for s in case.sections if s.audience is audience)
            if not low <= count <= high:
                faults.append(f"{case.source} {audience}: {count}")
    assert faults == []


def test_every_matter_has_a_guide(corpus):
    assert check_corpus(corpus).gaps == ()


def test_no_two_guides_share_a_paragraph(corpus):
    """Citations aside, what guides have in common are single sentences of procedure (the longest run is 70)."""
    owners: dict[str, str] = {}
    shared = set()
    for guide in corpus.guides:
        text = re.sub(r"（《[^）]*）|\s", "", "".join(s.text for s in guide.sections))
        for run in {text[i : i + 80] for i in range(len(text) - 79)}:
            if run in owners:
                shared.add((owners[run], guide.front.id))
            owners[run] = guide.front.id
    assert shared == set()


def test_samples_are_marked(corpus):
    assert all(text.front.sample for text in (*corpus.guides, *corpus.cases))


@cache
def sources() -> dict[str, Path]:
    """Newest file of each law beside the project, by plain title."""
    name = re.compile(r"(\(\d{4}-\d{2}-\d{2}\))?\.md$")
    files = sorted(LAWS.rglob("*.md"))
    return {
        name.sub("", f.name).removeprefix("中华人民共和国").replace("《", "〈").replace("》", "〉"): f for f in files
    }


def official(path: Path):
    body = path.read_text(encoding="utf-8").split("<!-- INFO END -->", 1)[-1]
    lines = [re.sub(r"^#+\s*", "## ", line.strip()) for line in body.splitlines()]
    articles, _ = parse_statute("\n".join(lines), path.name, 1)
    return {article.anchor: article for article in articles}


@pytest.mark.skipif(not LAWS.is_dir(), reason="no statutes beside the project")
def test_every_article_of_a_digest_is_in_the_statute_in_the_same_chapter_and_in_our_words(corpus):
    compared, faults = 0, []
    for regulation in corpus.regulations:
        path = sources().get(regulation.front.title)
        if path is None or regulation.front.text != "digest":
            continue
        statute = official(path)
        for article in regulation.articles:
            compared += 1
            real = statute.get(article.anchor)
            if real is None:
                faults.append(f"{regulation.source}: no {article.number}")
                continue
            chapters = [CHAPTER.findall("".join(a.path))[-1:] for a in (article, real)]
            if all(chapters) and chapters[0] != chapters[1] and regulation.front.title not in BROKEN_SOURCES:
                faults.append(f"{regulation.source}: {article.number} is in another chapter")
            if shares_run(article.text, real.text, LONGEST_RUN):
                faults.append(f"{regulation.source}: {article.number} copies the statute")
    assert compared > 1000
    assert faults == []


def shares_run(one: str, two: str, length: int) -> bool:
    one, two = (re.sub(r"\s", "", text).replace("(", "（").replace(")", "）") for text in (one, two))
    runs = {one[i : i + length] for i in range(len(one) - length + 1)}
    return any(two[i : i + length] in runs for i in range(len(two) - length + 1))
