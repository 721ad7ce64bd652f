"""Exporting a VM to a real folder: what will be written, how large it gets, progress, Cancel."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
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
from hvgui.gui.facts import Refresh
from hvgui.gui.icons import icon
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.vhd.work import DiskWork, sentence_of
from hvgui.gui.words import counted, tr


class ExportDialog(QDialog):
    """For one VM; stays open to tell how it went."""

    def __init__(self, vm: VmId, desk: Desk) -> None:
        super().__init__(desk.parent)
        self._vm, self._desk = vm, desk
        self.setObjectName("export vm")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Export {vm}", vm=desk.cluster.vms[vm].name))
        self.work = DiskWork(self)
        self.folder = QLineEdit(str(Path.home()), self)
        self.folder.setObjectName("export folder")
        self.folder.setAccessibleName(tr("Folder"))
        self.only = QCheckBox(tr("&Configuration only, without disks and memory"), self)
        self.only.setObjectName("configuration only")
        self.about, self.told = QLabel(self), QLabel(self)
        self.bar = QProgressBar(self)
        self._build()
        self.work.progressed.connect(lambda share: self.bar.setValue(round(1000 * share)))
        self.work.ended.connect(self._ended)
        self.folder.textChanged.connect(self.recheck)
        self.only.toggled.connect(self.recheck)
        if desk.facts is not None:
            desk.facts.refreshed.connect(self._follow)
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
        for one, name in ((self.about, "export about"), (self.told, "export told")):
            one.setObjectName(name)
            one.setWordWrap(True)
        self.about.setProperty("role", "muted")
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(tr("Progress"))
        self.bar.hide()
        box = QDialogButtonBox(self)
        self.go = QPushButton(tr("&Export"), box)
        self.go.setObjectName("go")
        self.go.setDefault(True)
        self.cancel = QPushButton(tr("Close"), box)
        self.cancel.setAutoDefault(False)
        box.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.go.clicked.connect(self._begin)
        self.cancel.clicked.connect(self._cancel_or_close)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.addWidget(label)
        column.addLayout(row)
        for widget in (self.only, self.about, self.told, self.bar):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(box)

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
            plan, into = self._meant()
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

    def _meant(self) -> tuple[ExportPlan, Path]:
        """Raises VhdError with a sentence where it can't be done."""
        plan = plan_export(self._desk.cluster, self._vm, configuration_only=self.only.isChecked())
        into = Path(self.folder.text().strip() or "?").expanduser()
        if not into.is_dir():
            raise VhdError(tr("there is no folder {folder}", folder=str(into)))
        if target_of(plan, into).exists():
            raise VhdError(tr("{folder} exists already", folder=str(target_of(plan, into))))
        return plan, into

    def _begin(self) -> None:
        plan, into = self._meant()
        self.told.setText("")
        self.bar.setValue(0)
        self.bar.show()
        self.go.setEnabled(False)
        self.cancel.setText(tr("Cancel"))

        def work(watch: Watch) -> str:
            return tr("Exported to {folder}.", folder=str(export_vm(plan, into, watch=watch)))

        self.work.begin(work)

    def _ended(self, sentence: str, _went_well: bool) -> None:
        self.bar.hide()
        self.cancel.setText(tr("Close"))
        self.told.setText(sentence)
        self.recheck()

    def _cancel_or_close(self) -> None:
        if self.work.is_busy:
            self.work.stop()
        else:
            self.reject()

    def _follow(self, refresh: Refresh) -> None:
        if self._vm not in self._desk.cluster.vms:
            self.reject()
        elif self._vm in refresh.vms or refresh.replaced:
            self.recheck()

    def done(self, result: int) -> None:
        """Nothing goes on behind a closed dialog."""
        self.work.close()
        super().done(result)
