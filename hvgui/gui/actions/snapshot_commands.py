"""The commands on a VM's snapshots and its export; those on one snapshot stand in the VM's tab."""

from __future__ import annotations

from functools import partial

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import by_id, shown
from hvgui.gui.actions.command import Choice, Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.vm_commands import MENU, VM, VM_OR_TASK
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.words import tr
from hvgui.requests.busy import busy_problem
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.snapshot_merges import CANCELLABLE, CancelSnapshot, MergeSnapshots
from hvgui.requests.snapshots import RevertVm, TakeSnapshot


def _why_not(kind: type[TakeSnapshot | RevertVm], desk: Desk) -> str:
    vm = desk.one_vm
    if vm is None:
        return tr("Choose one virtual machine.")
    found = blockers(kind(vm=vm).check(desk.cluster))
    return str(found[0]) if found else ""


def _ask(what: str, desk: Desk) -> None:
    from hvgui.gui.snapshots.dialogs import open_snapshot_dialog  # noqa: PLC0415  not before it is wanted

    open_snapshot_dialog(what, desk.vms()[0], 0, desk)


def _chosen(desk: Desk) -> int:
    """The snapshot that is chosen in the VM's tab; 0: none."""
    return desk.snapshot[1] if desk.snapshot is not None and desk.snapshot[0] == desk.one_vm else 0


def _choices(desk: Desk) -> tuple[Choice, ...]:
    """What can be done with the snapshot that is chosen in the VM's tab."""
    from hvgui.gui.snapshots.doings import OF_ONE, reason  # noqa: PLC0415  not before it is wanted

    vm, number = desk.cluster.vms[desk.vms()[0]], _chosen(desk)
    one = by_id(vm.snapshots).get(number)
    name = f" '{one.name}'" if one is not None else ""
    return tuple(
        Choice(
            f"{tr(doing.title).rstrip('.')}{name}...",
            partial(_open, doing.id),
            reason=reason(desk.cluster, vm, doing.id, number),
            explanation=tr(doing.explanation),
        )
        for doing in OF_ONE
    )


def _open(what: str, desk: Desk) -> None:
    from hvgui.gui.snapshots.dialogs import open_snapshot_dialog  # noqa: PLC0415  not before it is wanted

    open_snapshot_dialog(what, desk.vms()[0], _chosen(desk), desk)


def _no_snapshots(desk: Desk) -> str:
    vm = desk.one_vm
    if vm is None:
        return tr("Choose one virtual machine.")
    if not shown(desk.cluster.vms[vm].snapshots):
        return tr("{vm} has no snapshots.", vm=desk.cluster.vms[vm].name)
    return ""


def _cancel(cluster: Cluster, ref: Ref) -> Request | None:
    task = ref.task if ref.kind is Kind.TASK else cluster.vms[ref.vm].task
    if task is None or task not in cluster.tasks or cluster.tasks[task].kind not in CANCELLABLE:
        return None
    return CancelSnapshot(task=task)


def _not_to_export(desk: Desk) -> str:
    """Empty where one of the chosen VMs can be: the dialog says of each what stands in its way."""
    vms = [desk.cluster.vms[vm] for vm in desk.vms() if vm in desk.cluster.vms] if desk.has_lab else []
    if not vms:
        return tr("Choose a virtual machine first.")
    reasons = (_why_not_exported(desk, vm) for vm in vms)
    first = next(reasons)
    return first if first and all(reasons) else ""


def _why_not_exported(desk: Desk, vm: VirtualMachine) -> str:
    if vm.task is not None:
        return str(busy_problem(desk.cluster, vm, vm.task))
    if vm.state not in (VmState.OFF, VmState.SAVED):
        return tr("{vm} is {state}: a VM is exported while it is off or saved.", vm=vm.name, state=vm.state.value)
    return ""


def _export(desk: Desk) -> None:
    from hvgui.gui.vhd.export_dialog import ExportDialog  # noqa: PLC0415  not before it is wanted

    ExportDialog(desk.vms(), desk).show()


COMMANDS = (
    Command(
        "vm.snapshot",
        "Snapshot...",
        MENU,
        VM,
        "history",
        "Ctrl+Shift+T",
        run=partial(_ask, "take"),
        reason=partial(_why_not, TakeSnapshot),
        begins_group=True,
        explanation="Freezes disks, settings and memory, to be able to come back.",
    ),
    Command(
        "vm.revert",
        "Revert...",
        MENU,
        VM,
        "undo",
        run=partial(_ask, "revert"),
        reason=partial(_why_not, RevertVm),
        explanation="Goes back to the last snapshot. The tab Snapshots of the VM shows all of them.",
    ),
    Command(
        "vm.snapshots",
        "Chosen snapshot",
        MENU,
        VM,
        "history",
        choices=_choices,
        reason=_no_snapshots,
        explanation="What can be done with the snapshot that is chosen in the tab Snapshots.",
    ),
    Command(
        "vm.merge-snapshots",
        "Merge snapshots now",
        MENU,
        VM,
        "columns-3",
        request=lambda _, ref: MergeSnapshots(vm=ref.vm),
        explanation="Merges the files of deleted snapshots, after that has been cancelled.",
    ),
    Command(
        "vm.cancel-snapshot",
        "Cancel snapshot or merge",
        MENU,
        VM_OR_TASK,
        "x",
        request=_cancel,
        explanation="A snapshot that is being taken is not taken; files that are being merged stay as they are.",
    ),
    Command(
        "vm.export",
        "Export...",
        MENU,
        VM,
        "download",
        run=_export,
        reason=_not_to_export,
        explanation="Writes the VM to a real folder: configuration, virtual hard disks, snapshots, saved memory.",
    ),
)
"""In the order of the VM menu."""
