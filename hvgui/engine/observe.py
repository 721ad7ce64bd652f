"""Looking at a world: figures for graphs and histories. Nothing here changes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.metrics import Column, MetricsSample, StreamProgress
from hvgui.engine import dynamic_memory, storage_io
from hvgui.engine.physics.guests import Use
from hvgui.engine.physics.video import Mode, buffer_at, stall_seconds_at
from hvgui.engine.world import World


def metrics_sample(world: World) -> MetricsSample:
    """The figures of the present simulated second."""
    cluster, guests = world.cluster, world.guests
    vms, nodes = len(guests.delivered), max(cluster.nodes, default=-1) + 1
    owner, active, vcpus, assigned = guests.assignment()
    wanted = guests.wanted_now(Use.CPU, cluster, world.seed) * active
    demand = np.where(assigned > 0.0, dynamic_memory.demand_of(world), 0.0)
    link_sent, link_received = _link_rates(world)
    sent, received = (_by_node(world, rates, nodes) for rates in (link_sent, link_received))
    talk = guests.wanted_now(Use.NETWORK, cluster, world.seed) * active
    traffic = np.bincount(owner, weights=np.minimum(talk, guests.most_network_bytes_per_second), minlength=nodes)
    traffic = np.minimum(traffic, np.maximum(_by_node(world, _line_rates(world), nodes) - sent, 0.0))
    sent += traffic
    _spread_talk(world, link_sent, traffic.astype(np.float64))
    io = storage_io.figures(world)
    busy, overheads = _node_cpu(world, owner, nodes)
    return MetricsSample(
        time_ns=world.now_ns,
        node_cpu_share=np.minimum(busy, 1.0),
        node_overhead_share=overheads,
        node_shadow_bytes=np.array([_shadow_bytes(world, node) for node in range(nodes)], dtype=np.float64),
        node_memory_bytes=_node_memory(world, nodes),
        node_sent_bytes_per_second=sent,
        node_received_bytes_per_second=received,
        link_sent_bytes_per_second=link_sent,
        link_received_bytes_per_second=link_received,
        vm_cpu_share=np.divide(guests.delivered, vcpus, out=np.zeros(vms), where=vcpus > 0.0),
        vm_cpu_wanted_share=wanted,
        vm_memory_bytes=assigned.copy(),
        # A guest whose memory is fixed can't ask for more than it sees.
        vm_memory_demand_bytes=np.where(world.memory.parts, demand, np.minimum(demand, assigned)),
        vm_memory_target_bytes=world.memory.targets(assigned),
        vm_memory_balloon_bytes=world.memory.balloons(assigned),
        **{name: getattr(io, name) for name in io.__struct_fields__},
    )


def _node_cpu(world: World, owner: NDArray[np.int64], nodes: int) -> tuple[Column, Column]:
    """What guests get, what address translation takes in proportion, and the emulation of devices, as a share of all
    logical processors; and the last two alone."""
    taken = np.bincount(owner, weights=world.guests.delivered, minlength=nodes)
    emulated = np.bincount(owner, weights=world.guests.emulation, minlength=nodes)
    logical, translation = world.guests.processors()
    up = np.zeros(nodes)
    for node in world.cluster.nodes.values():
        up[node.id] = node.is_up
    with_translation = taken / (1.0 - translation)
    overheads = (with_translation - taken + emulated) / logical * up
    return (with_translation + emulated) / logical * up, overheads


def _shadow_bytes(world: World, node: int) -> int:
    known = node in world.cluster.nodes
    return world.cluster.shadow_bytes_on(NodeId(node)) if known else 0


def _node_memory(world: World, nodes: int) -> Column:
    used = np.zeros(nodes)
    free = world.cluster.free_bytes()
    for node in world.cluster.nodes.values():
        if node.is_up:
            used[node.id] = node.memory_bytes - free[node.id]
    return used


def _link_rates(world: World) -> tuple[Column, Column]:
    """What migrations, streams and redirected input and output send and receive on each link, by the order of keys."""
    columns = np.zeros((2, len(world.rows.link_nodes)))
    sharing = world.flows.sharing
    for row, flows in sharing.members.items():
        if world.rows.node_of(row) is not None:
            # A link's sending side has the even row, its receiving side the odd one behind it.
            columns[row % 2, row // 2] += sum(sharing.rates[flow] for flow in flows)
    return columns[0], columns[1]


def _line_rates(world: World) -> Column:
    """What each link carries one way."""
    return np.array(world.flows.sharing.capacities[: 2 * len(world.rows.link_nodes) : 2])


def _by_node(world: World, by_link: Column, nodes: int) -> Column:
    return np.bincount(world.rows.link_nodes, weights=by_link, minlength=nodes).astype(np.float64)


def _spread_talk(world: World, sent: Column, traffic: Column) -> None:
    """Puts what the guests of each node send onto its links with room, those open to clients first."""
    if not traffic.any():
        return
    room = np.maximum(_line_rates(world) - sent, 0.0)
    left = traffic.copy()
    for link in world.rows.client_links_first(world.cluster):
        node = world.rows.link_nodes[link]
        part = min(left[node], room[link])
        sent[link] += part
        left[node] -= part


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
