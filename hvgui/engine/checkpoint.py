"""A world as bytes and back: MessagePack, typed and bounded on decoding, no code in it.

Numpy columns travel as little-endian bytes whose length is checked against what they belong to; what can be worked
out again (seconds ahead, curves, sums) does not travel at all.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import LunId, NodeId, SanId, TaskId, VmId, VolumeId
from hvgui.cluster.tasks import TaskState
from hvgui.engine import checkpoint_checks as checks
from hvgui.engine import watch_checkpoint
from hvgui.engine.agenda import Agenda, Item
from hvgui.engine.due import counts
from hvgui.engine.failover import lost_vms
from hvgui.engine.flows import Flows, redirection_owner
from hvgui.engine.guests import Guests
from hvgui.engine.link_rows import LinkRows
from hvgui.engine.memory_columns import MemoryColumns
from hvgui.engine.physics.sharing import FlowLinks
from hvgui.engine.procedures.disks import AddDisksProcedure
from hvgui.engine.procedures.failover import Failover, FailoverStep
from hvgui.engine.procedures.imports import ImportProcedure
from hvgui.engine.procedures.lifecycle import Save, ShutDown, Start, StartStep
from hvgui.engine.procedures.live import LiveMigration
from hvgui.engine.procedures.move import Move
from hvgui.engine.procedures.quick import QuickMigration
from hvgui.engine.procedures.snapshot_merging import MergeProcedure
from hvgui.engine.procedures.snapshots import TakeSnapshotProcedure
from hvgui.engine.silence import with_silence
from hvgui.engine.under_way import Drain, Recovery, Stream
from hvgui.engine.watch_checkpoint import WatchRecord
from hvgui.engine.world import World

FORMAT = 1
"""Raised whenever an older hvgui could not read what this one writes."""
MOST_BYTES = 2**30
"""A checkpoint larger than this is not one of ours."""

AnyProcedure = (
    LiveMigration
    | QuickMigration
    | Move
    | Start
    | ShutDown
    | Save
    | AddDisksProcedure
    | TakeSnapshotProcedure
    | MergeProcedure
    | ImportProcedure
    | Failover
)


class _Flow(msgspec.Struct, frozen=True, array_like=True):
    row: int
    owner: int
    links: FlowLinks
    cap: float | None
    """None: no cap (MessagePack's infinity is not everybody's)."""


class _WorldRecord(msgspec.Struct, frozen=True):
    """Everything that a world is, as plain data."""

    format: int
    cluster: ClusterRecord
    seed: int
    now_ns: int
    last_event: int
    last_task: int
    agenda: list[Item]
    agenda_serial: int
    procedures: list[AnyProcedure]
    streams: dict[VmId, Stream]
    recoveries: dict[TaskId, Recovery]
    halted: list[VmId]
    unreachable: list[VmId]
    joining: dict[NodeId, int]
    tick: int
    delivered: bytes
    pace: bytes
    work: bytes
    flows: list[_Flow]
    flow_rows: tuple[bytes, bytes, bytes, bytes]
    """Remaining, rate, since and end of every row."""
    free_rows: list[int]
    levels: bytes
    unsettled: tuple[list[int], list[int]]
    stopped: dict[VmId, int] = {}
    volume_moves: dict[VolumeId, int] = {}
    lun_moves: dict[LunId, int] = {}
    redirected: list[tuple[NodeId, VolumeId, int]] = []
    """Node, volume, row of the flow."""
    storage_changed: list[LunId] = []
    suspects: list[VmId] = []
    background: dict[SanId, float] = {}
    memory_average: bytes = b""
    """Empty in checkpoints of before dynamic memory, as are the two below."""
    memory_before: bytes = b""
    memory_visible: bytes = b""
    memory_moving: list[VmId] = []
    storage_capacities: dict[int, float] = {}
    """Of SANs' and paths' rows over which something goes: what guests leave of them at the moment."""
    missing: dict[NodeId, int] = {}
    lossy: dict[NodeId, tuple[float, int]] = {}
    hung: dict[NodeId, int] = {}
    drains: dict[NodeId, Drain] = {}
    failback_ns: int = -1
    watch: WatchRecord | None = None


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_WorldRecord)


def snapshot(world: World) -> bytes:
    """The world as MessagePack."""
    return _ENCODER.encode(_record(world, world.cluster.record()))


def in_pieces(world: World, vms_a_piece: int = 256) -> Iterator[bytes]:
    """The world as it is at this call, encoded a few VMs at a time: empty bytes until, last of all, what `snapshot`
    gives. For who must not hold the interpreter for as long as 8,000 VMs take; the world may go on meanwhile."""
    return _pieces(world.fork(), vms_a_piece)


def _pieces(world: World, vms_a_piece: int) -> Iterator[bytes]:
    cluster = world.cluster.record()
    vms: list[msgspec.Raw] = []
    for start in range(0, len(cluster.vms), vms_a_piece):
        vms += [msgspec.Raw(_ENCODER.encode(vm)) for vm in cluster.vms[start : start + vms_a_piece]]
        yield b""
    encoded = {name: getattr(cluster, name) for name in cluster.__struct_fields__} | {"vms": vms}
    record = _record(world, ClusterRecord())
    whole = {name: getattr(record, name) for name in record.__struct_fields__} | {"cluster": encoded}
    yield _ENCODER.encode(whole)


def _record(world: World, cluster: ClusterRecord) -> _WorldRecord:
    flows, sharing, guests = world.flows, world.flows.sharing, world.guests
    return _WorldRecord(
        format=FORMAT,
        cluster=cluster,
        seed=world.seed,
        now_ns=world.now_ns,
        last_event=world.last_event,
        last_task=world.last_task,
        # Without what no longer means anything: whether that has been thrown away yet depends on who has looked.
        agenda=sorted((item for item in world.agenda.heap if counts(world, item[3])), key=lambda item: item[:3]),
        agenda_serial=world.agenda.serial,
        procedures=[_known(procedure) for procedure in world.procedures.values()],
        streams=world.streams,
        recoveries=world.recoveries,
        halted=list(world.halted),
        unreachable=list(world.unreachable),
        joining=world.joining,
        tick=guests.tick,
        delivered=_bytes(guests.delivered),
        pace=_bytes(guests.pace),
        work=_bytes(guests.work),
        flows=[
            _Flow(row, flows.owners[row], links, None if sharing.caps[row] == np.inf else sharing.caps[row])
            for row, links in sharing.links_of.items()
        ],
        flow_rows=(_bytes(flows.remaining), _bytes(flows.rate), _bytes(flows.since_ns), _bytes(flows.end_ns)),
        free_rows=flows.free_rows,
        levels=_bytes(np.array(sharing.levels)),
        unsettled=sharing.unsettled,
        stopped=world.stopped,
        volume_moves=world.volume_moves,
        lun_moves=world.lun_moves,
        redirected=[(node, volume, row) for (node, volume), row in world.redirected.items()],
        storage_changed=list(world.storage_changed),
        suspects=list(world.suspects),
        background=world.background,
        memory_average=_bytes(world.memory.average),
        memory_before=_bytes(world.memory.before),
        memory_visible=_bytes(world.memory.visible),
        memory_moving=[VmId(row) for row in np.flatnonzero(world.memory.moving).tolist()],
        storage_capacities={row: sharing.capacities[row] for row in world.rows.storage if row in sharing.members},
        missing=world.missing,
        lossy=world.lossy,
        hung=world.hung,
        drains=world.drains,
        failback_ns=world.failback_ns,
        watch=watch_checkpoint.recorded(world.watch),
    )


def restore(data: bytes) -> World:
    """The world again; it goes on exactly as the one it was taken from. Raises ValueError with a sentence."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"The checkpoint has {len(data):,} bytes, more than any world of hvgui.")
    try:
        record = _DECODER.decode(data)
        if record.format != FORMAT:
            raise ValueError(f"The checkpoint has format {record.format}; this hvgui reads format {FORMAT}.")
        return _world(record)
    except msgspec.DecodeError as error:
        raise ValueError(f"The checkpoint is damaged: {error}.") from error
    except (KeyError, IndexError, OverflowError) as error:
        raise ValueError(f"The checkpoint contradicts itself: {error!r} is named and not there.") from error


