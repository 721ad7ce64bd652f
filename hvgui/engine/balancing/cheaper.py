"""Cheaper moves for the same balance: who moves is exchanged for a neighbour that is quicker to migrate, wherever the
score does not suffer from it. hbal looks at the score alone."""

from __future__ import annotations

import numpy as np

from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.descent import Guard
from hvgui.engine.balancing.placement import Placement, Step, spread_weights
from hvgui.engine.balancing.population import Rows

_ROUNDING = 1e-12


def cheaper(placement: Placement, seconds: Column, guard: Guard | None = None) -> None:
    """Exchanges VMs that have moved for others of their first node that have not. `seconds`: by VM, its migration;
    `guard`: asked of each of the two moves."""
    of = placement.of
    moved = np.flatnonzero(placement.owner != of.owner)
    for vm in moved[np.argsort(-seconds[moved], kind="stable")].tolist():
        found = _exchange(placement, vm, seconds)
        if found is not None:
            source, target = int(of.owner[vm]), int(placement.owner[vm])
            _swap(placement, Step(vm, target, source), Step(found, source, target), guard)


def _swap(placement: Placement, back: Step, instead: Step, guard: Guard | None) -> None:
    """Both moves, or none where the guard lets one of them not pass."""
    if guard is not None and not guard(back):
        return
    placement.move(back)
    if guard is not None and not guard(instead):
        placement.move(Step(back.vm, back.target, back.source))
        return
    placement.move(instead)


def _exchange(placement: Placement, vm: int, seconds: Column) -> int | None:
    """The quickest VM that can go in this one's place."""
    of = placement.of
    source, target = int(of.owner[vm]), int(placement.owner[vm])
    if not (of.serves[source] and of.serves[target]) or placement.meets(vm, source):
        return None
    others = np.array(placement.on[source], dtype=np.int64)
    others = others[(of.owner[others] == source) & (seconds[others] < seconds[vm])]
    others = others[_fit_in_place(placement, vm, others, source, target)]
    if not len(others):
        return None
    worse = _worsening(placement, vm, others, source, target)
    for one in others[worse <= _ROUNDING][np.argsort(seconds[others[worse <= _ROUNDING]], kind="stable")].tolist():
        if not placement.meets(one, target):
            return int(one)
    return None


def _fit_in_place(placement: Placement, vm: int, others: Rows, source: int, target: int) -> Rows:
    of = placement.of
    memory, vcpus = of.memory_bytes[vm] - of.memory_bytes[others], of.vcpus[vm] - of.vcpus[others]
    fits = of.allowed[of.vm_class[others], target] & (of.rate[of.network[others], source, target] > 0.0)
    fits &= (placement.free[target] + memory >= 0.0) & (placement.free[source] - memory >= 0.0)
    fits &= (placement.free_vcpus[target] + vcpus >= 0.0) & (placement.free_vcpus[source] - vcpus >= 0.0)
    places: Rows = np.flatnonzero(fits)
    return places


def _worsening(placement: Placement, vm: int, others: Rows, source: int, target: int) -> Column:
    """By how much each exchange raises the score."""
    of = placement.of
    nodes = np.flatnonzero(of.serves)
    worse = np.zeros(len(others))
    for measure, weight in enumerate(spread_weights(of).tolist()):
        share, scale = placement.share[measure], of.scale[measure]
        mean = share[nodes].mean()
        apart = share[nodes] - mean
        now = (apart * apart).sum()
        back = of.use[measure, vm] - of.use[measure, others]
        gives, takes = -back * scale[source], -back * scale[target]
        change = 2.0 * (takes * (share[target] - mean) - gives * (share[source] - mean))
        change += gives * gives + takes * takes - (takes - gives) ** 2 / len(nodes)
        after = np.sqrt(np.maximum(now + change, 0.0) / len(nodes))
        worse += weight * (after - np.sqrt(now / len(nodes)))
    return worse
