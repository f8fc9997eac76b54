"""What a page of practice sends: in what scope, which question in which order, and what was chosen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from app.learning.models import Source
from app.learning.operations import Given
from quizzes.question import MAX_BLANKS, MAX_OPTIONS, Question, QuestionType

NONCE = re.compile(r"[0-9a-f]{32}")
MAX_TEXT = 200
MAX_NAME = 60
SEEDS = 2**48


class BadAnswer(Exception):
    """What was sent is not what a page of practice sends."""


@dataclass(frozen=True)
class Scope:
    """Which questions: of practice, the wrong-answer book or review; of a field, matter or guide. Empty is all."""

    source: Source = Source.PRACTICE
    field: str = ""
    matter: str = ""
    guide: str = ""

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> "Scope":
        """From a query string or a form; what it cannot mean is passed over."""
        named = values.get("source", "")
        met = [source for source in Source if source is not Source.TEST]
        source = Source(named) if named in met else Source.PRACTICE
        names = (values.get(name, "").replace("\0", "")[:MAX_NAME] for name in ("field", "matter", "guide"))
        return cls(source, *names)

    @property
    def args(self) -> dict[str, Any]:
        """For addresses and forms."""
        values = {"source": self.source.value, "field": self.field, "matter": self.matter, "guide": self.guide}
        return {name: value for name, value in values.items() if value}

    def holds(self, question: Question) -> bool:
        """Whether a question is within."""
        return (
            self.field in ("", question.field)
            and self.matter in ("", question.matter)
            and self.guide in ("", question.guide)
        )


def parse_given(form: MultiDict[str, str], question: Question, source: Source) -> Given:
    """The answer a page sent. "I do not know" is an answer without choices. Raises BadAnswer."""
    version_id, seed, nonce = form.get("version", -1, int), form.get("seed", -1, int), form.get("nonce", "")
    if version_id < 0 or not 0 <= seed < SEEDS or not NONCE.fullmatch(nonce):
        raise BadAnswer
    known = form.get("action") != "unknown"
    chosen = {leaf.key: _chosen(form, leaf) for leaf in question.leaves} if known else {}
    return Given(version_id, seed, nonce, source, chosen)


def _chosen(form: MultiDict[str, str], leaf: Question) -> list[str]:
    texts = [text[:MAX_TEXT].replace("\0", "") for text in form.getlist(f"a-{leaf.key}")]
    if leaf.type is QuestionType.FILL_IN:
        return texts[:MAX_BLANKS] if any(text.strip() for text in texts) else []
    return sorted(set(texts))[:MAX_OPTIONS]


def is_empty(given: Given) -> bool:
    """Whether a page was sent with nothing chosen, by mistake."""
    return bool(given.chosen) and not any(given.chosen.values())
