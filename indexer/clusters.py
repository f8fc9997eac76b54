"""Group vectors by meaning: agglomerative clustering with average linkage, stopped at a cosine.

Sokal and Michener, A statistical method for evaluating systematic relationships, 1958 (UPGMA); the update of the
similarities is Lance and Williams, The Computer Journal 9, 1967.
"""

import numpy as np

from indexer.encoder import Vectors

MAX_ITEMS = 1000  # some seconds; callers keep the most frequent


def cluster(vectors: Vectors, threshold: float) -> list[list[int]]:
    """Rows of unit `vectors` (n, dimension) whose groups are on average at least `threshold` alike.

    Every row is in one group; groups are the largest first, rows within one in order. Raises ValueError for more than
    MAX_ITEMS rows.
    """
    count = len(vectors)
    if count > MAX_ITEMS:
        raise ValueError(f"at most {MAX_ITEMS} rows, not {count}")
    groups = {row: [row] for row in range(count)}
    alike = (vectors @ vectors.T).astype(np.float64)
    np.fill_diagonal(alike, -np.inf)
    while len(groups) > 1:
        one, other = map(int, np.unravel_index(int(alike.argmax()), alike.shape))
        if alike[one, other] < threshold:
            break
        sizes = len(groups[one]), len(groups[other])
        joined = (sizes[0] * alike[one] + sizes[1] * alike[other]) / sum(sizes)
        alike[one], alike[:, one] = joined, joined
        alike[one, one] = -np.inf
        alike[other], alike[:, other] = -np.inf, -np.inf
        groups[one] = sorted(groups[one] + groups.pop(other))
    return sorted(groups.values(), key=lambda group: (-len(group), group[0]))
