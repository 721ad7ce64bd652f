"""The log of events: filter by level, number, text and object, follow the newest, copy, export."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from hvgui.cluster.events import Level
from hvgui.gui.bridge import Bridge
from hvgui.gui.events.event_file import EventFileError, write_events
from hvgui.gui.events.event_model import NUMBER, EventModel
from hvgui.gui.icons import icon
from hvgui.gui.inventory_model import REF_ROLE
from hvgui.gui.keys import keep_space
from hvgui.gui.objects import Ref
from hvgui.gui.settings import remembered_text
from hvgui.gui.words import counted, tr


class EventPane(QWidget):
    """A row of filters over the log."""

    opened = Signal(object)
    """Ref: what an event is about was asked for."""
    said = Signal(str, str)
    """A sentence for the window, and its tone."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._chosen: tuple[Ref, ...] = ()
        self.model = EventModel(bridge, self)
        self.view = _view(self.model, self)
        self._level = QComboBox(self)
        self._search = QLineEdit(self)
        self._about = QCheckBox(tr("Chosen"), self)
        self._follow = QCheckBox(tr("Follow"), self)
        self._export = QToolButton(self)
        self._lay_out()
        self._level.currentIndexChanged.connect(self._filter)
        self._search.textChanged.connect(self._filter)
        self._about.toggled.connect(self._filter)
        self._follow.toggled.connect(self._jump)
        self._export.clicked.connect(self.ask_export)
        self.model.rowsInserted.connect(self._jump)
        self.model.modelReset.connect(self._jump)
        self.view.activated.connect(self._open)
        self._copy = QAction(tr("Copy"), self)
        self._copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        self._copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._copy.triggered.connect(self.copy)
        self.view.addAction(self._copy)
        self._jump()

    def dress(self) -> None:
        """The icon in the scheme's colours."""
        self._export.setIcon(icon("download"))

    def copy(self) -> None:
        """The chosen events as lines of text, to the clipboard."""
        rows = self.view.selectionModel().selectedRows()
        columns = range(self.model.columnCount())
        lines = ["\t".join(str(row.siblingAtColumn(column).data()) for column in columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def show_chosen(self, refs: tuple[Ref, ...]) -> None:
        """What is chosen elsewhere: with `Chosen` ticked, only events about it are shown."""
        if refs == self._chosen:
            return
        self._chosen = refs
        if self._about.isChecked():
            self._filter()

    def ask_export(self) -> None:
        """Asks for a file, and writes the events that are shown."""
        dialog = QFileDialog(self, tr("Export events"), remembered_text("folder"))
        dialog.setObjectName("export events")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Tables (*.csv)"))
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(tr("events.csv"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    def export_to(self, path: str) -> None:
        """Writes the events that are shown; says so, or why not."""
        try:
            write_events(self.model.shown, self._bridge.cluster, Path(path))
        except EventFileError as error:
            self.said.emit(str(error), "warning")
            return
        number = counted(len(self.model.shown), "{count} event", "{count} events")
        self.said.emit(tr("{events} written to {path}.", events=number, path=path), "info")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Copy, narrow the log down, export."""
        menu = QMenu(self)
        menu.setObjectName("event menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._copy)
        number = self.view.currentIndex().siblingAtColumn(NUMBER).data()
        if number:
            only = menu.addAction(tr("Only events {number}", number=number))
            only.triggered.connect(self._only_this_number)
        menu.addAction(tr("Export as CSV...")).triggered.connect(self.ask_export)
        menu.popup(event.globalPos())

    def _only_this_number(self) -> None:
        self._search.setText(str(self.view.currentIndex().siblingAtColumn(NUMBER).data()))

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
        self._search.setPlaceholderText(tr("Filter by text or number"))
        self._search.setAccessibleName(tr("Filter events"))
        self._search.setClearButtonEnabled(True)
        self._search.setMaximumWidth(320)
        self._about.setObjectName("event chosen")
        self._about.setToolTip(tr("Only events about what is chosen in the tree or a table"))
        self._export.setObjectName("event export")
        self._export.setText(tr("Export as CSV..."))
        self._export.setToolTip(tr("Export as CSV..."))
        self._export.setAccessibleName(tr("Export events as CSV"))
        self._export.setAutoRaise(True)
        self.dress()
        self._follow.setObjectName("event follow")
        self._follow.setChecked(True)
        self._follow.setToolTip(tr("Keep the newest event in sight"))
        keep_space(self._level, self._about, self._follow)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 5, 8, 5)
        bar.setSpacing(8)
        bar.addWidget(self._level)
        bar.addWidget(self._search, 1)
        bar.addWidget(self._about)
        bar.addWidget(self._follow)
        bar.addWidget(self._export)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.view)

    def _filter(self) -> None:
        level, text = Level(self._level.currentData()), self._search.text()
        about = self._chosen if self._about.isChecked() else None
        filtered = bool(text) or level is not Level.INFORMATION or about is not None
        self.view.nothing = tr("No event fits the filter.") if filtered else tr("Nothing has happened yet.")
        self.model.set_filter(level, text, about)
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
    for column, width in enumerate((14, 14, 11)):
        view.setColumnWidth(column, width * letter)
    return view
