"""How well the match does on topics judged by people who did not see the ranking: nDCG@3 beside simpler ways.

Calendars, load and ratings are left out: what is judged is who fits. nDCG as in `indexer.evaluate`.
"""

import csv
import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from app.experts.availability import Slot, Timetable, Wanted
from app.experts.match import Tools, likeness
from app.experts.ranking import Candidate, Likeness, Topic, rank
from app.experts.topics import find_topic
from app.index import live_index
from indexer.keywords import score_texts

HEADING = ["topic-id", "by", "topic", "text", "split"]
CUT = 3
DAY = dt.date(2027, 1, 4)
ALWAYS = Timetable((Slot(1, dt.time(8), dt.time(18)),), (), ((DAY, DAY),), (), 1)


@dataclass(frozen=True, slots=True)
class JudgedTopic:
    """A line of the file of topics: `by` is matter, field, guide or text, `split` dev or test."""

    id: str
    by: str
    topic: str
    split: str


def read_topics(path: Path) -> list[JudgedTopic]:
    """The topics of a file. Raises ValueError naming file and line of a bad row."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))
    for number, row in enumerate(rows, 1):
        if len(row) != len(HEADING) or (number > 1 and row[1] not in ("matter", "field", "guide", "text")):
            raise ValueError(f"{path}:{number}: 应当有 {len(HEADING)} 列：{'、'.join(HEADING)}")
    return [JudgedTopic(id, by, topic, split) for id, by, topic, _, split in rows[1:]]


def evaluate(
    session: Session,
    topics: Sequence[JudgedTopic],
    qrels: Mapping[str, Mapping[str, int]],
    candidates: Sequence[Candidate],
    tools: Tools,
) -> dict[str, float]:
    """Mean nDCG@3 of each way over the judged topics."""
    free = [replace(candidate, timetable=ALWAYS, ratings=(0, 0)) for candidate in candidates]
    judged = [topic for topic in topics if topic.id in qrels]
    found = [(find_topic(session, live_index(), topic.by, topic.topic), qrels[topic.id]) for topic in judged]
    ways = {"match": _by_match, "keywords": _by_keywords, "vectors": _by_vectors}
    return {
        name: round(sum(ndcg(way(topic, free, tools), grades) for topic, grades in found) / max(len(found), 1), 4)
        for name, way in ways.items()
    }


Way = Callable[[Topic, Sequence[Candidate], Tools], list[str]]


def ndcg(ranked: Sequence[str], judged: Mapping[str, int], cut: int = CUT) -> float:
    """Discounted gain of the first `cut` over the most there could be; 0 when nobody fits."""
    best = _gain(sorted(judged.values(), reverse=True)[:cut])
    return _gain([judged.get(key, 0) for key in ranked[:cut]]) / best if best else 0.0


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def _by_match(topic: Topic, candidates: Sequence[Candidate], tools: Tools) -> list[str]:
    near = likeness(topic, [candidate.sentences for candidate in candidates], tools)
    return [match.candidate.key for match in rank(topic, candidates, near, Wanted(DAY)).matches]


def _by_keywords(topic: Topic, candidates: Sequence[Candidate], tools: Tools) -> list[str]:
    """BM25 of the whole profile alone."""
    profiles = ["\n".join(candidate.sentences) for candidate in candidates]
    return _best(candidates, score_texts(tools.tokenizer, profiles, topic.texts).max(axis=0))


def _by_vectors(topic: Topic, candidates: Sequence[Candidate], tools: Tools) -> list[str]:
    """The nearest sentence alone."""
    near: Likeness = likeness(topic, [candidate.sentences for candidate in candidates], tools)
    return _best(candidates, np.asarray([row.max(initial=-1) for row in near.cosines or ()]))


def _best(candidates: Sequence[Candidate], scores: np.typing.NDArray[np.float32]) -> list[str]:
    order = np.argsort(-scores, kind="stable")
    return [candidates[int(row)].key for row in order]
