"""The lines with which every procedure begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hvgui.cluster.ids import NodeId, TaskId
from hvgui.cluster.machines import VirtualMachine
from hvgui.engine import recovery

if TYPE_CHECKING:
    from hvgui.engine.world import World


def course(world: World, task: TaskId, vm: VirtualMachine, target: NodeId) -> dict[str, Any]:
    """What every procedure holds of its beginning."""
    return {
        "task": task,
        "vm": vm.id,
        "source": vm.owner,
        "target": target,
        "started_ns": world.now_ns,
        "stalls_before": recovery.before(world, vm.id),
    }
