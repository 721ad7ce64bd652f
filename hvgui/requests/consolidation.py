"""How many more VMs of a kind a node takes: with static memory, and with dynamic memory."""

from __future__ import annotations

import msgspec

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.memory import MemorySettings
from hvgui.requests.start_checks import most_vcpus


class Room(msgspec.Struct, frozen=True):
    """The answer, and what it was reckoned with."""

    static: int
    dynamic: int
    static_bytes: int
    """What one needs that has to have at any hour what it wants at its busiest."""
    dynamic_bytes: int
    """What one has at its usual demand."""
    bound_by: str
    """What keeps more from fitting with dynamic memory: `memory`, `virtual processors` or `VMs`."""


def room_for(cluster: Cluster, node: NodeId, kind: VirtualMachine) -> Room:
    """More VMs like `kind` on a node, by memory, by the ratio of virtual processors and by the number of VMs."""
    static, dynamic = sizes_of(kind)
    free = max(0, cluster.free_bytes_on(node))
    guests = [cluster.vms[vm] for vm in cluster.vms_on(node) if cluster.vms[vm].state.holds_memory]
    by_number = max(0, cluster.profile.limits.running_vms_per_node - len(guests))
    vcpus = sum(vm.vcpus for vm in guests)
    by_vcpus = max(0, most_vcpus(cluster, cluster.nodes[node], [*guests, kind]) - vcpus) // kind.vcpus
    bounds = {"memory": free // dynamic, "virtual processors": by_vcpus, "VMs": by_number}
    tightest = min(bounds, key=lambda name: bounds[name])
    return Room(min(free // static, by_vcpus, by_number), bounds[tightest], static, dynamic, tightest)


def sizes_of(kind: VirtualMachine) -> tuple[int, int]:
    """Bytes that one VM of the kind needs with static memory, and has with dynamic memory, usually."""
    settings = kind.memory.settings
    if not settings.dynamic:
        # What it would be given if it were dynamic: between half of what it has and that.
        settings = MemorySettings(
            settings.startup_bytes, settings.startup_bytes // 2, settings.startup_bytes, dynamic=True
        )
    curve, factor = kind.load.memory, 1.0 + settings.buffer_percent / 100.0
    usual, busiest = (
        int(min(max(share * settings.startup_bytes * factor, settings.least_bytes), settings.most_bytes))
        for share in (curve.usual, curve.busiest)
    )
    if not kind.memory.settings.dynamic:
        return kind.memory.settings.startup_bytes, usual
    return max(busiest, usual), usual


def overcommitment(cluster: Cluster, node: NodeId) -> float:
    """Sum of the maxima of the node's running VMs, as a multiple of the memory that it has for VMs."""
    vms = (cluster.vms[vm] for vm in cluster.vms_on(node))
    most = sum(vm.memory.settings.most_bytes for vm in vms if vm.state.holds_memory)
    return most / max(1, cluster.nodes[node].memory_for_vms_bytes)
