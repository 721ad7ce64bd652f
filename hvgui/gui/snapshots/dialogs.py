"""Taking, renaming and deleting snapshots, and reading their settings: each says beforehand what it does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout

from hvgui.cluster.ids import VmId
from hvgui.cluster.snapshots import by_id
from hvgui.cluster.units import format_bytes
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.snapshots.apply_dialog import ApplyDialog
from hvgui.gui.snapshots.forecast_lines import ForecastLines
from hvgui.gui.snapshots.words import settings_lines
from hvgui.gui.words import tr
from hvgui.requests.problems import Severity, blockers
from hvgui.requests.request import Request
from hvgui.requests.snapshots import LONGEST_NAME, DeleteSnapshot, RenameSnapshot, TakeSnapshot


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
        self._apply.setText(tr("Rename") if one is not None else tr("Take"))
        self.line = QLineEdit(one.name if one is not None else "", self)
        self.line.setMaxLength(LONGEST_NAME)
        self.line.setPlaceholderText(tr("{vm} and the moment", vm=record.name) if one is None else "")
        self.add_row(tr("&Name"), self.line, "snapshot name")
        self.forecast = ForecastLines(desk.bridge, self)
        if one is None:
            self.form.addRow(self.forecast)
            self.forecast.ask(("", TakeSnapshot(vm)))
        else:
            self.forecast.hide()
        self.line.textChanged.connect(self.recheck)
        self.line.setFocus()
        self.line.selectAll()
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        if self._snapshot:
            return (RenameSnapshot(self._vm, self._snapshot, self.line.text()),)
        return (TakeSnapshot(self._vm, self.line.text()),)


class DeleteDialog(DraftDialog):
    """Deletes a snapshot, or all of a branch, once a person has read what becomes of its files."""

    def __init__(self, vm: VmId, snapshot: int, desk: Desk, *, subtree: bool) -> None:
        self._request = DeleteSnapshot(vm, snapshot, subtree)
        problems = self._request.check(desk.cluster)
        title = self._request.title(desk.cluster)
        about = "\n".join(str(one) for one in problems if one.severity is Severity.WARNING)
        super().__init__(tr("{title}?", title=title), about or title, desk, "delete snapshot")
        VmWatch(self, desk, (vm,))
        self._apply.setText(tr("Delete"))
        self.forecast = ForecastLines(desk.bridge, self)
        self.form.addRow(self.forecast)
        if not blockers(problems):
            self.forecast.ask(("", self._request))
        self.recheck()

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        return (self._request,)


class SnapshotSettingsDialog(QDialog):
    """What a snapshot holds, to be read."""

    def __init__(self, vm: VmId, snapshot: int, desk: Desk) -> None:
        super().__init__(desk.parent)
        one = by_id(desk.cluster.vms[vm].snapshots)[snapshot]
        self.setObjectName("snapshot settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings of '{name}'", name=one.name))
        self.lines = settings_lines(desk.cluster, one)
        form = QFormLayout()
        for caption, words in self.lines:
            label = QLabel(words, self)
            label.setWordWrap(True)
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
        self.setMinimumWidth(560)
        fit_on_screen(self)


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
        case "apply":
            ApplyDialog(vm, snapshot, desk).open()
        case "export":
            _export(vm, snapshot, desk)
        case "revert":
            ApplyDialog(vm, desk.cluster.vms[vm].current_snapshot, desk, reverts=True).open()
        case _:
            DeleteDialog(vm, snapshot, desk, subtree=what == "subtree").open()


def _export(vm: VmId, snapshot: int, desk: Desk) -> None:
    from hvgui.gui.vhd.export_dialog import export_snapshot  # noqa: PLC0415  not before it is wanted

    export_snapshot(vm, snapshot, desk)
