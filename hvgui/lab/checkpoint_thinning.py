"""Which checkpoints are worth their place: dense near the present, ever sparser before."""

from __future__ import annotations

from collections.abc import Sequence

from hvgui.cluster.units import NANOSECONDS

NEWEST = 2
"""So many are always kept: should the newest turn out damaged, there is one before it."""
LEAST_GAP_NS = 600 * NANOSECONDS
AGE_PER_GAP = 16
"""Of the past, one is kept for every sixteenth of its age: a week needs about a hundred."""


def superfluous(checkpoints: Sequence[tuple[int, int]]) -> list[int]:
    """Numbers to let go of, given (number, simulated time_ns) oldest first. The first is always kept: the beginning.

    One goes where the two beside it lie closer together than the gap that its age allows.
    """
    kept = list(checkpoints)
    if not kept:
        return []
    now_ns = kept[-1][1]
    gone: list[int] = []
    place = 1
    while place < len(kept) - NEWEST:
        number, time_ns = kept[place]
        gap_ns = max(LEAST_GAP_NS, (now_ns - time_ns) // AGE_PER_GAP)
        if kept[place + 1][1] - kept[place - 1][1] < gap_ns:
            gone.append(number)
            del kept[place]
        else:
            place += 1
    return gone
