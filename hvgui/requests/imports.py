"""Requests that bring a VM into the cluster from a folder, and call that off."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import TaskId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.one_line import one_line
from hvgui.cluster.tasks import TaskKind
from hvgui.requests.machine_checks import machine_problems
from hvgui.requests.problems import Problem
from hvgui.requests.request import Request, quoted, vm_name


class ImportVm(Request, frozen=True, tag="import-vm"):
    """Register a VM that was exported: a copy with a new unique ID, or the very one with its own."""

    machine: VirtualMachine
    """The VM as it will be: name, guid, owner, and disks (its snapshots' as well) at their places. Its `id` means
    nothing: the cluster gives it one. Adapters without a MAC address get one of the owner's pool."""
    copies: bool = True
    """Files are copied to their places, which takes the storage's time; False: they lie there already."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        del cluster
        return f"Import {one_line(self.machine.name)[:100]}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        return tuple(dict.fromkeys(machine_problems(cluster, self.machine)))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell. The Hyper-V module came with 2012; in 2008 R2 WMI's ImportVirtualSystemEx does it."""
        machine = self.machine
        known = any(vm.guid.lower() == machine.guid.lower() for vm in cluster.vms.values())
        path = quoted(f"EXPORT\\Virtual Machines\\{machine.guid.upper()}.xml")
        more = " -Copy" if self.copies else ""
        more += " -GenerateNewId" if machine.guest.identity or known else ""
        owner = cluster.nodes.get(machine.owner)
        on = f" -ComputerName {quoted(owner.name)}" if owner is not None else ""
        return f"Import-VM -Path {path}{more}{on}; Add-ClusterVirtualMachineRole -VMName {quoted(machine.name)}"


class CancelImport(Request, frozen=True, tag="cancel-import"):
    """Stop an import or a cloning: its files go, and nothing of the VM stays."""

    task: TaskId

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        task = cluster.tasks.get(self.task)
        return f"Cancel the making of {vm_name(cluster, task.vm)}" if task is not None else "Cancel an import"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        task = cluster.tasks.get(self.task)
        if task is None or task.kind not in (TaskKind.IMPORT, TaskKind.CLONE):
            return (Problem("no-such-task", f"No import no. {self.task} is under way.", "It may have ended already."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# stop the job that makes {quoted(self.title(cluster)[len('Cancel the making of ') :])}: Stop-Job"
