"""Exporting VMs to a real folder: what will be written of each, how large it gets, progress, time left, Cancel."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.units import format_bytes, format_seconds
from hvgui.exchange.export.plan import target_of
from hvgui.exchange.vhd.errors import VhdError
from hvgui.gui.actions.desk import Desk
from hvgui.gui.copies.exports import Results, ToExport, cluster_as_of, planned_exports, work_of
from hvgui.gui.dialogs.vm_watch import VmWatch
from hvgui.gui.facts import Refresh
from hvgui.gui.icons import icon
from hvgui.gui.screen_room import fit_on_screen
from hvgui.gui.settings import remember, remembered_text
from hvgui.gui.vhd.work import Work
from hvgui.gui.vhd.work_dialog import WorkDialog
from hvgui.gui.words import counted, tr

_FOLDER = "export/folder"
_TELLING_SHARE = 0.02
"""So much has to be written before the time left says anything."""


class ExportDialog(WorkDialog):
    """For one VM or several, each with a result of its own; stays open to tell how it went."""

    def __init__(self, vms: tuple[VmId, ...], desk: Desk, snapshot: int = 0) -> None:
        """`snapshot`: of the only VM, not as it is now but as that one holds it; 0: as it is now."""
        super().__init__(tr("&Export"), desk.parent)
        self._vms, self._desk, self._snapshot = vms, desk, snapshot
        self._results = Results()
        self._wanted: tuple[ToExport, ...] = ()
        self._begun_seconds = 0.0
        self.setObjectName("export vm")
        name = self._cluster().vms[vms[0]].name
        self.setWindowTitle(
            tr("Export {vm}", vm=name) if len(vms) == 1 else tr("Export {count} virtual machines", count=len(vms))
        )
        self.folder = QLineEdit(remembered_text(_FOLDER, str(Path.home())), self)
        self.folder.setObjectName("export folder")
        self.folder.setAccessibleName(tr("Folder"))
        self.only = QCheckBox(tr("&Configuration only, without disks and memory"), self)
        self.only.setObjectName("configuration only")
        self.list = QTreeWidget(self)
        self._build()
        self.folder.textChanged.connect(self._go_elsewhere)
        self.only.toggled.connect(self.recheck)
        self.work.progressed.connect(self._say_time_left)
        VmWatch(self, desk, vms)
        if desk.facts is not None:
            desk.facts.refreshed.connect(self._follow)
        self.resize(640, 300 if len(vms) == 1 else 440)
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
        self.list.setObjectName("exports")
        self.list.setAccessibleName(tr("What is exported"))
        self.list.setHeaderLabels([tr("Virtual machine"), tr("Shown size"), tr("Written"), tr("Result")])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setMinimumHeight(70)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.list.header().resizeSection(0, 170)
        self.about.setObjectName("export about")
        self.told.setObjectName("export told")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 12)
        column.addWidget(label)
        column.addLayout(row)
        column.addWidget(self.only)
        column.addWidget(self.list, 1)
        for widget in (self.about, self.told, self.bar):
            column.addWidget(widget)
        column.addWidget(self.buttons)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, tr("Export into"), self.folder.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def _go_elsewhere(self) -> None:
        """What came of the former folder is of no interest in another one."""
        if not self.work.is_busy:
            self._results = Results()
        self.recheck()

    def _cluster(self) -> Cluster:
        cluster = self._desk.cluster
        return cluster_as_of(cluster, self._vms[0], self._snapshot) if self._snapshot else cluster

    # The draft

    def recheck(self) -> None:
        """Says what will be written of each VM, or why it can't be."""
        if self.work.is_busy:
            return
        into = Path(self.folder.text().strip() or "?").expanduser()
        there = into.is_dir()
        self._wanted = planned_exports(
            self._cluster(), self._vms, into if there else None, configuration_only=self.only.isChecked()
        )
        self._fill()
        reason = self._why_not(into) if there else tr("There is no folder {folder}.", folder=str(into))
        self.go.setEnabled(not reason)
        self.go.setToolTip(reason)
        self.about.setText(reason or self._what(into))

    def _why_not(self, into: Path) -> str:
        ready = [one.plan for one in self._wanted if one.plan is not None]
        if not ready:
            return next((one.reason for one in self._wanted), tr("There is nothing to export."))
        needed, free = sum(plan.written_bytes for plan in ready), _free_bytes(into)
        if free is not None and needed > free:
            return tr(
                "{folder} has {free} free, and about {needed} will be written.",
                folder=str(into),
                free=format_bytes(free),
                needed=format_bytes(needed),
            )
        return ""

    def _what(self, into: Path) -> str:
        ready = [one.plan for one in self._wanted if one.plan is not None]
        left_out = len(self._wanted) - len(ready)
        free = _free_bytes(into)
        words = tr(
            "Writes {folder}: {files} with {shown}, of which about {written} are bytes on the disk and the rest holes:"
            " a simulated guest's data is a mark in each block.",
            folder=str(target_of(ready[0], into)) if len(ready) == 1 else str(into),
            files=counted(sum(len(plan.disks) for plan in ready), "{count} disk file", "{count} disk files"),
            shown=format_bytes(sum(plan.shown_bytes for plan in ready)),
            written=format_bytes(sum(plan.written_bytes for plan in ready)),
        )
        if free is not None:
            words += " " + tr("{free} are free there.", free=format_bytes(free))
        if left_out:
            words += " " + counted(left_out, "{count} can't be exported now.", "{count} can't be exported now.")
        return words

    def _fill(self) -> None:
        """A row a VM: its sizes, or the reason; once it was tried, what came of it."""
        self.list.clear()
        for one in self._wanted:
            result = self._results.sentences.get(one.vm) or one.reason
            shown = format_bytes(one.plan.shown_bytes) if one.plan is not None else "–"
            written = format_bytes(one.plan.written_bytes) if one.plan is not None else "–"
            row = QTreeWidgetItem([one.name, shown, written, result or tr("ready")])
            bad = one.vm in self._results.failed or (one.plan is None and one.vm not in self._results.sentences)
            drawn = ("alert-triangle", "bad") if bad else ("circle-check", "good" if result else "muted")
            row.setIcon(3, icon(*drawn))
            row.setToolTip(3, result)
            self.list.addTopLevelItem(row)

    def meant(self) -> Work:
        """See WorkDialog.meant."""
        into = Path(self.folder.text().strip()).expanduser()
        if not into.is_dir():
            raise VhdError(tr("there is no folder {folder}", folder=str(into)))
        remember(_FOLDER, str(into))
        self._begun_seconds = time.monotonic()
        self.bar.setFormat("%p %")
        return work_of(self._wanted, into, self._results)

    def _say_time_left(self, share: float) -> None:
        if share >= _TELLING_SHARE:
            spent = time.monotonic() - self._begun_seconds
            left = format_seconds(spent * (1.0 - share) / share)
            self.bar.setFormat(tr("%p %, about {left} left", left=left))

    def _follow(self, refresh: Refresh) -> None:
        if refresh.replaced or any(vm in refresh.vms for vm in self._vms):
            self.recheck()


def _free_bytes(folder: Path) -> int | None:
    """What the disk has left; None where the system does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def export_snapshot(vm: VmId, snapshot: int, desk: Desk) -> ExportDialog:
    """Asks where one of a VM's snapshots is to be exported to, whatever the VM does meanwhile."""
    dialog = ExportDialog((vm,), desk, snapshot)
    dialog.show()
    return dialog
