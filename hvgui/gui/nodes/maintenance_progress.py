"""How far a plan of rolling maintenance is: a row a node, and Cancel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from hvgui.gui.actions.desk import Desk
from hvgui.gui.icons import icon
from hvgui.gui.nodes.maintenance_words import heading, rows
from hvgui.gui.tone import set_tone
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr
from hvgui.requests.maintenance import CancelMaintenance
from hvgui.requests.problems import blockers


class MaintenanceProgress(QDialog):
    """Stands beside the window and follows the plan; closing it does not end the plan."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.parent)
        self._desk = desk
        self.setObjectName("maintenance progress")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Rolling maintenance"))
        self.setMinimumSize(460, 300)
        self.words = QLabel(self)
        self.words.setObjectName("plan words")
        self.words.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName(tr("Nodes done"))
        self.list = QTreeWidget(self)
        self.list.setObjectName("plan nodes")
        self.list.setAccessibleName(tr("Nodes of the plan"))
        self.list.setRootIsDecorated(False)
        self.list.setHeaderLabels([tr("Node"), tr("How far it is")])
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        box = QDialogButtonBox(self)
        self.cancel = QPushButton(tr("Cancel maintenance"), box)
        self.cancel.setObjectName("cancel maintenance")
        self.cancel.setAutoDefault(False)
        box.addButton(self.cancel, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        self.cancel.clicked.connect(self._cancel)
        box.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(12)
        for widget in (self.words, self.bar, self.list, box):
            column.addWidget(widget)
        if desk.facts is not None:
            desk.facts.refreshed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Brings everything up to date; without a lab it goes."""
        if not self._desk.has_lab or self._desk.facts is None:
            self.close()
            return
        cluster, now_ns = self._desk.cluster, self._desk.facts.time_ns
        words, tone = heading(cluster, now_ns)
        self.words.setText(words)
        set_tone(self.words, tone)
        plan = cluster.maintenance
        self.bar.setRange(0, max(1, len(plan.done) + len(plan.nodes)))
        self.bar.setValue(len(plan.done))
        found = rows(cluster, now_ns)
        while self.list.topLevelItemCount() > len(found):
            self.list.takeTopLevelItem(self.list.topLevelItemCount() - 1)
        for number, (node, said, drawing, tint) in enumerate(found):
            item = self.list.topLevelItem(number)
            if item is None:
                item = QTreeWidgetItem()
                self.list.addTopLevelItem(item)
            item.setText(0, node_name(cluster, node))
            item.setText(1, said)
            item.setIcon(0, icon(drawing, tint))
        hindered = blockers(CancelMaintenance().check(cluster))
        self.cancel.setEnabled(not hindered)
        self.cancel.setToolTip(str(hindered[0]) if hindered else "")

    def _cancel(self) -> None:
        self._desk.submit((CancelMaintenance(),))
