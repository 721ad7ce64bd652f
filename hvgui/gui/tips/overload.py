"""Loads by which the guests of a node want a chosen share of what it has, counted as the load watch counts."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_systems import MOST_EMULATED_IOPS, MOST_EMULATED_NETWORK_BYTES_PER_SECOND
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.load_watch import WatchedResource
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.requests.guests import SetLoad

RAISED = (WatchedResource.PROCESSORS, WatchedResource.DISK, WatchedResource.NETWORK)
"""What guests can be given more of to do; what they want of memory, most of them can't change."""
_RUNS = (VmState.RUNNING, VmState.STARTING, VmState.STOPPING)


def guests_of(cluster: Cluster, node: NodeId) -> tuple[VirtualMachine, ...]:
    """The VMs that work there."""
    vms = (cluster.vms[vm] for vm in cluster.vms_on(node))
    return tuple(vm for vm in vms if vm.state in _RUNS)


def capacity(cluster: Cluster, node: NodeId, resource: WatchedResource) -> float:
    """What a node has: logical processors, or bytes a second of its storage paths or links."""
    if resource is WatchedResource.PROCESSORS:
        return float(cluster.nodes[node].processor.logical)
    if resource is WatchedResource.NETWORK:
        return sum(link.goodput_bytes_per_second for link in cluster.links.values() if link.node == node)
    rates = 0.0
    for san in cluster.sans.values():
        path = cluster.paths.get((node, san.id))
        if san.up and (path is None or path.up):
            rates += san.bytes_per_second if path is None else path.bytes_per_second
    return rates


def most_share(cluster: Cluster, node: NodeId, resource: WatchedResource) -> float:
    """The share that the node's guests can want at most."""
    whole = capacity(cluster, node, resource)
    return sum(_most(vm, resource) for vm in guests_of(cluster, node)) / whole if whole else 0.0


def raised(cluster: Cluster, node: NodeId, resource: WatchedResource, share: float) -> tuple[SetLoad, ...]:
    """By these the guests want that share of the node, or as much of it as they can."""
    guests = guests_of(cluster, node)
    wanted, most = share * capacity(cluster, node, resource), [_most(vm, resource) for vm in guests]
    if resource is WatchedResource.PROCESSORS:
        parts = [one * min(1.0, wanted / sum(most)) for one in most]
    else:
        parts = _evenly(wanted, most)
    return tuple(SetLoad(vm.id, _with(vm, resource, part)) for vm, part in zip(guests, parts, strict=True))


def _evenly(wanted: float, most: list[float]) -> list[float]:
    """The same for everybody; what somebody can't want goes to the others."""
    parts, left = [0.0] * len(most), wanted
    for place, number in enumerate(sorted(range(len(most)), key=lambda one: most[one])):
        parts[number] = min(most[number], left / (len(most) - place))
        left -= parts[number]
    return parts


def _most(vm: VirtualMachine, resource: WatchedResource) -> float:
    """What a guest can want at most, in the unit of `capacity`."""
    if resource is WatchedResource.PROCESSORS:
        return float(vm.vcpus)
    if vm.guest.integration_components:
        return float("inf")
    if resource is WatchedResource.NETWORK:
        return MOST_EMULATED_NETWORK_BYTES_PER_SECOND
    return MOST_EMULATED_IOPS * vm.load.disk_bytes_per_io


def _with(vm: VirtualMachine, resource: WatchedResource, part: float) -> Load:
    if resource is WatchedResource.PROCESSORS:
        return replace(vm.load, cpu=LoadCurve(level=part / vm.vcpus))
    if resource is WatchedResource.NETWORK:
        return replace(vm.load, network_bytes_per_second=LoadCurve(level=part))
    return replace(vm.load, disk_iops=LoadCurve(level=part / vm.load.disk_bytes_per_io))
