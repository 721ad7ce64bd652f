"""The view of a plan's moves: widths remembered, several can be chosen, right-click leaves VMs where they are."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QMenu, QTreeView, QWidget

from hvgui.cluster.ids import NodeId, VmId
from hvgui.gui.plan.move_columns import COLUMNS
from hvgui.gui.plan.move_table import MoveTable
from hvgui.gui.plan.run import MoveRun
from hvgui.gui.settings import remember, remembered_bytes
from hvgui.gui.words import counted, tr

_HEADER = "plan/moves-header"


class MoveView(QTreeView):
    """A flat table."""

    chosen = Signal(object)
    """tuple[MoveRun, ...]"""
    leave_wanted = Signal(object)
    """tuple[VmId, ...]: these are to stay where they are."""
    reveal_wanted = Signal(object)
    """VmId: to be shown in the main window."""

    def __init__(self, model: MoveTable, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.why_not = ""
        """Why nothing can be left out of the plan now; empty: it can."""
        self.setObjectName("plan moves")
        self.setAccessibleName(tr("Moves of the plan"))
        self.setProperty("role", "ticks")
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        header = self.header()
        header.setStretchLastSection(True)
        header.setAccessibleName(tr("Columns of the moves"))
        letter = self.fontMetrics().averageCharWidth() + 1
        for number, column in enumerate(COLUMNS):
            title = header.fontMetrics().horizontalAdvance(tr(column.title)) + 32
            self.setColumnWidth(number, max(column.width * letter, title))
        self.setSortingEnabled(True)
        kept = remembered_bytes(_HEADER)
        if kept.isEmpty() or not header.restoreState(kept):
            self.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.selectionModel().selectionChanged.connect(self._tell_chosen)
        model.modelReset.connect(self._tell_chosen)
        model.layoutChanged.connect(self._tell_chosen)
        self.activated.connect(self._open)

    def runs(self) -> tuple[MoveRun, ...]:
        """The chosen moves, in the order of the rows."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        found = (self._model.run_at(self._model.index(row, 0)) for row in rows)
        return tuple(run for run in found if run is not None)

    def choose_of(self, node: NodeId) -> None:
        """Chooses the moves that a node has a part in."""
        model, selection = self._model, QItemSelection()
        for row, run in enumerate(model.rows):
            if node in (run.move.source, run.move.target):
                selection.select(model.index(row, 0), model.index(row, model.columnCount() - 1))
        flags = self.selectionModel().SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)

    def keep_settings(self) -> None:
        """Remembers widths and sort."""
        remember(_HEADER, self.header().saveState())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Right-click and the menu key."""
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            place = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
        menu = self.menu()
        if menu is not None:
            menu.popup(QPoint(place))

    def menu(self) -> QMenu | None:
        """What can be done with the chosen moves; None where none is chosen."""
        vms = self._vms()
        if not vms:
            return None
        menu = QMenu(self)
        menu.setObjectName("move menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        words = counted(len(vms), "Leave this VM where it is", "Leave these {count} VMs where they are")
        leave = QAction(words, menu)
        leave.setObjectName("leave")
        leave.setEnabled(not self.why_not)
        leave.setToolTip(self.why_not or tr("Plans again without moving it."))
        leave.triggered.connect(self._leave)
        menu.addAction(leave)
        show = QAction(tr("Show in the main window"), menu)
        show.setObjectName("reveal")
        show.triggered.connect(self._reveal)
        menu.addAction(show)
        return menu

    def paintEvent(self, event: QPaintEvent) -> None:
        """Says what is missing where there are no rows."""
        super().paintEvent(event)
        if self._model.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            area = self.viewport().rect().adjusted(20, 24, -20, -20)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(area, int(flags), self._model.nothing)
            painter.end()

    def _vms(self) -> tuple[VmId, ...]:
        return tuple(dict.fromkeys(run.move.vm for run in self.runs()))

    def _leave(self) -> None:
        self.leave_wanted.emit(self._vms())

    def _reveal(self) -> None:
        vms = self._vms()
        if vms:
            self.reveal_wanted.emit(vms[0])

    def _open(self) -> None:
        self._reveal()

    def _tell_chosen(self) -> None:
        self.chosen.emit(self.runs())
