"""Requests that give a VM another owner: live migration, quick migration, move; and the cancelling of one."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NetworkId, NodeId, TaskId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.tasks import Task, TaskKind
from hvgui.requests.lifecycle import StartVm
from hvgui.requests.lun_groups import alone_problems, group_problems
from hvgui.requests.migration_checks import (
    concurrency_problems,
    memory_problems,
    mover_problems,
    network_problems,
    processor_problems,
    storage_problems,
    target_problems,
)
from hvgui.requests.problems import Problem
from hvgui.requests.request import Request, node_name, quoted, vm_name
from hvgui.requests.start_checks import start_problems


class LiveMigrate(Request, frozen=True, tag="live-migrate"):
    """Move a running VM to another node while it runs."""

    vm: VmId
    to: NodeId
    network: NetworkId | None = None
    """None: the first of the cluster's order that connects both nodes."""
    queue: bool = False
    """Wait for a free place instead of being refused while a node is busy (our extension before 2012)."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Live migrate {vm_name(cluster, self.vm)} to {node_name(cluster, self.to)}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        found = mover_problems(cluster, self.vm, self.to)
        if found:
            return found
        vm = cluster.vms[self.vm]
        return (
            *_running_problems(cluster, vm, self.to),
            *alone_problems(cluster, vm),
            *network_problems(cluster, vm, self.to, self.network),
            *concurrency_problems(cluster, vm, self.to, may_queue=self.queue),
        )

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell. Windows lets nobody choose the network of one migration, only exclude others."""
        move = (
            f"Move-ClusterVirtualMachineRole -Name {quoted(vm_name(cluster, self.vm))}"
            f" -Node {quoted(node_name(cluster, self.to))}"
        )
        chosen = cluster.networks.get(self.network) if self.network is not None else None
        if chosen is None:
            return move
        others = f"(Get-ClusterNetwork | Where-Object {{ $_.Name -ne {quoted(chosen.name)} }}).Id -join ';'"
        return (
            f"Get-ClusterResourceType -Name 'Virtual Machine' | Set-ClusterParameter -Name MigrationExcludeNetworks"
            f" -Value ({others}); {move}"
        )