def _world(record: _WorldRecord) -> World:
    _check(record)
    world = World.__new__(World)
    world.cluster = Cluster(with_silence(record.cluster, record.missing))
    world.seed, world.now_ns = record.seed, record.now_ns
    world.last_event, world.last_task = record.last_event, record.last_task
    world.rows = LinkRows(world.cluster.links, world.cluster.sans, world.cluster.nodes)
    heap = list(record.agenda)
    heapq.heapify(heap)
    world.agenda = Agenda(heap, record.agenda_serial)
    world.procedures = {procedure.task: procedure for procedure in record.procedures}
    world.waiting = {task.id: None for task in world.cluster.tasks.values() if task.state is TaskState.QUEUED}
    world.streams, world.recoveries = record.streams, record.recoveries
    world.watch = watch_checkpoint.restored(record.watch, record.cluster)
    world.halted, world.unreachable = dict.fromkeys(record.halted), dict.fromkeys(record.unreachable)
    world.joining, world.freed, world.news = record.joining, {}, []
    world.stopped, world.volume_moves, world.lun_moves = record.stopped, record.volume_moves, record.lun_moves
    world.redirected = {(node, volume): row for node, volume, row in record.redirected}
    world.storage_changed = dict.fromkeys(record.storage_changed)
    world.suspects, world.background, world.layout = dict.fromkeys(record.suspects), record.background, None
    world.short = {
        one.task: None
        for one in record.procedures
        if isinstance(one, Start | Failover) and one.step in (StartStep.WAITING, FailoverStep.WAITING)
    }
    world.missing, world.lossy, world.hung = record.missing, record.lossy, record.hung
    world.drains, world.failback_ns = record.drains, record.failback_ns
    world.lost, world.regroup, world.unplaced = lost_vms(world), False, False
    world.guests, world.memory = _guests(world, record), _memory(world, record)
    world.flows = _flows(world, record)
    return world


