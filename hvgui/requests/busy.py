"""What is said when another task has hold of a VM."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import TaskId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.tasks import TaskKind
from hvgui.requests.problems import Problem


def held_by(cluster: Cluster, vm: VirtualMachine) -> TaskId | None:
    """The task that has hold of a VM, so that nothing else may be asked of it; None: it is free.

    Merging files of deleted snapshots gives way to whatever is asked, and goes on afterwards.
    """
    task = cluster.tasks.get(vm.task) if vm.task is not None else None
    return None if task is not None and task.kind is TaskKind.MERGE else vm.task


def busy_problem(cluster: Cluster, vm: VirtualMachine, task_id: TaskId) -> Problem:
    """That the VM is busy with a task, and what clears it: cancelling only where that is possible."""
    task = cluster.tasks.get(task_id)
    doing = "busy" if task is None else task.phase.value
    cancel = ", or cancel it" if task is not None and task.can_cancel else ""
    return Problem("busy", f"{vm.name} is busy ({doing}).", f"Wait until that has ended{cancel}.")
