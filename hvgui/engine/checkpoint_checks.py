"""Whether a decoded checkpoint can be a world: every name in it is that of something there, every number in range.

A checkpoint may come from a stranger's file. What passes here can be run; what can't is refused with a sentence, before
anything is built from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

import msgspec

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import LunId, NodeId, SanId, TaskId, VmId, VolumeId
from hvgui.cluster.units import NANOSECONDS
from hvgui.cluster.vm_figures import is_watchable, out_of_range
from hvgui.engine.agenda import Entry, Item, NodeDue, ProcedureDue, StreamDue
from hvgui.engine.physics.video import Player
from hvgui.engine.procedures.procedure import Procedure
from hvgui.engine.under_way import Recovery, Stream

_MOST_ROWS = 2**22
_MOST_NS = 2**62
_MOST_FIGURE = 2.0**50


class FlowRecord(Protocol):
    """A flow as a checkpoint holds it."""

    @property
    def row(self) -> int:
        """Its row."""

    @property
    def owner(self) -> int:
        """The task's id, or ~id of the stream's VM."""


class ContradictionError(ValueError):
    """What a checkpoint contradicts, as a sentence."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The checkpoint contradicts itself: {what}.")


def check_ids(cluster: ClusterRecord) -> None:
    """Ids are rows of columns: a hostile one would ask for more memory than there is."""
    ids = [*(vm.id for vm in cluster.vms), *(node.id for node in cluster.nodes)]
    last = (cluster.last_vm_id, cluster.last_node_id)
    if (ids and not 0 <= min(ids) <= max(ids) < _MOST_ROWS) or not all(-1 <= one < _MOST_ROWS for one in last):
        raise ContradictionError("an id is out of range")


def check_clock(now_ns: int, tick: int, agenda: Iterable[Item]) -> None:
    """The clock stands within its second, and nothing of the agenda lies in the past."""
    if not (0 <= now_ns < _MOST_NS and tick * NANOSECONDS <= now_ns <= (tick + 1) * NANOSECONDS):
        raise ContradictionError("its clock and its seconds disagree")
    if any(not now_ns <= item[0] < _MOST_NS for item in agenda):
        raise ContradictionError("its agenda lies in the past")


def check_references(cluster: ClusterRecord) -> None:
    """Owners, disks, volumes, links and tasks name what is there."""
    nodes = {node.id for node in cluster.nodes}
    networks = {network.id for network in cluster.networks}
    luns, volumes = {lun.id for lun in cluster.luns}, {volume.id for volume in cluster.volumes}
    sans, vms = {san.id for san in cluster.sans}, {vm.id for vm in cluster.vms}
    _all_in("a VM's owner", (vm.owner for vm in cluster.vms), nodes)
    _all_in("a link's node", (link.node for link in cluster.links), nodes)
    _all_in("a link's network", (link.network for link in cluster.links), networks)
    _all_in("a LUN's SAN", (lun.san for lun in cluster.luns), sans)
    _all_in("a volume's LUN", (volume.lun for volume in cluster.volumes), luns)
    disks = [disk for vm in cluster.vms for disk in vm.disks]
    _all_in("a disk's volume", (disk.volume for disk in disks if disk.volume is not None), volumes)
    _all_in("a disk's LUN", (disk.lun for disk in disks if disk.lun is not None), luns)
    _all_in("a task's VM", (task.vm for task in cluster.tasks), vms)
    _all_in("a task's node", (node for task in cluster.tasks for node in (task.source, task.target)), nodes)


def check_snapshots(cluster: ClusterRecord) -> None:
    """Every VM's snapshots are a tree: each builds on an older one, and "Now" on one that is there."""
    volumes, luns = {volume.id for volume in cluster.volumes}, {lun.id for lun in cluster.luns}
    for vm in (vm for vm in cluster.vms if vm.snapshots or vm.current_snapshot):
        ids = {one.id for one in vm.snapshots}
        if len(ids) != len(vm.snapshots) or not all(
            0 <= one.parent < one.id <= vm.last_snapshot for one in vm.snapshots
        ):
            raise ContradictionError(f"the snapshots of {vm.name} are no tree")
        _all_in("the snapshot below another", (one.parent for one in vm.snapshots if one.parent), ids)
        _all_in("the snapshot below Now", [vm.current_snapshot] if vm.current_snapshot else [], ids)
        disks = [*vm.disks, *(disk for one in vm.snapshots for disk in one.disks)]
        _all_in("a frozen disk's volume", (disk.volume for disk in disks if disk.volume is not None), volumes)
        _all_in("a frozen disk's LUN", (disk.lun for disk in disks if disk.lun is not None), luns)
        sizes = [size for disk in disks for size in (disk.size_bytes, disk.file_bytes, disk.rewritten_bytes)]
        sizes += [one.memory_bytes for one in vm.snapshots]
        startups = (one.memory.settings.startup_bytes for one in vm.snapshots)
        if not all(0 <= size < _MOST_FIGURE for size in sizes) or not all(0 < size < _MOST_FIGURE for size in startups):
            raise ContradictionError(f"a size in the snapshots of {vm.name} is out of range")