class QuickMigrate(Request, frozen=True, tag="quick-migrate"):
    """Save a VM's state to the shared disk, move its ownership, and read the state on the other node."""

    vm: VmId
    to: NodeId

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Quick migrate {vm_name(cluster, self.vm)} to {node_name(cluster, self.to)}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        found = mover_problems(cluster, self.vm, self.to)
        if found:
            return found
        vm = cluster.vms[self.vm]
        return (*_running_problems(cluster, vm, self.to), *group_problems(cluster, vm, self.to))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell. OfflineAction 1 is "save"."""
        vm, node = quoted(vm_name(cluster, self.vm)), quoted(node_name(cluster, self.to))
        resource = (
            f'Get-ClusterGroup {vm} | Get-ClusterResource | Where-Object {{ $_.ResourceType -eq "Virtual Machine" }}'
        )
        return f"{resource} | Set-ClusterParameter OfflineAction 1; Move-ClusterGroup {vm} -Node {node}"


class MoveVm(Request, frozen=True, tag="move"):
    """Take a VM offline on its owner (shut down if it runs) and bring it online on another node."""

    vm: VmId
    to: NodeId
    then_start: bool = False
    """Start a VM there that is off."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        if self.then_start:
            return f"Start {vm_name(cluster, self.vm)} on {node_name(cluster, self.to)}"
        return f"Move {vm_name(cluster, self.vm)} to {node_name(cluster, self.to)}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        found = mover_problems(cluster, self.vm, self.to)
        if found:
            return found
        vm = cluster.vms[self.vm]
        runs = vm.state in (VmState.RUNNING, VmState.CRITICAL)
        # It boots there: what a balloon has taken from it meanwhile it has again.
        booted = replace(vm, assigned_bytes=0, saved_bytes=0) if runs else vm
        return (
            *_must_stand_still_or_run(vm),
            *target_problems(cluster, vm, self.to),
            *(memory_problems(cluster, booted, self.to) if runs else ()),
            *storage_problems(cluster, vm, self.to),
            *group_problems(cluster, booted, self.to),
            *(self._start_problems(cluster, vm) if self.then_start else ()),
        )

    def _start_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        if vm.state is not VmState.OFF:
            text = f"{vm.name} is {vm.state.value}; only a VM that is off can be started on another node."
            return (Problem("wrong-state", text, "Move it, or start it where it is."),)
        return start_problems(cluster, replace(vm, owner=self.to))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell. OfflineAction 2 is "shut down"."""
        vm, node = quoted(vm_name(cluster, self.vm)), quoted(node_name(cluster, self.to))
        resource = (
            f'Get-ClusterGroup {vm} | Get-ClusterResource | Where-Object {{ $_.ResourceType -eq "Virtual Machine" }}'
        )
        then = f"; Start-ClusterGroup {vm}" if self.then_start else ""
        return f"{resource} | Set-ClusterParameter OfflineAction 2; Move-ClusterGroup {vm} -Node {node}{then}"


class CancelMigration(Request, frozen=True, tag="cancel-migration"):
    """Cancel a migration that waits, sets up or copies; the VM runs on at its source."""

    task: TaskId

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        task = cluster.tasks.get(self.task)
        return f"Cancel the migration of {vm_name(cluster, task.vm)}" if task else "Cancel a migration"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        task = cluster.tasks.get(self.task)
        if task is None:
            return (Problem("no-such-task", "That migration is not under way any more."),)
        name = vm_name(cluster, task.vm)
        if not task.kind.is_migration:
            return (Problem("not-a-migration", f"What {name} is doing is no migration and can't be cancelled."),)
        return () if task.can_cancel else (_past_cancelling(name, task),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        task = cluster.tasks.get(self.task)
        name = vm_name(cluster, task.vm) if task else ""
        return f"Move-ClusterVirtualMachineRole -Name {quoted(name)} -Cancel"


def _running_problems(cluster: Cluster, vm: VirtualMachine, to: NodeId) -> tuple[Problem, ...]:
    """What stands between a running guest, memory and all, and another node."""
    return (
        *_must_run(vm),
        *target_problems(cluster, vm, to),
        *processor_problems(cluster, vm, to),
        *memory_problems(cluster, vm, to),
        *storage_problems(cluster, vm, to),
    )


def _must_run(vm: VirtualMachine) -> tuple[Problem, ...]:
    if vm.state is VmState.RUNNING:
        return ()
    remedy = "Resume it first." if vm.state is VmState.PAUSED else "Start it, or use Move."
    return (
        Problem(
            "not-running",
            f"{vm.name} is {vm.state.value}; only a running VM can take its memory along.",
            remedy,
        ),
    )


def _past_cancelling(name: str, task: Task) -> Problem:
    """A live migration can't be cancelled after its passes, another kind never: its VM runs nowhere meanwhile."""
    doing = task.phase.value
    if task.kind is TaskKind.LIVE_MIGRATION:
        message = f"The migration of {name} is past its last pass ({doing}) and can't be cancelled."
        return Problem("past-cancelling", message, "It ends within moments; migrate the VM back afterwards.")
    kind = "quick migration" if task.kind is TaskKind.QUICK_MIGRATION else "move"
    message = f"The {kind} of {name} has begun ({doing}) and can't be cancelled."
    return Problem("past-cancelling", message, "Let it end, and bring the VM back afterwards.")


def _must_stand_still_or_run(vm: VirtualMachine) -> tuple[Problem, ...]:
    if vm.state in (VmState.OFF, VmState.SAVED, VmState.RUNNING, VmState.CRITICAL):
        return ()
    return (Problem("in-between", f"{vm.name} is {vm.state.value}.", "Wait until that has ended, or resume it first."),)


def start_request(vm: VirtualMachine, node: NodeId) -> Request:
    """What starts a VM at rest on a node."""
    return StartVm(vm.id) if node == vm.owner else MoveVm(vm.id, node, then_start=True)
