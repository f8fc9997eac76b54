"""Reliability of a test whose takers had different questions, where Cronbach's alpha cannot be reckoned."""

from collections.abc import Sequence

import numpy as np


def split_half(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Split-half reliability 2r/(1+r), r being Pearson's correlation of two halves of each taker's own test.

    Spearman-Brown formula: C. Spearman and W. Brown, British Journal of Psychology 3 (1910), pp. 271 and 296. `first`
    and `second` are shares of the points of each half. None for fewer than three takers, when a half does not vary, and
    when the halves have nothing in common (r <= 0 says no more than that).
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if len(x) < 3:
        return None
    x, y = x - x.mean(), y - y.mean()
    spread = float(np.sqrt((x @ x) * (y @ y)))
    if spread < 1e-12:
        return None
    r = float(x @ y) / spread
    return 2 * r / (1 + r) if r > 0 else None
