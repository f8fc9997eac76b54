"""Measure search on judged queries: hit@3, recall@10, MRR@10, nDCG@10, latency. Files as in BEIR.

A ranking is a list of places: ids of matters, guides and cases, and `regulation#article`.
nDCG: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, TOIS 2002, with gain = grade.
"""

import csv
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Ranker = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Means over judged queries; times in milliseconds.

    `hit_at_3`: a judged guide or matter is among the first three guides and matters (over queries with one).
    `recall_at_10`: share of the judged articles among the first ten articles (over queries with one). MRR and nDCG
    count places of every kind.
    """

    queries: int
    hit_at_3: float
    recall_at_10: float
    mrr_at_10: float
    ndcg_at_10: float
    p50_ms: float
    p95_ms: float


def read_queries(path: Path) -> dict[str, str]:
    """Query id to text. Raises ValueError naming file and line of a bad row."""
    return {row[0]: row[1] for row in _rows(path, 2)}


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Query id to {document, matter or document#anchor: grade}. Raises ValueError as `read_queries`."""
    judged: dict[str, dict[str, int]] = {}
    for number, (query, target, grade) in enumerate(_rows(path, 3), 2):
        if not grade.isdecimal():
            raise ValueError(f"{path}:{number}: 分数应当是整数")
        judged.setdefault(query, {})[target] = int(grade)
    return judged


def _rows(path: Path, width: int) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream, delimiter="\t"))
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise ValueError(f"{path}:{number}: 应当有 {width} 列，现在是 {len(row)} 列")
    return rows[1:]


def read_split(path: Path) -> dict[str, str]:
    """Query id to its part, dev or test. Raises ValueError as `read_queries`."""
    return {row[0]: row[1] for row in _rows(path, 2)}


def evaluate(queries: dict[str, str], qrels: dict[str, dict[str, int]], rank: Ranker) -> Evaluation:
    """Run `rank` (text to places, best first) over every judged query."""
    scores: list[tuple[float | None, float | None, float, float]] = []
    times: list[float] = []
    for key, judged in qrels.items():
        started = time.perf_counter()
        ranked = rank(queries[key])
        times.append((time.perf_counter() - started) * 1000)
        scores.append((_hit(ranked, judged), _recall(ranked, judged), *_gains(ranked, judged)))
    times = sorted(times) or [0.0]
    hits, recalls, reciprocal, gains = zip(*scores, strict=True) if scores else ((), (), (), ())
    return Evaluation(
        queries=len(scores),
        hit_at_3=_mean([hit for hit in hits if hit is not None]),
        recall_at_10=_mean([recall for recall in recalls if recall is not None]),
        mrr_at_10=_mean(reciprocal),
        ndcg_at_10=_mean(gains),
        p50_ms=round(times[len(times) // 2], 2),
        p95_ms=round(times[int(len(times) * 0.95) - (len(times) >= 20)], 2),
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _is_article(place: str) -> bool:
    return "#" in place


def _is_lead(place: str) -> bool:
    """A matter or a guide."""
    return place.startswith(("m-", "guide-"))


def _hit(ranked: list[str], judged: dict[str, int]) -> float | None:
    """None when neither a guide nor a matter is judged (a question of procedure in general)."""
    wanted = {place for place, grade in judged.items() if grade and _is_lead(place)}
    return float(bool(wanted & set(list(filter(_is_lead, ranked))[:3]))) if wanted else None


def _recall(ranked: list[str], judged: dict[str, int]) -> float | None:
    """None when no article is judged."""
    wanted = {place for place, grade in judged.items() if grade and _is_article(place)}
    found = wanted & set(list(filter(_is_article, ranked))[:10])
    return len(found) / min(10, len(wanted)) if wanted else None


def _gains(ranked: list[str], judged: dict[str, int]) -> tuple[float, float]:
    """MRR@10 and nDCG@10 of one query."""
    grades = [judged.get(place, 0) for place in ranked[:10]]
    best = _dcg(sorted(judged.values(), reverse=True)[:10]) or 1
    return next((1 / i for i, grade in enumerate(grades, 1) if grade), 0.0), _dcg(grades) / best


def _dcg(grades: list[int]) -> float:
    return sum(grade / math.log2(i + 1) for i, grade in enumerate(grades, 1))
