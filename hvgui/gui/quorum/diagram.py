"""The votes as a picture: a bar with the line of the majority, and a box for every voter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from hvgui.gui.icons import pixmap
from hvgui.gui.quorum.votes import Ballot, Count
from hvgui.gui.theme import Colours, colours
from hvgui.gui.words import tr

_MARGIN, _GAP = 12.0, 10.0
_BAR_TOP, _BAR_HEIGHT = 26.0, 18.0
_BOX_TOP = _BAR_TOP + _BAR_HEIGHT + 18.0
_BOX_HEIGHT, _LEAST_BOX, _MOST_BOX = 64.0, 176.0, 260.0
_STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


@dataclass(frozen=True)
class Boxes:
    """Where the voters stand."""

    places: tuple[QRectF, ...]
    columns: int
    height: float


def lay_out(number: int, width: float) -> Boxes:
    """Places for so many voters in a picture so wide."""
    room = max(_LEAST_BOX, width - 2 * _MARGIN)
    columns = max(1, min(number, int((room + _GAP) // (_LEAST_BOX + _GAP))))
    each = min(_MOST_BOX, (room + _GAP) / columns - _GAP)
    places = tuple(
        QRectF(
            _MARGIN + (one % columns) * (each + _GAP),
            _BOX_TOP + (one // columns) * (_BOX_HEIGHT + _GAP),
            each,
            _BOX_HEIGHT,
        )
        for one in range(number)
    )
    rows = -(-number // columns)
    return Boxes(places, columns, _BOX_TOP + rows * (_BOX_HEIGHT + _GAP) + _MARGIN)


class VoteDiagram(QWidget):
    """Voters are chosen by mouse or arrow keys; a double click opens one."""

    chosen = Signal(object)
    """tuple[Ref, ...]"""
    opened = Signal(object)
    """Ref"""
    menu_wanted = Signal(object)
    """QPoint on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("votes")
        self.setAccessibleName(tr("Votes"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._count: Count | None = None
        self._current = -1
        self.boxes = lay_out(0, 0.0)

    @property
    def ballots(self) -> Sequence[Ballot]:
        """What is drawn."""
        return self._count.ballots if self._count is not None else ()

    @property
    def current(self) -> Ballot | None:
        """The voter that is chosen."""
        return self.ballots[self._current] if 0 <= self._current < len(self.ballots) else None

    def show_count(self, count: Count) -> None:
        """Draws other votes."""
        if count == self._count:
            return
        self._count = count
        self._lay_out()
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows need."""
        return QSize(round(_LEAST_BOX * 2), round(self.boxes.height))

    def choose(self, number: int) -> None:
        """Chooses a voter, and says so to whoever acts on it."""
        self._current = number
        self._describe()
        self.update()
        current = self.current
        if current is not None and current.ref is not None:
            self.chosen.emit((current.ref,))

    def number_at(self, place: QPointF) -> int:
        """The voter there; -1: none."""
        return next((number for number, box in enumerate(self.boxes.places) if box.contains(place)), -1)

    # What Qt calls

    def event(self, event: QEvent) -> bool:
        """Says in words what is under the pointer."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.number_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.ballots[number].words if number >= 0 else "", self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The boxes take the room there is."""
        super().resizeEvent(event)
        self._lay_out()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses what is clicked."""
        self.choose(self.number_at(event.position()))
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens it."""
        self._open(self.number_at(event.position()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The commands on the chosen voter."""
        current = self.current
        if current is None or current.ref is None:
            return
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            place = self.mapToGlobal(self.boxes.places[self._current].center().toPoint())
        self.menu_wanted.emit(QPoint(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk over the voters; Enter opens."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None and self.ballots:
            across, down = step
            wanted = max(0, self._current) + across + down * self.boxes.columns if self._current >= 0 else 0
            self.choose(min(len(self.ballots) - 1, max(0, wanted)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self._current)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bar, and the boxes in sight."""
        if self._count is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _Painting(painter, colours()).bar(self._count, float(self.width()))
        for number, (ballot, box) in enumerate(zip(self.ballots, self.boxes.places, strict=True)):
            if box.intersects(QRectF(event.rect())):
                _Painting(painter, colours()).box(ballot, box, is_chosen=number == self._current)
        painter.end()

    def _open(self, number: int) -> None:
        if 0 <= number < len(self.ballots):
            ref = self.ballots[number].ref
            if ref is not None:
                self.opened.emit(ref)

    def _lay_out(self) -> None:
        self.boxes = lay_out(len(self.ballots), float(self.width()))
        if self.minimumHeight() != round(self.boxes.height):
            self.setMinimumHeight(round(self.boxes.height))

    def _describe(self) -> None:
        current = self.current
        whole = self._count.sentence if self._count is not None else ""
        self.setAccessibleDescription(current.words if current is not None else whole)


class _Painting:
    """Paints with the colours of a scheme; a vote that lacks is also dashed, never told by colour alone."""

    def __init__(self, painter: QPainter, scheme: Colours) -> None:
        self._painter, self._scheme = painter, scheme
        self._metrics = QFontMetrics(painter.font())

    def bar(self, count: Count, width: float) -> None:
        """One piece a vote, those that count first, and a line where the majority is."""
        tally, painter, scheme = count.standing.tally, self._painter, self._scheme
        votes = max(1, tally.votes)
        room = min(width - 2 * _MARGIN, 56.0 * votes)
        each = room / votes
        for number in range(tally.votes):
            piece = QRectF(_MARGIN + number * each + 1, _BAR_TOP, each - 2, _BAR_HEIGHT)
            is_there = number < tally.present
            pen = QPen(QColor(getattr(scheme, count.tone) if is_there else scheme.muted), 1)
            pen.setStyle(Qt.PenStyle.SolidLine if is_there else Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(QColor(getattr(scheme, count.tone)) if is_there else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(piece, 3, 3)
        across = _MARGIN + tally.needed * each
        painter.setPen(QPen(QColor(scheme.text), 2))
        painter.drawLine(QPointF(across, _BAR_TOP - 5), QPointF(across, _BAR_TOP + _BAR_HEIGHT + 5))
        words = tr("{needed} needed", needed=tally.needed)
        left = max(_MARGIN, across - self._metrics.horizontalAdvance(words))
        self._text(QRectF(left, 2, 200, self._metrics.height()), words, scheme.text)

    def box(self, ballot: Ballot, box: QRectF, *, is_chosen: bool) -> None:
        """One voter: icon, name, state, vote."""
        scheme, painter = self._scheme, self._painter
        edge = scheme.accent if is_chosen else scheme.good if ballot.counts else scheme.border
        pen = QPen(QColor(edge), 2 if is_chosen else 1)
        if not ballot.counts and not is_chosen:
            pen.setColor(QColor(scheme.muted))
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(scheme.selected if is_chosen else scheme.base))
        painter.drawRoundedRect(box, 6, 6)
        painter.drawPixmap(QPointF(box.left() + 10, box.top() + 10), pixmap(*ballot.drawing, 20))
        height, left = self._metrics.height(), box.left() + 40
        room = box.width() - 48
        ink = scheme.on_selected if is_chosen else scheme.text
        tint = ballot.drawing[1]
        quiet = scheme.on_selected if is_chosen else scheme.muted
        tone = quiet if tint in ("good", "muted") else getattr(scheme, tint)
        top = box.top() + (box.height() - 3 * height) / 2
        self._text(QRectF(left, top, room, height), ballot.name, ink, bold=True)
        self._text(QRectF(left, top + height, room, height), ballot.state, tone)
        self._text(QRectF(left, top + 2 * height, room, height), ballot.vote_words, quiet)

    def _text(self, place: QRectF, words: str, colour: str, *, bold: bool = False) -> None:
        painter, before = self._painter, self._painter.font()
        font = QFont(before)
        font.setBold(bold)
        painter.setFont(font)
        painter.setPen(QColor(colour))
        elided = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, round(place.width()))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
        painter.setFont(before)
