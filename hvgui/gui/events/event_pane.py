"""The log of events: filter by level and text, follow the newest, copy."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.events import Level
from hvgui.gui.bridge import Bridge
from hvgui.gui.events.event_model import EventModel
from hvgui.gui.inventory_model import REF_ROLE
from hvgui.gui.keys import keep_space
from hvgui.gui.objects import Ref
from hvgui.gui.words import tr


class EventPane(QWidget):
    """A row of filters over the log."""

    opened = Signal(object)
    """Ref: what an event is about was asked for."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = EventModel(bridge, self)
        self.view = _view(self.model, self)
        self._level = QComboBox(self)
        self._search = QLineEdit(self)
        self._follow = QCheckBox(tr("Follow"), self)
        self._lay_out()
        self._level.currentIndexChanged.connect(self._filter)
        self._search.textChanged.connect(self._filter)
        self._follow.toggled.connect(self._jump)
        self.model.rowsInserted.connect(self._jump)
        self.model.modelReset.connect(self._jump)
        self.view.activated.connect(self._open)
        self._copy = QAction(tr("Copy"), self)
        self._copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        self._copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._copy.triggered.connect(self.copy)
        self.view.addAction(self._copy)
        self._jump()

    def copy(self) -> None:
        """The chosen events as lines of text, to the clipboard."""
        rows = self.view.selectionModel().selectedRows()
        lines = ["\t".join(str(row.siblingAtColumn(column).data()) for column in range(3)) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copy."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._copy)
        menu.popup(event.globalPos())

    def _lay_out(self) -> None:
        for level, words in (
            (Level.INFORMATION, tr("All events")),
            (Level.WARNING, tr("Warnings and errors")),
            (Level.ERROR, tr("Errors")),
        ):
            self._level.addItem(words, int(level))
        self._level.setObjectName("event level")
        self._level.setAccessibleName(tr("Level of events"))
        self._search.setObjectName("event filter")
        self._search.setPlaceholderText(tr("Filter events"))
        self._search.setAccessibleName(tr("Filter events"))
        self._search.setClearButtonEnabled(True)
        self._search.setMaximumWidth(320)
        self._follow.setObjectName("event follow")
        self._follow.setChecked(True)
        self._follow.setToolTip(tr("Keep the newest event in sight"))
        keep_space(self._level, self._follow)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 5, 8, 5)
        bar.addWidget(self._level)
        bar.addWidget(self._search, 1)
        bar.addStretch()
        bar.addWidget(self._follow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.view)

    def _filter(self) -> None:
        level, text = Level(self._level.currentData()), self._search.text()
        filtered = bool(text) or level is not Level.INFORMATION
        self.view.nothing = tr("No event fits the filter.") if filtered else tr("Nothing has happened yet.")
        self.model.set_filter(level, text)
        self.view.viewport().update()
        self._jump()

    def _jump(self) -> None:
        if self._follow.isChecked():
            self.view.scrollToBottom()

    def _open(self, index: QModelIndex) -> None:
        ref = index.data(REF_ROLE)
        if isinstance(ref, Ref):
            self.opened.emit(ref)


class EventView(QTreeView):
    """The rows, or why there are none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.nothing = tr("Nothing has happened yet.")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Says so where there is nothing to see."""
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            area = self.viewport().rect().adjusted(20, 16, -20, -16)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(area, int(flags), self.nothing)


def _view(model: EventModel, parent: QWidget) -> EventView:
    view = EventView(parent)
    view.setObjectName("events")
    view.setAccessibleName(tr("Events"))
    view.setModel(model)
    view.setRootIsDecorated(False)
    view.setItemsExpandable(False)
    view.setUniformRowHeights(True)
    view.setAlternatingRowColors(True)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setFrameShape(QTreeView.Shape.NoFrame)
    letter = view.fontMetrics().averageCharWidth() + 1
    for column, width in enumerate((14, 16)):
        view.setColumnWidth(column, width * letter)
    return view
