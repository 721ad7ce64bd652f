"""The model of every table: rows are objects, columns are data, sorted and filtered in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from hvgui.cluster.ids import NodeId
from hvgui.gui.cells import Cell
from hvgui.gui.facts import Facts, Refresh
from hvgui.gui.icons import icon
from hvgui.gui.inventory_model import REF_ROLE, VMS_MIME, vms_as_mime
from hvgui.gui.objects import Kind, Ref, exists, ref_of, tree_key
from hvgui.gui.tables.column import Column, TableKind
from hvgui.gui.theme import colours
from hvgui.gui.words import tr

Index = QModelIndex | QPersistentModelIndex
Scope = Callable[[Facts], Iterable[Ref]]

_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_DECORATION = int(Qt.ItemDataRole.DecorationRole)
_ALIGNMENT = int(Qt.ItemDataRole.TextAlignmentRole)
_FOREGROUND = int(Qt.ItemDataRole.ForegroundRole)
_TOOL_TIP = int(Qt.ItemDataRole.ToolTipRole)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
# Joining flags costs a microsecond each, and a layout asks for those of every row.
_NO_FLAGS = Qt.ItemFlag.NoItemFlags
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
_VM_FLAGS = _FLAGS | Qt.ItemFlag.ItemIsDragEnabled
_REFRESHES_A_SORT = 4
"""Sorted by figures that always move, the rows are put in order anew with every so many new figures (2.4 s)."""


class RecordTable(QAbstractTableModel):
    """Objects in rows. It follows the cluster only while it is shown (`set_shown`)."""

    def __init__(self, kind: TableKind, facts: Facts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self._facts = facts
        self._scope: Scope = _nothing
        self._filter = ""
        self._rows: list[Ref] = []
        self._row_of: dict[Ref, int] = {}
        self._sort_column = kind.sorted_by
        self._descending = False
        self._shown = False
        self._refreshes = 0
        facts.refreshed.connect(self.follow)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns as data."""
        return self.kind.columns

    @property
    def rows(self) -> tuple[Ref, ...]:
        """The objects, in their order."""
        return tuple(self._rows)

    def show_scope(self, scope: Scope, filter_text: str = "") -> None:
        """Shows other objects: those that the function names, through the filter."""
        self._scope, self._filter = scope, filter_text.casefold()
        self.beginResetModel()
        self._take(self._ordered())
        self.endResetModel()

    @property
    def nothing(self) -> str:
        """What to say where there are no rows: there are none, or the filter leaves none."""
        if self._filter:
            return tr("Nothing here matches the filter above the tree.")
        return tr(self.kind.empty)

    def set_filter(self, text: str) -> None:
        """Shows only rows that have the text in one of their words."""
        if text.casefold() != self._filter:
            self._filter = text.casefold()
            self._rearrange()

    def set_shown(self, shown: bool) -> None:
        """A table that nobody sees does not follow; it catches up when it is shown."""
        if shown and not self._shown:
            self._rearrange()
        self._shown = shown

    def ref_at(self, index: Index) -> Ref | None:
        """The object of a row."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def index_of_ref(self, ref: Ref) -> QModelIndex:
        """The first cell of an object's row; invalid if it is not shown."""
        row = self._row_of.get(ref)
        return QModelIndex() if row is None else self.index(row, 0)

    # QAbstractTableModel

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008  Qt's signature
        """See QAbstractItemModel; the internal id is the object's key."""
        if parent.isValid() or not (0 <= row < len(self._rows) and 0 <= column < len(self.columns)):
            return QModelIndex()
        return self.createIndex(row, column, tree_key(self._rows[row]))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        """Titles, and what a column means where its title does not say."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == _DISPLAY:
            return tr(column.title)
        if role == _TOOL_TIP:
            return tr(column.explanation) if column.explanation else None
        return _RIGHT if role == _ALIGNMENT and column.numeric else None

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """See QAbstractItemModel."""
        if role not in (_DISPLAY, _DECORATION, _ALIGNMENT, _FOREGROUND, _TOOL_TIP, REF_ROLE):
            return None
        ref = self.ref_at(index)
        if ref is None or not exists(self._facts.cluster, ref):
            return None
        column = self.columns[index.column()]
        if role == _ALIGNMENT:
            return _RIGHT if column.numeric else None
        if role in (_DISPLAY, _TOOL_TIP):
            return column.text(self._facts, ref)
        return self._decoration(column, ref, role)

    def cell(self, index: Index) -> Cell | None:
        """See CellModel."""
        row, facts = index.row(), self._facts
        if not 0 <= row < len(self._rows):
            return None
        ref, column = self._rows[row], self.columns[index.column()]
        if not exists(facts.cluster, ref):
            return None
        return Cell(
            column.text(facts, ref),
            icon(*column.icon(facts, ref)) if column.icon is not None else None,
            column.numeric,
            column.tint(facts, ref) if column.tint is not None else "",
        )

    def _decoration(self, column: Column, ref: Ref, role: int) -> object:
        if role == _DECORATION:
            return icon(*column.icon(self._facts, ref)) if column.icon is not None else None
        if role == _FOREGROUND:
            tint = column.tint(self._facts, ref) if column.tint is not None else ""
            return QColor(getattr(colours(), tint)) if tint else None
        return ref

    def flags(self, index: Index) -> Qt.ItemFlag:
        """VMs can be dragged onto nodes of the tree."""
        ref = self.ref_at(index)
        if ref is None:
            return _NO_FLAGS
        return _VM_FLAGS if ref.kind is Kind.VM else _FLAGS

    def mimeTypes(self) -> list[str]:
        """See QAbstractItemModel."""
        return [VMS_MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]  # Qt's stub says Sequence
        """The ids of the VMs among the rows."""
        refs = dict.fromkeys(ref for ref in map(self.ref_at, indexes) if ref is not None and ref.kind is Kind.VM)
        return vms_as_mime(tuple(ref.vm for ref in refs))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column; what is chosen stays chosen."""
        if not 0 <= column < len(self.columns):
            return
        self._sort_column, self._descending = column, order is Qt.SortOrder.DescendingOrder
        self._rearrange()

    # Following the cluster

    def follow(self, refresh: Refresh) -> None:
        """Takes what is new, if anybody sees it."""
        if not self._shown:
            return
        self._refreshes += refresh.metrics
        if self._may_rearrange(refresh):
            self._rearrange()
        self._tell_changed(refresh)

    def _may_rearrange(self, refresh: Refresh) -> bool:
        if (
            refresh.replaced
            or refresh.nodes
            or refresh.removed_vms
            or refresh.things
            or any(Ref(Kind.VM, vm) not in self._row_of for vm in refresh.vms)
        ):
            return True
        if not self.columns[self._sort_column].live:
            return bool(refresh.vms)
        return refresh.metrics and self._refreshes % _REFRESHES_A_SORT == 0

    def _tell_changed(self, refresh: Refresh) -> None:
        if not self._rows:
            return
        last = len(self.columns) - 1
        rows = [self._row_of[ref] for ref in (Ref(Kind.VM, vm) for vm in refresh.vms) if ref in self._row_of]
        if refresh.things or refresh.nodes:
            rows = [0, len(self._rows) - 1]
        if rows:
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), last))
        if refresh.metrics:
            for first, end in self._live_spans():
                self.dataChanged.emit(self.index(0, first), self.index(len(self._rows) - 1, end))

    def _live_spans(self) -> list[tuple[int, int]]:
        """Neighbouring live columns as spans: the views repaint no more than those."""
        spans: list[tuple[int, int]] = []
        for number, column in enumerate(self.columns):
            if not column.live:
                continue
            if spans and spans[-1][1] == number - 1:
                spans[-1] = (spans[-1][0], number)
            else:
                spans.append((number, number))
        return spans

    def _rearrange(self) -> None:
        rows = self._ordered()
        if rows == self._rows:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        self._take(rows)
        after = [self._found(index) for index in before]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _found(self, index: QModelIndex) -> QModelIndex:
        row = self._row_of.get(ref_of(index.internalId()))
        return QModelIndex() if row is None else self.index(row, index.column())

    def _take(self, rows: list[Ref]) -> None:
        self._rows = rows
        self._row_of = {ref: row for row, ref in enumerate(rows)}

    def _ordered(self) -> list[Ref]:
        facts, column = self._facts, self.columns[self._sort_column]
        order = column.order or column.text
        rows = [ref for ref in self._scope(facts) if not self._filter or self._passes(ref)]
        rows.sort(key=lambda ref: order(facts, ref), reverse=self._descending)
        return rows

    def _passes(self, ref: Ref) -> bool:
        if ref.kind is Kind.VM:
            return self._filter in self._facts.haystack(ref.vm)
        if ref.kind is Kind.NODE and any(self._filter in haystack for haystack in self._haystacks_on(ref.node)):
            return True
        words = (column.text(self._facts, ref) for column in self.columns if not column.live and not column.numeric)
        return any(self._filter in text.casefold() for text in words)

    def _haystacks_on(self, node: NodeId) -> Iterable[str]:
        """The tree shows a node for the sake of the VMs on it that match, and so do tables."""
        return (self._facts.haystack(vm) for vm in self._facts.cluster.vms_on(node))


def _nothing(_facts: Facts) -> Iterable[Ref]:
    return ()
