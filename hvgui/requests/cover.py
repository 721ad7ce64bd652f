"""N - 1 for one more VM: whether the other nodes could still take over from any one that fails, once it is there.

A quick test that never errs on the hopeful side decides nearly always: the others hold at least as many VMs of the
node's largest size as it has clustered VMs. Where it fails, they are placed one by one, largest first, each where it
leaves the least room, and where that fails where there is most. Memory alone counts here; balancing looks at more.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine

_MOST_LOOKED_AT = 400
"""So many doubtful cases of a cluster are placed one by one; of more it is taken that nothing is lost."""
_Column = NDArray[np.float64]


class Cover:
    """A cluster as it stands, asked about one VM more here or there."""

    def __init__(self, cluster: Cluster) -> None:
        self._nodes = [node.id for node in cluster.nodes.values() if node.takes_vms]
        self._row = {node: row for row, node in enumerate(self._nodes)}
        self._free: _Column = np.array([max(0, cluster.free_bytes_on(node)) for node in self._nodes], dtype=np.float64)
        self._sizes = [
            sorted((float(vm.memory_bytes) for vm in _clustered(cluster, node)), reverse=True) for node in self._nodes
        ]
        self._largest: _Column = np.array([sizes[0] if sizes else 0.0 for sizes in self._sizes])
        self._count: _Column = np.array([len(sizes) for sizes in self._sizes], dtype=np.float64)
        self._looked_at = 0
        self._covered: list[bool] | None = None

    def lost_by(self, vm: VirtualMachine, to: NodeId, *, leaves: bool) -> tuple[NodeId, ...]:
        """Nodes whose loss is covered now and would not be with the VM on that node. `leaves`: it runs on its owner,
        and frees its memory there."""
        target = self._row.get(to)
        if target is None or len(self._nodes) < 2 or not vm.highly_available:
            return ()
        size, free = float(vm.memory_bytes), self._free.copy()
        free[target] -= size
        source = self._row.get(vm.owner) if leaves else None
        if source is not None:
            free[source] += size
        count, largest = self._count.copy(), self._largest.copy()
        count[target] += 1.0
        largest[target] = max(largest[target], size)
        found = []
        for row in np.flatnonzero(count > _room(free, largest)).tolist():
            sizes = [*self._sizes[row], size] if row == target else self._sizes[row]
            if row == source:
                sizes = _without(sizes, size)
            if self._was_covered(row) and not self._fits_elsewhere(row, sizes, free):
                found.append(self._nodes[row])
        return tuple(found)

    def _was_covered(self, row: int) -> bool:
        if self._covered is None:
            quick = self._count <= _room(self._free, self._largest)
            self._covered = [
                bool(quick[one]) or _packed(one, self._sizes[one], self._free) for one in range(len(quick))
            ]
        return self._covered[row]

    def _fits_elsewhere(self, row: int, sizes: list[float], free: _Column) -> bool:
        self._looked_at += 1
        return self._looked_at > _MOST_LOOKED_AT or _packed(row, sizes, free)


def _clustered(cluster: Cluster, node: NodeId) -> list[VirtualMachine]:
    vms = (cluster.vms[vm] for vm in cluster.vms_on(node))
    return [vm for vm in vms if vm.highly_available and vm.state.holds_memory]


def _room(free: _Column, sizes: _Column) -> _Column:
    """By node: how many VMs of its largest size all the others hold; endless where it has none."""
    pieces = np.floor(np.maximum(free, 0.0)[np.newaxis, :] / np.maximum(sizes, 1.0)[:, np.newaxis])
    np.fill_diagonal(pieces, 0.0)
    return np.where(sizes > 0.0, pieces.sum(axis=1), np.inf)


def _without(sizes: list[float], size: float) -> list[float]:
    left = list(sizes)
    if size in left:
        left.remove(size)
    return left


def _packed(row: int, sizes: list[float], free: _Column) -> bool:
    """Whether the others hold VMs of these sizes."""
    left = free.copy()
    left[row] = -1.0
    return _packed_tightly(Counter(sizes), left.copy()) or _packed_loosely(sizes, left)


def _packed_tightly(sizes: Counter[float], left: _Column) -> bool:
    """Each where the least room is left. Whoever takes one of a size has the least room for the next: it is filled."""
    for size, count in sorted(sizes.items(), reverse=True):
        order = np.argsort(left, kind="stable")
        pieces = np.floor(np.maximum(left[order], 0.0) / max(size, 1.0))
        before = np.cumsum(pieces) - pieces
        taken = np.clip(count - before, 0.0, pieces)
        if taken.sum() < count:
            return False
        left[order] -= taken * size
    return True


def _packed_loosely(sizes: list[float], left: _Column) -> bool:
    """Each where the most room is."""
    for size in sorted(sizes, reverse=True):
        most = int(np.argmax(left))
        if left[most] < size:
            return False
        left[most] -= size
    return True
