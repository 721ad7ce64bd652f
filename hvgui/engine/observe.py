"""Looking at a world: figures for graphs and histories. Nothing here changes it."""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.ids import VmId
from hvgui.cluster.metrics import Column, MetricsSample, MigrationProgress, StreamProgress
from hvgui.cluster.tasks import Phase
from hvgui.cluster.units import PAGE_BYTES
from hvgui.engine.outlook import seconds_left
from hvgui.engine.physics import dirtying, precopy
from hvgui.engine.physics.guests import Use
from hvgui.engine.physics.precopy import Precopy
from hvgui.engine.physics.processors import capacity
from hvgui.engine.physics.video import Mode, buffer_at, stall_seconds_at
from hvgui.engine.procedures.live import LiveMigration, worked
from hvgui.engine.procedures.live_step import LiveStep
from hvgui.engine.world import World

_PHASES = {
    LiveStep.SETUP: Phase.SETUP,
    LiveStep.JOINING: Phase.SETUP,
    LiveStep.COPYING: Phase.COPYING,
    LiveStep.STUNNED: Phase.BLACKOUT,
    LiveStep.SENDING: Phase.BLACKOUT,
    LiveStep.HANDOVER: Phase.BLACKOUT,
    LiveStep.ARP: Phase.ARP,
}


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


def migration_progress(world: World) -> tuple[MigrationProgress, ...]:
    """Every live migration that runs, as it stands at the world's clock, oldest first."""
    running = sorted(
        (
            one
            for one in world.procedures.values()
            if isinstance(one, LiveMigration) and one.step is not LiveStep.QUEUED
        ),
        key=lambda one: one.task,
    )
    return tuple(_progress(world, one) for one in running)


def _progress(world: World, one: LiveMigration) -> MigrationProgress:
    if one.copy is None:
        return _before_copying(world, one)
    flow_left = world.flows.left_bytes(one.flow, world.now_ns) if one.flow is not None else 0.0
    rate = world.flows.sharing.rates[one.flow] if one.flow is not None else 0.0
    if one.step is not LiveStep.COPYING:
        return _in_blackout(world, one, one.copy, flow_left, rate)
    copy, _ = worked(world, one)
    pace = float(world.guests.pace[one.vm])
    before = copy.sent_before_bytes
    low, high = seconds_left(copy, flow_left, rate, pace)
    return MigrationProgress(
        task=one.task,
        time_ns=world.now_ns,
        phase=Phase.COPYING,
        pass_number=copy.pass_number,
        pass_sent_bytes=round(precopy.sent_bytes(copy, flow_left) - before),
        rest_bytes=round(flow_left),
        sent_bytes=round(precopy.sent_bytes(copy, flow_left)),
        dirty_bytes_per_second=precopy.dirty_bytes_per_second(copy) * pace,
        link_bytes_per_second=rate,
        seconds_left_low=low,
        seconds_left_high=high,
    )


def _before_copying(world: World, one: LiveMigration) -> MigrationProgress:
    """In set-up nothing has been sent; the dirty rate is what the guest's writers would do to clean memory."""
    vm = world.cluster.vms[one.vm]
    writers = dirtying.place_writers(vm.memory.regions, vm.assigned_bytes / PAGE_BYTES)
    return MigrationProgress(
        task=one.task,
        time_ns=world.now_ns,
        phase=Phase.SETUP,
        pass_number=0,
        pass_sent_bytes=0,
        rest_bytes=vm.assigned_bytes,
        sent_bytes=0,
        dirty_bytes_per_second=dirtying.unique_bytes_per_second(writers, 0.0) * float(world.guests.pace[one.vm]),
        link_bytes_per_second=0.0,
    )


def _in_blackout(world: World, one: LiveMigration, copy: Precopy, flow_left: float, rate: float) -> MigrationProgress:
    """What is left of the blackout; after the resume, nothing that anybody waits for."""
    left = flow_left if one.step is LiveStep.SENDING and flow_left < inf else 0.0
    fixed = sent = 0.0
    if one.blackout is not None:
        fixed = one.blackout.storage_handover_seconds + one.blackout.resume_seconds + one.blackout.arp_seconds
        sent = one.blackout.wire_bytes - left
    longest = 0.0 if one.step is LiveStep.ARP else fixed + (left / rate if rate > 0.0 else 0.0)
    return MigrationProgress(
        task=one.task,
        time_ns=world.now_ns,
        phase=_PHASES[one.step],
        pass_number=copy.pass_number - 1,
        pass_sent_bytes=round(sent),
        rest_bytes=round(left),
        sent_bytes=round(copy.sent_before_bytes + sent),
        dirty_bytes_per_second=0.0,
        link_bytes_per_second=rate,
        seconds_left_low=longest if one.step is LiveStep.SENDING else 0.0,
        seconds_left_high=longest,
    )


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
