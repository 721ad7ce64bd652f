"""The request that brings the drivers for VMBus into a guest."""

from __future__ import annotations

from typing import ClassVar

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_systems import system_of
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import quoted, vm_name


class InstallIntegrationServices(FreeVmRequest, frozen=True, tag="install-integration-services"):
    """Insert the set-up disk and install the integration services; they work from the guest's next start on."""

    leaves_files: ClassVar[bool] = True

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Install integration services in {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See FreeVmRequest.problems_of."""
        return (self._why_not(vm) or warning("restart", f"They work from the next start of {vm.name} on."),)

    @staticmethod
    def _why_not(vm: VirtualMachine) -> Problem | None:
        if vm.guest.integration_components:
            return Problem("installed", f"{vm.name} has integration components already.")
        if vm.guest.components_at_restart:
            text = f"The integration services are installed in {vm.name} and wait for its restart."
            return Problem("installed", text, "Reset it, or shut it down from within and start it again.")
        if system_of(vm.guest).components == "none":
            text = f"There are no integration services for {vm.guest.system}, the guest of {vm.name}."
            return Problem("no-drivers", text, "It stays with emulated devices.")
        if vm.state is not VmState.RUNNING:
            return Problem("wrong-state", f"{vm.name} is {vm.state.value}.", "Start it: the set-up runs in the guest.")
        return None

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = quoted(vm_name(cluster, self.vm))
        return f"Set-VMDvdDrive -VMName {name} -Path 'C:\\Windows\\System32\\vmguest.iso'  # then run its set-up inside"
