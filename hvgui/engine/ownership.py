"""Who owns what a VM needs: its record's owner, and the LUNs that only one node uses at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.profiles import MigrationTimings
from hvgui.cluster.storage import Lun, Volume
from hvgui.engine import register
from hvgui.requests.lun_groups import own_luns

if TYPE_CHECKING:
    from hvgui.engine.world import World


def lun_move_seconds(cluster: Cluster, vm: VirtualMachine) -> float:
    """What moving the VM's own LUNs to another node takes; they move side by side."""
    return cluster.profile.timings.lun_move_seconds if own_luns(cluster, vm) else 0.0


def timings_for(cluster: Cluster, vm: VirtualMachine) -> MigrationTimings:
    """The profile's timings, with the move of the VM's own LUNs in the storage hand-over."""
    timings, more = cluster.profile.timings, lun_move_seconds(cluster, vm)
    if not more:
        return timings
    return replace(timings, storage_handover_seconds=timings.storage_handover_seconds + more)


def give(world: World, vm: VirtualMachine) -> None:
    """Keep a VM with its new owner; its LUNs follow, and a halted VM's processors go on there."""
    for lun in own_luns(world.cluster, vm):
        world.cluster.put(replace(world.cluster.luns[lun], owner=vm.owner))
        world.layout = None
        for other in world.cluster.vms_on_lun(lun):
            _take_along(world, vm, world.cluster.vms[other])
    register.resume(world, vm)


def _take_along(world: World, vm: VirtualMachine, other: VirtualMachine) -> None:
    """Who stands still and shares a LUN belongs where the LUN is."""
    if other.id != vm.id and other.owner != vm.owner and not other.state.holds_memory and other.task is None:
        register.keep_vm(world, replace(other, owner=vm.owner))


def home_of(cluster: Cluster, vm: VirtualMachine) -> tuple[Volume | None, Lun] | None:
    """The volume (or None) and LUN that a VM's saved state goes to: those of its first shared disk; None where it has
    none."""
    for disk in vm.disks:
        volume = cluster.volumes[disk.volume] if disk.volume is not None else None
        lun = volume.lun if volume is not None else disk.lun
        if lun is not None:
            return volume, cluster.luns[lun]
    return None
