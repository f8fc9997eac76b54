"""Sharing things out among those who may have some of them, each thing once."""

from collections import deque
from collections.abc import Sequence


def share_out(wishes: Sequence[Sequence[str]], counts: Sequence[int]) -> list[list[str]]:
    """For each taker as many as `counts` of the things it wishes for, the first of its list preferred.

    Everyone is satisfied whenever that is possible at all; a taker who cannot be gets fewer.
    Method: augmenting paths in a bipartite graph (H. W. Kuhn, 1955; Ford and Fulkerson), shortest first.
    """
    owner: dict[str, int] = {}
    for taker, count in enumerate(counts):
        for _ in range(count):
            if not _give_one(taker, wishes, owner):
                break
    return [[thing for thing in wanted if owner.get(thing) == taker] for taker, wanted in enumerate(wishes)]


def _give_one(taker: int, wishes: Sequence[Sequence[str]], owner: dict[str, int]) -> bool:
    """Give `taker` one more thing; others hand theirs on and get another when it must be so."""
    came_from: dict[int, tuple[int, str] | None] = {taker: None}
    queue = deque([taker])
    while queue:
        current = queue.popleft()
        free = next((thing for thing in wishes[current] if thing not in owner), None)
        if free is not None:
            _hand_on(current, free, came_from, owner)
            return True
        for thing in wishes[current]:
            if owner[thing] not in came_from:
                came_from[owner[thing]] = (current, thing)
                queue.append(owner[thing])
    return False


def _hand_on(last: int, free: str, came_from: dict[int, tuple[int, str] | None], owner: dict[str, int]) -> None:
    """The last taker takes the free thing and gives what it had to the one before, and so on."""
    owner[free] = last
    while (step := came_from[last]) is not None:
        last, thing = step
        owner[thing] = last
