"""Requests on a VM's disks and controllers: adding, removing, cancelling, deleting files."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import TaskId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.one_line import one_line
from hvgui.cluster.storage import Controller, DiskKey, DiskKind, Slot, VirtualDisk
from hvgui.cluster.tasks import TaskKind
from hvgui.cluster.units import format_bytes
from hvgui.requests.disk_places import bus_problem, in_words
from hvgui.requests.disk_plan import DiskPlan, children_of
from hvgui.requests.free_vm import FreeVmRequest
from hvgui.requests.new_disks import DiskToAdd, NewDisk
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, quoted, vm_name


class HardwareRequest(FreeVmRequest, frozen=True):
    """What the requests on one VM's disks and controllers have in common."""

    def problems_of(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See FreeVmRequest.problems_of."""
        if vm.state not in (VmState.OFF, VmState.RUNNING):
            text = f"{vm.name} is {vm.state.value}; its hardware can be changed while it runs or is off."
            return (Problem("wrong-state", text, "Start it, or turn it off."),)
        return self.hardware_problems(cluster, vm)

    def hardware_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """What else stands in the way."""
        raise NotImplementedError


class AddDisks(HardwareRequest, frozen=True, tag="add-disks"):
    """Attach one disk or several; new ones are made first."""

    disks: tuple[DiskToAdd, ...]

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        what = "a disk" if len(self.disks) == 1 else f"{len(self.disks)} disks"
        return f"Add {what} to {vm_name(cluster, self.vm)}"

    def hardware_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See HardwareRequest.hardware_problems."""
        if not self.disks:
            return (Problem("nothing", f"No disk is chosen for {vm.name}.", "Add one to the list."),)
        return tuple(dict.fromkeys(DiskPlan(cluster, vm, self.disks).problems))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell. The Hyper-V module came with 2012; 2008 R2 has WMI alone."""
        vm = cluster.vms.get(self.vm)
        if vm is None:
            return f"# there is no {vm_name(cluster, self.vm)}"
        planned = DiskPlan(cluster, vm, self.disks).disks
        return "; ".join(_attach(cluster, vm, disk, self.disks) for disk in planned)


def _attach(cluster: Cluster, vm: VirtualMachine, disk: VirtualDisk, wanted: tuple[DiskToAdd, ...]) -> str:
    place = f"-ControllerType {disk.controller.value} -ControllerNumber {disk.controller_number}"
    place += f" -ControllerLocation {disk.controller_location}"
    add = f"Add-VMHardDiskDrive -VMName {quoted(vm.name)} {place}"
    if disk.kind is DiskKind.PHYSICAL:
        return f"{add} -DiskNumber (Get-Disk | Where-Object FriendlyName -eq {quoted(disk.name)}).Number"
    make = ""
    if any(isinstance(one, NewDisk) and disk.name.startswith(f"{one.name}.") for one in wanted):
        size = f"-SizeBytes {disk.size_bytes}" if disk.kind is not DiskKind.DIFFERENCING else ""
        parent = f"-ParentPath {quoted(disk.parent)}" if disk.parent else ""
        make = f"New-VHD -Path {quoted(disk.path)} -{disk.kind.value.capitalize()} {size}{parent}; "
    return f"{make}{add} -Path {quoted(disk.path)}"


class CancelAddDisks(Request, frozen=True, tag="cancel-add-disks"):
    """Stop making disks; what was written of them is deleted and none is attached."""

    task: TaskId

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        task = cluster.tasks.get(self.task)
        return f"Cancel the new disks of {vm_name(cluster, task.vm)}" if task else "Cancel new disks"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        task = cluster.tasks.get(self.task)
        if task is None or task.kind is not TaskKind.ADD_DISKS:
            return (Problem("no-such-task", "Those disks are no longer being made."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return "# stop the New-VHD that runs (Ctrl+C), and delete its file"


class RemoveDisk(HardwareRequest, frozen=True, tag="remove-disk"):
    """Take a disk out of a VM; its file stays as it is, unless it is to be deleted."""

    slot: Slot
    delete_file: bool = False

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        disk = self.disk(cluster)
        name = disk.name if disk is not None else f"the disk at {in_words(self.slot)}"
        return f"Remove {name} from {vm_name(cluster, self.vm)}{' and delete its file' if self.delete_file else ''}"

    def disk(self, cluster: Cluster) -> VirtualDisk | None:
        """The disk that is meant; None where there is none."""
        vm = cluster.vms.get(self.vm)
        return None if vm is None else next((disk for disk in vm.disks if disk.slot == self.slot), None)

    def hardware_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See HardwareRequest.hardware_problems."""
        disk = self.disk(cluster)
        if disk is None:
            return (Problem("no-such-disk", f"{vm.name} has no disk at {in_words(self.slot)}."),)
        if vm.snapshots:
            text = f"Snapshots of {vm.name} build on {disk.name}."
            return (Problem("has-snapshots", text, "Delete the snapshots, and let their files be merged."),)
        bus = bus_problem(vm, disk.controller)
        if bus is not None:
            return (bus,)
        if vm.state is VmState.RUNNING and _runs_from(vm, disk):
            text = f"{vm.name} runs from {disk.name}."
            return (Problem("boot-disk", text, "Shut the VM down first."),)
        if self.delete_file and disk.kind is DiskKind.PHYSICAL:
            text = f"{disk.name} is a whole LUN: there is no file to delete."
            return (Problem("no-file", text, "Remove it without deleting."),)
        return tuple(self._warnings(vm, disk))

    def _warnings(self, vm: VirtualMachine, disk: VirtualDisk) -> list[Problem]:
        found: list[Problem] = []
        if disk == vm.disks[0] and disk.contents is None:
            found.append(warning("boot-disk", f"{vm.name} starts from {disk.name}; without it, it will not."))
        elif vm.state is VmState.RUNNING:
            text = f"The guest of {vm.name} loses the volumes on {disk.name} at once."
            found.append(warning("guest-loses", text, "Take the disk offline in Disk Management first."))
        if self.delete_file:
            size = format_bytes(disk.file_bytes or disk.size_bytes)
            found.append(warning("data-loss", f"All that is on {disk.name} ({size}) is gone for good."))
        return found

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        kind, number, location = self.slot
        remove = (
            f"Remove-VMHardDiskDrive -VMName {quoted(vm_name(cluster, self.vm))} -ControllerType {kind.value}"
            f" -ControllerNumber {number} -ControllerLocation {location}"
        )
        disk = self.disk(cluster)
        return f"{remove}; Remove-Item {quoted(disk.path)}" if self.delete_file and disk is not None else remove


def _runs_from(vm: VirtualMachine, disk: VirtualDisk) -> bool:
    """Whether the guest has its system on the disk: its first one, if nobody made that since."""
    if disk.contents is not None:
        return any(part.boot for part in disk.contents.partitions)
    return disk == vm.disks[0]


class AddController(HardwareRequest, frozen=True, tag="add-controller"):
    """Give a VM that is off another SCSI controller."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Add a SCSI controller to {vm_name(cluster, self.vm)}"

    def hardware_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See HardwareRequest.hardware_problems."""
        if vm.state is VmState.RUNNING:
            return (_controller_while_running(vm),)
        most = cluster.profile.limits.scsi_controllers
        if vm.scsi_controller_count < most:
            return ()
        text = f"{vm.name} has {vm.scsi_controller_count} SCSI controllers, as many as {cluster.profile.name} allows."
        return (Problem("too-many-controllers", text, "Use the free places of the ones that it has."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"Add-VMScsiController -VMName {quoted(vm_name(cluster, self.vm))}"


class RemoveController(HardwareRequest, frozen=True, tag="remove-controller"):
    """Take the last SCSI controller, an empty one, out of a VM that is off."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Remove the last SCSI controller of {vm_name(cluster, self.vm)}"

    def hardware_problems(self, cluster: Cluster, vm: VirtualMachine) -> tuple[Problem, ...]:
        """See HardwareRequest.hardware_problems."""
        if vm.state is VmState.RUNNING:
            return (_controller_while_running(vm),)
        last = vm.scsi_controller_count - 1
        if last < 0:
            return (Problem("no-controller", f"{vm.name} has no SCSI controller."),)
        held = [d.name for d in vm.disks if d.controller is Controller.SCSI and d.controller_number == last]
        if not held:
            return ()
        text = f"SCSI controller {last} of {vm.name} holds {', '.join(sorted(held)[:3])}."
        return (Problem("controller-in-use", text, "Remove its disks first."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        vm = cluster.vms.get(self.vm)
        last = 0 if vm is None else vm.scsi_controller_count - 1
        name = quoted(vm_name(cluster, self.vm))
        return f"Get-VMScsiController -VMName {name} -ControllerNumber {last} | Remove-VMScsiController"


def _controller_while_running(vm: VirtualMachine) -> Problem:
    text = f"{vm.name} runs, and controllers can't be changed while it does."
    return Problem("controller-while-running", text, "Shut the VM down first.")


class DeleteDetachedDisk(Request, frozen=True, tag="delete-disk-file"):
    """Delete the file of a disk that no VM has attached."""

    key: DiskKey

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        detached = cluster.detached_disks.get(self.key)
        return f"Delete {detached.disk.name if detached is not None else 'a disk file'}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        detached = cluster.detached_disks.get(self.key)
        if detached is None:
            text = f"There is no detached disk {one_line(self.key[1])}."
            return (Problem("no-such-disk", text, "Another VM may have attached it."),)
        children = children_of(cluster, detached.disk.path)
        if children:
            text = f"{detached.disk.name} is the parent of {children[0]}."
            return (Problem("is-parent", text, "Delete the disks that build on it first."),)
        size = format_bytes(detached.disk.file_bytes or detached.disk.size_bytes)
        return (warning("data-loss", f"All that is on {detached.disk.name} ({size}) is gone for good."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        detached = cluster.detached_disks.get(self.key)
        return f"Remove-Item {quoted(detached.disk.path if detached is not None else self.key[1])}"
