"""The model of a plan's moves: sorted and filtered in here; unticking one asks for another plan."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QIcon

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.tasks import Task
from hvgui.gui.icons import icon
from hvgui.gui.plan.move_columns import COLUMNS, STATUS, TICK, look
from hvgui.gui.plan.run import MoveRun
from hvgui.gui.theme import colours
from hvgui.gui.words import tr

Index = QModelIndex | QPersistentModelIndex
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)


class MoveTable(QAbstractTableModel):
    """Unticking a move asks for another plan, in which its VM stays where it is."""

    unticked = Signal(object)
    """VmId"""

    def __init__(self, cluster: Callable[[], Cluster], step: Callable[[Task], str], parent: QObject) -> None:
        """`step`: how far a task that runs has come, in words."""
        super().__init__(parent)
        self._cluster, self._step = cluster, step
        self._all: list[MoveRun] = []
        self._rows: list[MoveRun] = []
        self._needle = ""
        self._sorted_by, self._descending = 0, False
        self._may_untick = True
        self.nothing = ""
        """What is said in the place of rows."""
        roles = Qt.ItemDataRole
        self._answers: dict[int, Callable[[Index, MoveRun], object]] = {
            int(roles.ToolTipRole): self._hint,
            int(roles.TextAlignmentRole): self._alignment,
            int(roles.CheckStateRole): self._tick,
            int(roles.DecorationRole): self._icon,
            int(roles.ForegroundRole): self._ink,
        }

    @property
    def rows(self) -> tuple[MoveRun, ...]:
        """The moves, in their order."""
        return tuple(self._rows)

    def show_moves(self, runs: list[MoveRun]) -> None:
        """Another plan."""
        self.beginResetModel()
        self._all = list(runs)
        self._rows = self._ordered()
        self.endResetModel()

    def set_filter(self, text: str) -> None:
        """Only moves that have the text in one of their words."""
        self._needle = text.strip().casefold()
        self._rearrange()

    def let_untick(self, may: bool) -> None:
        """Whether moves can be unticked: not once the plan has begun."""
        if may != self._may_untick:
            self._may_untick = may
            self.refresh()

    def refresh(self) -> None:
        """Moves stand otherwise than before."""
        if self._rows:
            last = self.index(len(self._rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def run_at(self, index: Index) -> MoveRun | None:
        """The move of a row."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    # QAbstractTableModel

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> object:
        """Titles, and what a column means."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == _DISPLAY:
            return tr(column.title)
        if role == int(Qt.ItemDataRole.ToolTipRole):
            return tr(column.explanation) if column.explanation else None
        return _RIGHT if role == int(Qt.ItemDataRole.TextAlignmentRole) and column.numeric else None

    def data(self, index: Index, role: int = _DISPLAY) -> object:
        """See QAbstractItemModel."""
        run = self.run_at(index)
        if run is None:
            return None
        if role == _DISPLAY:
            return self._text(index, run)
        answer = self._answers.get(role)
        return answer(index, run) if answer is not None else None

    def setData(self, index: Index, value: object, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        """Taking the tick away leaves the VM where it is."""
        run = self.run_at(index)
        if run is None or role != int(Qt.ItemDataRole.CheckStateRole) or index.column() != TICK or not self._may_untick:
            return False
        if Qt.CheckState(value) is Qt.CheckState.Unchecked:
            self.unticked.emit(run.move.vm)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The name carries the tick."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        if index.column() == TICK and self._may_untick:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column; what is chosen stays chosen."""
        if 0 <= column < len(COLUMNS):
            self._sorted_by, self._descending = column, order is Qt.SortOrder.DescendingOrder
            self._rearrange()

    def _hint(self, index: Index, run: MoveRun) -> str:
        if index.column() == TICK and self._may_untick:
            return tr("Untick it to leave {vm} where it is, and plan again.", vm=run.name)
        return self._text(index, run)

    def _text(self, index: Index, run: MoveRun) -> str:
        if index.column() == STATUS and run.last is not None and not run.is_over:
            words = self._step(run.last)
            return words[:1].upper() + words[1:]
        return COLUMNS[index.column()].text(self._cluster(), run)

    @staticmethod
    def _alignment(index: Index, _run: MoveRun) -> int | None:
        return _RIGHT if COLUMNS[index.column()].numeric else None

    def _tick(self, index: Index, _run: MoveRun) -> Qt.CheckState | None:
        return Qt.CheckState.Checked if index.column() == TICK and self._may_untick else None

    @staticmethod
    def _icon(index: Index, run: MoveRun) -> QIcon | None:
        return icon(*look(run)) if index.column() == STATUS else None

    @staticmethod
    def _ink(index: Index, run: MoveRun) -> QColor | None:
        tint = look(run)[1]
        return QColor(getattr(colours(), tint)) if index.column() == STATUS and tint == "bad" else None

    def _rearrange(self) -> None:
        before = self._rows
        rows = self._ordered()
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        number = {id(run): row for row, run in enumerate(rows)}
        self._rows = rows
        after = [
            self.index(number[id(before[one.row()])], one.column())
            if id(before[one.row()]) in number
            else QModelIndex()
            for one in kept
        ]
        self.changePersistentIndexList(kept, after)
        self.layoutChanged.emit()

    def _ordered(self) -> list[MoveRun]:
        cluster, column = self._cluster(), COLUMNS[self._sorted_by]
        rows = [run for run in self._all if not self._needle or self._passes(cluster, run)]
        return sorted(rows, key=lambda run: column.order(cluster, run), reverse=self._descending)

    def _passes(self, cluster: Cluster, run: MoveRun) -> bool:
        words = (column.text(cluster, run) for column in COLUMNS if not column.numeric)
        return any(self._needle in text.casefold() for text in words)
