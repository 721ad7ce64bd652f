"""N - 1: whether the other nodes have room for all VMs of any one node that fails.

A quick test that never errs on the hopeful side decides nearly always: the others hold at least as many VMs of the
node's largest size as it has VMs. Where it fails, or where a VM may not run everywhere, they are placed one by one,
largest first, each where it leaves the least room (best fit), and where that fails where there is most room.
"""

from __future__ import annotations

import numpy as np

from hvgui.cluster.metrics import Column
from hvgui.engine.balancing.placement import Placement, Step
from hvgui.engine.balancing.population import Mask

_LOOKED_AT_ALWAYS = 256
"""In clusters of more nodes, VMs that may not run everywhere are left to the quick test."""


class Coverage:
    """Follows a placement, and says of a move whether it would take away the cover of a node that has it."""

    def __init__(self, placement: Placement) -> None:
        of = placement.of
        self._placement = placement
        self._serves = of.serves.copy()
        bound: Mask = np.logical_not(np.asarray(of.allowed[:, of.serves].all(axis=1)))
        self._bound: Mask = bound[of.vm_class] if len(of.vm_class) else np.zeros(0, dtype=np.bool_)
        self._looks_at_bound = of.nodes <= _LOOKED_AT_ALWAYS and bool(self._bound.any())
        self._free: Column = placement.free.copy()
        self._largest: Column = np.array([self._largest_on(node) for node in range(of.nodes)], dtype=np.float64)
        self._room: Column = np.array([self._room_for(self._largest[node], node) for node in range(of.nodes)])

    def keeps(self, step: Step) -> bool:
        """Whether every node that is covered now is covered after the move as well."""
        self._follow()
        place, of = self._placement, self._placement.of
        vm, source, target = step
        size = of.memory_bytes[vm]
        after = place.free.copy()
        after[source] += size + of.shadow_bytes[source]
        after[target] -= size + of.shadow_bytes[target]
        room, count = self._room.copy(), np.array([len(vms) for vms in place.on])
        for node in (source, target):
            if self._serves[node]:
                change = _pieces(after[node], self._largest) - _pieces(place.free[node], self._largest)
                change[node] = 0.0
                room += change
        count[source] -= 1
        count[target] += 1
        if size > self._largest[target]:
            room[target] = self._room_for(size, target, after)
        doubtful = np.flatnonzero((room < count) | self._has_bound(step))
        return all(not self._loses(int(node), step, after) for node in doubtful)

    def covered(self) -> Mask:
        """By node: whether the others have room for its VMs now."""
        self._follow()
        place = self._placement
        answers = [
            (self._room[node] >= len(vms) and not any(self._bound[vm] for vm in vms))
            or self._fits_elsewhere(node, vms, place.free)
            for node, vms in enumerate(place.on)
        ]
        return np.array(answers, dtype=np.bool_)

    def _has_bound(self, step: Step) -> Mask:
        """Nodes with a VM that may not run everywhere."""
        doubtful = np.zeros(self._placement.of.nodes, dtype=np.bool_)
        if self._looks_at_bound:
            doubtful[np.unique(self._placement.owner[self._bound])] = True
            doubtful[step.target] |= bool(self._bound[step.vm])
        return doubtful

    def _loses(self, node: int, step: Step, after: Column) -> bool:
        place = self._placement
        vms = [vm for vm in place.on[node] if vm != step.vm] + ([step.vm] if node == step.target else [])
        return not self._fits_elsewhere(node, vms, after) and self._fits_elsewhere(node, place.on[node], place.free)

    def _fits_elsewhere(self, node: int, vms: list[int], free: Column) -> bool:
        return self._pack(node, vms, free, tight=True) or self._pack(node, vms, free, tight=False)

    def _pack(self, node: int, vms: list[int], free: Column, *, tight: bool) -> bool:
        of, left = self._placement.of, np.where(self._serves, free, -1.0)
        left[node] = -1.0
        for vm in sorted(vms, key=lambda one: (-of.memory_bytes[one], one)):
            size = of.memory_bytes[vm]
            fits = np.flatnonzero((left >= size) & of.allowed[of.vm_class[vm]])
            if not len(fits):
                return False
            chosen = fits[np.argmin(left[fits]) if tight else np.argmax(left[fits])]
            left[chosen] -= size + of.shadow_bytes[chosen]
        return True

    def _follow(self) -> None:
        """The placement may have changed in a few nodes since the last question."""
        changed = np.flatnonzero(self._placement.free != self._free).tolist()
        for node in changed:
            if self._serves[node]:
                change = _pieces(self._placement.free[node], self._largest) - _pieces(self._free[node], self._largest)
                change[node] = 0.0
                self._room += change
        self._free = self._placement.free.copy()
        for node in changed:
            largest = self._largest_on(node)
            if largest != self._largest[node]:
                self._largest[node] = largest
                self._room[node] = self._room_for(largest, node)

    def _largest_on(self, node: int) -> float:
        vms = self._placement.on[node]
        return float(self._placement.of.memory_bytes[vms].max()) if vms else 0.0

    def _room_for(self, size: float, node: int, free: Column | None = None) -> float:
        """VMs of that size that the others hold."""
        if size <= 0.0:
            return np.inf
        pieces = np.floor(np.maximum(self._placement.free if free is None else free, 0.0) / size)
        return float(pieces[self._serves].sum() - (pieces[node] if self._serves[node] else 0.0))


def _pieces(free: float, sizes: Column) -> Column:
    """VMs of each size that so much memory holds."""
    whole: Column = np.floor(max(free, 0.0) / np.maximum(sizes, 1.0))
    return np.where(sizes > 0.0, whole, 0.0)
