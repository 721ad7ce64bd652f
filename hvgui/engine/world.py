"""The world: a cluster, its clock, and all that is under way, as one value that can be forked, saved and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import LunId, NodeId, SanId, TaskId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.tasks import Task
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import membership
from hvgui.engine.agenda import Agenda
from hvgui.engine.flows import Flows
from hvgui.engine.guests import Guests
from hvgui.engine.link_rows import LinkRows
from hvgui.engine.load_columns import LoadColumns
from hvgui.engine.memory_columns import MemoryColumns
from hvgui.engine.streams import Stream, first_stream

if TYPE_CHECKING:
    from hvgui.engine.physics.storage import Layout
    from hvgui.engine.procedures.nodes import Drain
    from hvgui.engine.procedures.procedure import Procedure
    from hvgui.engine.recovery import Recovery


RedirectionKey = tuple[NodeId, VolumeId]


class World:
    """A cluster that lives. Holds plain data only: frozen records in dicts, numpy columns, an agenda, a seed.

    Read `cluster` (records by id; `drain_changes()` gives the net change), `now_ns` (the clock), `seed`.
    Change it only through `run.apply` and `run.advance_to`. Figures come from `observe`.
    """

    __slots__ = (
        "agenda",
        "background",
        "cluster",
        "drains",
        "failback_ns",
        "flows",
        "freed",
        "guests",
        "halted",
        "hung",
        "joining",
        "last_event",
        "last_task",
        "layout",
        "lossy",
        "lost",
        "lun_moves",
        "memory",
        "missing",
        "news",
        "now_ns",
        "procedures",
        "recoveries",
        "redirected",
        "regroup",
        "rows",
        "seed",
        "short",
        "stopped",
        "storage_changed",
        "streams",
        "suspects",
        "unplaced",
        "unreachable",
        "volume_moves",
        "waiting",
        "watch",
    )

    cluster: Cluster
    seed: int
    now_ns: int
    last_event: int
    """Serial of the last event."""
    last_task: int
    """Id of the last task."""
    agenda: Agenda
    flows: Flows
    guests: Guests
    memory: MemoryColumns
    rows: LinkRows
    procedures: dict[TaskId, Procedure]
    streams: dict[VmId, Stream]
    recoveries: dict[TaskId, Recovery]
    watch: LoadColumns
    """What the load watch has seen; empty while it is off."""
    """Ended migrations whose stream still stalls."""
    halted: dict[VmId, None]
    """VMs in a blackout: their processors stand still, whatever the record's state says."""
    unreachable: dict[VmId, None]
    """VMs that no client reaches because of a migration."""
    waiting: dict[TaskId, None]
    """Live migrations in the queue."""
    short: dict[TaskId, None]
    """Starts that wait until others have given way; see `dynamic_memory`."""
    joining: dict[NodeId, int]
    """Nodes that boot, with the moment at which somebody pressed the button."""
    freed: dict[NodeId, None]
    """Nodes on which something has become free at this instant: whoever waits is looked at; then it is empty."""
    stopped: dict[VmId, int]
    """VMs that have lost a disk, with the moment since which they wait for it."""
    volume_moves: dict[VolumeId, int]
    """Volumes whose coordination moves, with the moment at which that began."""
    lun_moves: dict[LunId, int]
    """Likewise LUNs that change their owner."""
    storage_changed: dict[LunId, None]
    """LUNs to which something has happened at this instant: whoever uses them is looked at; then it is empty."""
    suspects: dict[VmId, None]
    """VMs that are looked at likewise."""
    redirected: dict[RedirectionKey, int]
    """The flow of what each node reads and writes through a volume's coordinator."""
    background: dict[SanId, float]
    """Input and output (bytes a second) of guests that were cut away from this world; see `narrowing`."""
    layout: Layout | None
    """Which guest's input and output goes where; None: it has to be read from the records again."""
    missing: dict[NodeId, int]
    """Nodes whose heartbeats are missed, with the moment since which they are; see `membership`."""
    lossy: dict[NodeId, tuple[float, int]]
    """Nodes whose heartbeats get lost at random: with which probability, and the moment since which it is that."""
    hung: dict[NodeId, int]
    """Nodes whose cluster service hangs, with the moment since which it does."""
    drains: dict[NodeId, Drain]
    """Nodes that give their VMs away; see `drains`."""
    failback_ns: int
    """When it was asked to look who may go back to a preferred owner; -1: nobody waits for that. See `failback`."""
    regroup: bool
    """Something has happened to who hears whom at this instant."""
    lost: dict[VmId, None]
    """VMs that are lost and to be brought back; see `failover`."""
    unplaced: bool
    """Something has happened at this instant that may let lost VMs start."""
    news: list[Event | Task]
    """What has happened and not been told to the sink yet; empty between calls of `run`."""

    @classmethod
    def of(cls, record: ClusterRecord, seed: int = 0) -> World:
        """A world at time 0 in which the cluster is as recorded. Tasks of the record are not continued."""
        vms = tuple(_at_rest(vm) for vm in record.vms)
        world = cls.__new__(cls)
        world.cluster = Cluster(msgspec.structs.replace(record, vms=vms, tasks=()))
        world.seed, world.now_ns = seed, 0
        world.last_event, world.last_task = 0, max((int(task.id) for task in record.tasks), default=-1)
        world.rows = LinkRows(world.cluster.links, world.cluster.sans, world.cluster.nodes)
        world.agenda = Agenda()
        world.flows = Flows(world.rows.capacities(world.cluster))
        world.guests, world.memory = Guests(world.cluster), MemoryColumns(world.cluster)
        world.procedures, world.waiting, world.streams, world.recoveries = {}, {}, {}, {}
        world.watch = LoadColumns()
        world.halted, world.unreachable, world.joining, world.freed, world.news = {}, {}, {}, {}, []
        world.stopped, world.volume_moves, world.lun_moves, world.redirected = {}, {}, {}, {}
        world.storage_changed, world.background, world.layout, world.short = {}, {}, None, {}
        world.drains, world.failback_ns = {}, -1
        world.missing, world.lossy, world.hung, world.regroup, world.unplaced = {}, {}, {}, False, False
        world.lost = {vm.id: None for vm in vms if vm.state is VmState.CRITICAL and not vm.is_failed}
        world.suspects = {vm.id: None for vm in vms if vm.state is VmState.PAUSED_CRITICAL}
        world.guests.reach(0, world.cluster, seed)
        for vm in world.cluster.vms.values():
            if vm.clients.video is not None:
                world.streams[vm.id] = first_stream(world, vm, vm.clients.video)
        world.flows.settle(0)
        membership.settle_in(world)
        return world

    def fork(self, seed: int | None = None) -> World:
        """An independent copy (another seed: with other weather from now on). Changes nothing in this world."""
        copy = World.__new__(World)
        copy.cluster = self.cluster.fork()
        copy.seed, copy.now_ns = self.seed, self.now_ns
        copy.last_event, copy.last_task = self.last_event, self.last_task
        copy.agenda, copy.flows, copy.guests = self.agenda.fork(), self.flows.fork(), self.guests.fork()
        copy.rows, copy.memory, copy.short = self.rows, self.memory.fork(), self.short.copy()
        copy.procedures, copy.waiting = self.procedures.copy(), self.waiting.copy()
        copy.streams = self.streams.copy()
        copy.recoveries, copy.watch = self.recoveries.copy(), self.watch.fork()
        copy.halted, copy.unreachable = self.halted.copy(), self.unreachable.copy()
        copy.joining, copy.freed, copy.news = self.joining.copy(), {}, []
        copy.stopped, copy.volume_moves = self.stopped.copy(), self.volume_moves.copy()
        copy.lun_moves, copy.redirected = self.lun_moves.copy(), self.redirected.copy()
        copy.storage_changed, copy.suspects = self.storage_changed.copy(), self.suspects.copy()
        copy.background, copy.layout = self.background, self.layout
        copy.missing, copy.lossy, copy.hung = self.missing.copy(), self.lossy.copy(), self.hung.copy()
        copy.drains, copy.failback_ns = self.drains.copy(), self.failback_ns
        copy.lost, copy.regroup, copy.unplaced = self.lost.copy(), self.regroup, self.unplaced
        if seed is not None and seed != self.seed:
            copy.seed = seed
            copy.guests.forget_values()
        return copy

    @property
    def next_tick_ns(self) -> int:
        """The next whole second."""
        return (self.guests.tick + 1) * NANOSECONDS

    def tell(
        self,
        code: str,
        message: str,
        level: Level = Level.INFORMATION,
        *,
        vm: VmId | None = None,
        node: NodeId | None = None,
        task: TaskId | None = None,
    ) -> None:
        """An event of this moment."""
        self.last_event += 1
        self.news.append(Event(self.last_event, self.now_ns, level, code, message, vm, node, task))


def _at_rest(vm: VirtualMachine) -> VirtualMachine:
    """A VM with nothing in mid-course: what had begun is taken as done, and who runs has its memory."""
    state = _RESTING.get(vm.state, vm.state)
    assigned = (vm.assigned_bytes or vm.memory.settings.startup_bytes) if state.holds_memory else 0
    saved = vm.saved_bytes
    if state is VmState.SAVED and vm.state is VmState.SAVING:
        saved = vm.assigned_bytes
    return msgspec.structs.replace(vm, state=state, assigned_bytes=assigned, saved_bytes=saved, task=None)


_RESTING = {
    VmState.STARTING: VmState.RUNNING,
    VmState.RESTORING: VmState.RUNNING,
    VmState.SAVING: VmState.SAVED,
    VmState.STOPPING: VmState.OFF,
}
