"""Capacity left, in figures and with the reason: how many more VMs like one there is room for."""

from __future__ import annotations

from collections.abc import Callable

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.units import format_bytes
from hvgui.cluster.what_if import RoomLeft
from hvgui.engine import checkpoint
from hvgui.engine.balancing.headroom import MOST, Headroom, Scarce, more_like


def room_left(cluster: Cluster, like: VmId | None = None) -> RoomLeft | None:
    """For more like this VM; by default of the most usual size of those that run. None: no such VM, or no node up."""
    like = _most_usual(cluster) if like is None else like
    if like is None or like not in cluster.vms or not any(node.is_up for node in cluster.nodes.values()):
        return None
    found, size_bytes = more_like(cluster, like), cluster.vms[like].memory_bytes
    return RoomLeft(
        like,
        size_bytes,
        found.in_all,
        found.covered,
        _why(cluster, found, size_bytes),
        _why_covered(cluster, found),
    )


def room_from(data: bytes, tell: Callable[[float], None], like: VmId | None) -> RoomLeft | None:
    """The same for a world as checkpoint bytes, in a process beside the window."""
    world = checkpoint.restore(data)
    tell(0.0)
    return room_left(world.cluster, like)


def _most_usual(cluster: Cluster) -> VmId | None:
    sizes: dict[tuple[int, int], list[VmId]] = {}
    for vm in cluster.vms.values():
        if vm.state.holds_memory:
            sizes.setdefault((vm.memory_bytes, vm.vcpus), []).append(vm.id)
    return max(sizes.values(), key=lambda vms: (len(vms), -vms[0]))[0] if sizes else None


def _why(cluster: Cluster, found: Headroom, size_bytes: int) -> str:
    limits = cluster.profile.limits
    if Scarce.CLUSTER in found.ends:
        has = "would have" if found.in_all else "has"
        return f"The cluster {has} {len(cluster.vms) + found.in_all:,} VMs, as many as its platform allows."
    if not found.ends:
        return f"More than {MOST:,} are not counted." if found.in_all else "No node takes VMs now."
    nodes, most = sum(found.ends.values()), limits.running_vms_per_node
    parts = [_end(scarce, count, nodes, size_bytes, most) for scarce, count in found.ends.items()]
    return f"{parts[0][:1].upper()}{parts[0][1:]}{''.join(f'; {part}' for part in parts[1:])}."


def _end(scarce: Scarce, count: int, nodes: int, size_bytes: int, most_running: int) -> str:
    where = "on each node" if count == nodes and nodes > 1 else f"on {count} of {nodes} nodes" if nodes > 1 else "there"
    if scarce is Scarce.MEMORY:
        return f"memory runs out first {where}: less than {format_bytes(size_bytes)} is free then"
    if scarce is Scarce.PROCESSORS:
        return f"virtual processors run out first {where}: no more of them fit on its processors"
    return f"{where} {most_running:,} VMs run then, as many as the platform lets a node run"


def _why_covered(cluster: Cluster, found: Headroom) -> str:
    if found.uncovered is None:
        return ""
    name = cluster.nodes[found.uncovered].name
    if not found.is_covered_now:
        return f"Even now the other nodes have no room for all VMs of {name}."
    return f"With one more, the other nodes would have no room for all VMs of {name}."
