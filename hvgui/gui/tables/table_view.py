"""The view of every table: columns to choose, sort and widths remembered, what is chosen told."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QMenu, QTreeView, QWidget

from hvgui.gui.cells import CellDelegate
from hvgui.gui.objects import Ref
from hvgui.gui.settings import remember, remembered_bytes, remembered_flag
from hvgui.gui.tables.record_table import RecordTable
from hvgui.gui.words import tr


class TableView(QTreeView):
    """A flat table. Context menus are asked for at the window, which knows the commands."""

    chosen = Signal(object)
    """tuple[Ref, ...]: what is chosen, in the order of the rows."""
    opened = Signal(object)
    """Ref: a row was double-clicked, or Enter was pressed on it."""
    menu_wanted = Signal(object)
    """QPoint on the screen."""

    def __init__(self, model: RecordTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setObjectName(f"table {model.kind.id}")
        self.setAccessibleName(tr(model.kind.rows))
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self._prepare_header()
        self.setItemDelegate(CellDelegate(model, self))
        self._told: tuple[Ref, ...] = ()
        self.selectionModel().selectionChanged.connect(self._tell_chosen)
        # Rows that a filter hides are no longer chosen, and Qt does not say so: nothing may act on what is not seen.
        model.layoutChanged.connect(self._tell_chosen)
        model.modelReset.connect(self._tell_chosen)
        self.activated.connect(self._tell_opened)

    def choose(self, refs: tuple[Ref, ...]) -> None:
        """Chooses the rows of those objects that are shown."""
        selection = QItemSelection()
        found = [index for index in map(self._model.index_of_ref, refs) if index.isValid()]
        for index in found:
            selection.select(index, index)
        flags = self.selectionModel().SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)
        if found:
            self.selectionModel().setCurrentIndex(found[0], flags.NoUpdate)
            self.scrollTo(found[0])

    def refs(self) -> tuple[Ref, ...]:
        """What is chosen, in the order of the rows."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        found = (self._model.ref_at(self._model.index(row, 0)) for row in rows)
        return tuple(ref for ref in found if ref is not None)

    def keep_settings(self) -> None:
        """Remembers columns, widths and sort."""
        remember(f"tables/{self._model.kind.id}/header", self.header().saveState())
        for number, column in enumerate(self._model.columns):
            remember(f"tables/{self._model.kind.id}/columns/{column.id}", not self.isColumnHidden(number))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Right-click and the menu key."""
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            place = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
        self.menu_wanted.emit(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Says what is missing where there are no rows."""
        super().paintEvent(event)
        if self._model.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            area = self.viewport().rect().adjusted(20, 24, -20, -20)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), self._model.nothing)

    def _prepare_header(self) -> None:
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        header.setAccessibleName(tr("Columns of {table}", table=tr(self._model.kind.rows)))
        self.setSortingEnabled(True)
        letter = self.fontMetrics().averageCharWidth() + 1
        for number, column in enumerate(self._model.columns):
            title = header.fontMetrics().horizontalAdvance(tr(column.title)) + 32
            self.setColumnWidth(number, max(column.width * letter, title))
        kept = remembered_bytes(f"tables/{self._model.kind.id}/header")
        if not kept.isEmpty():
            header.restoreState(kept)
        else:
            self.sortByColumn(self._model.kind.sorted_by, Qt.SortOrder.AscendingOrder)
        for number, column in enumerate(self._model.columns):
            shown = remembered_flag(f"tables/{self._model.kind.id}/columns/{column.id}", column.shown)
            self.setColumnHidden(number, not shown)

    def _choose_columns(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, column in enumerate(self._model.columns):
            action = menu.addAction(tr(column.title))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.setEnabled(number != 0)
            action.setData(number)
        menu.triggered.connect(self._toggle_column)
        menu.popup(self.header().mapToGlobal(place))

    def _toggle_column(self, action: QAction) -> None:
        number = action.data()
        self.setColumnHidden(number, not action.isChecked())
        self.keep_settings()

    def _tell_chosen(self) -> None:
        refs = self.refs()
        if set(refs) != set(self._told):
            self._told = refs
            self.chosen.emit(refs)

    def _tell_opened(self, index: QModelIndex) -> None:
        ref = self._model.ref_at(index)
        if ref is not None:
            self.opened.emit(ref)
