"""A world cut down to some of its VMs, for forecasts that need not carry the rest about."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.load_watch import LoadWatch, Tips
from hvgui.engine import storage_io
from hvgui.engine.load_columns import LoadColumns
from hvgui.engine.world import World


def narrowed(world: World, vms: AbstractSet[VmId]) -> World:
    """A fork in which only these VMs exist, and those with a stream or something under way: they share its links.

    Everything random depends on an object's own id alone, so what is left goes on exactly as in the whole world as
    long as the nodes of these VMs keep all of theirs. What the others read
    and write stays as much as it is now. Meant to be taken as a checkpoint.
    """
    needed = {*vms, *world.streams, *world.halted, *world.unreachable}
    needed.update(procedure.vm for procedure in world.procedures.values())
    needed.update(recovery.task.vm for recovery in world.recoveries.values())
    needed.update(world.stopped, world.suspects)
    for _, volume in world.redirected:
        needed.update(world.cluster.vms_on_volume(volume))
    copy = world.fork()
    record = world.cluster.record()
    whole = storage_io.background_of(world)
    left_in = tuple(vm for vm in record.vms if vm.id in needed)
    # Who knows only some of the VMs has nothing to say about the nodes' loads.
    copy.cluster = Cluster(replace(record, vms=left_in, last_vm_id=-1, load_watch=LoadWatch(), tips=Tips()))
    copy.watch = LoadColumns()
    rows = copy.cluster.vm_rows
    guests = copy.guests
    guests.forget_curves()
    guests.delivered, guests.pace, guests.work = guests.delivered[:rows], guests.pace[:rows], guests.work[:rows]
    copy.memory.narrow(rows)
    copy.layout, copy.background = None, {}
    left = storage_io.background_of(copy)
    copy.background = {san: max(0.0, whole[san] - left[san]) for san in whole}
    return copy
