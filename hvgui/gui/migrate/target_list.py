"""The list of targets: every node with its rating, what it has free, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QToolTip, QTreeWidget, QTreeWidgetItem, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.units import format_bytes
from hvgui.gui.icons import icon
from hvgui.gui.migrate.stars import STARS_ROLE, StarsDelegate, stars_words
from hvgui.gui.migrate.why import why_html, why_text
from hvgui.gui.theme import colours
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr
from hvgui.requests.problems import blockers
from hvgui.requests.targets import Target

_NODE_ROLE = Qt.ItemDataRole.UserRole
_BEST = -1
_NAME, _RATING, _FREE, _NOTES = range(4)
_SHOWN_MS = 60_000


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
    why: str = ""
    """Why it has so many stars, as a hover."""
    spoken: str = ""
    """The same as sentences, a line each."""


def target_row(cluster: Cluster, target: Target) -> TargetRow:
    """A rated node as the list shows it: the first thing that stands in the way, or what would be left."""
    first = next(iter(blockers(target.problems) or target.problems), None)
    tone = "" if first is None and not target.uncovered else "warning" if target.is_suitable else "bad"
    note = target.explanation if first is None else str(first)
    free = format_bytes(max(0, cluster.free_bytes_on(target.node)))
    why, spoken = why_html(cluster, target), why_text(cluster, target)
    return TargetRow(target.node, node_name(cluster, target.node), target.stars, free, note, tone, why, spoken)


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
        self.setAccessibleDescription(tr("Shift+F1 says why the chosen node has so many stars."))
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

    def event(self, event: QEvent) -> bool:
        """Claims Shift+F1 before anybody else has it."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride and _asks_why(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Shift+F1: the explanation that the mouse finds by hovering."""
        if not _asks_why(event):
            super().keyPressEvent(event)
            return
        item = self.currentItem()
        if item is not None:
            place = self.visualItemRect(item).bottomLeft()
            words = item.toolTip(_RATING)
            QToolTip.showText(self.viewport().mapToGlobal(place), words, self, self.rect(), _SHOWN_MS)

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


def _asks_why(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_F1 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier


def _fill(item: QTreeWidgetItem, row: TargetRow) -> None:
    scheme = colours()
    item.setData(_NAME, _NODE_ROLE, _BEST if row.node is None else int(row.node))
    item.setText(_NAME, row.name)
    item.setText(_RATING, stars_words(row.stars) if row.node is not None else "")
    item.setData(_RATING, STARS_ROLE, float(row.stars))
    item.setText(_FREE, row.free)
    item.setText(_NOTES, row.note)
    rating = stars_words(row.stars) if row.node is not None else ""
    for column in range(4):
        item.setToolTip(column, row.why or (row.note if column == _NOTES else rating))
    item.setData(_RATING, Qt.ItemDataRole.AccessibleTextRole, rating)
    item.setData(_RATING, Qt.ItemDataRole.AccessibleDescriptionRole, row.spoken or row.note)
    tint = "muted" if row.tone == "bad" else "text"
    item.setIcon(_NAME, icon("server" if row.node is not None else "arrows-exchange", tint))
    item.setIcon(_NOTES, icon("alert-triangle", row.tone) if row.tone else icon("circle-check", "good"))
    brush = QBrush(QColor(scheme.muted if row.tone == "bad" else scheme.text))
    for column in range(4):
        item.setForeground(column, brush)
