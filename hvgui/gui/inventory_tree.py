"""The tree at the left with the filter above it; VMs can be dragged onto nodes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDragLeaveEvent, QDragMoveEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QToolTip,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.cells import CellDelegate
from hvgui.gui.drop_hint import drop_hint
from hvgui.gui.inventory_model import InventoryModel
from hvgui.gui.objects import Kind, Ref, ref_of, tree_key
from hvgui.gui.settings import remember, remembered_list, remembered_text
from hvgui.gui.words import counted, tr

_NOBODY: tuple[tuple[VmId, ...], NodeId | None] = ((), None)
_WIDEST_STATE = "pass 10, 100 %"
_LEAST_WIDTH = 225
"""Pixels: a narrower tree shows two letters of every name while what stands beside it has room to spare."""
_MOST_OF_STATES = 0.35
"""The share of the tree's width that states take at most."""


class Tree(QTreeView):
    """The view. What is open and chosen is remembered by key."""

    chosen = Signal(object)
    """tuple[Ref, ...], the current one first."""
    menu_wanted = Signal(object)
    """QPoint on the screen."""

    def __init__(self, model: InventoryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setObjectName("tree")
        self.setAccessibleName(tr("Inventory"))
        self.setModel(model)
        self.setUniformRowHeights(True)
        self.setHeaderHidden(True)
        self.setAllColumnsShowFocus(True)
        self.setIndentation(14)
        self.setIconSize(QSize(16, 16))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setAutoExpandDelay(700)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Interactive)
        self._share_width()
        self.setItemDelegate(CellDelegate(model, self))
        self._dragged_over = _NOBODY
        self._told: tuple[Ref, ...] = ()
        self.selectionModel().selectionChanged.connect(self._tell_chosen)
        # Rows that a filter hides are no longer chosen, and Qt does not say so: nothing may act on what is not seen.
        model.layoutChanged.connect(self._tell_chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The names keep most of a narrow tree."""
        super().resizeEvent(event)
        self._share_width()

    def _share_width(self) -> None:
        widest = self.fontMetrics().horizontalAdvance(_WIDEST_STATE) + 8
        width = min(widest, round(_MOST_OF_STATES * self.viewport().width()))
        if width != self.columnWidth(1):
            self.setColumnWidth(1, width)

    def refs(self) -> tuple[Ref, ...]:
        """What is chosen, each object once, the current one first."""
        rows = [index for index in self.selectionModel().selectedRows() if index.isValid()]
        current = self.currentIndex()
        rows.sort(key=lambda index: index.row())
        found = [ref_of(index.internalId()) for index in rows]
        if current.isValid() and ref_of(current.internalId()) in found:
            found.insert(0, ref_of(current.internalId()))
        return tuple(dict.fromkeys(found))

    def choose(self, ref: Ref) -> None:
        """Chooses an object alone, opens the branches above it and brings it into sight."""
        index = self._model.index_of_ref(ref)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def open_keys(self) -> list[int]:
        """The places that are open."""
        keys = [tree_key(Ref(Kind.CLUSTER))]
        found: list[int] = []
        while keys:
            key = keys.pop()
            index = self._model.index_of(key)
            if index.isValid() and self.isExpanded(index):
                found.append(key)
                keys += self._below(key, index)
        return found

    def _below(self, key: int, index: QModelIndex) -> list[int]:
        """Places that may be open themselves: none where only VMs stand."""
        if ref_of(key).kind in (Kind.SERVICES, Kind.NODE):
            return []
        return [self._model.key_at(self._model.index(row, 0, index)) for row in range(self._model.rowCount(index))]

    def open_at(self, keys: list[int]) -> None:
        """Opens those places that are there."""
        for key in keys:
            index = self._model.index_of(key)
            if index.isValid():
                self.setExpanded(index, True)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Right-click and the menu key."""
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            place = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
        self.menu_wanted.emit(place)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Over a node: what it would be as a place for the VM that is dragged."""
        super().dragMoveEvent(event)
        place = event.position().toPoint()
        over = self._model.dragged_over(event.mimeData(), self.indexAt(place))
        if over != self._dragged_over:
            self._dragged_over = over
            hint = drop_hint(self._model.facts, *over)
            QToolTip.showText(self.viewport().mapToGlobal(place), hint, self.viewport())

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing is over a node any more."""
        super().dragLeaveEvent(event)
        self._dragged_over = _NOBODY
        QToolTip.hideText()

    def _tell_chosen(self) -> None:
        refs = self.refs()
        if refs != self._told:
            self._told = refs
            self.chosen.emit(refs)


class FilterLine(QLineEdit):
    """Escape empties it; the down arrow goes into the tree."""

    left = Signal()
    """The keyboard goes on in the tree."""

    def event(self, event: QEvent) -> bool:
        """Claims Escape before it becomes the window's shortcut (back to the present), while there is a text."""
        escapes = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escapes and event.type() is QEvent.Type.ShortcutOverride and self.text():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See above."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        else:
            super().keyPressEvent(event)


class InventoryPane(QWidget):
    """Filter and tree."""

    filtered = Signal(str)
    """The filter is another."""

    def __init__(self, model: InventoryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setMinimumWidth(_LEAST_WIDTH)
        self._open_before: list[int] | None = None
        self.line = FilterLine(self)
        self.line.setObjectName("filter")
        self.line.setPlaceholderText(tr("Filter by name, owner, state, tag"))
        self.line.setAccessibleName(tr("Filter the tree"))
        self.line.setClearButtonEnabled(True)
        self._found = QLabel(self)
        self._found.setProperty("role", "muted")
        self._found.hide()
        self.tree = Tree(model, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        top = QVBoxLayout()
        top.setContentsMargins(8, 0, 8, 0)
        top.setSpacing(4)
        top.addWidget(self.line)
        top.addWidget(self._found)
        column.addLayout(top)
        column.addWidget(self.tree, 1)
        self.line.textChanged.connect(self._filter)
        self.line.left.connect(self._go_to_tree)

    def restore(self) -> None:
        """Opens and chooses what was open and chosen the last time; at first the nodes and the cluster."""
        kept = [int(key) for key in remembered_list("tree/open") if key.isdecimal()]
        first = [tree_key(Ref(kind)) for kind in (Kind.CLUSTER, Kind.NODES)]
        self.tree.open_at(kept or first)
        chosen = remembered_text("tree/chosen")
        index = self._model.index_of(int(chosen)) if chosen.isdecimal() else QModelIndex()
        self.tree.setCurrentIndex(index if index.isValid() else self._model.index_of(tree_key(Ref(Kind.CLUSTER))))

    def keep_settings(self) -> None:
        """Remembers what is open and chosen."""
        remember("tree/open", [str(key) for key in self._open_before or self.tree.open_keys()])
        current = self.tree.currentIndex()
        remember("tree/chosen", str(current.internalId()) if current.isValid() else "")

    def _filter(self, text: str) -> None:
        if text.strip() and self._open_before is None:
            self._open_before = self.tree.open_keys()
        self._model.set_filter(text)
        if text.strip():
            self._open_found()
        elif self._open_before is not None:
            self.tree.collapseAll()
            self.tree.open_at(self._open_before)
            self._open_before = None
            self.tree.scrollTo(self.tree.currentIndex())
        self._found.setVisible(bool(text.strip()))
        shown = self._model.vms_shown
        self._found.setText(counted(shown, "{count} virtual machine found", "{count} virtual machines found"))
        self.filtered.emit(text.strip())

    def _open_found(self) -> None:
        """What is found below Services and applications is in sight; few nodes are opened as well."""
        kinds = [Kind.CLUSTER, Kind.SERVICES, Kind.NODES, Kind.STORAGE, Kind.VOLUMES]
        self.tree.open_at([tree_key(Ref(kind)) for kind in kinds])

    def _go_to_tree(self) -> None:
        self.tree.setFocus()
        services = self._model.index_of(tree_key(Ref(Kind.SERVICES)))
        if self._model.filter_text and self._model.rowCount(services):
            self.tree.setCurrentIndex(self._model.index(0, 0, services))
