"""The nodes of a cluster, each on one of a few sides: by click, or by the letter of a side."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from hvgui.cluster.ids import NodeId
from hvgui.cluster.nodes import Node
from hvgui.gui.icons import icon
from hvgui.gui.node_words import node_look
from hvgui.gui.words import tr

LETTERS = ("A", "B", "C", "D")
_NODE = int(Qt.ItemDataRole.UserRole)


class SidesList(QTreeWidget):
    """Says when somebody has moved nodes."""

    moved = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("sides")
        self.setAccessibleName(tr("Sides of the nodes"))
        self.setProperty("role", "ticks")
        self.setRootIsDecorated(False)
        self.setHeaderLabels([tr("Node"), *(tr("Side {side}", side=letter) for letter in LETTERS)])
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.header().setStretchLastSection(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setMinimumSize(520, 220)
        self._sides: dict[NodeId, int] = {}
        self._rows: dict[NodeId, QTreeWidgetItem] = {}
        self.itemChanged.connect(self._take_tick)

    @property
    def groups(self) -> tuple[tuple[NodeId, ...], ...]:
        """The nodes by side; sides without nodes left out."""
        sides = [tuple(node for node, side in self._sides.items() if side == one) for one in range(len(LETTERS))]
        return tuple(side for side in sides if side)

    def add_node(self, node: Node, side: int) -> None:
        """A row more."""
        item = QTreeWidgetItem([node.name])
        item.setIcon(0, icon(*node_look(node)))
        item.setData(0, _NODE, int(node.id))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        self._rows[node.id], self._sides[node.id] = item, side
        self._tick(node.id)
        self.addTopLevelItem(item)

    def put(self, nodes: tuple[NodeId, ...], side: int) -> None:
        """Nodes go to a side."""
        self.blockSignals(True)
        for node in nodes:
            self._sides[node] = side
            self._tick(node)
        self.blockSignals(False)
        self.moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The letter of a side takes the chosen nodes there."""
        letter = event.text().upper()
        nodes = tuple(_node_of(item) for item in self.selectedItems())
        if letter in LETTERS and nodes:
            self.put(nodes, LETTERS.index(letter))
        else:
            super().keyPressEvent(event)

    def _tick(self, node: NodeId) -> None:
        item, side = self._rows[node], self._sides[node]
        for column in range(len(LETTERS)):
            item.setCheckState(column + 1, Qt.CheckState.Checked if column == side else Qt.CheckState.Unchecked)

    def _take_tick(self, item: QTreeWidgetItem, column: int) -> None:
        """A tick takes the node, and all that are chosen with it, to that side."""
        if column > 0:
            rows = self.selectedItems() if item.isSelected() else [item]
            self.put(tuple(map(_node_of, rows)), column - 1)


def _node_of(item: QTreeWidgetItem) -> NodeId:
    return NodeId(int(item.data(0, _NODE)))
