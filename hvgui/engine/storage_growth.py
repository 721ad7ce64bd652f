"""Dynamic and differencing disks grow by what their guests write for good; booked once a simulated minute.

A file never gets larger than its disk, a volume never fuller than it is large. When room runs out, those whose disks
grow there stop (see `storage_watch`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from hvgui.cluster.differencing import bottom, hot_bytes
from hvgui.cluster.ids import LunId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import files
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.engine import register
from hvgui.engine.physics import differencing as physics
from hvgui.engine.physics.guests import Use
from hvgui.engine.storage_watch import CRITICAL_FREE_BYTES

if TYPE_CHECKING:
    from hvgui.engine.world import World

BOOKED_EVERY_SECONDS = 60
FEW_VMS = 1_000
"""In larger labs a tenth of the VMs is booked each minute, for ten minutes at once: nobody reads thousands of files'
sizes every minute, and everybody who follows the lab would have to take them in."""
_GROWING = (DiskKind.DYNAMIC, DiskKind.DIFFERENCING)


def tick(world: World) -> None:
    """A whole second has begun: at every full minute what was written since the last one is booked."""
    if world.guests.tick % BOOKED_EVERY_SECONDS or not world.guests.tick:
        return
    growth = world.guests.wanted_now(Use.GROWTH, world.cluster, world.seed)
    _, active, _, _ = world.guests.assignment()
    turns = 1 if len(growth) <= FEW_VMS else 10
    turn = world.guests.tick // BOOKED_EVERY_SECONDS % turns
    grows = (growth > 0.0) | _above_snapshots(world)
    for row in (grows * active)[turn::turns].nonzero()[0].tolist():
        vm = world.cluster.vms.get(VmId(turn + turns * row))
        if vm is not None:
            _grow(world, vm, float(growth[vm.id]), float(BOOKED_EVERY_SECONDS * turns))


def _above_snapshots(world: World) -> NDArray[np.bool_]:
    """Who writes above a snapshot, by VM: what it writes anew over old data makes its files grow, too."""
    found = np.zeros(len(world.guests.delivered), dtype=np.bool_)
    for vm in world.cluster.vms.values():
        if vm.current_snapshot and vm.state is VmState.RUNNING:
            found[vm.id] = vm.load.disk_iops.usual > 0.0
    return found


def _grow(world: World, vm: VirtualMachine, new_bytes_per_second: float, seconds: float) -> None:
    """The guest's new data, spread evenly over the disks of its that can still grow, and what it writes over data of
    files below, spread over the disks above these."""
    growing = [disk for disk in vm.disks if disk.kind in _GROWING and disk.file_bytes < disk.size_bytes]
    if not growing:
        return
    each = int(new_bytes_per_second * seconds / len(growing))
    changed = vm
    for disk in growing:
        over = _rewritten(vm, disk, seconds)
        grown = with_room(world, disk, each + over)
        if not grown:
            continue
        larger = replace(
            disk,
            file_bytes=disk.file_bytes + grown,
            rewritten_bytes=disk.rewritten_bytes + min(over, grown),
        )
        changed = replace(changed, disks=tuple(larger if one.slot == disk.slot else one for one in changed.disks))
        if disk.volume is not None:
            occupy(world, disk.volume, grown)
        else:
            # What is left on a LUN follows from the records: the next disk finds this one's growth there.
            register.keep_vm(world, changed)
            if disk.lun is not None:
                _watch_lun(world, disk.lun)
    if changed is not vm:
        register.keep_vm(world, changed)


def _rewritten(vm: VirtualMachine, disk: VirtualDisk, seconds: float) -> int:
    """Blocks (in bytes) that a file above a snapshot gets by what is written over data below it."""
    if not vm.current_snapshot or disk.kind is not DiskKind.DIFFERENCING:
        return 0
    known = files(vm.snapshots, vm.disks)
    first = bottom(known, disk)
    if first.path == disk.path:
        return 0
    load = vm.load
    writes = load.disk_iops.usual * (1.0 - load.disk_read_share) * seconds / len(vm.disks)
    return round(physics.more_bytes(float(disk.rewritten_bytes), hot_bytes(first), writes))


def with_room(world: World, disk: VirtualDisk, wanted_bytes: int) -> int:
    """What a disk can take of what is to be written: its own size and the room where it lies bound it."""
    room = disk.size_bytes - disk.file_bytes
    cluster = world.cluster
    if disk.volume is not None:
        volume = cluster.volumes[disk.volume]
        room = min(room, volume.size_bytes - volume.used_bytes)
    elif disk.lun is not None:
        room = min(room, cluster.luns[disk.lun].size_bytes - cluster.lun_used_bytes(disk.lun))
    return max(0, min(wanted_bytes, room))


def occupy(world: World, volume_id: VolumeId, more_bytes: int) -> None:
    """Files on a volume have grown (or, below zero, gone)."""
    volume = world.cluster.volumes[volume_id]
    used = min(volume.size_bytes, max(0, volume.used_bytes + more_bytes))
    world.cluster.put(replace(volume, used_bytes=used))
    before, after = volume.size_bytes - volume.used_bytes, volume.size_bytes - used
    if (before < CRITICAL_FREE_BYTES) != (after < CRITICAL_FREE_BYTES) or more_bytes < 0:
        # Somebody may have waited for the room.
        world.storage_changed[volume.lun] = None


def _watch_lun(world: World, lun_id: LunId) -> None:
    lun = world.cluster.luns[lun_id]
    if lun.size_bytes - world.cluster.lun_used_bytes(lun_id) < CRITICAL_FREE_BYTES:
        world.storage_changed[lun_id] = None
