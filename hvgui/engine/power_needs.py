"""What nodes that are off to save power are needed for: VMs without room, cover that is gone, quorum, rising load.

Each need says how many nodes it takes, or which, and why, as the end of a sentence. What a load will be once a node
has booted is reckoned from the slope over the window, where that is plain and no noise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load_watch import PATIENCE, WINDOW_SAMPLES, LoadWatch, WatchedResource
from hvgui.cluster.membership import standing
from hvgui.cluster.metrics import Column
from hvgui.cluster.nodes import DrainState, NodeState, ServiceState
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine.balancing.coverage import Coverage
from hvgui.engine.balancing.loads import Loads
from hvgui.engine.balancing.placement import Placement
from hvgui.engine.balancing.population import population
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.requests.placement import moving_group, refusal
from hvgui.requests.storage_names import vm_names

if TYPE_CHECKING:
    from hvgui.engine.world import World

AHEAD_SECONDS = NODE_BOOT_SECONDS + 120.0
"""So far ahead the load is looked at: until a node has booted and has been given its first VMs."""
COVER_SECONDS = 300
"""So often it is looked whether the others could take over from any node, if nothing has happened meanwhile."""
_RECENT = WINDOW_SAMPLES // 3
_DOUBT = 6.0
"""So many of its own standard errors are taken off a slope: it is looked at thousands of times a night."""

Need = tuple[tuple[NodeId, ...], str]
"""Nodes to be switched on, and why."""
NOTHING: Need = ((), "")


def in_service(world: World) -> tuple[NodeId, ...]:
    """Nodes that take VMs as far as the cluster knows: of those that are dead it may not have heard yet."""
    nodes = world.cluster.nodes.values()
    return tuple(one.id for one in nodes if one.takes_vms or (one.is_unnoticed and one.service is ServiceState.RUNNING))


def pending_need(world: World, off: tuple[NodeId, ...]) -> Need:
    """Nodes for VMs that are lost and wait because no node has room; each takes what it has room for."""
    cluster = world.cluster
    if not any(cluster.vms[vm].pending for vm in world.lost if vm in cluster.vms) or not standing(cluster).active:
        return NOTHING
    fork = cluster.fork()
    free = {node: cluster.free_bytes_on(node) for node in (*world.joining, *off)}
    for node in free:
        _bring_up(fork, node)
    wanted: dict[NodeId, None] = {}
    waiting: list[VmId] = []
    for vm_id in sorted(world.lost, key=lambda one: (-cluster.vms[one].priority if one in cluster.vms else 0, one)):
        vm = cluster.vms.get(vm_id)
        if vm is None or not vm.pending or vm.task is not None or vm.is_failed or not vm.highly_available:
            continue
        group = moving_group(cluster, vm)
        to = next((one for one in free if vm.memory_bytes <= free[one] and not refusal(fork, group, one)), None)
        if to is not None:
            free[to] -= vm.memory_bytes
            wanted[to] = None
            waiting.append(vm_id)
    nodes = tuple(node for node in wanted if node in off)
    return (nodes, f"{vm_names(cluster, waiting)} found no room") if nodes else NOTHING


def quorum_need(world: World, off: tuple[NodeId, ...]) -> Need:
    """Nodes whose votes are lacking: all where there is no quorum, else one where one more loss would end it."""
    cluster = world.cluster
    if not any(_is_lost(cluster, node) for node in cluster.nodes):
        return NOTHING
    now = standing(cluster)
    if not now.active:
        return off, "the cluster has no quorum"
    booting = sum(one in cluster.nodes and cluster.nodes[one].is_member for one in world.joining)
    if now.tally.spare + booting >= 1 or cluster.profile.features.dynamic_quorum:
        return NOTHING
    return off[:1], "one more loss would stop the cluster"


def _is_lost(cluster: Cluster, node: NodeId) -> bool:
    """A member that does not vote now, for another reason than saving power."""
    record = cluster.nodes[node]
    return record.is_member and not record.saves_power and not record.is_up and not record.is_unnoticed


def cover_need(world: World, off: tuple[NodeId, ...]) -> Need:
    """The fewest nodes with which the others could take over from any one node again; all where they never could."""
    fork = world.cluster.fork()
    for node in world.joining:
        _bring_up(fork, node)
    if _is_covered(fork):
        return NOTHING
    wanted: list[NodeId] = []
    for node in sorted(off, key=lambda one: (-fork.nodes[one].memory_for_vms_bytes, one)):
        wanted.append(node)
        _bring_up(fork, node)
        if _is_covered(fork):
            break
    return tuple(wanted), "without it the others could not take over from every node"


def _bring_up(cluster: Cluster, node: NodeId) -> None:
    """As it will be once it has booted."""
    record = cluster.nodes[node]
    booted = replace(record, state=NodeState.UP, service=ServiceState.RUNNING, drain=DrainState.NONE)
    cluster.put(replace(booted, saving_since_ns=None))


def _is_covered(cluster: Cluster) -> bool:
    loads = Loads(*np.zeros((4, cluster.vm_rows)))
    return bool(Coverage(Placement(population(cluster, loads))).covered().all())


# Load


def load_need(world: World, off: tuple[NodeId, ...]) -> Need:
    """A node for each that is near its limits, or will be before another one could help."""
    hot = hottest(world, world.cluster.load_watch)
    if not hot:
        return NOTHING
    wanted = len(hot) - sum(one in world.joining for one in world.cluster.power.woken)
    return (off[: max(0, wanted)], hot[0]) if wanted > 0 else NOTHING


def hottest(world: World, watch: LoadWatch) -> list[str]:
    """Of every node that is, or will be, near its limits: why, as the end of a sentence."""
    samples, filled = world.watch.samples, world.watch.filled
    names = world.cluster.nodes
    nodes = [one for one in in_service(world) if one < len(filled) and filled[one] >= _RECENT]
    if not nodes:
        return []
    most = near(watch)
    recent = samples[-_RECENT:, :, nodes].mean(axis=0)
    risen = ahead_of(samples[:, :, nodes], watch.sample_seconds, AHEAD_SECONDS, _DOUBT)
    ahead = np.where(filled[nodes] >= WINDOW_SAMPLES, risen, recent)
    found = []
    for column, node in enumerate(nodes):
        for row, resource in enumerate(WatchedResource):
            uses = f"{names[node].name} uses {recent[row, column]:.0%} of its {resource.value}"
            if recent[row, column] > most[row]:
                found.append(uses)
                break
            if ahead[row, column] > most[row]:
                found.append(f"{uses}, and will soon use {min(ahead[row, column], 9.99):.0%}")
                break
    return found


def ahead_of(samples: Column, sample_seconds: int, seconds: float, doubt: float) -> Column:
    """By resource and node: the load so many seconds from now where it plainly rises, else its mean. A straight line
    through the window's samples by least squares; of its slope so many of its own standard errors are taken off, which
    come from what is left beside the line."""
    count = len(samples)
    times = (np.arange(count) - (count - 1) / 2.0) * sample_seconds
    spread = float((times * times).sum())
    mean: Column = samples.mean(axis=0)
    slope: Column = np.tensordot(times, samples, axes=(0, 0)) / spread
    rest = samples - mean - times[:, np.newaxis, np.newaxis] * slope
    error: Column = np.sqrt((rest * rest).sum(axis=0) / (count - 2) / spread)
    ahead: Column = mean + np.maximum(0.0, slope - doubt * error) * (times[-1] + seconds)
    return ahead


def near(watch: LoadWatch) -> Column:
    """By resource: a node above this is near its limit."""
    margin = PATIENCE[watch.aggressiveness].margin
    return np.array([watch.limit(one) - margin / 2.0 for one in WatchedResource])


def ceilings(watch: LoadWatch) -> Column:
    """By resource: no node is filled beyond this so that another one can be switched off. It lies below `near` by the
    hysteresis and half a margin, so that what is switched off does not come back by itself."""
    margin = PATIENCE[watch.aggressiveness].margin
    found = [max(0.05, watch.limit(one) - margin - watch.hysteresis) for one in WatchedResource]
    return np.array(found)


def seconds_since(world: World, moment_ns: int) -> float:
    """Seconds from a moment to now."""
    return (world.now_ns - moment_ns) / NANOSECONDS


def lost_from(before: Iterable[NodeId], now: Iterable[NodeId]) -> bool:
    """Whether somebody who was there is not any more."""
    return bool(set(before).difference(now))
