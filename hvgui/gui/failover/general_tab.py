"""The tab "General": preferred owners in their order, priority, automatic start."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QVBoxLayout, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import Priority, VirtualMachine
from hvgui.gui.failover.owner_list import OwnerList
from hvgui.gui.words import tr

_PRIORITIES = ((Priority.HIGH, "High"), (Priority.MEDIUM, "Medium"), (Priority.LOW, "Low"))


@dataclass(frozen=True)
class General:
    """What the tab says."""

    preferred: tuple[NodeId, ...]
    priority: Priority


class GeneralTab(QWidget):
    """Fields of one VM."""

    changed = Signal()

    def __init__(self, cluster: Cluster, vm: VirtualMachine, parent: QWidget) -> None:
        super().__init__(parent)
        self.owners = OwnerList(cluster, vm.preferred_owners, "preferred owners", self, ordered=True)
        self.owners.list.setAccessibleName(tr("Preferred owners"))
        self.auto_start = QCheckBox(tr("A&uto start: the cluster starts it again after a failure"), self)
        self.auto_start.setObjectName("auto start")
        self.auto_start.setChecked(vm.priority is not Priority.NO_AUTO_START)
        self.priority = QComboBox(self)
        self.priority.setObjectName("priority")
        self.priority.setAccessibleName(tr("Priority"))
        for priority, words in _PRIORITIES:
            self.priority.addItem(tr(words), int(priority))
        now = vm.priority if vm.priority is not Priority.NO_AUTO_START else Priority.MEDIUM
        self.priority.setCurrentIndex(self.priority.findData(int(now)))
        self._lay_out()
        self.owners.changed.connect(self.changed)
        self.auto_start.toggled.connect(self._take_start)
        self.priority.currentIndexChanged.connect(self.changed)
        self._enable()

    def value(self) -> General:
        """What the tab says now."""
        priority = Priority(self.priority.currentData()) if self.auto_start.isChecked() else Priority.NO_AUTO_START
        return General(self.owners.nodes(), priority)

    def _take_start(self) -> None:
        self._enable()
        self.changed.emit()

    def _enable(self) -> None:
        starts = self.auto_start.isChecked()
        self.priority.setEnabled(starts)
        self.priority.setToolTip("" if starts else tr("It is not started by itself, so its priority says nothing."))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 12, 10, 8)
        column.setSpacing(8)
        words = tr("&Preferred owners, the most preferred first (after a failure they are tried in this order):")
        heading = QLabel(words, self)
        heading.setBuddy(self.owners.list)
        heading.setWordWrap(True)
        priority = QLabel(tr("P&riority (who is placed first after a failure):"), self)
        priority.setBuddy(self.priority)
        for widget in (heading, self.owners, self.auto_start, priority, self.priority):
            column.addWidget(widget)
        column.addStretch()
