"""Choosing the cluster's LUNs that become Cluster Shared Volumes; those that can't stand there with the reason."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from hvgui.cluster.ids import LunId
from hvgui.cluster.units import format_bytes
from hvgui.gui.actions.desk import Desk
from hvgui.gui.dialogs.draft_dialog import DraftDialog
from hvgui.gui.icons import icon
from hvgui.gui.inventory_order import name_key
from hvgui.gui.storage.words import use_words
from hvgui.gui.words import tr
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request
from hvgui.requests.shared_volumes import AddSharedVolume

_LUN = int(Qt.ItemDataRole.UserRole)


class AddStorageDialog(DraftDialog):
    """A list with ticks."""

    def __init__(self, desk: Desk) -> None:
        about = tr(
            "Tick the disks that every node is to read and write. Each becomes a folder below C:\\ClusterStorage on"
            " every node."
        )
        super().__init__(tr("Add storage"), about, desk, "add storage")
        self.list = QTreeWidget(self)
        self.list.setObjectName("luns to add")
        self.list.setAccessibleName(tr("Disks of the cluster"))
        self.list.setRootIsDecorated(False)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHeaderLabels([tr("Disk"), tr("Capacity"), tr("Assigned to"), tr("Remark")])
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.list.setMinimumSize(640, 260)
        self.form.addRow(self.list)
        self._fill()
        self.list.itemChanged.connect(self.recheck)
        self.recheck()

    def _fill(self) -> None:
        cluster = self.desk.cluster
        luns = sorted(cluster.luns.values(), key=lambda lun: name_key(lun.name))
        rows = [(lun, AddSharedVolume(lun.id).check(cluster)) for lun in luns]
        # What can be chosen stands first.
        for lun, problems in sorted(rows, key=lambda row: bool(blockers(row[1]))):
            hindered = blockers(problems)
            remark = str((hindered or problems)[0]) if problems else ""
            row = QTreeWidgetItem([lun.name, format_bytes(lun.size_bytes), use_words(lun), remark])
            row.setIcon(0, icon("device-sd-card", "muted" if hindered else "text"))
            row.setData(0, _LUN, int(lun.id))
            row.setToolTip(3, remark)
            row.setToolTip(0, remark)
            row.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if hindered:
                row.setFlags(Qt.ItemFlag.NoItemFlags)
            else:
                row.setFlags(row.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                row.setCheckState(0, Qt.CheckState.Unchecked)
            self.list.addTopLevelItem(row)
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first)

    def requests(self) -> tuple[Request, ...]:
        """See DraftDialog."""
        rows = [self.list.topLevelItem(number) for number in range(self.list.topLevelItemCount())]
        ticked = [row for row in rows if row is not None and row.checkState(0) is Qt.CheckState.Checked]
        if not ticked:
            able = any(row is not None and row.flags() & Qt.ItemFlag.ItemIsEnabled for row in rows)
            if able:
                raise ValueError(tr("tick at least one disk"))
            raise ValueError(tr("there is no available storage: make a new LUN first"))
        return tuple(AddSharedVolume(LunId(int(row.data(0, _LUN)))) for row in ticked)
