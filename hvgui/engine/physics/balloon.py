"""Dynamic memory in columns: who should have how much, and how fast memory moves.

A guest asks for demand x (1 + buffer), within its limits. Where a node is short of what its guests ask for, each keeps
its minimum, and what is left is shared by weight: guest i gets its minimum and min(1, L x weight) of what it asks
beyond it, with the one L that uses up what there is (weighted max-min, by "water filling"; Bertsekas and Gallager,
*Data Networks*, 6.5.2). Memory is added by hot-add and taken by the balloon, both at a finite rate; the rates are
estimates of ours. A guest that is heard to want a little more or less is left alone: see `BAND_SHARE`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.dynamic_memory import QUANTUM_BYTES
from hvgui.cluster.units import MIB

Column = NDArray[np.float64]
Rows = NDArray[np.int64]

HOT_ADD_BYTES_PER_SECOND = 256.0 * MIB
"""How fast a guest takes memory that is given to it."""
BALLOON_BYTES_PER_SECOND = 128.0 * MIB
"""How fast the balloon in a guest finds memory to give back."""
BAND_SHARE, BAND_BYTES = 0.05, 16.0 * MIB
"""A demand that fluctuates moves memory only once the target is further away than this, whichever is more."""
AVERAGED_SHARE = 0.05
"""What one second counts in the average of a demand that fluctuates."""


def water_fill(need: Column, weight: Column, room: float) -> Column:
    """Share `room` among needs by weight: each gets min(1, L x weight) of its own. A weight of 0 counts as 1."""
    if room <= 0.0 or not len(need):
        return np.zeros(len(need))
    if float(need.sum()) <= room:
        return need.copy()
    heavy = np.maximum(weight, 1.0)
    order = np.argsort(-heavy, kind="stable")
    needs, weights = need[order], heavy[order]
    done = np.concatenate(([0.0], np.cumsum(needs)[:-1]))
    # From the back, so that the last sums are exact where all before are satisfied.
    rest = np.cumsum((needs * weights)[::-1])[::-1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        level = np.where(rest > 0.0, (room - done) / rest, np.inf)
        first = int(np.argmax(level * weights < 1.0))
    return need * np.minimum(1.0, max(0.0, float(level[first])) * heavy)


def in_whole_pieces(amount: Column) -> Column:
    """Rounded down to whole pieces of memory."""
    return np.floor(amount / QUANTUM_BYTES) * QUANTUM_BYTES


def wanted(average: Column, factor: Column, low: Column, high: Column) -> Column:
    """What guests should have for their demand, in whole pieces, up; `factor` is 1 + buffer / 100."""
    pieces = np.ceil(np.round(average * factor / QUANTUM_BYTES, 6)) * QUANTUM_BYTES
    return np.asarray(np.clip(pieces, low, high), dtype=np.float64)


def shared_out(want: Column, low: Column, weight: Column, room: float) -> Column:
    """What the guests of a node that is short get: `room` is what its guests with dynamic memory may have in all."""
    floor = np.minimum(low, want)
    return floor + in_whole_pieces(water_fill(want - floor, weight, room - float(floor.sum())))


def heard(average: Column, demand: Column, before: Column, assigned: Column) -> Column:
    """The demand that the host goes by. One that does not fluctuate, or that is not met, is heard at once; else the
    running mean."""
    mean = average + AVERAGED_SHARE * (demand - average)
    at_once = (demand == before) | (average <= 0.0) | (demand > assigned)
    return np.where(at_once, demand, mean)


def steps(gap: Column, moving: NDArray[np.bool_]) -> Column:
    """How far each guest's memory moves within a second, towards its target."""
    return np.where(moving, np.clip(gap, -BALLOON_BYTES_PER_SECOND, HOT_ADD_BYTES_PER_SECOND), 0.0)


def growth_that_fits(growth: Column, weight: Column, free: float) -> Column:
    """As much of the growth on one node as there is free memory for, in whole pieces."""
    return in_whole_pieces(water_fill(growth, weight, free)) if float(growth.sum()) > free else growth
