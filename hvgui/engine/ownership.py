"""Who owns what a VM needs: its record's owner, and the LUNs that only one node uses at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, SanId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.profiles import MigrationTimings
from hvgui.cluster.storage import LunUse
from hvgui.engine import register

if TYPE_CHECKING:
    from hvgui.engine.world import World


def own_luns(cluster: Cluster, vm: VirtualMachine) -> tuple[LunId, ...]:
    """LUNs under the VM's disks that are no Cluster Shared Volumes: they change owner with the VM."""
    luns = dict.fromkeys(disk.lun for disk in vm.disks if disk.lun is not None and disk.volume is None)
    return tuple(lun for lun in luns if cluster.luns[lun].use is not LunUse.SHARED_VOLUME)


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
    register.resume(world, vm)


def san_of(cluster: Cluster, vm: VirtualMachine) -> SanId | None:
    """The SAN that a VM's saved state goes to: that of its first shared disk; None where it has none."""
    for disk in vm.disks:
        lun = cluster.volumes[disk.volume].lun if disk.volume is not None else disk.lun
        if lun is not None:
            return cluster.luns[lun].san
    return None
