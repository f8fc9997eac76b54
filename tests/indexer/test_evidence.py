import json

import numpy as np
import pytest

from indexer.evidence import FAR, FEATURES, GROUPS, SCALE, Evidence, Group, default_weights, read_weights
from indexer.learn import Example, fit, is_hit, learn, write_weights

ROWS = {
    "m-1": {"said": [0, 1, 2, 3], "name": [4], "law": [8, 9]},
    "m-2": {"said": [5], "name": [6], "law": [9]},
    "m-3": {"name": [7]},
}
COSINES = np.asarray([0.80, 0.90, 0.70, 0.85, 0.60, 0.88, 0.5, 0.4, 0.3, 0.65], dtype=np.float32)
WORDS = np.asarray([0, 2, 0, 4, 0, 1, 0, 0, 8, 0], dtype=np.float32)


def feature(table, matter, name):
    return table[matter, FEATURES.index(name)]


def test_each_feature_is_the_best_passage_of_its_group_relative_to_the_best_of_all():
    table = Evidence(ROWS).features(COSINES, WORDS)
    assert table.shape == (3, 2 * len(GROUPS) + 2)
    assert feature(table, 0, "meaning:said") == pytest.approx(0.0)
    assert feature(table, 1, "meaning:said") == pytest.approx((0.88 - 0.90) * SCALE, abs=1e-5)
    assert feature(table, 2, "meaning:said") == pytest.approx(-FAR * SCALE, abs=1e-5)  # says nothing
    assert feature(table, 0, "words:said") == pytest.approx(0.5)
    assert feature(table, 0, "words:law") == 1.0 and feature(table, 1, "words:law") == 0.0
    assert feature(table, 0, "meaning:said_top") == pytest.approx(((0.80 + 0.90 + 0.85) / 3 - 0.90) * SCALE, abs=1e-5)
    assert feature(table, 1, "words:said_top") == pytest.approx(1 / 8)


def test_without_vectors_only_words_speak():
    table = Evidence(ROWS).features(None, WORDS)
    assert not table[:, [i for i, name in enumerate(FEATURES) if name.startswith("meaning")]].any()
    assert feature(table, 0, "words:said") == pytest.approx(0.5)


def test_a_group_that_no_matter_has_is_missing_for_all():
    group = Group.of([[], []])
    assert group.best(COSINES, 0.1, 2).tolist() == pytest.approx([0.1, 0.1])
    assert group.top(COSINES, 0.2, 2).tolist() == pytest.approx([0.2, 0.2])


def examples(count, rng):
    """Queries of two fields whose judged matter has the larger sixth feature."""
    made = []
    for number in range(count):
        features = rng.normal(size=(12, len(FEATURES))).astype(np.float32)
        grades = np.zeros(12, dtype=np.float32)
        grades[features[:, 5].argmax()] = 2
        made.append(Example(features, grades, f"领域{number % 6}"))
    return made


def test_learning_finds_what_tells_and_is_repeatable():
    made = examples(120, np.random.default_rng(0))
    lesson = learn(made, np.zeros(len(FEATURES), dtype=np.float32))
    assert lesson.examples == 120 and lesson.is_better and lesson.after > 0.9 > lesson.before
    assert np.abs(lesson.weights).argmax() == 5
    assert np.array_equal(lesson.weights, fit(made))
    assert all(is_hit(example, lesson.weights) for example in made[:20])


def test_weights_that_are_no_better_are_not_used():
    made = examples(60, np.random.default_rng(1))
    perfect = np.zeros(len(FEATURES), dtype=np.float32)
    perfect[5] = 1
    assert not learn(made, perfect).is_better


def test_too_few_examples_are_refused():
    with pytest.raises(ValueError, match="太少"):
        learn(examples(5, np.random.default_rng(2)), np.zeros(len(FEATURES), dtype=np.float32))


def test_weights_are_kept_by_name(tmp_path):
    file = tmp_path / "weights.json"
    write_weights(file, default_weights())
    assert np.allclose(read_weights(file), default_weights())
    file.write_text(json.dumps({"meaning:said": 1}), encoding="utf-8")
    with pytest.raises(ValueError, match="不符"):
        read_weights(file)
