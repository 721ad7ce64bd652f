"""The picture of trials as a widget: hovered, clicked, walked through by keyboard, scrolled with its heads in sight."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QScrollArea, QToolTip, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.gui.theme import colours
from hvgui.gui.what_if.columns import CaseRow
from hvgui.gui.what_if.grades import LOOKS
from hvgui.gui.what_if.matrix_layout import MatrixLayout, lay_out
from hvgui.gui.what_if.matrix_painting import MatrixPainter, row_words
from hvgui.gui.words import tr
from hvgui.requests.request import node_name

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_ZOOMS = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Minus: 0.8}
_LEAST_ZOOM, _MOST_ZOOM = 1.0, 6.0
_FAR = 10_000
_HEAD_FONT = 12


def words_of(row: CaseRow) -> str:
    """A trial and its outcome."""
    if row.grade is None:
        return tr("{case}: not tried yet.", case=row.title)
    return f"{row.title}: {tr(LOOKS[row.grade].title)}. {row.words}"


class MatrixPicture(QWidget):
    """What is scrolled. The current cell is one of the chosen trial's; a pair has two."""

    chosen = Signal(int)
    """The number of the trial that a person has chosen."""
    opened = Signal()
    """Enter, or a double click: on to what became of the VMs."""
    moved = Signal(QRectF)
    """Where the current cell stands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("matrix")
        self.setAccessibleName(tr("Picture of all trials"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._cluster: Cluster | None = None
        self.rows: Sequence[CaseRow] = ()
        self.places: MatrixLayout = lay_out((), (0.0, 0.0), (0.0, 0.0))
        self._room = (400.0, 300.0)
        self._zoom = 1.0
        self.current: tuple[int, int] | None = None
        self.head_offset = QPointF()

    def show_rows(self, rows: Sequence[CaseRow], cluster: Cluster) -> None:
        """Other trials; `rows` may fill in afterwards (see `refresh`)."""
        self.rows, self._cluster = rows, cluster
        self.current, self._zoom = None, 1.0
        self._lay_out()
        self._describe()

    def refresh(self, numbers: Collection[int]) -> None:
        """These trials have been tried; only their cells are painted anew."""
        self._describe()
        for cell, number in self.places.numbers.items():
            if number in numbers:
                self.update(self.places.place(*cell).toAlignedRect())

    def fit(self, room: QSize) -> None:
        """Takes the room that there is."""
        self._room = (float(room.width()), float(room.height()))
        self._lay_out()

    def choose(self, number: int) -> None:
        """Shows a trial as chosen, without telling."""
        if self.number != number:
            self._go_to(self.places.cell_of(number))

    @property
    def number(self) -> int | None:
        """The number of the current cell's trial."""
        return None if self.current is None else self.places.numbers.get(self.current)

    def sizeHint(self) -> QSize:
        """The whole picture."""
        return QSize(round(self.places.width), round(self.places.height))

    def paint_whole(self, painter: QPainter) -> None:
        """Everything, for other programs: unscrolled, nothing chosen."""
        if self._cluster is not None:
            whole = MatrixPainter(painter, self.places, self.rows, self._cluster, colours())
            whole.cells(QRegion(self.rect()))
            whole.heads(QPointF(), None)

    # What Qt calls

    def event(self, event: QEvent) -> bool:
        """Says in words what is under the pointer."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, place: QPointF) -> str:
        """What the cell there says; empty beside the cells."""
        cell = self.places.cell_at(place)
        number = None if cell is None else self.places.numbers.get(cell)
        return words_of(self.rows[number]) if number is not None else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """See MatrixPainter."""
        if self._cluster is None:
            return
        painter = QPainter(self)
        made = MatrixPainter(painter, self.places, self.rows, self._cluster, colours())
        made.cells(event.region())
        if self.current is not None:
            number = self.number
            made.chosen(
                [cell for cell, one in self.places.numbers.items() if one == number and number is not None]
                or [self.current],
                has_focus=self.hasFocus(),
            )
        if event.region().intersects(self._heads_region()):
            made.heads(self.head_offset, self.current)
        painter.end()

    def _heads_region(self) -> QRegion:
        """Where the names stand now."""
        across, down = round(self.head_offset.x()), round(self.head_offset.y())
        above = QRegion(0, down, self.width(), round(self.places.head_top))
        return above.united(QRegion(across, 0, round(self.places.head_left), self.height()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses what is clicked."""
        super().mousePressEvent(event)
        cell = self.places.cell_at(event.position())
        if cell in self.places.numbers:
            self._go_to(cell)
            self._tell()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens it."""
        if self.places.cell_at(event.position()) in self.places.numbers:
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Home and End go to the ends of the row, Page Up and Down to those of the column; + and - make
        the cells larger and smaller, 0 as large as fits."""
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._walk(*_STEPS[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._walk(0, -_FAR if key is Qt.Key.Key_Home else _FAR)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._walk(-_FAR if key is Qt.Key.Key_PageUp else _FAR, 0)
        elif key in _ZOOMS or key is Qt.Key.Key_0:
            self._zoom_by(_ZOOMS.get(key, 0.0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.number is not None:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl the cells grow and shrink."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self._zoom_by(_ZOOMS[Qt.Key.Key_Plus if event.angleDelta().y() > 0 else Qt.Key.Key_Minus])
            event.accept()
        else:
            event.ignore()

    def _zoom_by(self, factor: float) -> None:
        """0: as large as fits."""
        self._zoom = min(_MOST_ZOOM, max(_LEAST_ZOOM, self._zoom * factor))
        self._lay_out()

    def _walk(self, down: int, across: int) -> None:
        """To the next cell that way that is tried; none: it stays."""
        places = self.places
        if not places.numbers:
            return
        if self.current is None:
            self._go_to(min(places.numbers))
            self._tell()
            return
        found = self._next(self.current, down, across)
        if found is not None:
            self._go_to(found)
            self._tell()

    def _next(self, cell: tuple[int, int], down: int, across: int) -> tuple[int, int] | None:
        places, (row, column) = self.places, cell
        if down:
            rows = [one for one in range(len(places.rows)) if (one - row) * down > 0]
            cells = [(one, min(column, places.columns_of(one) - 1)) for one in rows]
        else:
            cells = [(row, one) for one in range(places.columns_of(row)) if (one - column) * across > 0]
        tried = [one for one in cells if one in places.numbers]
        if not tried:
            return None
        far = abs(down) == _FAR or abs(across) == _FAR
        return (max if (down > 0 or across > 0) == far else min)(tried)

    def _go_to(self, cell: tuple[int, int] | None) -> None:
        self._update_current()
        self.current = cell
        self._update_current()
        self._describe()
        if cell is not None:
            self.moved.emit(self.places.place(*cell))

    def _update_current(self) -> None:
        """The chosen trial's cells, and its heads, are painted anew."""
        if self.current is None:
            return
        number = self.number
        for cell in [self.current, *(one for one, other in self.places.numbers.items() if other == number)]:
            self.update(self.places.place(*cell).adjusted(-3, -3, 3, 3).toAlignedRect())
        self.update(self._heads_region())

    def _tell(self) -> None:
        if self.number is not None:
            self.chosen.emit(self.number)

    def _lay_out(self) -> None:
        number = self.number
        self.places = lay_out([row.case for row in self.rows], self._room, self._heads(), self._zoom)
        if number is not None and self.current not in self.places.numbers:
            self.current = self.places.cell_of(number)
        self.setFixedSize(self.sizeHint().expandedTo(QSize(1, 1)))
        self.update()

    def _heads(self) -> tuple[float, float]:
        """What the longest name of a node, and of a row, needs in width."""
        font = self.font()
        font.setPixelSize(_HEAD_FONT)
        font.setBold(True)
        metrics, cluster = QFontMetrics(font), self._cluster
        if cluster is None:
            return 0.0, 0.0
        nodes = {node for row in self.rows for node in row.case.nodes}
        names = max((metrics.horizontalAdvance(node_name(cluster, node)) for node in nodes), default=0)
        bare = lay_out([row.case for row in self.rows], (0.0, 0.0), (0.0, 0.0))
        rows = (row_words(bare, number, cluster, self.rows) for number in range(len(bare.rows)))
        return float(names), float(max((metrics.horizontalAdvance(words) for words in rows), default=0))

    def _describe(self) -> None:
        number = self.number
        tried = sum(row.grade is not None for row in self.rows)
        whole = tr("{tried} of {all} trials", tried=tried, all=len(self.rows))
        self.setAccessibleDescription(words_of(self.rows[number]) if number is not None else whole)


class MatrixView(QScrollArea):
    """The picture in a frame that it fills, or is scrolled in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = MatrixPicture(self)
        self.setWidget(self.picture)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.picture.moved.connect(self._reveal)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self._scrolled)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture takes the room there is."""
        super().resizeEvent(event)
        self.picture.fit(self.viewport().size())

    def _reveal(self, place: QRectF) -> None:
        heads = self.picture.places
        # As far as the heads cover the cells, too.
        self.ensureVisible(round(place.left()), round(place.top()), round(heads.head_left), round(heads.head_top))
        self.ensureVisible(round(place.right()), round(place.bottom()), 4, 4)

    def _scrolled(self) -> None:
        self.picture.head_offset = QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        self.picture.update()
