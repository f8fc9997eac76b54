"""Spaced review: what FSRS is asked to do, whatever the answers."""

import datetime as dt

from fsrs import Rating
from hypothesis import given
from hypothesis import strategies as st

from app.learning import spacing
from app.learning.models import Felt
from learning_fakes import NOW

RATINGS = st.sampled_from(list(Rating))
GAPS = st.integers(0, 400 * 24 * 60)


def lived(history):
    """The card after answers given so many minutes apart, and the instant of the last."""
    card, now = {}, NOW
    for gap, rated in history:
        now += dt.timedelta(minutes=gap)
        card = spacing.review(card, rated, now)
    return card, now


@given(st.lists(st.tuples(GAPS, RATINGS), max_size=8), GAPS)
def test_a_better_answer_never_comes_back_sooner(history, gap):
    card, now = lived(history)
    now += dt.timedelta(minutes=gap)
    dues = [spacing.due_at(spacing.review(card, rated, now)) for rated in sorted(Rating)]
    assert dues == sorted(dues)
    assert now + dt.timedelta(days=1) <= dues[0] and dues[-1] <= now + dt.timedelta(days=spacing.LONGEST)


@given(st.lists(st.tuples(GAPS, RATINGS), min_size=1, max_size=8))
def test_answered_rightly_when_due_the_next_wait_is_never_shorter(history):
    card, now = lived(history)
    due = spacing.due_at(card)
    again = spacing.due_at(spacing.review(card, Rating.Good, due))
    assert again - due >= due - now


@given(st.lists(st.tuples(GAPS, RATINGS), min_size=1, max_size=8))
def test_a_changed_question_comes_back_no_later_and_stays_as_hard(history):
    card, _now = lived(history)
    soft = spacing.soften(card)
    assert soft["difficulty"] == card["difficulty"]
    assert soft["stability"] <= card["stability"]
    assert spacing.soften(soft) == soft


def test_a_new_card_softened_is_a_new_card():
    assert spacing.soften({}) == {}


def test_answers_become_ratings():
    assert spacing.rating(False, None) is Rating.Again
    assert spacing.rating(False, Felt.EASY) is Rating.Again
    assert [spacing.rating(True, felt) for felt in (None, *Felt)] == [
        Rating.Good,
        Rating.Hard,
        Rating.Good,
        Rating.Easy,
    ]


def test_the_first_waits_are_those_of_fsrs_6():
    """Initial stabilities of the default weights of FSRS-6, in whole days: 0.2, 1.3, 2.3, 8.3."""
    waits = [(spacing.due_at(spacing.review({}, rated, NOW)) - NOW).days for rated in sorted(Rating)]
    assert waits == [1, 1, 2, 8]
