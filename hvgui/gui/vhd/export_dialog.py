"""Exporting a VM to a real folder: what will be written, how large it gets, progress, Cancel."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
)

from hvgui.cluster.ids import VmId
from hvgui.cluster.units import format_bytes
from hvgui.exchange.export.plan import ExportPlan, plan_export, target_of
from hvgui.exchange.export.writing import export_vm
from hvgui.exchange.vhd.errors import VhdError
from hvgui.exchange.vhd.writing import Watch
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.facts import Refresh
from hvgui.gui.icons import icon
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.vhd.work import Work, sentence_of
from hvgui.gui.vhd.work_dialog import WorkDialog
from hvgui.gui.words import counted, tr


class ExportDialog(WorkDialog):
    """For one VM; stays open to tell how it went."""

    def __init__(self, vm: VmId, desk: Desk) -> None:
        super().__init__(tr("&Export"), desk.parent)
        self._vm, self._desk = vm, desk
        self.setObjectName("export vm")
        self.setWindowTitle(tr("Export {vm}", vm=desk.cluster.vms[vm].name))
        self.folder = QLineEdit(str(Path.home()), self)
        self.folder.setObjectName("export folder")
        self.folder.setAccessibleName(tr("Folder"))
        self.only = QCheckBox(tr("&Configuration only, without disks and memory"), self)
        self.only.setObjectName("configuration only")
        self._build()
        self.folder.textChanged.connect(self.recheck)
        self.only.toggled.connect(self.recheck)
        if desk.facts is not None:
            desk.facts.refreshed.connect(self._follow)
        VmWatch(self, desk, (vm,))
        self.resize(560, 260)
        fit_on_screen(self)
        self.recheck()

    def _build(self) -> None:
        label = QLabel(tr("&Into folder"), self)
        label.setBuddy(self.folder)
        choose = QToolButton(self)
        choose.setIcon(icon("folder-open"))
        choose.setToolTip(tr("Choose a folder"))
        choose.setAccessibleName(tr("Choose a folder"))
        choose.clicked.connect(self._ask_folder)
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(choose)
        self.about.setObjectName("export about")
        self.told.setObjectName("export told")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.addWidget(label)
        column.addLayout(row)
        for widget in (self.only, self.about, self.told, self.bar):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.buttons)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, tr("Export into"), self.folder.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def recheck(self) -> None:
        """Says what will be written, or why it can't be."""
        if self.work.is_busy:
            return
        try:
            plan, into = self._planned()
        except (VhdError, OSError) as error:
            self.go.setEnabled(False)
            self.about.setText(sentence_of(error))
            return
        self.go.setEnabled(True)
        self.about.setText(
            tr(
                "Writes {folder}: {files} with {shown}, of which about {written} are bytes on the disk"
                " and the rest holes: a simulated guest's data is a mark in each block.",
                folder=str(target_of(plan, into)),
                files=counted(len(plan.disks), "{count} disk file", "{count} disk files"),
                shown=format_bytes(plan.shown_bytes),
                written=format_bytes(plan.written_bytes),
            )
        )

    def _planned(self) -> tuple[ExportPlan, Path]:
        """Raises VhdError with a sentence where it can't be done."""
        plan = plan_export(self._desk.cluster, self._vm, configuration_only=self.only.isChecked())
        into = Path(self.folder.text().strip() or "?").expanduser()
        if not into.is_dir():
            raise VhdError(tr("there is no folder {folder}", folder=str(into)))
        if target_of(plan, into).exists():
            raise VhdError(tr("{folder} exists already", folder=str(target_of(plan, into))))
        return plan, into

    def meant(self) -> Work:
        """See WorkDialog.meant."""
        plan, into = self._planned()

        def work(watch: Watch) -> str:
            return tr("Exported to {folder}.", folder=str(export_vm(plan, into, watch=watch)))

        return work

    def _follow(self, refresh: Refresh) -> None:
        if self._vm in self._desk.cluster.vms and (self._vm in refresh.vms or refresh.replaced):
            self.recheck()
