"""What can be done with a VM's snapshots: names, drawings, keys, and the request that says whether it can be now."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.snapshots import by_id
from hvgui.gui.snapshots.chain_rows import NOW
from hvgui.gui.words import tr
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RenameSnapshot, RevertVm, TakeSnapshot


@dataclass(frozen=True)
class Doing:
    """One of the tab's buttons, of the menu's entries and of the commands."""

    id: str
    title: str
    icon: str
    explanation: str
    key: Qt.Key | None = None
    key_name: str = ""


DOINGS = (
    Doing("take", "Take...", "file-plus", "Freezes disks, settings and memory, to be able to come back."),
    Doing("apply", "Apply...", "player-track-prev", "Goes back to the chosen snapshot.", Qt.Key.Key_Return, "Enter"),
    Doing("revert", "Revert...", "undo", "Goes back to the snapshot that Now builds on."),
    Doing("rename", "Rename...", "tag", "Gives the chosen snapshot another name.", Qt.Key.Key_F2, "F2"),
    Doing("settings", "Settings...", "info-circle", "Shows the settings that the chosen snapshot holds."),
    Doing("export", "Export...", "download", "Writes the VM as the chosen snapshot holds it to a real folder."),
    Doing(
        "delete", "Delete...", "trash", "Deletes the chosen snapshot; its files are merged.", Qt.Key.Key_Delete, "Del"
    ),
    Doing("subtree", "Delete subtree...", "branches", "Deletes the chosen snapshot and all that build on it."),
)
OF_ONE = tuple(one for one in DOINGS if one.id not in ("take", "revert"))
"""Those on the chosen snapshot."""


def reason(cluster: Cluster, vm: VirtualMachine, what: str, chosen: int) -> str:
    """Why it can't be done now; empty: it can."""
    one = by_id(vm.snapshots).get(chosen)
    if what not in ("take", "revert"):
        if chosen == NOW or one is None:
            return tr("Choose a snapshot in the tab Snapshots of {vm} first.", vm=vm.name)
        if one.is_deleted:
            return tr("'{name}' is deleted; its files wait to be merged.", name=one.name)
        if what in ("settings", "export"):
            return ""
    found = blockers(_request(vm, what, chosen).check(cluster))
    return str(found[0]) if found else ""


def _request(vm: VirtualMachine, what: str, chosen: int) -> Request:
    match what:
        case "take":
            return TakeSnapshot(vm.id)
        case "revert":
            return RevertVm(vm.id)
        case "apply":
            return ApplySnapshot(vm.id, chosen)
        case "rename":
            return RenameSnapshot(vm.id, chosen, by_id(vm.snapshots)[chosen].name)
        case _:
            return DeleteSnapshot(vm.id, chosen, subtree=what == "subtree")
