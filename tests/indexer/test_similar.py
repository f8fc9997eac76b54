import datetime as dt

import pytest

from corpus.document import Audience, Kind
from corpus.reader import read_corpus
from fakes import FakeEncoder, write_corpus
from indexer.build import build_index
from indexer.search import Index
from indexer.similar import similar


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Index:
    folder = tmp_path_factory.mktemp("similar")
    build_index(
        read_corpus(write_corpus(folder / "corpus", secret="暗号")),
        FakeEncoder(),
        folder / "index",
        now=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
    )
    return Index.open(folder / "index")


def found(index: Index, id: str, anchor: str, kind: Kind, audience: Audience):
    document = index.store(audience).current(id)
    return similar(index, document, anchor, kind, audience=audience)


def test_an_article_has_similar_articles_of_other_laws_and_cases_nearest_first(index):
    laws = found(index, "ranqi-tiaoli", "art-49", Kind.REGULATION, Audience.OFFICER)
    cases = found(index, "ranqi-tiaoli", "art-49", Kind.CASE, Audience.OFFICER)
    assert [p.document.id for p in laws] == ["xingzheng-chufa-fa"]
    assert {p.document.id for p in cases} == {"case-0101", "case-0102"}
    assert [p.cosine for p in cases] == sorted((p.cosine for p in cases), reverse=True)


def test_the_public_sees_similar_public_texts_alone(index):
    cases = found(index, "ranqi-tiaoli", "art-49", Kind.CASE, Audience.PUBLIC)
    assert [p.url.split("#")[0] for p in cases] == ["/explainers/case-0101"] and "暗号" not in repr(cases)


def test_a_place_that_is_not_searched_has_nothing_similar(index):
    assert found(index, "ranqi-tiaoli", "art-999", Kind.CASE, Audience.OFFICER) == []
