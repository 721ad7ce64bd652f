"""A VM's memory on its way to the disk and back: the flow that saving, restoring and quick migration share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import TaskId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.storage_access import Access, disk_access, volume_access
from hvgui.engine import storage_io
from hvgui.engine.ownership import home_of
from hvgui.engine.physics.quick import QuickPlan, plan_quick
from hvgui.engine.redirection import network_rows
from hvgui.requests.lun_groups import own_luns

if TYPE_CHECKING:
    from hvgui.engine.procedures.procedure import Procedure
    from hvgui.engine.world import World

LOCAL_DISK_BYTES_PER_SECOND = 100_000_000.0
"""What a node's own disk takes, for VMs without shared storage: a SATA disk of 2009, written in one go."""


def plan(cluster: Cluster, vm: VirtualMachine) -> QuickPlan:
    """What saving the VM as it is assigned now, and reading it back elsewhere, comes to."""
    return plan_quick(vm.memory_bytes, cluster.profile.timings, moves_owner=bool(own_luns(cluster, vm)))


def is_out_of_reach(cluster: Cluster, vm: VirtualMachine) -> bool:
    """Whether the VM's owner reaches one of its disks at the moment not."""
    return any(
        disk_access(cluster, vm.owner, disk) is not Access.DIRECT for disk in vm.disks if disk.local_node is None
    )


def open_flow(world: World, task: TaskId, vm: VirtualMachine, size_bytes: float | None = None) -> int | None:
    """Begin to write or read the VM's state, or so many bytes; None where its disks are on no SAN."""
    way = _way(world, vm)
    if way is None:
        return None
    flow = world.flows.open(task, way)
    size = float(plan(world.cluster, vm).state_bytes) if size_bytes is None else size_bytes
    world.flows.carry(flow, size, world.now_ns)
    storage_io.share(world)
    return flow


def reroute(world: World, procedure: Procedure, flow: int | None) -> int | None:
    """The flow again, on another way where the storage is reached in another one now; what it has carried counts."""
    way = _way(world, world.cluster.vms[procedure.vm])
    if flow is None or way is None or way == world.flows.sharing.links_of[flow]:
        return flow
    left = world.flows.left_bytes(flow, world.now_ns)
    world.flows.close(flow)
    flow = world.flows.open(procedure.task, way)
    world.flows.carry(flow, left, world.now_ns)
    storage_io.share(world)
    return flow


def _way(world: World, vm: VirtualMachine) -> tuple[int, int] | None:
    """The two narrow places between the VM's owner and its storage: its path and the SAN; or, redirected, the cluster
    network to the coordinator."""
    cluster, home = world.cluster, home_of(world.cluster, vm)
    if home is None:
        return None
    volume, lun = home
    if volume is not None and volume_access(cluster, vm.owner, volume) is Access.REDIRECTED:
        detour = network_rows(world, vm.owner, volume.coordinator)
        if detour is not None:
            return detour
    return (world.rows.path(vm.owner, lun.san), world.rows.san(lun.san))


def local_seconds(cluster: Cluster, vm: VirtualMachine) -> float:
    """What it takes on a node's own disk."""
    return plan(cluster, vm).state_bytes / LOCAL_DISK_BYTES_PER_SECOND
