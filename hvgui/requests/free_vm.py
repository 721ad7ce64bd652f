"""What requests have in common that need one VM, of which nothing else has hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.requests.busy import busy_problem, held_by
from hvgui.requests.problems import Problem
from hvgui.requests.request import Request, vm_name


class FreeVmRequest(Request, frozen=True):
    """Its VM is there and no task has hold of it; subclasses say what else must be so."""

    vm: VmId

    leaves_files: ClassVar[bool] = False
    """Whether files of snapshots may go on being merged beside it: it touches no disk and begins no task."""

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        vm = cluster.vms.get(self.vm)
        if vm is None:
            return (Problem("no-such-vm", f"There is no {vm_name(cluster, self.vm)} in this cluster."),)
        holder = held_by(cluster, vm)
        if holder is not None:
            return (busy_problem(cluster, vm, holder),)
        return tuple(self.problems_of(cluster, vm))

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterable[Problem]:
        """What else stands in the way, and warnings."""
        raise NotImplementedError
