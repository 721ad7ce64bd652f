"""The tab "Advanced Policies": possible owners, anti-affinity, start delay."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDoubleSpinBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.gui.failover.owner_list import OwnerList
from hvgui.gui.words import tr


@dataclass(frozen=True)
class Advanced:
    """What the tab says."""

    possible: tuple[NodeId, ...] | None
    anti_affinity: tuple[str, ...]
    start_delay_seconds: float


class AdvancedTab(QWidget):
    """Fields of one VM."""

    changed = Signal()

    def __init__(self, cluster: Cluster, vm: VirtualMachine, parent: QWidget) -> None:
        super().__init__(parent)
        self._everybody = tuple(cluster.nodes)
        possible = self._everybody if vm.possible_owners is None else vm.possible_owners
        self.owners = OwnerList(cluster, possible, "possible owners", self, ordered=False)
        self.owners.list.setAccessibleName(tr("Possible owners"))
        self.classes = QLineEdit(", ".join(vm.anti_affinity), self)
        self.classes.setObjectName("anti-affinity")
        self.classes.setAccessibleName(tr("Anti-affinity classes"))
        self.classes.setPlaceholderText(tr("domain controllers, web farm"))
        self.delay = QDoubleSpinBox(self)
        self.delay.setObjectName("start delay")
        self.delay.setAccessibleName(tr("Start delay"))
        self.delay.setRange(0.0, 86_400.0)
        self.delay.setDecimals(0)
        self.delay.setSuffix(tr(" s"))
        self.delay.setGroupSeparatorShown(True)
        self.delay.setValue(vm.start_delay_seconds)
        self._lay_out(cluster)
        self.owners.changed.connect(self.changed)
        self.classes.textChanged.connect(self.changed)
        self.delay.valueChanged.connect(self.changed)

    def value(self) -> Advanced:
        """What the tab says now. All nodes ticked: every node, those that are added later too."""
        nodes = self.owners.nodes()
        classes = tuple(dict.fromkeys(part.strip() for part in self.classes.text().split(",") if part.strip()))
        return Advanced(None if set(nodes) == set(self._everybody) else nodes, classes, self.delay.value())

    def _lay_out(self, cluster: Cluster) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 12, 10, 8)
        column.setSpacing(8)
        ours = "" if cluster.profile.features.drain else " " + tr("(not in the window of 2008 R2)")
        delay = "" if cluster.profile.features.drain else " " + tr("(hvgui's own before 2012)")
        captions = (
            (tr("P&ossible owners (it runs on no other node):"), self.owners, self.owners.list),
            (tr("A&nti-affinity class names, with commas{note}:", note=ours), self.classes, self.classes),
            (tr("Start &delay after a failover{note}:", note=delay), self.delay, self.delay),
        )
        for caption, widget, buddy in captions:
            label = QLabel(caption, self)
            label.setBuddy(buddy)
            label.setWordWrap(True)
            column.addWidget(label)
            column.addWidget(widget)
        words = tr("VMs that share a class are kept on different nodes as long as there is one without such a VM.")
        note = QLabel(words, self)
        note.setProperty("role", "muted")
        note.setWordWrap(True)
        column.addWidget(note)
        column.addStretch()
