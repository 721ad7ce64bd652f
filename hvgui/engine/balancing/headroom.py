"""How many more VMs of a kind a cluster takes, in all and so that every node's loss is still covered, and why not
more."""

from __future__ import annotations

import enum
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.engine.balancing.coverage import Coverage
from hvgui.engine.balancing.loads import usual_loads
from hvgui.engine.balancing.placement import Placement
from hvgui.engine.balancing.population import Mask, Population, population
from hvgui.engine.balancing.score import MEASURES

MOST = 100_000
"""More are not counted."""


class Scarce(enum.Enum):
    """What is used up first on a node, or in the cluster."""

    MEMORY = "memory"
    PROCESSORS = "virtual processors"
    PLACES = "places for running VMs"
    CLUSTER = "VMs in the cluster"


class Headroom(NamedTuple):
    """How many more, and why not one more."""

    in_all: int
    covered: int
    """So many that every node's loss is still covered; 0 where one is not covered even now."""
    ends: dict[Scarce, int]
    """Nodes by what keeps one more from them (CLUSTER: all of them); empty where no node takes VMs, or at MOST."""
    uncovered: NodeId | None
    """The node whose loss would not be covered with one more than `covered`; None: it is not that which ends it."""
    is_covered_now: bool


def more_like(cluster: Cluster, vm: VmId) -> Headroom:
    """How many more VMs like this one. Each goes where most memory is free. Memory, virtual processors and the
    platform's limits of VMs count; the VM's possible owners do not."""
    of, record = population(cluster, usual_loads(cluster)), cluster.vms[vm]
    memory, vcpus = float(record.memory_bytes), float(record.vcpus)
    places, ends = _places(of, memory, vcpus)
    left = max(0, cluster.profile.limits.vms - len(cluster.vms))
    if len(places) > left:
        places, ends = places[:left], {Scarce.CLUSTER: int(of.serves.sum())}
    now = Coverage(Placement(of)).covered()
    if not now.all():
        return Headroom(len(places), 0, ends, of.node_ids[int(np.argmin(now))], is_covered_now=False)
    low, high, first = 0, len(places), None
    while low < high:
        middle = (low + high + 1) // 2
        with_more = _with_more(of, places[:middle], memory, vcpus)
        if with_more.all():
            low = middle
        else:
            high, first = middle - 1, of.node_ids[int(np.argmin(with_more))]
    return Headroom(len(places), low, ends, first if low < len(places) else None, is_covered_now=True)


def _places(of: Population, memory: float, vcpus: float) -> tuple[list[int], dict[Scarce, int]]:
    """The nodes that take one after the other, until none does; and what each has too little of then."""
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
    too_little = {
        Scarce.MEMORY: free < memory,
        Scarce.PROCESSORS: (free >= memory) & (free_vcpus < vcpus),
        Scarce.PLACES: (free >= memory) & (free_vcpus >= vcpus) & (free_places < 1.0),
    }
    counts = {scarce: int((of.serves & nodes).sum()) for scarce, nodes in too_little.items()}
    return places, {scarce: count for scarce, count in counts.items() if count}


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
