import math

import pytest

from indexer.evaluate import evaluate, read_qrels, read_queries, read_split


def test_figures_equal_a_hand_computed_example():
    ranked = {
        "甲": ["case-0101", "case-0102", "case-0103", "x#art-1", "guide-01", "m-0101", "a#art-2"],
        "乙": ["m-0201", "guide-02", "m-0202", "guide-03", "b#art-9", "m-0203"],
    }
    qrels = {"1": {"m-0101": 2, "a#art-2": 1, "a#art-3": 1}, "2": {"guide-03": 1}}
    figures = evaluate({"1": "甲", "2": "乙"}, qrels, ranked.__getitem__)
    assert figures.queries == 2
    assert figures.hit_at_3 == 0.5  # m-0101 is the second of its kind, guide-03 the fourth
    assert figures.recall_at_10 == 0.5  # one of two articles; the second query has none judged
    assert figures.mrr_at_10 == pytest.approx((1 / 6 + 1 / 4) / 2)
    first = (2 / math.log2(7) + 1 / math.log2(8)) / (2 + 1 / math.log2(3) + 1 / math.log2(4))
    assert figures.ndcg_at_10 == pytest.approx((first + 1 / math.log2(5)) / 2)


def test_a_question_without_judged_matter_or_guide_does_not_count_for_hit():
    figures = evaluate(
        {"1": "甲", "2": "乙"}, {"1": {"a#art-1": 2}, "2": {"m-0101": 1}}, lambda _: ["m-0101", "a#art-1"]
    )
    assert figures.hit_at_3 == 1.0 and figures.recall_at_10 == 1.0 and figures.mrr_at_10 == 0.75


def test_split_tells_the_part_of_each_query(tmp_path):
    file = tmp_path / "split.tsv"
    file.write_text("query-id\tpart\n1\tdev\n2\ttest\n", encoding="utf-8")
    assert read_split(file) == {"1": "dev", "2": "test"}


def test_a_bad_row_is_named_with_its_line(tmp_path):
    file = tmp_path / "q.tsv"
    file.write_text("query-id\ttext\n1\t甲\n2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"q\.tsv:3"):
        read_queries(file)
    file.write_text("query-id\tcorpus-id\tscore\n1\ta\tx\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"q\.tsv:2: 分数应当是整数"):
        read_qrels(file)
