"""Measure search on judged queries: recall@k, MRR@10, nDCG@10 and latency. Files as in BEIR (docs/corpus-format.md).

nDCG: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, TOIS 2002, with gain = grade.
"""

import csv
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Ranker = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Means over all judged queries; times in milliseconds."""

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


def evaluate(queries: dict[str, str], qrels: dict[str, dict[str, int]], rank: Ranker) -> Evaluation:
    """Run `rank` (text to ids, best first; an id may be `document#anchor`) over every judged query."""
    found: list[tuple[list[int], dict[str, int]]] = []
    times: list[float] = []
    for key, judged in qrels.items():
        started = time.perf_counter()
        ranked = rank(queries[key])
        times.append((time.perf_counter() - started) * 1000)
        found.append(([_grade(place, judged) for place in _distinct(ranked)[:10]], judged))
    count = len(found) or 1
    times = sorted(times) or [0.0]
    return Evaluation(
        queries=len(found),
        hit_at_3=sum(any(g[:3]) for g, _ in found) / count,
        recall_at_10=sum(sum(map(bool, g)) / max(1, min(10, len(j))) for g, j in found) / count,
        mrr_at_10=sum(next((1 / i for i, x in enumerate(g, 1) if x), 0.0) for g, _ in found) / count,
        ndcg_at_10=sum(_dcg(g) / (_dcg(sorted(j.values(), reverse=True)[:10]) or 1) for g, j in found) / count,
        p50_ms=round(times[len(times) // 2], 2),
        p95_ms=round(times[int(len(times) * 0.95) - (len(times) >= 20)], 2),
    )


def _distinct(ranked: list[str]) -> list[str]:
    return list(dict.fromkeys(ranked))


def _grade(place: str, judged: dict[str, int]) -> int:
    return judged.get(place, 0)


def _dcg(grades: list[int]) -> float:
    return sum(grade / math.log2(i + 1) for i, grade in enumerate(grades, 1))
