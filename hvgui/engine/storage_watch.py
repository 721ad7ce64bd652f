"""Watching over VMs and their disks: who can't write any more stops, and runs on by itself once that is mended.

=====================================  ============================================================================
What a running VM meets                What follows
=====================================  ============================================================================
a disk out of reach (SAN, LUN, path,   paused-critical at once; within 60 s back: it runs on as if nothing had been;
volume gone)                           later: its guest has given up its disk, the VM is lost (critical)
its volume or LUN is full, and it has  paused-critical; it runs on as soon as there is room again, however long that
a disk that grows                      takes
coordinator or owner just changing     it runs on; reads and writes wait for that moment
=====================================  ============================================================================

What that does to a VM with something under way stands in the tables of the procedures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.events import Level
from hvgui.cluster.ids import LunId, NodeId, VmId, VolumeId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.storage import DiskKind, VirtualDisk, VolumeState
from hvgui.cluster.storage_access import disk_access, path_is_up
from hvgui.cluster.units import MIB, nanoseconds
from hvgui.engine import register
from hvgui.engine.agenda import Class, DiskDue
from hvgui.engine.procedures import handovers
from hvgui.requests.storage_losses import DISK_TIMEOUT_SECONDS, vms_above

if TYPE_CHECKING:
    from hvgui.engine.world import World

CRITICAL_FREE_BYTES = 200 * MIB
"""Less room than this on a volume, and Hyper-V stops the VMs whose disks grow on it."""
_Home = tuple[NodeId, VolumeId | None, LunId | None]


def look_again(world: World) -> None:
    """Look at everybody who uses storage to which something has happened at this instant."""
    luns, world.storage_changed = world.storage_changed, {}
    vms, world.suspects = world.suspects, {}
    if luns:
        world.layout = None
    for lun in luns:
        handovers.take_over(world, lun)
    found = {vm for lun in luns for vm in vms_above(world.cluster, lun)}
    found.update(vm for vm in vms if vm in world.cluster.vms)
    found.update(procedure.vm for procedure in world.procedures.values() if luns and procedure.writes_elsewhere)
    known: dict[_Home, str] = {}
    for vm in sorted(found):
        _look_at(world, vm, known)
    handovers.finish_leaving(world)


def waited_long_enough(world: World, vm: VmId) -> None:
    """A guest has given up its disk."""
    name, owner = world.cluster.vms[vm].name, world.cluster.vms[vm].owner
    register.lose_vm(world, vm)
    text = f"{name} was lost: its disks were out of reach for {DISK_TIMEOUT_SECONDS:.0f} seconds"
    world.tell("vm-lost", text, Level.ERROR, vm=vm, node=owner)
    task = world.cluster.vms[vm].task
    if task is not None:
        world.procedures[task].guest_gave_up(world)
    world.freed[owner] = None


def _look_at(world: World, vm_id: VmId, known: dict[_Home, str]) -> None:
    vm = world.cluster.vms[vm_id]
    lost = _lost(world.cluster, vm, known)
    if vm.task is not None:
        procedure = world.procedures[vm.task]
        elsewhere = procedure.elsewhere_lost(world)
        if lost or elsewhere:
            procedure.storage_lost(world, lost or elsewhere)
        else:
            procedure.storage_changed(world)
        if vm_id not in world.cluster.vms:
            return  # what was being imported goes with its storage
        vm = world.cluster.vms[vm_id]
    if not vm.state.holds_memory or vm_id in world.halted:
        return
    cause = lost or full(world.cluster, vm)
    if cause and vm.state is VmState.RUNNING:
        register.stop_critical(world, vm_id, cause)
    if not lost:
        world.stopped.pop(vm_id, None)
    elif vm_id not in world.stopped and world.cluster.vms[vm_id].state is VmState.PAUSED_CRITICAL:
        world.stopped[vm_id] = world.now_ns
        due = world.now_ns + nanoseconds(DISK_TIMEOUT_SECONDS)
        world.agenda.add(due, Class.NODE, DiskDue(vm_id, world.now_ns))
    if not cause and vm.state is VmState.PAUSED_CRITICAL and world.cluster.nodes[vm.owner].is_up:
        register.keep_vm(world, replace(vm, state=VmState.RUNNING))
        world.tell("runs-on", f"{vm.name} runs on: its disks can be written again", vm=vm_id, node=vm.owner)
        world.freed[vm.owner] = None


def _lost(cluster: Cluster, vm: VirtualMachine, known: dict[_Home, str]) -> str:
    """Why a disk of the VM is out of reach; empty: none is."""
    for disk in vm.disks:
        home = (vm.owner, disk.volume, disk.lun)
        if home not in known:
            known[home] = lost_disk(cluster, vm.owner, disk)
        if known[home]:
            return known[home]
    return ""


def lost_disk(cluster: Cluster, node: NodeId, disk: VirtualDisk) -> str:
    """Why a node does not reach a disk, as the end of a sentence; empty: it does."""
    if disk_access(cluster, node, disk).is_there:
        return ""
    if disk.volume is not None:
        volume = cluster.volumes[disk.volume]
        if volume.state in (VolumeState.OFFLINE, VolumeState.MAINTENANCE):
            return f"{volume.name} is {'offline' if volume.state is VolumeState.OFFLINE else 'in maintenance'}"
        return _lost_lun(cluster, node, volume.lun, volume.name)
    if disk.lun is not None:
        return _lost_lun(cluster, node, disk.lun, cluster.luns[disk.lun].name)
    return f"{disk.name} lies on another node's own disk"


def _lost_lun(cluster: Cluster, node: NodeId, lun_id: LunId, name: str) -> str:
    lun, where = cluster.luns[lun_id], cluster.nodes[node].name
    if not cluster.sans[lun.san].up:
        return f"{cluster.sans[lun.san].name} has failed, and {name} is on it"
    if not lun.up:
        return f"{lun.name} has failed" if name == lun.name else f"{lun.name} has failed, which carries {name}"
    if not path_is_up(cluster, node, lun.san):
        return f"{where} has lost its path to {cluster.sans[lun.san].name}, and {name} with it"
    return f"{where} does not reach {name}"


def full(cluster: Cluster, vm: VirtualMachine) -> str:
    """Which place is full that a disk of the VM grows on, as the end of a sentence; empty: none."""
    for disk in vm.disks:
        if disk.kind not in (DiskKind.DYNAMIC, DiskKind.DIFFERENCING) or disk.file_bytes >= disk.size_bytes:
            continue
        if disk.volume is not None:
            volume = cluster.volumes[disk.volume]
            if volume.size_bytes - volume.used_bytes < CRITICAL_FREE_BYTES:
                return f"{volume.name} is full"
        elif disk.lun is not None:
            lun = cluster.luns[disk.lun]
            if lun.size_bytes - cluster.lun_used_bytes(lun.id) < CRITICAL_FREE_BYTES:
                return f"{lun.name} is full"
    return ""
