"""Which checkpoints are worth their place: dense near the present, sparser before, never too far apart to go back.

Going back to a moment costs what the engine works from the checkpoint before it. So a checkpoint goes only where the
engine's work from its neighbour to neighbour stays below what a person waits for.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from hvgui.cluster.units import NANOSECONDS

NEWEST = 2
"""So many are always kept: should the newest turn out damaged, there is one before it."""
FINE_AGE_NS = 3_600 * NANOSECONDS
"""Younger than this, they are kept closer together."""
FINE_GAP_NS = 60 * NANOSECONDS
LEAST_GAP_NS = 600 * NANOSECONDS
AGE_PER_GAP = 16
"""Of the past, one is kept for every sixteenth of its age at least: a week needs about a hundred."""
MOST_WORK_SECONDS = 0.3
"""Engine time between two checkpoints, at most: as long as it may take to replay."""
MOST_BYTES = 120 * 1024 * 1024
"""Where a branch's checkpoints take more, they may lie further apart."""


class Mark(NamedTuple):
    """A checkpoint: its number, its moment, and the engine's work since the one before."""

    number: int
    time_ns: int
    work_seconds: float = 0.0
    size_bytes: int = 0


def superfluous(checkpoints: list[Mark], most_work_seconds: float = MOST_WORK_SECONDS) -> dict[int, tuple[int, float]]:
    """Numbers to let go of, given oldest first; with each, the one behind it and the work that then lies before that.

    The first is always kept: the beginning.
    """
    kept = list(checkpoints)
    if not kept:
        return {}
    now_ns = kept[-1].time_ns
    gone: dict[int, tuple[int, float]] = {}
    place = 1
    while place < len(kept) - NEWEST:
        one, behind = kept[place], kept[place + 1]
        work_seconds = one.work_seconds + behind.work_seconds
        if behind.time_ns - kept[place - 1].time_ns < _gap_ns(now_ns - one.time_ns) and (
            work_seconds < most_work_seconds
        ):
            gone[one.number] = (behind.number, work_seconds)
            kept[place + 1] = behind._replace(work_seconds=work_seconds)
            del kept[place]
        else:
            place += 1
    return gone


def _gap_ns(age_ns: int) -> int:
    if age_ns <= FINE_AGE_NS:
        return FINE_GAP_NS
    return max(LEAST_GAP_NS, age_ns // AGE_PER_GAP)


def thin(connection: sqlite3.Connection, branch: int) -> None:
    """Lets go of a branch's superfluous checkpoints, within the caller's transaction."""
    rows = connection.execute(
        "SELECT number, time_ns, work_seconds, length(world) FROM checkpoint WHERE branch = ?"
        " ORDER BY time_ns, command, number",
        (branch,),
    )
    marks = [Mark(*row) for row in rows]
    for number, (behind, work_seconds) in _superfluous_within(marks, MOST_BYTES).items():
        connection.execute("DELETE FROM checkpoint WHERE number = ?", (number,))
        connection.execute("UPDATE checkpoint SET work_seconds = ? WHERE number = ?", (work_seconds, behind))


def _superfluous_within(marks: list[Mark], most_bytes: int) -> dict[int, tuple[int, float]]:
    work_seconds = MOST_WORK_SECONDS
    while True:
        gone = superfluous(marks, work_seconds)
        if sum(mark.size_bytes for mark in marks if mark.number not in gone) <= most_bytes or work_seconds > _GIVEN_UP:
            return gone
        work_seconds *= 2.0


_GIVEN_UP = 60.0
"""Beyond so much work from one to the next, going back would take too long: rather a large file."""
