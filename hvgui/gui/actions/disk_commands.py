"""The commands on a VM's disks and controllers."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.vm_commands import MENU, VM, VM_OR_TASK
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import tr
from hvgui.requests.busy import busy_problem
from hvgui.requests.disks import AddController, CancelAddDisks, RemoveController, RemoveDisk
from hvgui.requests.guest_disks import guest_problems
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

DISK = frozenset({Kind.DISK})


def _controller(kind: type[AddController | RemoveController], cluster: Cluster, ref: Ref) -> Request | None:
    return kind(vm=ref.vm)


def _cancel(cluster: Cluster, ref: Ref) -> Request | None:
    task = ref.task if ref.kind is Kind.TASK else cluster.vms[ref.vm].task
    if task is None or task not in cluster.tasks or cluster.tasks[task].kind is not TaskKind.ADD_DISKS:
        return None
    return CancelAddDisks(task=task)


def _not_to_add(desk: Desk) -> str:
    vm_id = desk.one_vm
    if vm_id is None:
        return tr("Choose one virtual machine.")
    vm = desk.cluster.vms[vm_id]
    if vm.task is not None:
        return str(busy_problem(desk.cluster, vm, vm.task))
    if vm.state not in (VmState.RUNNING, VmState.OFF):
        return tr("{vm} is {state}; disks are added while it runs or is off.", vm=vm.name, state=vm.state.value)
    return ""


def _not_to_manage(desk: Desk) -> str:
    vm = desk.one_vm
    if vm is None:
        return tr("Choose one virtual machine.")
    found = guest_problems(desk.cluster.vms[vm])
    return str(found[0]) if found else ""


def _add(desk: Desk) -> None:
    from hvgui.gui.disks.add_dialog import AddDisksDialog  # noqa: PLC0415  not before it is wanted

    vm = desk.one_vm
    if vm is not None:
        AddDisksDialog(vm, desk).open()


def _manage(desk: Desk) -> None:
    from hvgui.gui.disks.management import open_disk_management  # noqa: PLC0415  not before it is wanted

    vm = desk.one_vm
    if vm is not None:
        open_disk_management(vm, desk)


def _remove(desk: Desk) -> None:
    from hvgui.gui.disks.remove_dialog import RemoveDiskDialog  # noqa: PLC0415  not before it is wanted

    refs = desk.chosen(DISK)
    if refs:
        RemoveDiskDialog(refs, desk).open()


def _not_to_remove(desk: Desk) -> str:
    reason = ""
    for ref in desk.chosen(DISK):
        vm, slot = ref.disk
        found = blockers(RemoveDisk(vm, slot).check(desk.cluster))
        if not found:
            return ""
        reason = reason or str(found[0])
    return reason


def _compare(desk: Desk) -> None:
    from hvgui.gui.storage.four_ways import open_four_ways  # noqa: PLC0415  not before it is wanted

    vm = desk.one_vm
    if vm is not None and desk.bridge is not None:
        open_four_ways(desk.parent, desk.bridge, vm)


def _not_to_compare(desk: Desk) -> str:
    return "" if desk.one_vm is not None else tr("Choose one virtual machine.")


COMMANDS = (
    Command(
        "vm.add-disk",
        "Add disk...",
        MENU,
        VM,
        "file-plus",
        "Ctrl+D",
        run=_add,
        reason=_not_to_add,
        begins_group=True,
        explanation="New, existing or pass-through disks, while the VM runs or is off.",
    ),
    Command(
        "vm.disk-management",
        "Disk Management...",
        MENU,
        VM,
        "device-sd-card",
        "Ctrl+Shift+D",
        run=_manage,
        reason=_not_to_manage,
        explanation="The disks as the guest sees them: initialise, format, letters.",
    ),
    Command(
        "vm.cancel-disks",
        "Cancel new disks",
        MENU,
        VM_OR_TASK,
        "x",
        request=_cancel,
        explanation="What was written of them is deleted.",
    ),
    Command(
        "vm.add-controller",
        "Add SCSI controller",
        MENU,
        VM,
        "plug",
        request=partial(_controller, AddController),
    ),
    Command(
        "vm.remove-controller",
        "Remove the last SCSI controller",
        MENU,
        VM,
        "plug-off",
        request=partial(_controller, RemoveController),
    ),
    Command(
        "vm.compare-storage",
        "Compare with and without CSV...",
        MENU,
        VM,
        "columns-3",
        run=_compare,
        reason=_not_to_compare,
        changes=False,
        explanation="Live and quick, on a Cluster Shared Volume and on a LUN of its own, in one view.",
    ),
    Command("disk.remove", "Remove disk...", MENU, DISK, "trash", run=_remove, reason=_not_to_remove),
)
"""Commands on disks, behind those on VMs in their menu."""
