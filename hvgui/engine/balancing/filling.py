"""Nodes that come into service with nothing to do get VMs from the fullest, until they have as much to do as those."""

from __future__ import annotations

import numpy as np

from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.coverage import Coverage
from hvgui.engine.balancing.placement import Placement, Step
from hvgui.engine.balancing.population import Mask
from hvgui.engine.balancing.score import Measure

_LEAST_GAIN = 0.01
"""A move that makes the fuller of two nodes less full by less than this is not worth a migration."""
_COUNTED = [Measure.MEMORY, Measure.PROCESSOR_LOAD, Measure.MEMORY_LOAD, Measure.DISK_LOAD, Measure.NETWORK_LOAD]


def fill(placement: Placement, empty: list[int], most_moves: int) -> list[Step]:
    """The moves to these nodes, each of the VM that leaves the fuller of its two nodes least full. No move takes away
    the cover of a node that has it, and each VM is moved once. Changes the placement."""
    guard, moved, steps = Coverage(placement), set[int](), list[Step]()
    closed: Mask = np.zeros(placement.of.nodes, dtype=np.bool_)
    closed[empty] = True
    while len(steps) < most_moves:
        fullness = np.where(placement.of.serves & ~closed, _fullness(placement), -1.0)
        source = int(np.argmax(fullness))
        if fullness[source] <= 0.0:
            break
        step = _best(placement, guard, source, empty, moved)
        if step is None:
            closed[source] = True
            continue
        placement.move(step)
        moved.add(step.vm)
        steps.append(step)
    return steps


def _fullness(placement: Placement) -> Column:
    """By node: what it has most to do with."""
    fullest: Column = placement.share[_COUNTED].max(axis=0)
    return fullest


def _best(placement: Placement, guard: Coverage, source: int, empty: list[int], moved: set[int]) -> Step | None:
    of, before = placement.of, float(_fullness(placement)[source])
    here = [vm for vm in placement.on[source] if vm not in moved]
    vms, nodes = np.repeat(np.array(here, dtype=np.int64), len(empty)), np.tile(np.array(empty, np.int64), len(here))
    fits = placement.fits(vms, nodes)
    vms, nodes = vms[fits], nodes[fits]
    use = of.use[:, vms]
    there = (placement.share[:, nodes] + use * of.scale[:, nodes])[_COUNTED].max(axis=0)
    left = (placement.share[:, source, np.newaxis] - use * of.scale[:, source, np.newaxis])[_COUNTED].max(axis=0)
    fuller = np.maximum(there, left)
    for one in np.lexsort((nodes, vms, fuller)).tolist():
        if fuller[one] > before - _LEAST_GAIN:
            return None
        step = Step(int(vms[one]), source, int(nodes[one]))
        if guard.keeps(step):
            return step
    return None
