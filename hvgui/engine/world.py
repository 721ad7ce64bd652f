"""The world: a cluster, its clock, and all that is under way, as one value that can be forked, saved and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import LunId, NodeId, SanId, TaskId, VmId, VolumeId
from hvgui.cluster.tasks import Task
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine.agenda import Agenda
from hvgui.engine.flows import Flows
from hvgui.engine.guests import Guests
from hvgui.engine.link_rows import LinkRows
from hvgui.engine.load_columns import LoadColumns
from hvgui.engine.memory_columns import MemoryColumns
from hvgui.engine.under_way import Stream

if TYPE_CHECKING:
    from hvgui.engine.physics.storage import Layout
    from hvgui.engine.procedures.procedure import Procedure
    from hvgui.engine.under_way import Drain, Recovery


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
