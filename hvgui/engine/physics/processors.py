"""Sharing the processors of a node: proportional to what the guests want, once they want more than there is.

Second level address translation costs about 2 % of the processors' time; without it the hypervisor keeps shadow page
tables, which costs about 10 % (figures of the article and of Microsoft's R2 material).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.nodes import Processor

OVERHEAD_WITH_SLAT = 0.02
OVERHEAD_WITHOUT_SLAT = 0.10


def overhead(processor: Processor) -> float:
    """Share of the logical processors' time that the hypervisor takes for address translation."""
    return OVERHEAD_WITH_SLAT if processor.slat else OVERHEAD_WITHOUT_SLAT


def capacity(processor: Processor) -> float:
    """Logical processors' worth of time left for guests."""
    return processor.logical * (1.0 - overhead(processor))


def share_out(
    wanted: NDArray[np.float64], owner: NDArray[np.int64], capacities: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What every VM gets (processors), given what it wants: all of it, or its proportional part of the node.

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
    return wanted * factors[:, owner]
