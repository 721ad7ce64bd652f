"""What a plan is to do, as a form: a line for what matters, and more below it for who wants it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.failover.owner_list import OwnerList
from hvgui.gui.inventory_order import name_key
from hvgui.gui.plan.asker import Question
from hvgui.gui.words import counted, tr
from hvgui.lab.balancing.plans import LoadsOf, Wish
from hvgui.requests.request import vm_name

_VM = int(Qt.ItemDataRole.UserRole)
_MOST_MOVES = 100_000


class WishForm(QWidget):
    """`changed` tells that something else is wished for."""

    changed = Signal()

    def __init__(self, cluster: Cluster, parent: QWidget) -> None:
        super().__init__(parent)
        self._cluster = cluster
        self.policy, self.loads = QComboBox(self), QComboBox(self)
        for words, policy in ((tr("Spread evenly"), Policy.SPREAD), (tr("Pack on few nodes"), Policy.PACK)):
            self.policy.addItem(words, policy.value)
        for words, loads in ((tr("Usual loads"), LoadsOf.USUAL), (tr("Loads of this second"), LoadsOf.NOW)):
            self.loads.addItem(words, loads.value)
        self.policy.setToolTip(tr("Even loads for all nodes, or as few nodes as carry everything."))
        self.loads.setToolTip(tr("The means of what the guests ask for, or what they ask for now."))
        self.more = QToolButton(self)
        self.more.setObjectName("more wishes")
        self.more.setText(tr("More options"))
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.said = QLabel(self)
        self.said.setObjectName("wishes said")
        self.said.setProperty("role", "muted")
        self.line = QHBoxLayout()
        self.line.setSpacing(8)
        for field, name, words in ((self.policy, "policy", tr("Aim")), (self.loads, "loads", tr("By"))):
            field.setObjectName(name)
            field.setAccessibleName(words)
            label = QLabel(words, self)
            label.setBuddy(field)
            self.line.addWidget(label)
            self.line.addWidget(field)
        self.line.addWidget(self.more)
        self.line.addWidget(self.said, 1)
        self.panel = QWidget(self)
        self._build_panel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self.line)
        column.addWidget(self.panel)
        self.panel.hide()
        self._connect()
        self._judge()

    def _build_panel(self) -> None:
        self.most, self.worth = QSpinBox(self.panel), QDoubleSpinBox(self.panel)
        self.most.setRange(0, _MOST_MOVES)
        self.most.setSpecialValueText(tr("no limit"))
        self.worth.setRange(0.0, 1.0)
        self.worth.setDecimals(4)
        self.worth.setSingleStep(0.001)
        self.worth.setSpecialValueText(tr("nothing"))
        self.least = QSpinBox(self.panel)
        self.least.setRange(1, max(1, len(self._cluster.nodes)))
        self.least.setValue(min(Wish().least_nodes, self.least.maximum()))
        self.covers = QCheckBox(tr("Take no node's cover away (N-1)"), self.panel)
        self.covers.setObjectName("keeps cover")
        self.covers.setChecked(True)
        self._hints: dict[QWidget, str] = {
            self.most: tr("The best so many; fewer where fewer do."),
            self.worth: tr("By how much a move has to better the score for each second that it takes."),
            self.covers: tr("Where the others have room for all VMs of a node, they keep it."),
        }
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        for words, field, name in (
            (tr("Moves at most"), self.most, "most moves"),
            (tr("A second of migration is worth"), self.worth, "worth of a second"),
            (tr("Nodes that stay in service"), self.least, "least nodes"),
        ):
            field.setObjectName(name)
            field.setAccessibleName(words)
            form.addRow(words, field)
        form.addRow(self.covers)
        self.emptied = OwnerList(self._cluster, (), "emptied nodes", self.panel, ordered=False)
        self.emptied.list.setAccessibleName(tr("Nodes that give away all their VMs"))
        self.stay = QListWidget(self.panel)
        self.stay.setObjectName("staying VMs")
        self.stay.setProperty("role", "ticks")
        self.stay.setAccessibleName(tr("VMs that stay where they are"))
        self.stay.setToolTip(tr("Untick a VM to let it move again."))
        row = QHBoxLayout(self.panel)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(form)
        row.addLayout(_titled(tr("Give away all their VMs"), self.emptied), 1)
        row.addLayout(_titled(tr("Stay where they are (untick moves)"), self.stay), 1)
        self.panel.setMaximumHeight(190)

    def _connect(self) -> None:
        self.more.toggled.connect(self._show_more)
        self.policy.currentIndexChanged.connect(self._tell)
        self.loads.currentIndexChanged.connect(self._tell)
        self.most.valueChanged.connect(self._tell)
        self.worth.valueChanged.connect(self._tell)
        self.least.valueChanged.connect(self._tell)
        self.covers.toggled.connect(self._tell)
        self.emptied.changed.connect(self._tell)
        self.stay.itemChanged.connect(self._drop_unticked)

    def question(self) -> Question:
        """What is wished for now."""
        wish = Wish(
            policy=Policy(self.policy.currentData()),
            score_per_second=self.worth.value(),
            most_moves=self.most.value() or None,
            keep_covered=self.covers.isChecked(),
            emptied=frozenset(self.emptied.nodes()),
            least_nodes=self.least.value(),
            stay=frozenset(self.staying()),
        )
        return Question(wish, LoadsOf(self.loads.currentData()))

    def staying(self) -> tuple[VmId, ...]:
        """The VMs that are to stay where they are."""
        return tuple(VmId(int(self.stay.item(row).data(_VM))) for row in range(self.stay.count()))

    def leave(self, vms: tuple[VmId, ...]) -> None:
        """These VMs stay where they are, too."""
        new = [vm for vm in dict.fromkeys(vms) if vm not in self.staying()]
        self.stay.blockSignals(True)
        for vm in sorted(new, key=lambda one: name_key(vm_name(self._cluster, one))):
            item = QListWidgetItem(vm_name(self._cluster, vm))
            item.setData(_VM, int(vm))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.stay.addItem(item)
        self.stay.blockSignals(False)
        if new:
            self._tell()

    def toggle_emptied(self, node: NodeId) -> None:
        """A node is to give away all its VMs, or no longer."""
        self.emptied.tick(node, node not in self.emptied.nodes())

    def _drop_unticked(self, item: QListWidgetItem) -> None:
        if item.checkState() is Qt.CheckState.Unchecked:
            self.stay.takeItem(self.stay.row(item))
            self._tell()

    def _show_more(self, shown: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self.panel.setVisible(shown)

    def _tell(self) -> None:
        self._judge()
        self.changed.emit()

    def _judge(self) -> None:
        """Which fields mean something, and what is wished for beside the first line."""
        packs = self.policy.currentData() == Policy.PACK.value
        only_spread, only_packed = tr("Only where loads are spread evenly."), tr("Only where VMs are packed.")
        for field, hint in self._hints.items():
            field.setEnabled(not packs)
            field.setToolTip(only_spread if packs else hint)
        self.least.setEnabled(packs)
        self.least.setToolTip("" if packs else only_packed)
        parts = []
        if self.most.value() and not packs:
            parts.append(counted(self.most.value(), "{count} move at most", "{count} moves at most"))
        if self.emptied.nodes():
            parts.append(counted(len(self.emptied.nodes()), "{count} node is emptied", "{count} nodes are emptied"))
        if self.stay.count():
            parts.append(counted(self.stay.count(), "{count} VM stays", "{count} VMs stay"))
        if not self.covers.isChecked() and not packs:
            parts.append(tr("cover may be lost"))
        self.said.setText(", ".join(parts))


def _titled(words: str, widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    label = QLabel(words, widget.parentWidget())
    label.setProperty("role", "section")
    column.addWidget(label)
    column.addWidget(widget, 1)
    return column
