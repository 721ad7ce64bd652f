"""How many more VMs of a kind a cluster takes, in all and so that every node's loss is still covered."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.engine.balancing.coverage import Coverage
from hvgui.engine.balancing.loads import usual_loads
from hvgui.engine.balancing.placement import Placement
from hvgui.engine.balancing.population import Mask, Population, population
from hvgui.engine.balancing.score import MEASURES

MOST = 100_000
"""More are not counted."""


def more_like(cluster: Cluster, vm: VmId) -> tuple[int, int]:
    """How many more VMs like this one: in all, and covered. Each goes where most memory is free. Memory, virtual
    processors and the platform's limits of VMs count; the VM's possible owners do not."""
    of, record = population(cluster, usual_loads(cluster)), cluster.vms[vm]
    places = _places(of, float(record.memory_bytes), float(record.vcpus))
    left = max(0, cluster.profile.limits.vms - len(cluster.vms))
    places = places[:left]
    was = Coverage(Placement(of)).covered()
    low, high = 0, len(places)
    while low < high:
        middle = (low + high + 1) // 2
        if _with_more(of, places[:middle], record.memory_bytes, record.vcpus).all() or not was.all():
            low = middle
        else:
            high = middle - 1
    return len(places), low if was.all() else 0


def _places(of: Population, memory: float, vcpus: float) -> list[int]:
    """The nodes that take one after the other, until none does."""
    free, free_vcpus, free_places = of.free_bytes.copy(), of.free_vcpus.copy(), of.free_places.copy()
    places: list[int] = []
    while len(places) < MOST:
        takes = of.serves & (free >= memory) & (free_vcpus >= vcpus) & (free_places >= 1.0)
        if not takes.any():
            break
        node = int(np.argmax(np.where(takes, free, -1.0)))
        free[node] -= memory + of.shadow_bytes[node]
        free_vcpus[node] -= vcpus
        free_places[node] -= 1.0
        places.append(node)
    return places


def _with_more(of: Population, places: list[int], memory: float, vcpus: float) -> Mask:
    """Which nodes are covered with so many more."""
    more = len(places)
    taken = np.bincount(np.array(places, dtype=np.int64), minlength=of.nodes) if more else np.zeros(of.nodes)
    anywhere = np.ones((1, of.nodes), dtype=np.bool_)
    grown = replace(
        of,
        vm_ids=(*of.vm_ids, *(VmId(-1 - number) for number in range(more))),
        owner=np.concatenate([of.owner, np.array(places, dtype=np.int64)]),
        memory_bytes=np.concatenate([of.memory_bytes, np.full(more, memory)]),
        vcpus=np.concatenate([of.vcpus, np.full(more, vcpus)]),
        use=np.concatenate([of.use, np.zeros((MEASURES, more))], axis=1),
        free_bytes=of.free_bytes - taken * (memory + of.shadow_bytes),
        vm_class=np.concatenate([of.vm_class, np.full(more, len(of.allowed), dtype=np.int64)]),
        allowed=np.concatenate([of.allowed.reshape(-1, of.nodes), anywhere]),
    )
    return Coverage(Placement(grown)).covered()
