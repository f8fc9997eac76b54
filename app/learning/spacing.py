"""Spaced review 间隔复习 by FSRS-6, pure: a card and how it went give the next card.

The algorithm is that of J. Ye and others (open-spaced-repetition), through the package `fsrs`. Without its steps of
minutes, which suit a person sitting at a deck of cards: here a question comes back after one day at the earliest. Nor
later than 180 days, because law changes, and without fuzz, so that the same answers give the same day.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

from fsrs import Card, Rating, Scheduler
from fsrs.card import CardDict

from app.learning.models import Felt

LONGEST = 180  # days
SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=LONGEST, enable_fuzzing=False)
RATINGS = {Felt.HARD: Rating.Hard, Felt.GOOD: Rating.Good, Felt.EASY: Rating.Easy}
Kept = Mapping[str, Any]


def rating(is_right: bool, felt: Felt | None) -> Rating:
    """Wrong is Again, right is as the person felt it, Good when they did not say."""
    return RATINGS[felt or Felt.GOOD] if is_right else Rating.Again


def review(card: Kept, rated: Rating, now: dt.datetime) -> dict[str, Any]:
    """The card after an answer; an empty one is new."""
    known = _open(card) if card else Card(card_id=0, due=now)
    after, _ = SCHEDULER.review_card(known, rated, now.astimezone(dt.UTC))
    return dict(after.to_dict())


def soften(card: Kept) -> dict[str, Any]:
    """The card of a question whose text has changed: how hard it is stays known, how well it is remembered starts anew.

    As stable as after a first right answer, unless it was less so already.
    """
    if not card:
        return {}
    known = _open(card)
    fresh, _ = SCHEDULER.review_card(Card(card_id=0, due=known.due), Rating.Good, known.due)
    if known.stability is not None and fresh.stability is not None:
        known.stability = min(known.stability, fresh.stability)
    return dict(known.to_dict())


def due_at(card: Kept) -> dt.datetime:
    """When a card is to be seen again."""
    return _open(card).due


def _open(card: Kept) -> Card:
    return Card.from_dict(cast(CardDict, dict(card)))
