from corpus.check import check_corpus
from corpus.digests import check_digests
from corpus.reader import read_corpus
from fakes import write_corpus

LAW = "regulations/national/ranqi-tiaoli.md"


def change(root, old, new):
    text = (root / LAW).read_text(encoding="utf-8")
    assert old in text
    (root / LAW).write_text(text.replace(old, new), encoding="utf-8")


def pair(tmp_path):
    """The small corpus, and a second one in which the law is official."""
    digest, official = write_corpus(tmp_path / "digest"), write_corpus(tmp_path / "official")
    change(official, "text: digest", "text: official")
    return digest, official


def test_a_digest_true_to_the_official_text_has_no_fault(tmp_path):
    digest, official = pair(tmp_path)
    findings = check_digests(read_corpus(digest), read_corpus(official))
    assert findings.problems == ()
    assert findings.tally.citations == findings.tally.resolved > 0
    assert findings.tally.figures == findings.tally.found > 0


def test_a_figure_that_is_not_in_the_official_article_is_named(tmp_path):
    digest, official = pair(tmp_path)
    change(digest, "一千元以下", "二千元以下")
    findings = check_digests(read_corpus(digest), read_corpus(official))
    assert [p.message for p in findings.problems] == ["第四十九条的数字“二千元”不在正式文本里"]
    assert findings.tally.figures == findings.tally.found + 1


def test_an_article_the_official_text_has_not_is_named(tmp_path):
    digest, official = pair(tmp_path)
    change(official, "第四十九条", "第五十条")
    assert "正式文本里没有第四十九条" in {
        p.message for p in check_digests(read_corpus(digest), read_corpus(official)).problems
    }


def test_figures_of_matters_guides_and_cases_are_looked_up_in_what_they_cite(tmp_path):
    root = write_corpus(tmp_path)
    before = check_corpus(read_corpus(root))
    assert before.problems == () and before.tally.figures == before.tally.found > 0
    change(root, "十万元以下", "八万元以下")
    faults = {str(p).split(": ", 1)[1] for p in check_corpus(read_corpus(root)).problems}
    assert "m-0101 的 penalty：数字“十万元”不在所引的条文里" in faults
