"""Which searches went badly, and which of them mean the same. Pure: rows in, groups out."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.review.models import Reason
from app.search.models import SearchTrace
from indexer.clusters import MAX_ITEMS, cluster
from indexer.encoder import Vectors

LOW_SCORE = 0.5  # of the best result, 0 to 1
AGAIN_WITHIN = dt.timedelta(minutes=5)
UNCLICKED_TIMES = 2  # one look without a click may have found its answer in the snippet
SAME_MEANING = 0.9  # cosine of multilingual-e5-small from which two questions ask the same
DAYS = 30
Encode = Callable[[list[str]], Vectors]


@dataclass(frozen=True, slots=True)
class BadQuery:
    """A query that search did not answer: why, how often it was asked, and when last."""

    query: str
    reason: Reason
    asked: int
    last_at: dt.datetime


def bad_queries(traces: Sequence[SearchTrace]) -> list[BadQuery]:
    """Queries of `traces` (oldest first) that went badly each time, the most asked first.

    Zero results, a low best score, asked anew in other words by the same person within five minutes, or shown twice
    and never opened. Filtered searches do not count: a filter explains an empty page.
    """
    asked: dict[str, list[SearchTrace]] = {}
    for trace in traces:
        if not (trace.kind or trace.field or trace.level):
            asked.setdefault(trace.query, []).append(trace)
    again = reformulated(traces)
    found = []
    for query, rows in asked.items():
        reason = _reason(rows, again)
        if reason:
            found.append(BadQuery(query, reason, len(rows), max(row.at for row in rows)))
    return sorted(found, key=lambda bad: (-bad.asked, bad.query))


def _reason(rows: list[SearchTrace], again: set[str]) -> Reason | None:
    if any(row.clicked for row in rows):
        return None
    last = rows[-1]
    if last.count == 0:
        return Reason.ZERO
    if last.best_score < LOW_SCORE:
        return Reason.LOW
    if last.key in again:
        return Reason.REFORMULATED
    return Reason.NO_CLICK if len(rows) >= UNCLICKED_TIMES else None


def reformulated(traces: Iterable[SearchTrace]) -> set[str]:
    """Keys of searches after which the same officer, opening nothing, soon asked something else."""
    before: dict[int, SearchTrace] = {}
    found = set()
    for trace in traces:
        if trace.user_id is None:
            continue
        last = before.get(trace.user_id)
        if last and not last.clicked and last.query != trace.query and trace.at - last.at <= AGAIN_WITHIN:
            found.add(last.key)
        before[trace.user_id] = trace
    return found


def sort_by_meaning(
    fresh: list[BadQuery], known: dict[int, list[str]], encode: Encode, threshold: float = SAME_MEANING
) -> tuple[dict[int, list[BadQuery]], list[list[BadQuery]]]:
    """Put each fresh query to the known gap (id to its questions) it means the same as, and group the rest.

    Nearness to a gap is the mean cosine with its questions. Returns what joins each gap, and the new groups.
    """
    fresh = fresh[:MAX_ITEMS]
    if not fresh:
        return {}, []
    vectors = encode([bad.query for bad in fresh])
    homes = {id: encode(queries).mean(axis=0) for id, queries in known.items()}
    joining: dict[int, list[BadQuery]] = {}
    rest = []
    for row, bad in enumerate(fresh):
        nearness = {id: float(vectors[row] @ home) for id, home in homes.items()}
        nearest = max(nearness, key=lambda id: nearness[id], default=None)
        if nearest is not None and nearness[nearest] >= threshold:
            joining.setdefault(nearest, []).append(bad)
        else:
            rest.append(row)
    groups = cluster(np.asarray(vectors[rest]), threshold) if rest else []
    return joining, [[fresh[rest[i]] for i in group] for group in groups]
