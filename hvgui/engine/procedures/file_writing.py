"""Files that are written one after the other, each at what the storage between a node and its place gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from hvgui.cluster.ids import NodeId
from hvgui.cluster.storage import VirtualDisk
from hvgui.cluster.storage_access import Access, volume_access
from hvgui.engine import storage_io, storage_watch
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until
from hvgui.engine.procedures.saved_state import LOCAL_DISK_BYTES_PER_SECOND
from hvgui.engine.redirection import network_rows

if TYPE_CHECKING:
    from hvgui.engine.world import World


class FileWriting(Procedure, frozen=True, kw_only=True):
    """The file number `written` is being written, from its source node."""

    files: tuple[VirtualDisk, ...]
    """What has to be written from end to end, in this order."""
    written: int = 0
    flow: int | None = None

    writes_elsewhere: ClassVar[bool] = True

    @property
    def now(self) -> VirtualDisk | None:
        """The file that is being written; None: all are."""
        return self.files[self.written] if self.written < len(self.files) else None

    def bytes_of(self, disk: VirtualDisk) -> float:
        """What goes over the wires for a file."""
        return float(disk.file_bytes)

    def saying(self, disk: VirtualDisk) -> str:
        """What the task says meanwhile."""
        return f"{disk.name} is being written"

    def complete(self, world: World) -> None:
        """All files are there."""
        raise NotImplementedError

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        self._next(world)

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        self._next(world)

    def storage_changed(self, world: World) -> None:
        """See Procedure.storage_changed."""
        disk = self.now
        if disk is None or self.flow is None:
            return
        way = way_to(world, self.source, disk)
        if way is not None and way != world.flows.sharing.links_of[self.flow]:
            left = world.flows.left_bytes(self.flow, world.now_ns)
            world.flows.close(self.flow)
            _carry(world, replace(self, flow=None), way, left)

    def elsewhere_lost(self, world: World) -> str:
        """See Procedure.elsewhere_lost."""
        disk = self.now
        return storage_watch.lost_disk(world.cluster, self.source, disk) if disk is not None else ""

    def close_flow(self, world: World) -> None:
        """Nothing more is written."""
        if self.flow is not None:
            world.flows.close(self.flow)

    def _next(self, world: World) -> None:
        self.close_flow(world)
        write(world, replace(self, flow=None, written=self.written + 1))


def write(world: World, procedure: FileWriting) -> None:
    """The file that is next is begun; where there is none, all are there."""
    disk = procedure.now
    if disk is None:
        procedure.complete(world)
        return
    task = world.cluster.tasks[procedure.task]
    world.cluster.put(replace(task, pass_number=procedure.written + 1, message=procedure.saying(disk)))
    way = way_to(world, procedure.source, disk)
    if way is None:
        keep_until(world, procedure, procedure.bytes_of(disk) / LOCAL_DISK_BYTES_PER_SECOND)
    else:
        _carry(world, procedure, way, procedure.bytes_of(disk))


def _carry(world: World, procedure: FileWriting, way: tuple[int, int], left_bytes: float) -> None:
    flow = world.flows.open(procedure.task, way)
    world.flows.carry(flow, left_bytes, world.now_ns)
    storage_io.share(world)
    keep(world, replace(procedure, flow=flow))


def way_to(world: World, node: NodeId, disk: VirtualDisk) -> tuple[int, int] | None:
    """The narrow places between a node and where a file lies; None on the node's own disk."""
    cluster = world.cluster
    volume = cluster.volumes[disk.volume] if disk.volume is not None else None
    lun_id = volume.lun if volume is not None else disk.lun
    if lun_id is None:
        return None
    if volume is not None and volume_access(cluster, node, volume) is Access.REDIRECTED:
        return network_rows(world, node, volume.coordinator)
    san = cluster.luns[lun_id].san
    return (world.rows.path(node, san), world.rows.san(san))
