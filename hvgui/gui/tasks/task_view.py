"""The view of the tasks: bars for passes, a Cancel in the row, right-click for the rest."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from hvgui.gui.objects import Ref
from hvgui.gui.settings import remember, remembered_bytes
from hvgui.gui.tasks.task_model import CANCEL_COLUMN, PROGRESS_COLUMN, PROGRESS_ROLE, TaskModel
from hvgui.gui.theme import colours
from hvgui.gui.words import tr

Index = QModelIndex | QPersistentModelIndex
_WIDTHS = (13, 15, 18, 23, 10, 22, 7, 50)


class ProgressDelegate(QStyledItemDelegate):
    """A bar behind the text."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The row's ground and text as ever, and the bar between the two."""
        per_mille = index.data(PROGRESS_ROLE)
        if per_mille is None:
            super().paint(painter, option, index)
            return
        scheme = colours()
        area = QRectF(option.rect).adjusted(4, 3, -4, -3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(scheme.selected))
        painter.setPen(QColor(scheme.border))
        painter.setBrush(QColor(scheme.base))
        painter.drawRoundedRect(area, 3, 3)
        filled = QRectF(area)
        filled.setWidth(max(4.0, area.width() * per_mille / 1000))
        ground = QColor(scheme.accent)
        ground.setAlphaF(0.35)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(filled, 3, 3)
        painter.setPen(QColor(scheme.text))
        words = option.fontMetrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, int(area.width()) - 4)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.restore()


class CancelDelegate(QStyledItemDelegate):
    """A link in the row that cancels its task."""

    clicked = Signal(object)
    """Ref of the task."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Written as a link."""
        super().initStyleOption(option, index)
        font = option.font
        font.setUnderline(True)
        option.font = font
        palette = option.palette
        palette.setColor(palette.ColorRole.Text, QColor(colours().accent))
        option.palette = palette

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        """A click on the word."""
        released = event.type() is QEvent.Type.MouseButtonRelease
        if released and isinstance(event, QMouseEvent) and event.button() is Qt.MouseButton.LeftButton and index.data():
            ref = model.data(index, int(Qt.ItemDataRole.UserRole))
            if isinstance(ref, Ref):
                self.clicked.emit(ref)
                return True
        return super().editorEvent(event, model, option, index)


class TaskView(QTreeView):
    """The table of tasks."""

    chosen = Signal(object)
    """tuple[Ref, ...]."""
    opened = Signal(object)
    """Ref of a task: double-click or Enter."""
    menu_wanted = Signal(object)
    """QPoint on the screen."""
    cancel_wanted = Signal(object)
    """Ref of a task."""

    def __init__(self, model: TaskModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setObjectName("tasks")
        self.setAccessibleName(tr("Tasks"))
        self.setModel(model)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        bars, links = ProgressDelegate(self), CancelDelegate(self)
        self.setItemDelegateForColumn(PROGRESS_COLUMN, bars)
        self.setItemDelegateForColumn(CANCEL_COLUMN, links)
        links.clicked.connect(self.cancel_wanted)
        letter = self.fontMetrics().averageCharWidth() + 1
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width * letter)
        kept = remembered_bytes("tasks/header")
        if not kept.isEmpty():
            self.header().restoreState(kept)
        self.selectionModel().selectionChanged.connect(self._tell_chosen)
        self.activated.connect(self._tell_opened)

    def keep_settings(self) -> None:
        """Remembers the widths."""
        remember("tasks/header", self.header().saveState())

    def refs(self) -> tuple[Ref, ...]:
        """The chosen tasks."""
        found = (index.data(int(Qt.ItemDataRole.UserRole)) for index in self.selectionModel().selectedRows())
        return tuple(ref for ref in found if isinstance(ref, Ref))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Right-click and the menu key."""
        self.menu_wanted.emit(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Says how a task comes about where there are none."""
        super().paintEvent(event)
        if self._model.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            words = tr("No tasks yet. Right-click a virtual machine, or drag it onto a node.")
            area = self.viewport().rect().adjusted(20, 16, -20, -16)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), words)

    def _tell_chosen(self) -> None:
        self.chosen.emit(self.refs())

    def _tell_opened(self, index: QModelIndex) -> None:
        ref = index.data(int(Qt.ItemDataRole.UserRole))
        if isinstance(ref, Ref):
            self.opened.emit(ref)
