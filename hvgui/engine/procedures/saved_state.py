"""A VM's memory on its way to the disk and back: the flow that saving, restoring and quick migration share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.ids import TaskId
from hvgui.cluster.machines import VirtualMachine
from hvgui.engine.ownership import san_of

if TYPE_CHECKING:
    from hvgui.engine.world import World

LOCAL_DISK_BYTES_PER_SECOND = 100_000_000.0
"""What a node's own disk takes, for VMs without shared storage: a SATA disk of 2009, written in one go."""


def open_flow(world: World, task: TaskId, vm: VirtualMachine) -> int | None:
    """Begin to write or read so many bytes as the VM is assigned; None where its disks are on no SAN."""
    san = san_of(world.cluster, vm)
    if san is None:
        return None
    flow = world.flows.open(task, (world.rows.san(san),))
    world.flows.carry(flow, float(vm.memory_bytes), world.now_ns)
    return flow


def local_seconds(vm: VirtualMachine) -> float:
    """What it takes on a node's own disk."""
    return vm.memory_bytes / LOCAL_DISK_BYTES_PER_SECOND
