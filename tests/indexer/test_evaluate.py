import math

import pytest

from indexer.evaluate import evaluate, read_qrels, read_queries


def test_figures_equal_a_hand_computed_example():
    ranked = {"甲": ["x", "a", "b"], "乙": ["y", "z"]}
    figures = evaluate({"1": "甲", "2": "乙"}, {"1": {"a": 2, "b": 1}, "2": {"c": 1}}, ranked.__getitem__)
    assert figures.recall_at_10 == 0.5
    assert figures.mrr_at_10 == 0.25
    best = 2 / math.log2(2) + 1 / math.log2(3)
    assert figures.ndcg_at_10 == pytest.approx((2 / math.log2(3) + 1 / math.log2(4)) / best / 2)
    assert figures.hit_at_3 == 0.5


def test_a_bad_row_is_named_with_its_line(tmp_path):
    file = tmp_path / "q.tsv"
    file.write_text("query-id\ttext\n1\t甲\n2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"q\.tsv:3"):
        read_queries(file)
    file.write_text("query-id\tcorpus-id\tscore\n1\ta\tx\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"q\.tsv:2: 分数应当是整数"):
        read_qrels(file)
