"""The list of targets: every node with its rating, what it has free, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from hvgui.cluster.ids import NodeId
from hvgui.gui.icons import icon
from hvgui.gui.migrate.stars import STARS_ROLE, StarsDelegate, stars_words
from hvgui.gui.theme import colours
from hvgui.gui.words import tr

_NODE_ROLE = Qt.ItemDataRole.UserRole
_BEST = -1
_NAME, _RATING, _FREE, _NOTES = range(4)


@dataclass(frozen=True)
class TargetRow:
    """A node as the list shows it; `node` None is the row "best for each"."""

    node: NodeId | None
    name: str
    stars: float
    free: str
    note: str
    tone: str = ""
    """`` for fine, `warning`, or `bad` for what blocks."""


class TargetList(QTreeWidget):
    """Rows may change under the person's hand (a node goes down): what is chosen stays chosen."""

    target_chosen = Signal(object)
    """NodeId or None."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHeaderLabels([tr("Node"), tr("Rating"), tr("Free memory"), tr("What to know")])
        self.setItemDelegateForColumn(_RATING, StarsDelegate(self))
        self.setAccessibleName(tr("Target node"))
        self.setMinimumHeight(110)
        header = self.header()
        header.setSectionsMovable(False)
        header.setStretchLastSection(True)
        for column, width in ((_NAME, 110), (_RATING, 104), (_FREE, 112)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, width)
        self._rows: list[TargetRow] = []
        self.currentItemChanged.connect(self._chosen)

    @property
    def rows(self) -> list[TargetRow]:
        """What it shows."""
        return self._rows

    def show_rows(self, rows: list[TargetRow], chosen: NodeId | None) -> None:
        """Shows these rows with that one chosen; says nothing by itself."""
        self.blockSignals(True)
        if [row.node for row in rows] != [row.node for row in self._rows]:
            self.clear()
            self.addTopLevelItems([QTreeWidgetItem() for _ in rows])
        for number, row in enumerate(rows):
            item = self.topLevelItem(number)
            if item is not None and (number >= len(self._rows) or row != self._rows[number] or not item.text(_NAME)):
                _fill(item, row)
            if item is not None and row.node == chosen and item is not self.currentItem():
                self.setCurrentItem(item)
        self._rows = rows
        self.blockSignals(False)

    def dress(self) -> None:
        """Takes the colours of the scheme in use."""
        for number, row in enumerate(self._rows):
            item = self.topLevelItem(number)
            if item is not None:
                _fill(item, row)

    def _chosen(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        node = item.data(_NAME, _NODE_ROLE)
        self.target_chosen.emit(None if node == _BEST else NodeId(int(node)))


def _fill(item: QTreeWidgetItem, row: TargetRow) -> None:
    scheme = colours()
    item.setData(_NAME, _NODE_ROLE, _BEST if row.node is None else int(row.node))
    item.setText(_NAME, row.name)
    item.setText(_RATING, stars_words(row.stars) if row.node is not None else "")
    item.setData(_RATING, STARS_ROLE, float(row.stars))
    item.setText(_FREE, row.free)
    item.setText(_NOTES, row.note)
    item.setToolTip(_NOTES, row.note)
    item.setToolTip(_RATING, stars_words(row.stars) if row.node is not None else "")
    tint = "muted" if row.tone == "bad" else "text"
    item.setIcon(_NAME, icon("server" if row.node is not None else "arrows-exchange", tint))
    item.setIcon(_NOTES, icon("alert-triangle", row.tone) if row.tone else icon("circle-check", "good"))
    brush = QBrush(QColor(scheme.muted if row.tone == "bad" else scheme.text))
    for column in range(4):
        item.setForeground(column, brush)
