"""Every node's loads against the limits, as small bars: the worst node first."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load_watch import LoadWatch, WatchedResource
from hvgui.cluster.nodes import Node
from hvgui.cluster.watch_figures import WatchFigures
from hvgui.gui.inventory_order import name_key
from hvgui.gui.objects import node_ref
from hvgui.gui.theme import Colours, colours
from hvgui.gui.tips.words import RESOURCES, share_words, span_words
from hvgui.gui.words import tr

_NAMES, _GAP = 104.0, 12.0
_FIGURE = 42.0
_ORDER_STEP = 0.05
"""Nodes change places only for a difference of so much, else the rows would never stand still."""
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True)
class LoadRow:
    """One node: the mean of each watched resource as a share of what it has."""

    node: NodeId
    name: str
    shares: tuple[float, ...]
    words: str


def load_rows(cluster: Cluster, figures: WatchFigures, watch: LoadWatch) -> tuple[LoadRow, ...]:
    """A row for every node that is up, the worst first."""
    nodes = [node for node in cluster.nodes.values() if node.is_up]
    pressure = {node.id: round(figures.pressure(watch, node.id) / _ORDER_STEP) for node in nodes}
    nodes.sort(key=lambda node: (-pressure[node.id], name_key(node.name)))
    return tuple(_row(node, figures) for node in nodes)


def _row(node: Node, figures: WatchFigures) -> LoadRow:
    shares = figures.shares(node.id)
    return LoadRow(node.id, node.name, shares, _row_words(node.name, shares, figures, node.id))


def _row_words(name: str, shares: tuple[float, ...], figures: WatchFigures, node: int) -> str:
    each = ", ".join(
        f"{tr(RESOURCES[resource]).lower()} {share_words(share)}"
        for resource, share in zip(WatchedResource, shares, strict=True)
    )
    counted, whole = figures.counted(node), len(figures.samples)
    if not figures.samples.size or counted >= whole:
        return f"{name}: {each}"
    return f"{name}: {each} – " + tr("{some} of {all} samples of its window so far", some=counted, all=whole)


def heading_words(watch: LoadWatch, figures: WatchFigures) -> str:
    """What the bars are means of."""
    if not figures.samples.size:
        return tr("Loads: at this moment")
    return tr("Loads: means over {span}", span=span_words(watch.window_seconds))


class LoadBars(QWidget):
    """Nodes are chosen by mouse or arrow keys; a double click or Enter opens one."""

    chosen = Signal(object)
    """tuple[Ref, ...]"""
    opened = Signal(object)
    """Ref"""
    menu_wanted = Signal(object)
    """QPoint on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("load bars")
        self.setAccessibleName(tr("Loads of the nodes"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.rows: tuple[LoadRow, ...] = ()
        self.current: NodeId | None = None
        self._watch = LoadWatch()

    def show_rows(self, rows: tuple[LoadRow, ...], watch: LoadWatch) -> None:
        """Other figures: only the rows that differ are painted."""
        before, was, self.rows, self._watch = self.rows, self._watch, rows, watch
        if len(before) != len(rows) or was != watch:
            self.setMinimumHeight(round(self._top(len(rows))))
            self.update()
        else:
            for number, (old, new) in enumerate(zip(before, rows, strict=True)):
                if old.words != new.words:
                    self.update(self._place(number).toAlignedRect())
        self._describe()

    def sizeHint(self) -> QSize:
        """As high as its rows need."""
        return QSize(460, round(self._top(len(self.rows))))

    def choose(self, number: int) -> None:
        """Chooses a node, and says so to whoever acts on it."""
        if 0 <= number < len(self.rows):
            self.current = self.rows[number].node
            self._describe()
            self.update()
            self.chosen.emit((node_ref(self.current),))

    def number_at(self, place: QPointF) -> int:
        """The row there; -1: none."""
        number = int((place.y() - self._top(0)) // self._row_height())
        return number if 0 <= number < len(self.rows) and place.y() >= self._top(0) else -1

    # What Qt calls

    def event(self, event: QEvent) -> bool:
        """Says in words what is under the pointer."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.number_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.rows[number].words if number >= 0 else "", self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses what is clicked."""
        self.choose(self.number_at(event.position()))
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens it."""
        if self.number_at(event.position()) >= 0:
            self._open()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The commands on the chosen node."""
        number = self._current_number()
        if number < 0:
            return
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            place = self.mapToGlobal(self._place(number).bottomLeft().toPoint())
        self.menu_wanted.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk over the nodes; Enter opens."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None and self.rows:
            number = self._current_number()
            self.choose(min(len(self.rows) - 1, max(0, number + step)) if number >= 0 else 0)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The headings, and the rows in sight."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painting = _Painting(painter, self._watch, colours(), self._columns())
        painting.headings(self._top(0))
        for number, row in enumerate(self.rows):
            place = self._place(number)
            if place.intersects(QRectF(event.rect())):
                painting.row(row, place, is_chosen=row.node == self.current)
        painter.end()

    def _open(self) -> None:
        if self._current_number() >= 0 and self.current is not None:
            self.opened.emit(node_ref(self.current))

    def _current_number(self) -> int:
        return next((number for number, row in enumerate(self.rows) if row.node == self.current), -1)

    def _describe(self) -> None:
        number = self._current_number()
        worst = self.rows[0].words if self.rows else tr("No node is up.")
        self.setAccessibleDescription(self.rows[number].words if number >= 0 else worst)

    def _row_height(self) -> float:
        return float(QFontMetrics(self.font()).height() + 9)

    def _top(self, number: int) -> float:
        return QFontMetrics(self.font()).height() + 6.0 + number * self._row_height()

    def _place(self, number: int) -> QRectF:
        return QRectF(0.0, self._top(number), float(self.width()), self._row_height())

    def _columns(self) -> tuple[QRectF, ...]:
        number = len(WatchedResource)
        each = (self.width() - _NAMES) / number
        return tuple(QRectF(_NAMES + one * each, 0.0, each - _GAP, self._row_height()) for one in range(number))


class _Painting:
    """Bars with a tick at the limit; above it they are also written bold, never told by colour alone."""

    def __init__(self, painter: QPainter, watch: LoadWatch, scheme: Colours, columns: tuple[QRectF, ...]) -> None:
        self._painter, self._watch, self._scheme, self._columns = painter, watch, scheme, columns
        self._metrics = QFontMetrics(painter.font())

    def headings(self, height: float) -> None:
        """The names of the resources, with their limits."""
        self._painter.setPen(QColor(self._scheme.muted))
        for resource, column in zip(WatchedResource, self._columns, strict=True):
            limit = share_words(self._watch.limit(resource))
            what = tr(RESOURCES[resource])
            words = tr("{what} ≤ {limit}", what=what, limit=limit)
            fits = self._metrics.horizontalAdvance(words) <= column.width() + _GAP / 2
            place = QRectF(column.left(), 0.0, column.width() + _GAP, height - 4.0)
            self._words(place, words if fits else what)

    def row(self, row: LoadRow, place: QRectF, *, is_chosen: bool) -> None:
        """A node."""
        scheme, painter = self._scheme, self._painter
        if is_chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(scheme.selected))
            painter.drawRoundedRect(place.adjusted(0, 1, 0, -1), 4, 4)
        painter.setPen(QColor(scheme.on_selected if is_chosen else scheme.text))
        self._words(QRectF(6.0, place.top(), _NAMES - 12.0, place.height()), row.name)
        for resource, share, column in zip(WatchedResource, row.shares, self._columns, strict=True):
            self._bar(column.translated(0.0, place.top()), share, self._watch.limit(resource), is_chosen=is_chosen)

    def _bar(self, place: QRectF, share: float, limit: float, *, is_chosen: bool) -> None:
        scheme, painter = self._scheme, self._painter
        bar = QRectF(place.left(), place.center().y() - 4.0, max(10.0, place.width() - _FIGURE), 8.0)
        painter.setPen(QPen(QColor(scheme.border), 1))
        painter.setBrush(QColor(scheme.window))
        painter.drawRoundedRect(bar, 3, 3)
        tone = self._tone(share, limit)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tone))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * min(1.0, share), bar.height()), 3, 3)
        across = bar.left() + bar.width() * limit
        painter.setPen(QPen(QColor(scheme.text), 1.5))
        painter.drawLine(QPointF(across, bar.top() - 3), QPointF(across, bar.bottom() + 3))
        font = painter.font()
        font.setBold(share > limit)
        before = painter.font()
        painter.setFont(font)
        painter.setPen(QColor(scheme.on_selected if is_chosen else tone if share > limit else scheme.text))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(bar.right(), place.top(), _FIGURE, place.height()), right, share_words(share))
        painter.setFont(before)

    def _tone(self, share: float, limit: float) -> str:
        if share > limit:
            return self._scheme.bad
        return self._scheme.warning if share >= limit - self._watch.hysteresis else self._scheme.accent

    def _words(self, place: QRectF, words: str) -> None:
        elided = self._metrics.elidedText(words, Qt.TextElideMode.ElideRight, round(place.width()))
        self._painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
