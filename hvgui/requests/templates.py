"""Requests on what a VM is to others: a template, a copy that becomes itself, one that is deleted."""

from __future__ import annotations

from collections.abc import Iterator

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import computer_name_of
from hvgui.cluster.guest_systems import system_of
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import file_bytes
from hvgui.cluster.storage import DiskKind
from hvgui.cluster.units import format_bytes
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import quoted, vm_name


class SetTemplate(FreeVmRequest, frozen=True, tag="set-template"):
    """Make a VM a template, which is cloned and never started; or a VM again."""

    is_template: bool = True

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        name = vm_name(cluster, self.vm)
        return f"Make {name} a template" if self.is_template else f"Make {name} a virtual machine again"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See FreeVmRequest.problems_of."""
        del cluster
        if vm.is_template == self.is_template:
            what = "a template" if vm.is_template else "no template"
            yield Problem("nothing-to-do", f"{vm.name} is {what} already.")
        elif self.is_template and vm.state is not VmState.OFF:
            text = f"{vm.name} is {vm.state.value}; a template is off."
            yield Problem("wrong-state", text, "Shut it down first.")

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = quoted(vm_name(cluster, self.vm))
        if self.is_template:
            return f"New-SCVMTemplate -VM (Get-SCVirtualMachine {name}) -Name {name}  # Virtual Machine Manager"
        return f"New-SCVirtualMachine -VMTemplate (Get-SCVMTemplate {name}) -Name {name}  # Virtual Machine Manager"


class Generalise(FreeVmRequest, frozen=True, tag="generalise"):
    """Run sysprep in a guest: it shuts down, and from its next start on it has a computer name and a SID of its own."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Generalise the guest of {vm_name(cluster, self.vm)}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See FreeVmRequest.problems_of."""
        del cluster
        if not system_of(vm.guest).name.startswith("Windows"):
            text = f"{vm.name} runs {vm.guest.system}; sysprep is Windows' own."
            yield Problem("not-windows", text, "Change its host name and keys from within.")
        elif vm.state is not VmState.RUNNING:
            yield Problem("wrong-state", f"{vm.name} is {vm.state.value}.", "Start it: sysprep runs in the guest.")
        elif not vm.guest.integration_components:
            text = f"The guest of {vm.name} has no integration components and can't be asked to shut down."
            yield Problem("no-integration-components", text, "Install them first.")
        else:
            text = f"{vm.name} shuts down, and its guest is no longer {computer_name_of(vm)} when it starts again."
            yield warning("shuts-down", text)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = quoted(vm_name(cluster, self.vm))
        tool = "C:\\Windows\\System32\\Sysprep\\sysprep.exe /generalize /oobe /shutdown"
        return f"Invoke-Command -VMName {name} {{ {tool} }}"


class DeleteVm(FreeVmRequest, frozen=True, tag="delete-vm"):
    """Take a VM out of the cluster; its disk files stay where they are, or are deleted with it."""

    delete_files: bool = False

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Delete {vm_name(cluster, self.vm)}{' and its files' if self.delete_files else ''}"

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> Iterator[Problem]:
        """See FreeVmRequest.problems_of."""
        del cluster
        if vm.state not in (VmState.OFF, VmState.SAVED, VmState.CRITICAL):
            text = f"{vm.name} is {vm.state.value}; a VM is deleted while it is off or saved."
            yield Problem("wrong-state", text, "Shut it down or turn it off first.")
            return
        size = sum(disk.file_bytes for disk in vm.disks if disk.kind is not DiskKind.PHYSICAL)
        size += sum(file_bytes(one) for one in vm.snapshots)
        if self.delete_files and size:
            text = f"{format_bytes(size)} of disk files of {vm.name} are deleted with it."
            yield warning("data-loss", text)
        elif vm.disks:
            yield warning("files-stay", f"The disk files of {vm.name} stay where they are, as detached disks.")
        if vm.state is VmState.SAVED:
            yield warning("data-loss", f"{vm.name} loses its saved state.")

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        name = quoted(vm_name(cluster, self.vm))
        files = f"(Get-VMHardDiskDrive {name}).Path | Remove-Item; " if self.delete_files else ""
        group = f"Remove-ClusterGroup -Name {name} -RemoveResources -Force"
        return f"{group}; {files}Remove-VM -Name {name} -Force"