def _check(record: _WorldRecord) -> None:
    cluster = record.cluster
    checks.check_seed(record.seed)
    checks.check_ids(cluster)
    checks.check_clock(record.now_ns, record.tick, record.agenda)
    checks.check_references(cluster)
    checks.check_snapshots(cluster)
    checks.check_figures(cluster)
    owners = {(row, redirection_owner(node, volume)) for node, volume, row in record.redirected}
    for one in record.procedures:
        _check_snapshot_procedure(cluster, one)
    checks.check_under_way(cluster, record.procedures, record.streams, record.recoveries, record.flows, owners)
    waits = checks.Waits(record.stopped, record.volume_moves, record.lun_moves, record.storage_changed, record.suspects)
    checks.check_storage(cluster, waits, [one[:2] for one in record.redirected], record.background)
    checks.check_players((stream.player for stream in record.streams.values()), record.now_ns)
    still = [*record.halted, *record.unreachable]
    checks.check_membership(cluster, (*record.missing, *record.lossy, *record.hung, *record.drains))
    checks.check_silence(cluster, record.missing, record.now_ns)
    checks.check_entries((item[3] for item in record.agenda), cluster, still, record.joining)


def _check_snapshot_procedure(cluster: ClusterRecord, procedure: AnyProcedure) -> None:
    """A merge and an apply name snapshots that are there."""
    wanted = 0
    if isinstance(procedure, MergeProcedure):
        wanted = procedure.snapshot
    elif isinstance(procedure, TakeSnapshotProcedure):
        wanted = procedure.then_apply
    if wanted and not any(one.id == wanted for vm in cluster.vms if vm.id == procedure.vm for one in vm.snapshots):
        raise checks.ContradictionError(f"snapshot no. {wanted} is named and not there")


def _guests(world: World, record: _WorldRecord) -> Guests:
    guests = Guests(world.cluster)
    size = len(guests.work)
    guests.tick = record.tick
    guests.delivered = _figures(record.delivered, size, "delivered")
    guests.pace = _figures(record.pace, size, "pace")
    guests.work = _figures(record.work, size, "work")
    for vm in world.halted:
        guests.follow(world.cluster.vms[vm], stands_still=True)
    return guests


