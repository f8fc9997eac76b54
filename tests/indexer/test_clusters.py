import numpy as np
import pytest

from fakes import FakeEncoder
from indexer.clusters import MAX_ITEMS, cluster


def test_questions_of_one_meaning_are_one_group():
    asked = ["无人机乱飞归谁管", "共享单车乱停", "无人机乱飞罚多少", "无人机乱飞怎么办", "共享单车乱停谁管"]
    groups = cluster(FakeEncoder().encode_queries(asked), 0.5)
    assert groups == [[0, 2, 3], [1, 4]]


def test_every_row_is_in_one_group_whatever_the_threshold():
    vectors = np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for threshold in (-1.0, 0.0, 0.5, 1.1):
        assert sorted(row for group in cluster(vectors, threshold) for row in group) == list(range(40))
    assert len(cluster(vectors, -1.0)) == 1 and len(cluster(vectors, 1.1)) == 40


def test_linkage_is_the_average():
    angles = np.radians([0, 40, 80])  # neighbours at cos 40°, ends at cos 80°: average of the ends with a pair .47
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert len(cluster(vectors, 0.46)) == 1 and len(cluster(vectors, 0.48)) == 2


def test_nothing_gives_nothing_and_too_much_is_refused():
    assert cluster(np.zeros((0, 4), np.float32), 0.9) == []
    with pytest.raises(ValueError, match=str(MAX_ITEMS)):
        cluster(np.zeros((MAX_ITEMS + 1, 4), np.float32), 0.9)
