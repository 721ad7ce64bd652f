"""Dynamic and differencing disks grow by what their guests write for good; booked once a simulated minute.

A file never gets larger than its disk, a volume never fuller than it is large. When room runs out, those whose disks
grow there stop (see `storage_watch`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from hvgui.cluster.ids import LunId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.engine import register
from hvgui.engine.physics.guests import Use
from hvgui.engine.physics.storage import Column
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
    growth = world.guests.wanted_now(Use.GROWTH, world.cluster, world.seed) + _above_snapshots(world)
    _, active, _, _ = world.guests.assignment()
    turns = 1 if len(growth) <= FEW_VMS else 10
    turn = world.guests.tick // BOOKED_EVERY_SECONDS % turns
    for row in (growth * active)[turn::turns].nonzero()[0].tolist():
        vm = world.cluster.vms.get(VmId(turn + turns * row))
        if vm is not None:
            _grow(world, vm, float(growth[vm.id]) * BOOKED_EVERY_SECONDS * turns)


REWRITTEN_SHARE = 0.2
"""What of a guest's writes goes to places that the disk above a snapshot does not have yet: an estimate of ours."""


def _above_snapshots(world: World) -> Column:
    """Differencing disks above a snapshot grow by what is written anew over old data, too (bytes a second, by VM)."""
    more = np.zeros(len(world.guests.delivered))
    for vm in world.cluster.vms.values():
        if vm.current_snapshot and vm.state is VmState.RUNNING:
            load = vm.load
            writes = load.disk_iops.usual * (1.0 - load.disk_read_share) * load.disk_bytes_per_io
            more[vm.id] = writes * REWRITTEN_SHARE
    return more


def _grow(world: World, vm: VirtualMachine, new_bytes: float) -> None:
    """The guest's new data, spread evenly over the disks of its that can still grow."""
    growing = [disk for disk in vm.disks if disk.kind in _GROWING and disk.file_bytes < disk.size_bytes]
    if not growing:
        return
    each = int(new_bytes / len(growing))
    grown = {disk.slot: with_room(world, disk, each) for disk in growing}
    if not any(grown.values()):
        return
    disks = tuple(replace(disk, file_bytes=disk.file_bytes + grown.get(disk.slot, 0)) for disk in vm.disks)
    register.keep_vm(world, replace(vm, disks=disks))
    for disk in growing:
        if disk.volume is not None:
            occupy(world, disk.volume, grown[disk.slot])
        elif disk.lun is not None:
            _watch_lun(world, disk.lun)


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
    if (before < CRITICAL_FREE_BYTES) != (after < CRITICAL_FREE_BYTES):
        world.storage_changed[volume.lun] = None


def _watch_lun(world: World, lun_id: LunId) -> None:
    lun = world.cluster.luns[lun_id]
    if lun.size_bytes - world.cluster.lun_used_bytes(lun_id) < CRITICAL_FREE_BYTES:
        world.storage_changed[lun_id] = None