def check_figures(cluster: ClusterRecord) -> None:
    """Times of the profile and periods of the loads can be reckoned with: neither negative nor endless."""
    profile = cluster.profile
    parts = (profile.timings, profile.pass_rule)
    figures = [value for part in parts for value in msgspec.structs.astuple(part) if isinstance(value, int | float)]
    figures += [profile.tcp_timeout_seconds, profile.guest_cluster_timeout_seconds]
    # A comparison with what is no number is false as well.
    if not all(0 <= figure < _MOST_FIGURE for figure in figures):
        raise ContradictionError("a figure of its profile is out of range")
    for vm in cluster.vms:
        found = out_of_range(vm)
        if found:
            raise ContradictionError(f"{found} {'are' if ' or ' in found else 'is'} out of range")


def check_seed(seed: int) -> None:
    """The seed is one that randomness can be counted from."""
    if not 0 <= seed < 2**64:
        raise ContradictionError("its seed is out of range")


def check_players(players: Iterable[Player], now_ns: int) -> None:
    """What players have buffered and met so far can be reckoned with."""
    for player in players:
        figures = (player.buffer_seconds, player.delivered_bytes_per_second, player.ended_stall_seconds)
        moments = (player.since_ns, player.stalled_since_ns)
        if not (
            all(0 <= figure < _MOST_FIGURE for figure in figures)
            and is_watchable(player.video)
            and all(0 <= moment <= now_ns for moment in moments)
        ):
            raise ContradictionError("a stream's figures are out of range")


def check_under_way(
    cluster: ClusterRecord,
    procedures: Sequence[Procedure],
    streams: Mapping[VmId, Stream],
    recoveries: Mapping[TaskId, Recovery],
    flows: Sequence[FlowRecord],
    redirected: AbstractSet[tuple[int, int]],
) -> None:
    """Every task has its procedure, every flow its owner, and the other way round."""
    tasks, vms = {task.id for task in cluster.tasks}, {vm.id for vm in cluster.vms}
    by_task = {procedure.task: procedure for procedure in procedures}
    if len(by_task) != len(procedures) or set(by_task) != tasks:
        raise ContradictionError("its tasks and its procedures do not match")
    _all_in("a task that holds a VM", (vm.task for vm in cluster.vms if vm.task is not None), tasks)
    _all_in("a stream's VM", streams, vms)
    _all_in("a procedure's VM", (procedure.vm for procedure in procedures), vms)
    _all_in("a recovery's VM", (recovery.task.vm for recovery in recoveries.values()), vms)
    nodes = {node.id for node in cluster.nodes}
    ends = (node for procedure in procedures for node in (procedure.source, procedure.target))
    _all_in("a procedure's node", ends, nodes)
    rows = {(_flow_of(procedure), int(task)) for task, procedure in by_task.items()}
    rows |= {(stream.flow, ~int(vm)) for vm, stream in streams.items()} | redirected
    if {one for one in rows if one[0] is not None} != {(flow.row, flow.owner) for flow in flows}:
        raise ContradictionError("its flows and their owners do not match")


class Waits(msgspec.Struct, frozen=True):
    """What waits for something of the storage."""

    stopped: Mapping[VmId, int]
    volume_moves: Mapping[VolumeId, int]
    lun_moves: Mapping[LunId, int]
    storage_changed: Iterable[LunId]
    suspects: Iterable[VmId]


