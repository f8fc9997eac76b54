"""Answers to a paper as browsers send them: by script as JSON, or as a plain form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from quizzes.paper import Paper
from quizzes.question import MAX_BLANKS, MAX_OPTIONS, QuestionType

MAX_BYTES = 100_000
MAX_SAVES = 200
MAX_TEXT = 200
MAX_SEQ = 2_000_000_000


@dataclass(frozen=True)
class Save:
    """An answer: shown letters, or the texts of the blanks; `seq` counts the saves of this question."""

    chosen: list[str]
    seq: int


class BadAnswers(Exception):
    """What was sent is not a set of answers."""


def parse_saves(document: Any) -> dict[str, Save]:
    """`{"answers": {KEY: {"chosen": [TEXT…], "seq": N}}}`. Raises BadAnswers."""
    answers = document.get("answers") if isinstance(document, dict) else None
    if not isinstance(answers, dict) or not 1 <= len(answers) <= MAX_SAVES:
        raise BadAnswers
    return {str(key): _save(value) for key, value in answers.items()}


def _save(value: Any) -> Save:
    chosen, seq = (value.get("chosen"), value.get("seq")) if isinstance(value, dict) else (None, None)
    if not isinstance(chosen, list) or type(seq) is not int or not 1 <= seq <= MAX_SEQ:
        raise BadAnswers
    if len(chosen) > max(MAX_BLANKS, MAX_OPTIONS) or not all(isinstance(text, str) for text in chosen):
        raise BadAnswers
    if any(len(text) > MAX_TEXT or "\0" in text for text in chosen):
        raise BadAnswers
    return Save(chosen, seq)


def form_saves(form: MultiDict[str, str], paper: Paper, kept: Mapping[str, Save]) -> dict[str, Save]:
    """The answers of a plain form that differ from those kept. `s-KEY` is the number of the save the page showed."""
    saves = {}
    for leaf in paper.leaves:
        key = leaf.question.key
        if f"s-{key}" not in form:
            continue
        texts = [text[:MAX_TEXT].replace("\0", "") for text in form.getlist(f"a-{key}")]
        if leaf.question.type is QuestionType.FILL_IN:
            chosen = texts[:MAX_BLANKS] if any(text.strip() for text in texts) else []
        else:
            chosen = sorted(set(texts))[:MAX_OPTIONS]
        if chosen != kept.get(key, Save([], 0)).chosen:
            seen = form.get(f"s-{key}", 0, int)
            saves[key] = Save(chosen, min(max(0, seen), MAX_SEQ - 1) + 1)
    return saves
