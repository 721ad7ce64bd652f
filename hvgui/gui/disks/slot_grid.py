"""The places on a VM's controllers, drawn as cells: what is taken and by what, what can be chosen, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from hvgui.cluster.storage import Slot
from hvgui.gui.theme import colours
from hvgui.gui.words import tr
from hvgui.requests.disk_places import in_words

CELL = 17
_STEP = CELL + 3
_A_LINE = 16
_LABEL_WIDTH = 62
_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -_A_LINE,
    Qt.Key.Key_Down: _A_LINE,
}


@dataclass(frozen=True)
class Cell:
    """One place: who holds it (empty: nobody), and why it can't be chosen (empty: it can)."""

    slot: Slot
    holder: str = ""
    reason: str = ""
    is_new: bool = False
    """Held by one of the disks that are about to be added."""

    @property
    def words(self) -> str:
        """The cell for tool tips and screen readers."""
        if self.holder:
            return tr("{place}: {disk}", place=in_words(self.slot), disk=self.holder)
        return tr("{place}: {reason}", place=in_words(self.slot), reason=self.reason or tr("free"))


class SlotGrid(QWidget):
    """Cells in lines of sixteen, a heading for each controller. Painted, not made of widgets: there may be 260."""

    chosen = Signal(object)
    """Slot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("slots")
        self.setAccessibleName(tr("Places on the controllers"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._cells: tuple[Cell, ...] = ()
        self._places: dict[Slot, QRect] = {}
        self._headings: list[tuple[int, str]] = []
        self._chosen: Slot | None = None
        self._cursor = 0

    def show_cells(self, cells: tuple[Cell, ...], chosen: Slot | None) -> None:
        """Draws other places; `chosen` is the one of the disk that is being edited."""
        self._cells, self._chosen = cells, chosen
        self._places, self._headings = {}, []
        top, controller, column = 0, None, 0
        for cell in cells:
            kind, number, location = cell.slot
            if (kind, number) != controller:
                top += _STEP + 4 if controller is not None else 0
                controller = (kind, number)
                self._headings.append((top, f"{kind.value} {number}"))
            elif location % _A_LINE == 0:
                top += _STEP
            column = location % _A_LINE
            self._places[cell.slot] = QRect(_LABEL_WIDTH + column * _STEP, top, CELL, CELL)
        numbers = [number for number, cell in enumerate(cells) if cell.slot == chosen]
        if numbers:
            self._cursor = numbers[0]
        self._cursor = min(self._cursor, max(0, len(cells) - 1))
        self._say()
        self.setMinimumSize(self.sizeHint())
        self.updateGeometry()
        self.update()

    def cell_at(self, place: QPoint) -> Cell | None:
        """The cell under a point."""
        return next((cell for cell in self._cells if self._places[cell.slot].contains(place)), None)

    def place_of(self, slot: Slot) -> QRect:
        """Where a place is drawn."""
        return self._places[slot]

    def sizeHint(self) -> QSize:
        """As large as all lines."""
        bottom = max((place.bottom() for place in self._places.values()), default=CELL)
        return QSize(_LABEL_WIDTH + _A_LINE * _STEP + 2, bottom + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws what is in sight."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scheme = colours()
        painter.setPen(QColor(scheme.muted))
        for top, words in self._headings:
            painter.drawText(QRect(0, top, _LABEL_WIDTH - 6, CELL), Qt.AlignmentFlag.AlignVCenter, words)
        for number, cell in enumerate(self._cells):
            place = self._places[cell.slot]
            if place.intersects(event.rect().adjusted(-2, -2, 2, 2)):
                self._paint_cell(painter, cell, place)
                if self.hasFocus() and number == self._cursor:
                    painter.setPen(QPen(QColor(scheme.text), 1, Qt.PenStyle.DotLine))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(place.adjusted(-2, -2, 1, 1))
        painter.end()

    def _paint_cell(self, painter: QPainter, cell: Cell, place: QRect) -> None:
        scheme = colours()
        edge, fill = QColor(scheme.border), QColor(scheme.base)
        if cell.slot == self._chosen:
            edge = fill = QColor(scheme.accent)
        elif cell.is_new:
            edge, fill = QColor(scheme.accent), QColor(scheme.selected)
        elif cell.holder:
            edge = fill = QColor(scheme.muted)
        painter.setPen(QPen(edge, 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(place.adjusted(0, 0, -1, -1), 3, 3)
        if cell.slot == self._chosen:
            painter.setPen(QPen(QColor(scheme.on_accent), 2))
            painter.drawLine(place.left() + 4, place.center().y(), place.center().x() - 1, place.bottom() - 5)
            painter.drawLine(place.center().x() - 1, place.bottom() - 5, place.right() - 4, place.top() + 5)
        elif cell.reason and not cell.holder:
            # Hatched, so that what can't be chosen is told by more than its colour.
            painter.setPen(QPen(QColor(scheme.border), 1))
            painter.drawLine(place.left() + 3, place.bottom() - 3, place.right() - 3, place.top() + 3)

    # Choosing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses."""
        cell = self.cell_at(event.position().toPoint())
        if cell is not None and event.button() is Qt.MouseButton.LeftButton:
            self._cursor = self._cells.index(cell)
            self._take(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from cell to cell, the space bar chooses."""
        key = Qt.Key(event.key())
        if key in _KEYS and self._cells:
            self._cursor = min(max(0, self._cursor + _KEYS[key]), len(self._cells) - 1)
            self._say()
            self.update()
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Select) and self._cells:
            self._take(self._cells[self._cursor])
        else:
            super().keyPressEvent(event)

    def _take(self, cell: Cell) -> None:
        self._say()
        self.update()
        if not cell.holder and not cell.reason:
            self.chosen.emit(cell.slot)

    def _say(self) -> None:
        """What the cursor is on, for screen readers."""
        if self._cells:
            self.setAccessibleDescription(self._cells[self._cursor].words)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Shows the cursor."""
        super().focusInEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        """A tool tip for each cell."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            cell = self.cell_at(event.pos())
            if cell is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), cell.words, self, self._places[cell.slot])
            return True
        return super().event(event)
