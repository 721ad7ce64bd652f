"""A VM's memory on its way to the disk and back: the flow that saving, restoring and quick migration share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import TaskId
from hvgui.cluster.machines import VirtualMachine
from hvgui.engine.ownership import own_luns, san_of
from hvgui.engine.physics.quick import QuickPlan, plan_quick

if TYPE_CHECKING:
    from hvgui.engine.world import World

LOCAL_DISK_BYTES_PER_SECOND = 100_000_000.0
"""What a node's own disk takes, for VMs without shared storage: a SATA disk of 2009, written in one go."""


def plan(cluster: Cluster, vm: VirtualMachine) -> QuickPlan:
    """What saving the VM as it is assigned now, and reading it back elsewhere, comes to."""
    return plan_quick(vm.memory_bytes, cluster.profile.timings, moves_owner=bool(own_luns(cluster, vm)))


def open_flow(world: World, task: TaskId, vm: VirtualMachine) -> int | None:
    """Begin to write or read the VM's state; None where its disks are on no SAN."""
    san = san_of(world.cluster, vm)
    if san is None:
        return None
    flow = world.flows.open(task, (world.rows.san(san),))
    world.flows.carry(flow, float(plan(world.cluster, vm).state_bytes), world.now_ns)
    return flow


def local_seconds(cluster: Cluster, vm: VirtualMachine) -> float:
    """What it takes on a node's own disk."""
    return plan(cluster, vm).state_bytes / LOCAL_DISK_BYTES_PER_SECOND
