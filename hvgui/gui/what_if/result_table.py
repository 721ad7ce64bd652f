"""A table of results that fills in: rows keep their numbers, whatever they are sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTreeView, QWidget

from hvgui.gui.cells import Cell, CellDelegate
from hvgui.gui.icons import icon
from hvgui.gui.settings import remember, remembered_bytes
from hvgui.gui.words import tr

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_DISPLAY, _TOOL_TIP = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole
_ALIGNMENT = Qt.ItemDataRole.TextAlignmentRole
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_DESCENDING = Qt.SortOrder.DescendingOrder


@dataclass(frozen=True)
class ResultColumn:
    """One column: what it shows of a row, and by what it sorts."""

    id: str
    title: str
    text: Callable[[Any], str]
    order: Callable[[Any], Any]
    width: int = 12
    """At first, in average letters."""
    numeric: bool = False
    icon: Callable[[Any], tuple[str, str] | None] | None = None
    explanation: str = ""
    """Tool tip of the header."""


class ResultTable(QAbstractTableModel):
    """Rows by their numbers 0..n-1; the order in which they stand is another matter."""

    def __init__(self, columns: Sequence[ResultColumn], parent: QWidget) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._rows: list[Any] = []
        self._numbers: list[int] = []
        self._place: list[int] = []
        self._sorted_by: tuple[int, bool] | None = None

    @property
    def rows(self) -> Sequence[Any]:
        """By their numbers."""
        return self._rows

    def show_rows(self, rows: Iterable[Any]) -> None:
        """Other rows."""
        self.beginResetModel()
        self._rows = list(rows)
        self._numbers = self._ordered()
        self._find_places()
        self.endResetModel()

    def put(self, changed: dict[int, Any]) -> None:
        """These rows are others now."""
        for number, row in changed.items():
            self._rows[number] = row
        places = [self._place[number] for number in changed]
        if places:
            self.dataChanged.emit(self.index(min(places), 0), self.index(max(places), len(self.columns) - 1))
        if self._sorted_by is not None:
            self._rearrange()

    def number_at(self, index: Index) -> int | None:
        """The number of the row there."""
        return self._numbers[index.row()] if 0 <= index.row() < len(self._numbers) else None

    def index_of(self, number: int) -> QModelIndex:
        """Where a row stands now."""
        return self.index(self._place[number], 0) if 0 <= number < len(self._place) else QModelIndex()

    def cell(self, index: Index) -> Cell | None:
        """See CellModel."""
        number = self.number_at(index)
        if number is None:
            return None
        column, row = self.columns[index.column()], self._rows[number]
        drawn = column.icon(row) if column.icon is not None else None
        return Cell(column.text(row), icon(*drawn) if drawn is not None else None, column.numeric)

    # What Qt calls

    def rowCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._numbers)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        """Titles, and what a column means."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == _DISPLAY:
            return tr(column.title)
        if role == _TOOL_TIP:
            return tr(column.explanation) if column.explanation else None
        return _RIGHT if role == _ALIGNMENT and column.numeric else None

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """Texts; drawing is done by the delegate."""
        number = self.number_at(index)
        if number is None or role not in (_DISPLAY, _TOOL_TIP):
            return None
        return self.columns[index.column()].text(self._rows[number])

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By a column; -1: as they came."""
        self._sorted_by = (column, order is _DESCENDING) if 0 <= column < len(self.columns) else None
        self._rearrange()

    def _rearrange(self) -> None:
        numbers = self._ordered()
        if numbers == self._numbers:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [(self._numbers[index.row()], index.column()) for index in before]
        self._numbers = numbers
        self._find_places()
        self.changePersistentIndexList(before, [self.index(self._place[number], column) for number, column in kept])
        self.layoutChanged.emit()

    def _ordered(self) -> list[int]:
        numbers = list(range(len(self._rows)))
        if self._sorted_by is not None:
            column, descending = self._sorted_by
            order = self.columns[column].order
            numbers.sort(key=lambda number: order(self._rows[number]), reverse=descending)
        return numbers

    def _find_places(self) -> None:
        self._place = [0] * len(self._numbers)
        for place, number in enumerate(self._numbers):
            self._place[number] = place


class ResultView(QTreeView):
    """One row is chosen at a time."""

    chosen = Signal(int)
    """The number of the row that has been chosen by a person."""
    opened = Signal(int)
    """A row was double-clicked, or Enter was pressed on it."""

    def __init__(self, model: ResultTable, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setItemDelegate(CellDelegate(model, self))
        header = self.header()
        header.setStretchLastSection(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        letter = self.fontMetrics().averageCharWidth() + 1
        for number, column in enumerate(model.columns):
            title_width = header.fontMetrics().horizontalAdvance(tr(column.title)) + 32
            self.setColumnWidth(number, max(column.width * letter, title_width))
        kept = remembered_bytes(f"tables/{name}/header")
        if not kept.isEmpty():
            header.restoreState(kept)
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.selectionModel().currentRowChanged.connect(self._tell)
        self.activated.connect(self._open)
        self._quiet = False

    def choose(self, number: int) -> None:
        """Shows a row as chosen, without telling."""
        index = self._model.index_of(number)
        if not index.isValid() or index.row() == self.currentIndex().row():
            return
        self._quiet = True
        self.setCurrentIndex(index)
        self.scrollTo(index)
        self._quiet = False

    def keep_settings(self) -> None:
        """Remembers the columns."""
        remember(f"tables/{self.objectName()}/header", self.header().saveState())

    def _tell(self, index: QModelIndex) -> None:
        number = self._model.number_at(index)
        if number is not None and not self._quiet:
            self.chosen.emit(number)

    def _open(self, index: QModelIndex) -> None:
        number = self._model.number_at(index)
        if number is not None:
            self.opened.emit(number)
