"""Looking at a world: figures for graphs and histories. Nothing here changes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.ids import VmId
from hvgui.cluster.metrics import Column, MetricsSample, StreamProgress
from hvgui.engine import storage_io
from hvgui.engine.physics.guests import Use
from hvgui.engine.physics.processors import capacity
from hvgui.engine.physics.video import Mode, buffer_at, stall_seconds_at
from hvgui.engine.world import World


def metrics_sample(world: World) -> MetricsSample:
    """The figures of the present simulated second."""
    cluster, guests = world.cluster, world.guests
    vms, nodes = len(guests.delivered), max(cluster.nodes, default=-1) + 1
    owner, active, vcpus, assigned = guests.assignment()
    wanted = guests.wanted_now(Use.CPU, cluster, world.seed) * active
    demand = guests.wanted_now(Use.MEMORY, cluster, world.seed) * assigned
    sent, received = _network_rates(world, nodes)
    traffic = np.bincount(owner, weights=guests.wanted_now(Use.NETWORK, cluster, world.seed) * active, minlength=nodes)
    sent += np.minimum(traffic, np.maximum(_line_rates(world, nodes) - sent, 0.0))
    io = storage_io.figures(world)
    return MetricsSample(
        time_ns=world.now_ns,
        node_cpu_share=_node_cpu(world, owner, nodes),
        node_memory_bytes=_node_memory(world, nodes),
        node_sent_bytes_per_second=sent,
        node_received_bytes_per_second=received,
        vm_cpu_share=np.divide(guests.delivered, vcpus, out=np.zeros(vms), where=vcpus > 0.0),
        vm_cpu_wanted_share=wanted,
        vm_memory_bytes=assigned.copy(),
        vm_memory_demand_bytes=np.minimum(demand, assigned),
        **{name: getattr(io, name) for name in io.__struct_fields__},
    )


def _node_cpu(world: World, owner: NDArray[np.int64], nodes: int) -> Column:
    """What guests get, and what address translation takes in proportion, as a share of all logical processors."""
    taken = np.bincount(owner, weights=world.guests.delivered, minlength=nodes)
    shares = np.zeros(nodes)
    for node in world.cluster.nodes.values():
        shares[node.id] = taken[node.id] / capacity(node.processor) if node.is_up else 0.0
    return np.minimum(shares, 1.0)


def _node_memory(world: World, nodes: int) -> Column:
    used = np.zeros(nodes)
    for node in world.cluster.nodes.values():
        if node.is_up:
            used[node.id] = node.memory_bytes - world.cluster.free_bytes_on(node.id)
    return used


def _network_rates(world: World, nodes: int) -> tuple[Column, Column]:
    """What migrations and streams send and receive on each node's links, all networks together."""
    columns = np.zeros((2, nodes))
    sharing = world.flows.sharing
    for row, flows in sharing.members.items():
        node = world.rows.node_of(row)
        if node is not None:
            # A link's sending side has the even row, its receiving side the odd one behind it.
            columns[row % 2, node] += sum(sharing.rates[flow] for flow in flows)
    return columns[0], columns[1]


def _line_rates(world: World, nodes: int) -> Column:
    """What each node's links carry one way, all networks together."""
    total = np.zeros(nodes)
    for link in world.cluster.links.values():
        total[link.node] += link.goodput_bytes_per_second
    return total


def stream_progress(world: World, vm: VmId | None = None) -> tuple[StreamProgress, ...]:
    """Every video stream (or that of one VM) as it stands at the world's clock."""
    wanted = sorted(world.streams) if vm is None else [vm] if vm in world.streams else []
    return tuple(_stream(world, one) for one in wanted)


def _stream(world: World, vm: VmId) -> StreamProgress:
    player = world.streams[vm].player
    return StreamProgress(
        vm=vm,
        time_ns=world.now_ns,
        buffer_seconds=buffer_at(player, world.now_ns),
        stalled=player.mode is Mode.STALLED,
        stalls=player.stalls,
        stall_seconds=stall_seconds_at(player, world.now_ns),
    )