def check_storage(
    cluster: ClusterRecord,
    waits: Waits,
    redirected: Iterable[tuple[NodeId, VolumeId]],
    background: Mapping[SanId, float],
) -> None:
    """Coordinators, owners, paths, detached disks and all that waits name what is there."""
    nodes, sans = {node.id for node in cluster.nodes}, {san.id for san in cluster.sans}
    luns, volumes = {lun.id for lun in cluster.luns}, {volume.id for volume in cluster.volumes}
    vms = {vm.id for vm in cluster.vms}
    owners = [*(one.coordinator for one in cluster.volumes), *(one.moving_to for one in cluster.volumes)]
    owners += [*(one.owner for one in cluster.luns), *(one.moving_to for one in cluster.luns)]
    _all_in("a volume's or LUN's node", (one for one in owners if one is not None), nodes)
    _all_in("a path's node", (path.node for path in cluster.paths), nodes)
    _all_in("a path's SAN", (path.san for path in cluster.paths), sans)
    loose = [one.disk for one in cluster.detached_disks]
    _all_in("a detached disk's volume", (disk.volume for disk in loose if disk.volume is not None), volumes)
    _all_in("a detached disk's LUN", (disk.lun for disk in loose if disk.lun is not None), luns)
    _all_in("a VM that waits for its disk", [*waits.stopped, *waits.suspects], vms)
    _all_in("a volume that moves", waits.volume_moves, volumes)
    _all_in("a LUN that moves", [*waits.lun_moves, *waits.storage_changed], luns)
    ways = list(redirected)
    _all_in("a redirected node", (node for node, _ in ways), nodes)
    _all_in("a redirected volume", (volume for _, volume in ways), volumes)
    if not set(background) <= sans or not all(0 <= figure < _MOST_FIGURE for figure in background.values()):
        raise ContradictionError("what other guests read and write is out of range")
    figures = [*(path.bytes_per_second for path in cluster.paths)]
    figures += [one for san in cluster.sans for one in (san.bytes_per_second, san.iops, san.latency_seconds)]
    if not all(0 <= figure < _MOST_FIGURE for figure in figures):
        raise ContradictionError("a figure of its storage is out of range")


def check_silence(cluster: ClusterRecord, missing: dict[NodeId, int], now_ns: int) -> None:
    """Heartbeats are missed since a moment that has been, and a node's own record says nothing else."""
    since = {node.id: node.silent_since_ns for node in cluster.nodes if node.silent_since_ns is not None}
    contradicts = any(missing.get(node) != moment for node, moment in since.items())
    if contradicts or not all(0 <= moment <= now_ns for moment in missing.values()):
        raise ContradictionError("heartbeats are missed since a moment that can't be")


def check_membership(cluster: ClusterRecord, watched: Iterable[NodeId]) -> None:
    """Heartbeats, losses and failover policies can be reckoned with, and nodes that are watched are there."""
    _all_in("a node that is watched", watched, {node.id for node in cluster.nodes})
    beat = cluster.heartbeat
    delays = (beat.same_subnet_delay_ms, beat.cross_subnet_delay_ms)
    thresholds = (beat.same_subnet_threshold, beat.cross_subnet_threshold)
    if not all(0 < delay < _MOST_ROWS for delay in delays) or not all(0 < one <= 1000 for one in thresholds):
        raise ContradictionError("its heartbeats are out of range")
    losses = [*(one.heartbeat_loss for one in cluster.links), *(one.heartbeat_loss for one in cluster.networks)]
    if not all(0 <= loss <= 1 for loss in losses):
        raise ContradictionError("a loss of heartbeats is out of range")
    _check_plan(cluster)
    chaos = cluster.chaos
    if not (0 <= chaos.faults_per_hour <= _MOST_ROWS and 0 <= chaos.mended_after_seconds < _MOST_ROWS):
        raise ContradictionError("its chaos is out of range")
    if not (0 <= chaos.seed < 2**64 and 0 <= chaos.last_fault < _MOST_NS):
        raise ContradictionError("its chaos is out of range")
    figures = [figure for vm in cluster.vms for figure in (vm.start_delay_seconds, vm.failover.period_hours)]
    if not all(0 <= figure < _MOST_ROWS for figure in figures):
        raise ContradictionError("a failover policy is out of range")


def _check_plan(cluster: ClusterRecord) -> None:
    plan = cluster.maintenance
    _all_in("a node of the plan", (*plan.nodes, *plan.done), {node.id for node in cluster.nodes})
    if not 0 <= plan.offline_seconds < _MOST_ROWS or not 0 <= plan.began_ns < _MOST_NS:
        raise ContradictionError("its plan of maintenance is out of range")


def check_entries(
    entries: Iterable[Entry], cluster: ClusterRecord, halted: Iterable[VmId], joining: Iterable[NodeId]
) -> None:
    """Whom the agenda and the lists of VMs and nodes name."""
    vms, nodes = {vm.id for vm in cluster.vms}, {node.id for node in cluster.nodes}
    _all_in("a halted VM", halted, vms)
    _all_in("a node that boots", joining, nodes)
    for entry in entries:
        if (isinstance(entry, NodeDue) and entry.node not in nodes) or (
            isinstance(entry, StreamDue | ProcedureDue) and entry.stamp < 0
        ):
            raise ContradictionError("its agenda names what is not there")


def _flow_of(procedure: Procedure) -> int | None:
    flow: int | None = getattr(procedure, "flow", None)
    return flow


def _all_in(what: str, wanted: Iterable[int], there: Iterable[int]) -> None:
    missing = set(wanted).difference(there)
    if missing:
        raise ContradictionError(f"{what} (no. {min(missing)}) is named and not there")
