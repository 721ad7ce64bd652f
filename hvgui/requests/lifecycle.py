"""Requests on a VM's life: start, shut down, turn off, save, pause, resume, reset, delete the saved state.

Which state allows which action follows Hyper-V's own table: Start from Off, Saved (and Critical, after a failure);
Turn off from Running, Paused, Paused-Critical, Saved; Shut down, Reset, Pause from Running; Save from Running, Paused;
Resume from Paused; Delete saved state from Saved.
"""

from __future__ import annotations

from typing import ClassVar

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.units import format_bytes
from hvgui.requests.busy import busy_problem, held_by
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name, quoted, vm_name
from hvgui.requests.start_checks import start_problems


class VmRequest(Request, frozen=True):
    """What the requests on one VM's life have in common: a verb, the states that allow it, a cmdlet."""

    vm: VmId

    verb: ClassVar[str]
    allowed: ClassVar[tuple[VmState, ...]]
    cmdlet: ClassVar[str]

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"{self.verb} {vm_name(cluster, self.vm)}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        vm = cluster.vms.get(self.vm)
        if vm is None:
            return (Problem("no-such-vm", f"There is no {vm_name(cluster, self.vm)} in this cluster."),)
        holder = held_by(cluster, vm)
        if holder is not None and vm.state is not VmState.STARTING:
            return (busy_problem(cluster, vm, holder),)
        if vm.state not in self.allowed:
            states = " or ".join(state.value for state in self.allowed)
            text = f"{vm.name} is {vm.state.value}. {self.verb}: that takes a VM that is {states}."
            return (Problem("wrong-state", text),)
        return self.further_problems(cluster, vm)

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """What else stands in the way once the state allows it."""
        node = cluster.nodes[vm.owner]
        if vm.state.holds_memory and not node.is_up:
            return (Problem("node-down", f"{node.name}, the owner of {vm.name}, is {node.state.value}."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return self.cmdlet.format(name=quoted(vm_name(cluster, self.vm)))


class StartVm(VmRequest, frozen=True, tag="start"):
    """Start a VM that is off, or restore one that is saved."""

    verb = "Start"
    allowed = (VmState.OFF, VmState.SAVED, VmState.CRITICAL)
    cmdlet = "Start-VM -Name {name}"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """Its owner must be up and have the memory and the places."""
        return start_problems(cluster, vm)


class ShutDownVm(VmRequest, frozen=True, tag="shut-down"):
    """Ask the guest to shut itself down."""

    verb = "Shut down"
    allowed = (VmState.RUNNING,)
    cmdlet = "Stop-VM -Name {name}"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """Without integration components nobody inside hears the question."""
        if not vm.guest.integration_components:
            return (
                Problem(
                    "no-integration-components",
                    f"The guest of {vm.name} has no integration components, so it can't be asked to shut down.",
                    "Shut it down from within, or turn it off.",
                ),
            )
        return super().further_problems(cluster, vm)


class TurnOffVm(VmRequest, frozen=True, tag="turn-off"):
    """Cut the power: what the guest had not written is lost."""

    verb = "Turn off"
    allowed = (VmState.RUNNING, VmState.PAUSED, VmState.PAUSED_CRITICAL, VmState.SAVED, VmState.STARTING)
    cmdlet = "Stop-VM -Name {name} -TurnOff"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """A warning of what is lost."""
        lost = "its saved state" if vm.state is VmState.SAVED else "what its guest has not written to disk"
        return (*super().further_problems(cluster, vm), warning("data-loss", f"{vm.name} loses {lost}."))


class SaveVm(VmRequest, frozen=True, tag="save"):
    """Write the VM's memory to its disk and let it stand."""

    verb = "Save"
    allowed = (VmState.RUNNING, VmState.PAUSED)
    cmdlet = "Save-VM -Name {name}"


class PauseVm(VmRequest, frozen=True, tag="pause"):
    """Stop the VM's processors; its memory stays."""

    verb = "Pause"
    allowed = (VmState.RUNNING,)
    cmdlet = "Suspend-VM -Name {name}"


class ResumeVm(VmRequest, frozen=True, tag="resume"):
    """Let a paused VM run on."""

    verb = "Resume"
    allowed = (VmState.PAUSED,)
    cmdlet = "Resume-VM -Name {name}"


class ResetVm(VmRequest, frozen=True, tag="reset"):
    """Press the reset button: the guest starts afresh at once."""

    verb = "Reset"
    allowed = (VmState.RUNNING,)
    cmdlet = "Restart-VM -Name {name} -Force"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """A warning of what is lost, and whether the memory that it starts with is there: a balloon has it perhaps."""
        lost = warning("data-loss", f"{vm.name} loses what its guest has not written to disk.")
        return (*super().further_problems(cluster, vm), lost, *self._memory_problems(cluster, vm))

    def _memory_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        more = vm.memory.settings.startup_bytes - vm.assigned_bytes
        free = max(0, cluster.free_bytes_on(vm.owner))
        if more <= free:
            return ()
        name = node_name(cluster, vm.owner)
        text = (
            f"{vm.name} starts with {format_bytes(more)} more than it has now, and {name} has {format_bytes(free)} free"
        )
        if cluster.profile.features.smart_paging:
            return (warning("smart-paging", f"{text}: smart paging makes up for the rest on the disk."),)
        return (Problem("memory", f"{text}.", "Move or stop another VM there first."),)


class DeleteSavedState(VmRequest, frozen=True, tag="delete-saved-state"):
    """Throw the saved memory away; the VM is off."""

    verb = "Delete saved state"
    allowed = (VmState.SAVED,)
    cmdlet = "Remove-VMSavedState -VMName {name}"

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Delete the saved state of {vm_name(cluster, self.vm)}"

    def further_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """A warning of what is lost."""
        return (warning("data-loss", f"{vm.name} loses its saved state."),)
