"""Taking, applying, renaming and deleting snapshots: each asks once, and says what is lost."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout

from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.snapshots import by_id
from hvgui.cluster.units import format_bytes
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.snapshots.words import settings_lines
from hvgui.gui.words import tr
from hvgui.requests.problems import Severity
from hvgui.requests.request import Request
from hvgui.requests.snapshots import LONGEST_NAME, ApplySnapshot, DeleteSnapshot, RenameSnapshot, RevertVm, TakeSnapshot


class NameSnapshotDialog(DraftDialog):
    """Takes a snapshot under a name, or (with a number) calls one something else."""

    def __init__(self, vm: VmId, desk: Desk, snapshot: int = 0) -> None:
        record = desk.cluster.vms[vm]
        one = by_id(record.snapshots).get(snapshot)
        about = tr("What is the snapshot to be called?")
        if one is None:
            about = tr(
                "The disks of {vm} are frozen as they are; it goes on in differencing disks above.", vm=record.name
            )
            if record.state.holds_memory:
                size = format_bytes(record.assigned_bytes)
                about += " " + tr("Its memory ({size}) is written to the disk while it runs on.", size=size)
        title = tr("Rename snapshot") if one is not None else tr("Snapshot of {vm}", vm=record.name)
        super().__init__(title, about, desk, "name snapshot")
        self._vm, self._snapshot = vm, one.id if one is not None else 0
        VmWatch(self, desk, (vm,))
        self.line = QLineEdit(one.name if one is not None else "", self)
        self.line.setMaxLength(LONGEST_NAME)
        self.line.setPlaceholderText(tr("{vm} and the moment", vm=record.name) if one is None else "")
        self.add_row(tr("&Name"), self.line, "snapshot name")
        self.line.textChanged.connect(self.recheck)
        self.line.setFocus()
        self.line.selectAll()
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        if self._snapshot:
            return (RenameSnapshot(self._vm, self._snapshot, self.line.text()),)
        return (TakeSnapshot(self._vm, self.line.text()),)


class AskSnapshotDialog(DraftDialog):
    """Applies, reverts or deletes once a person has read what goes with it."""

    def __init__(self, what: str, vm: VmId, desk: Desk, snapshot: int = 0) -> None:
        self._what, self._vm, self._snapshot = what, vm, snapshot
        request = self._request()
        problems = request.check(desk.cluster)
        about = "\n".join(str(one) for one in problems if one.severity is Severity.WARNING)
        super().__init__(
            tr("{title}?", title=request.title(desk.cluster)),
            about or request.title(desk.cluster),
            desk,
            "ask snapshot",
        )
        VmWatch(self, desk, (vm,))
        record = desk.cluster.vms[vm]
        self.first = QCheckBox(tr("&Take a snapshot of now first"), self)
        self.first.setObjectName("take first")
        if what in ("apply", "revert"):
            self.form.addRow(self.first)
            rests = record.state in (VmState.OFF, VmState.SAVED)
            self.first.setEnabled(rests)
            if not rests:
                self.first.setToolTip(
                    tr("While {vm} runs that takes its time: take one yourself before.", vm=record.name)
                )
        else:
            self.first.hide()
        self.recheck()

    def _request(self) -> Request:
        match self._what:
            case "apply":
                return ApplySnapshot(self._vm, self._snapshot)
            case "revert":
                return RevertVm(self._vm)
            case _:
                return DeleteSnapshot(self._vm, self._snapshot, subtree=self._what == "subtree")

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return (self._request(),)

    def _send(self) -> None:
        if self.first.isChecked():
            current = self.desk.cluster.vms[self._vm].current_snapshot
            going_back = ApplySnapshot(self._vm, current) if self._what == "revert" else self._request()
            self.desk.submit((TakeSnapshot(self._vm), going_back))
        else:
            super()._send()


class SnapshotSettingsDialog(QDialog):
    """What a snapshot holds, to be read."""

    def __init__(self, vm: VmId, snapshot: int, desk: Desk) -> None:
        super().__init__(desk.parent)
        one = by_id(desk.cluster.vms[vm].snapshots)[snapshot]
        self.setObjectName("snapshot settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings of '{name}'", name=one.name))
        self.lines = settings_lines(one)
        form = QFormLayout()
        for caption, words in self.lines:
            label = QLabel(words, self)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            form.addRow(QLabel(caption, self), label)
        box = QDialogButtonBox(self)
        box.addButton(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.addLayout(form)
        column.addStretch(1)
        column.addWidget(box)
        self.setMinimumWidth(480)


def open_snapshot_dialog(what: str, vm: VmId, snapshot: int, desk: Desk) -> None:
    """The dialog for what is wanted of a VM's snapshot (0: of the VM as it is now)."""
    if vm not in desk.cluster.vms:
        return
    match what:
        case "take":
            NameSnapshotDialog(vm, desk).open()
        case "rename":
            NameSnapshotDialog(vm, desk, snapshot).open()
        case "settings":
            SnapshotSettingsDialog(vm, snapshot, desk).open()
        case _:
            AskSnapshotDialog(what, vm, desk, snapshot).open()