def _memory(world: World, record: _WorldRecord) -> MemoryColumns:
    memory = MemoryColumns(world.cluster)
    size = len(memory.average)
    if record.memory_average:
        memory.average = _figures(record.memory_average, size, "memory average")
        memory.before = _figures(record.memory_before, size, "memory before")
        memory.visible = _figures(record.memory_visible, size, "memory visible")
    for vm in world.halted:
        memory.follow(world.cluster, world.cluster.vms[vm], stands_still=True)
    for moving in record.memory_moving:
        if moving not in world.cluster.vms:
            raise ValueError(f"The checkpoint is damaged: memory moves for VM {moving}, which is not there.")
        memory.moving[moving] = True
    return memory


def _flows(world: World, record: _WorldRecord) -> Flows:
    flows = Flows(world.rows.capacities(world.cluster))
    remaining, rate, since, end = record.flow_rows
    size = len(rate) // 8
    used = {flow.row for flow in record.flows} | set(record.free_rows)
    if used != set(range(len(used))) or len(used) > size or len(used) != len(record.flows) + len(record.free_rows):
        raise ValueError("The checkpoint is damaged: its flows do not fit their rows.")
    flows.restore_rows(
        _floats(remaining, size, "remaining"),
        _floats(rate, size, "rate"),
        _moments(since, size, "since"),
        _moments(end, size, "end"),
        list(record.free_rows),
        len(used),
    )
    levels = _levels(world, record)
    for flow in record.flows:
        if not 1 <= len(flow.links) <= 2 or not all(0 <= link < len(levels) - 1 for link in flow.links):
            raise ValueError("The checkpoint is damaged: a flow runs over a link that is not there.")
        flows.owners[flow.row] = flow.owner
        flows.sharing.open(flow.row, flow.links, np.inf if flow.cap is None else flow.cap)
    rows = {flow.row for flow in record.flows}
    if not rows.issuperset(record.unsettled[1]) or not all(0 <= link < len(levels) - 1 for link in record.unsettled[0]):
        raise ValueError("The checkpoint is damaged: a change names a flow or a link that is not there.")
    rates = {flow.row: float(flows.rate[flow.row]) for flow in record.flows}
    flows.sharing.restore(levels, rates, record.unsettled)
    for row, capacity in record.storage_capacities.items():
        if row not in world.rows.storage or not 0.0 <= capacity < 2.0**50:
            raise ValueError("The checkpoint is damaged: the bandwidth of a storage path is no figure.")
        flows.sharing.capacities[row] = capacity
    return flows


def _levels(world: World, record: _WorldRecord) -> list[float]:
    """A level for each row, and the last one that stands for none; older checkpoints know no paths to SANs."""
    rows = world.rows.storage.stop + 1
    known = len(record.levels) // 8
    if known == rows - len(world.cluster.nodes) * len(world.cluster.sans):
        return [*_floats(record.levels, known, "levels").tolist(), *[np.inf] * (rows - known)]
    return [*_floats(record.levels, rows, "levels").tolist()]


def _known(procedure: object) -> AnyProcedure:
    if not isinstance(procedure, AnyProcedure):
        raise TypeError(f"{type(procedure).__name__} is not among the procedures of a checkpoint")
    return procedure


def _bytes(column: NDArray[np.float64] | NDArray[np.int64]) -> bytes:
    return column.astype(column.dtype.newbyteorder("<")).tobytes()


def _floats(data: bytes, size: int, name: str) -> NDArray[np.float64]:
    _check_size(data, size, name)
    return np.frombuffer(data, dtype="<f8").astype(np.float64)


def _figures(data: bytes, size: int, name: str) -> NDArray[np.float64]:
    figures = _floats(data, size, name)
    if not ((figures >= 0.0) & (figures < 2.0**50)).all():
        raise ValueError(f"The checkpoint is damaged: its column '{name}' holds what is no figure.")
    return figures


def _moments(data: bytes, size: int, name: str) -> NDArray[np.int64]:
    _check_size(data, size, name)
    return np.frombuffer(data, dtype="<i8").astype(np.int64)


def _check_size(data: bytes, size: int, name: str) -> None:
    if len(data) != 8 * size:
        raise ValueError(f"The checkpoint is damaged: its column '{name}' has {len(data)} bytes, not {8 * size}.")
