"""The commands on a VM's snapshots; those on one snapshot stand in the VM's tab."""

from __future__ import annotations

from functools import partial

from hvgui.gui.actions.command import Command
from hvgui.gui.actions.desk import Desk
from hvgui.gui.actions.vm_commands import MENU, VM
from hvgui.gui.words import tr
from hvgui.requests.problems import blockers
from hvgui.requests.snapshots import RevertVm, TakeSnapshot


def _why_not(kind: type[TakeSnapshot | RevertVm], desk: Desk) -> str:
    vms = desk.vms()
    if not desk.has_lab or len(vms) != 1 or vms[0] not in desk.cluster.vms:
        return tr("Choose one virtual machine.")
    found = blockers(kind(vm=vms[0]).check(desk.cluster))
    return str(found[0]) if found else ""


def _ask(what: str, desk: Desk) -> None:
    from hvgui.gui.snapshots.dialogs import open_snapshot_dialog  # noqa: PLC0415  not before it is wanted

    open_snapshot_dialog(what, desk.vms()[0], 0, desk)


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
)
"""In the order of the VM menu."""
