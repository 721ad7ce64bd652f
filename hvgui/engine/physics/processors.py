"""Sharing the processors of a node: proportional to what the guests want, once they want more than there is.

Reserves come first: each guest gets what it wants up to its reserve. What is left is shared by relative weight, as
memory is (see `balloon.water_fill`); with equal weights that is in proportion to the wishes. Limits cap the wishes.

Second level address translation costs about 2 % of the processors' time; without it the hypervisor keeps shadow page
tables, which costs about 10 % (figures of the article and of Microsoft's R2 material).
"""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.nodes import Processor
from hvgui.engine.physics.balloon import water_fill

OVERHEAD_WITH_SLAT = 0.02
OVERHEAD_WITHOUT_SLAT = 0.10


def overhead(processor: Processor) -> float:
    """Share of the logical processors' time that the hypervisor takes for address translation."""
    return OVERHEAD_WITH_SLAT if processor.slat else OVERHEAD_WITHOUT_SLAT


def capacity(processor: Processor) -> float:
    """Logical processors' worth of time left for guests."""
    return processor.logical * (1.0 - overhead(processor))


class Claims(msgspec.Struct, frozen=True, eq=False):
    """What guests may claim where processors are short, by VM."""

    weight: NDArray[np.float64]
    reserve: NDArray[np.float64]
    """Processors' worth of time."""


def share_out(
    wanted: NDArray[np.float64],
    owner: NDArray[np.int64],
    capacities: NDArray[np.float64],
    claims: Claims | None = None,
) -> NDArray[np.float64]:
    """What every VM gets (processors), given what it wants: all of it, or its part of the node. Without claims all
    weigh the same.

    `wanted` has a row a tick and a column a VM, `owner` the node of each VM, `capacities` what each node has. Sums run
    in the order of the VMs, so a row's result does not depend on the rows beside it.
    """
    nodes = len(capacities)
    factors = np.empty((len(wanted), nodes))
    for row, wants in enumerate(wanted):
        totals = np.bincount(owner, weights=wants, minlength=nodes)
        factors[row] = capacities / np.maximum(totals, capacities) if nodes else 0.0
    short = factors < 1.0
    if not short.any():
        return wanted
    if claims is None:
        return wanted * factors[:, owner]
    given = wanted.copy()
    for row, node in zip(*(places.tolist() for places in short.nonzero()), strict=True):
        rows = np.flatnonzero(owner == node)
        given[row, rows] = _claimed(wanted[row, rows], claims.weight[rows], claims.reserve[rows], capacities[node])
    return given


def _claimed(
    wants: NDArray[np.float64], weight: NDArray[np.float64], reserve: NDArray[np.float64], capacity: float
) -> NDArray[np.float64]:
    """One node at one second: reserves first, then by weight."""
    first = np.minimum(wants, reserve)
    total = float(first.sum())
    if total > capacity:
        return first * (capacity / total)
    # Weights are handed on as percentages: water filling takes none below 1.
    return first + water_fill(wants - first, 100.0 * weight, capacity - total)
