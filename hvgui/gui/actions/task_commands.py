"""The commands on tasks."""

from __future__ import annotations

from hvgui.cluster.tasks import TaskKind
from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.objects import Kind, vm_ref
from hvgui.gui.words import tr

TASK = frozenset({Kind.TASK})
MENU = "Tas&k"


def _vm_gone(desk: Desk) -> str:
    return "" if _vms(desk) else tr("Choose a task under way first.")


def _vms(desk: Desk) -> list[int]:
    if not desk.has_lab:
        return []
    tasks = (desk.cluster.tasks.get(ref.task) for ref in desk.refs if ref.kind is Kind.TASK)
    return [task.vm for task in tasks if task is not None and task.vm in desk.cluster.vms]


def _show_vm(desk: Desk) -> None:
    for vm in _vms(desk)[:1]:
        desk.window.reveal(vm_ref(vm))


COMMANDS = (
    Command(
        "task.show-vm",
        "Show its virtual machine",
        MENU,
        TASK,
        "device-desktop",
        run=_show_vm,
        reason=_vm_gone,
        changes=False,
    ),
)
"""Commands on tasks; cancelling stands among those of VMs."""

CANCELLED_BY = {
    TaskKind.ADD_DISKS: "vm.cancel-disks",
    TaskKind.SNAPSHOT: "vm.cancel-snapshot",
    TaskKind.APPLY_SNAPSHOT: "vm.cancel-snapshot",
    TaskKind.MERGE: "vm.cancel-snapshot",
    TaskKind.IMPORT: "vm.cancel-import",
    TaskKind.CLONE: "vm.cancel-import",
}
"""What calls a task off that is no migration."""
