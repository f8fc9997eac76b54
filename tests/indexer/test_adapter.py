import numpy as np
import pytest

from indexer.adapter import NEGATIVES, Pair, QueryAdapter, learn_adapter

DIMENSION = 32


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def turned():
    """Passages, and questions that lie where their answers would lie had space been turned a little."""
    chance = np.random.default_rng(7)
    passages = unit(chance.normal(size=(400, DIMENSION)))
    turn = np.eye(DIMENSION) + 1.3 * chance.normal(size=(DIMENSION, DIMENSION)) / np.sqrt(DIMENSION)
    return passages, unit(passages @ turn)


def pairs(passages, questions, rows):
    made = []
    for row in rows:
        near = [int(i) for i in np.argsort(-(passages @ questions[row])) if i != row][: 2 * NEGATIVES]
        made.append(Pair(questions[row], [int(row)], near))
    return made


def first(passages, questions, rows):
    return float(np.mean([np.argmax(passages @ questions[row]) == row for row in rows]))


def test_questions_never_seen_come_nearer_to_their_answers(turned):
    passages, questions = turned
    seen, unseen = range(300), range(300, 400)
    adapter = learn_adapter(pairs(passages, questions, seen), passages)
    adapted = adapter.adapt(questions)
    assert np.allclose(np.linalg.norm(adapted, axis=1), 1, atol=1e-5)
    assert first(passages, adapted, unseen) > first(passages, questions, unseen) + 0.03


def test_the_same_pairs_give_the_same_adapter(turned):
    passages, questions = turned
    made = pairs(passages, questions, range(80))
    assert np.array_equal(learn_adapter(made, passages).matrix, learn_adapter(made, passages).matrix)


def test_an_adapter_that_learned_nothing_changes_nothing(turned):
    _, questions = turned
    assert np.allclose(QueryAdapter(np.zeros((DIMENSION, DIMENSION))).adapt(questions), questions, atol=1e-6)


def test_an_adapter_is_kept_and_read(tmp_path, turned):
    _, questions = turned
    adapter = QueryAdapter(np.full((DIMENSION, DIMENSION), 0.01, dtype=np.float32))
    assert QueryAdapter.read(tmp_path / "adapter.npy") is None
    adapter.write(tmp_path / "adapter.npy")
    kept = QueryAdapter.read(tmp_path / "adapter.npy")
    assert kept is not None and np.array_equal(kept.adapt(questions), adapter.adapt(questions))
