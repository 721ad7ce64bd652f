"""A list of nodes with ticks, in an order that can be changed where the order matters."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.gui.icons import icon
from hvgui.gui.inventory_order import name_key
from hvgui.gui.node_words import node_look, node_state
from hvgui.gui.words import tr

_NODE = int(Qt.ItemDataRole.UserRole)


class OwnerList(QWidget):
    """Ticked nodes are meant; `ordered`: by buttons, or Alt+Up and Alt+Down, they change places."""

    changed = Signal()

    def __init__(
        self, cluster: Cluster, ticked: tuple[NodeId, ...], name: str, parent: QWidget, *, ordered: bool
    ) -> None:
        super().__init__(parent)
        self.list = QListWidget(self)
        self.list.setObjectName(name)
        self.list.setProperty("role", "ticks")
        self.list.setMinimumHeight(120)
        rest = [node.id for node in sorted(cluster.nodes.values(), key=lambda one: name_key(one.name))]
        order = [*(node for node in ticked if node in cluster.nodes), *(node for node in rest if node not in ticked)]
        for node in order if ordered else rest:
            record = cluster.nodes[node]
            item = QListWidgetItem(icon(*node_look(record)), f"{record.name}  ({node_state(record)})")
            item.setData(_NODE, int(node))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if node in ticked else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.list, 1)
        self.up, self.down = QPushButton(tr("Up"), self), QPushButton(tr("Down"), self)
        if ordered:
            row.addLayout(self._buttons(name))
        else:
            self.up.hide()
            self.down.hide()
        self.list.itemChanged.connect(self.changed)

    def nodes(self) -> tuple[NodeId, ...]:
        """The ticked nodes, in their order."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return tuple(NodeId(int(one.data(_NODE))) for one in items if one.checkState() is Qt.CheckState.Checked)

    def tick(self, node: NodeId, ticked: bool = True) -> None:
        """Ticks a node, or takes the tick away."""
        for row in range(self.list.count()):
            if self.list.item(row).data(_NODE) == int(node):
                self.list.item(row).setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)

    def _buttons(self, name: str) -> QVBoxLayout:
        column = QVBoxLayout()
        for button, keys, slot in ((self.up, "Alt+Up", self._go_up), (self.down, "Alt+Down", self._go_down)):
            button.setObjectName(f"{name} {button.text().lower()}")
            button.setShortcut(keys)
            button.setToolTip(f"{button.text()} ({keys})")
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            column.addWidget(button)
        column.addStretch()
        self.list.currentRowChanged.connect(self._judge)
        self._judge(self.list.currentRow())
        return column

    def _judge(self, row: int) -> None:
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < self.list.count() - 1)

    def _go_up(self) -> None:
        self._move(-1)

    def _go_down(self) -> None:
        self._move(+1)

    def _move(self, step: int) -> None:
        row = self.list.currentRow()
        item = self.list.takeItem(row)
        self.list.insertItem(row + step, item)
        self.list.setCurrentRow(row + step)
        self.changed.emit()
