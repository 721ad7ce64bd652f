"""Every node before and after the plan, as a picture: walked through by keyboard, explained on hover, scrolled."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QToolTip, QWidget

from hvgui.cluster.balance_plan import BalancePlan, PlannedMove
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.gui.inventory_order import name_key
from hvgui.gui.plan.picture_layout import LEAST_WIDE, PictureLayout, lay_out
from hvgui.gui.plan.picture_painting import Arrow, PicturePainter, Shown, vms_words
from hvgui.gui.plan.words import node_words
from hvgui.gui.words import counted, tr

MOST_ARROWS = 12
"""Of more chosen moves than these only so many are drawn."""
_MOST_FOR_NAMES, _BESIDE_NAME, _BESIDE_VMS, _BOLD = 150.0, 36.0, 20.0, 1.12
"""Longer words are cut; what stands beside a name, and beside the line below; how much wider bold letters are."""
_STEPS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class PlanPicture(QWidget):
    """Nodes by name. One of them can be chosen; moves are drawn as arrows."""

    chosen = Signal(object)
    """NodeId"""
    menu_wanted = Signal(object, object)
    """NodeId, and where: QPoint on the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plan picture")
        self.setAccessibleName(tr("Nodes before and after the plan"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.nodes: tuple[Shown, ...] = ()
        self.arrows: tuple[Arrow, ...] = ()
        self.current = -1
        self._viewport_height = 0.0
        self._least_wide = LEAST_WIDE
        self.places: PictureLayout = lay_out(0, 0.0, 0.0)

    def show_plan(self, cluster: Cluster, plan: BalancePlan) -> None:
        """Draws another plan."""
        kept = self.nodes[self.current].balance.node if 0 <= self.current < len(self.nodes) else None
        rows = [
            Shown(
                cluster.nodes[one.node].name if one.node in cluster.nodes else "–",
                one,
                cluster.nodes[one.node].memory_bytes if one.node in cluster.nodes else 0,
                one.node in plan.emptied,
            )
            for one in plan.nodes
        ]
        rows.sort(key=lambda one: (name_key(one.name), one.balance.node))
        self.nodes, self.arrows = tuple(rows), ()
        self._least_wide = self._wide_enough()
        self.current = self.number_of(kept) if kept is not None else -1
        self._lay_out()
        self._describe()
        self.update()

    def clear(self) -> None:
        """Nothing is planned."""
        self.nodes, self.arrows, self.current = (), (), -1
        self._lay_out()
        self._describe()
        self.update()

    def number_of(self, node: NodeId) -> int:
        """A node's place in the picture; -1 where it is not in it."""
        return next((number for number, one in enumerate(self.nodes) if one.balance.node == node), -1)

    def show_moves(self, moves: tuple[PlannedMove, ...]) -> None:
        """Draws moves as arrows."""
        number = {one.balance.node: place for place, one in enumerate(self.nodes)}
        self.arrows = tuple(
            Arrow(number[move.source], number[move.target], move.memory_bytes, move.on_the_way)
            for move in moves[:MOST_ARROWS]
            if move.source in number and move.target in number
        )
        self.update()

    def choose(self, number: int) -> None:
        """Chooses a node, and says so."""
        self.current = number
        self._describe()
        self.update()
        if 0 <= number < len(self.nodes):
            self.chosen.emit(self.nodes[number].balance.node)

    def fit(self, width: float, height: float) -> None:
        """The room that can be seen at once: the picture fills it, or is higher and scrolled."""
        self._viewport_height = height
        self.places = lay_out(len(self.nodes), width, height, self._least_wide)
        self.setMinimumHeight(round(self.places.height) if self.nodes else 0)
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows need."""
        return QSize(640, round(self.places.height))

    def words_at(self, number: int) -> str:
        """What the picture says of a node."""
        if not 0 <= number < len(self.nodes):
            return ""
        return node_words(self.nodes[number].name, self.nodes[number].balance)

    # What Qt calls

    def event(self, event: QEvent) -> bool:
        """Says in words what is under the pointer."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(self.places.number_at(QPointF(event.pos()))), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The cells take the room there is."""
        super().resizeEvent(event)
        self._lay_out()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses what is clicked."""
        self.choose(self.places.number_at(event.position()))
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the chosen node."""
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            place = self.mapToGlobal(self.places.cell(max(0, self.current)).center().toPoint())
        if 0 <= self.current < len(self.nodes):
            self.menu_wanted.emit(self.nodes[self.current].balance.node, place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk over the nodes."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None or not self.nodes:
            super().keyPressEvent(event)
            return
        across, down = step
        wanted = self.current + across + down * self.places.columns if self.current >= 0 else 0
        self.choose(min(len(self.nodes) - 1, max(0, wanted)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """See PicturePainter."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.nodes:
            area = QRectF(event.rect())
            PicturePainter(painter, self.places, self.nodes).paint(area, self.current, self.arrows)
        painter.end()

    def _wide_enough(self) -> float:
        """So wide a cell has to be for what is written in it."""
        across = self.fontMetrics().horizontalAdvance
        name = max((across(one.name) for one in self.nodes), default=0)
        vms = max((across(vms_words(one)) for one in self.nodes), default=0)
        return min(_MOST_FOR_NAMES, max(LEAST_WIDE, _BESIDE_NAME + _BOLD * name, _BESIDE_VMS + vms))

    def _lay_out(self) -> None:
        self.fit(float(self.width()), self._viewport_height or float(self.height()))

    def _describe(self) -> None:
        words = self.words_at(self.current).replace("\n", ". ")
        covered = sum(one.balance.covered_after for one in self.nodes)
        whole = counted(len(self.nodes), "{count} node", "{count} nodes")
        self.setAccessibleDescription(
            words or tr("{nodes}, {covered} covered afterwards", nodes=whole, covered=covered)
        )


class PictureScroll(QScrollArea):
    """Scrolls the picture where it is higher than its room."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.picture = PlanPicture(self)
        self.setWidget(self.picture)
        self.picture.chosen.connect(self._show_node)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture learns how much can be seen."""
        super().resizeEvent(event)
        self.refit()

    def refit(self) -> None:
        """After another plan."""
        room = self.viewport().size()
        self.picture.fit(float(room.width()), float(room.height()))

    def show_moves(self, moves: tuple[PlannedMove, ...]) -> None:
        """Draws the moves, and scrolls to the first of them, unless the chosen node has a part in it and is seen."""
        self.picture.show_moves(moves)
        first = next(iter(self.picture.arrows), None)
        if first is not None and self.picture.current not in (first.source, first.target):
            for number in (first.source, first.target):
                self._scroll_to(number)

    def _show_node(self, node: NodeId) -> None:
        self._scroll_to(self.picture.number_of(node))

    def _scroll_to(self, number: int) -> None:
        cell = self.picture.places.cell(number)
        place = cell.center().toPoint()
        self.ensureVisible(place.x(), place.y(), round(cell.width() / 2), round(cell.height() / 2))
