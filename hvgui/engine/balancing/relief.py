"""The one move that helps an overloaded node, so that no other node gets into the same trouble.

A target has to stay below every limit by a margin with the VM that it gets. So at steady load nobody who was given a VM
becomes overloaded, nothing is ever moved back, and each move leaves fewer overloaded nodes or a less overloaded one.
"""

from __future__ import annotations

import msgspec
import numpy as np

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.coverage import Coverage
from hvgui.engine.balancing.placement import Placement, Step
from hvgui.engine.balancing.planner import Timing
from hvgui.engine.balancing.population import Mask, Population, Rows
from hvgui.engine.balancing.score import Measure

MEASURES_WATCHED = (Measure.PROCESSOR_LOAD, Measure.MEMORY_LOAD, Measure.DISK_LOAD, Measure.NETWORK_LOAD)
"""The order of `WatchedResource`."""
_LEAST_RELIEF = 0.005
"""A move that takes less than this share off the node is not worth a migration."""


class Relief(msgspec.Struct, frozen=True):
    """A move by rows of the population, with its forecast; shares are of the overloaded resource."""

    step: Step
    seconds: float
    blackout_seconds: float
    source_after: float
    target_before: float
    target_after: float


def relief(
    cluster: Cluster, of: Population, source: int, watched: int, limits: Column, margin: float, targets: Mask
) -> Relief | None:
    """The move for a node that has too much of resource number `watched`; None where none helps.

    Of the VMs that bring the node below its limit the one that is quickest to migrate; where no single one does, the
    one that helps most. `limits`: by watched resource. `targets`: nodes that may be given VMs.
    """
    place = Placement(of)
    vms, nodes = _possible(place, source, targets)
    after = np.array(
        [place.share[measure, nodes] + of.use[measure, vms] * of.scale[measure, nodes] for measure in MEASURES_WATCHED]
    )
    measure = MEASURES_WATCHED[watched]
    takes = of.use[measure, vms] * of.scale[measure, source]
    stays_below = (after <= (limits - margin)[:, np.newaxis]).all(axis=0) & (takes >= _LEAST_RELIEF)
    vms, nodes, after, takes = vms[stays_below], nodes[stays_below], after[:, stays_below], takes[stays_below]
    if not len(vms):
        return None
    source_after = place.share[measure, source] - takes
    timing = Timing(cluster, of)
    seconds = timing.usual_seconds[vms]
    helps = source_after <= limits[watched]
    worst = (after / limits[:, np.newaxis]).max(axis=0)
    keys = (nodes, vms, worst, np.where(helps, seconds, source_after), ~helps)
    guard = Coverage(place)
    for one in np.lexsort(keys).tolist():
        step = Step(int(vms[one]), source, int(nodes[one]))
        if guard.keeps(step):
            took, blackout = timing.of_steps([step], np.ones(1))
            return Relief(
                step,
                float(took[0]),
                float(blackout[0]),
                float(source_after[one]),
                float(place.share[measure, nodes[one]]),
                float(after[watched, one]),
            )
    return None


def _possible(place: Placement, source: int, targets: Mask) -> tuple[Rows, Rows]:
    """Every VM of the node with every node that it may go to."""
    on = np.array(place.on[source], dtype=np.int64)
    there = np.flatnonzero(targets)
    vms, nodes = np.repeat(on, len(there)), np.tile(there, len(on))
    fits = place.fits(vms, nodes)
    return vms[fits], nodes[fits]
