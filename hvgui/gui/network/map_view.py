"""The picture of the networks: painted, clicked, walked through by keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from hvgui.cluster.cluster import LinkKey
from hvgui.gui.facts import Facts
from hvgui.gui.network.map_layout import MapLayout, lay_out
from hvgui.gui.network.map_painting import MapPainter
from hvgui.gui.network.map_words import Traffic, link_words, network_words, node_words, traffic_of
from hvgui.gui.objects import Kind, Ref, link_ref, node_ref
from hvgui.gui.words import counted, tr

_NOT_KNOWN = Traffic(-1.0, -1.0)
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class NetworkMap(QWidget):
    """Nodes above, networks below, links between: chosen by mouse or arrow keys."""

    chosen = Signal(object)
    """tuple[Ref, ...]"""
    opened = Signal(object)
    """Ref"""
    menu_wanted = Signal(object)
    """QPoint on the screen."""

    def __init__(self, facts: Facts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("network map")
        self.setAccessibleName(tr("Map of the networks"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._facts = facts
        self._ref: Ref | None = None
        self.places: MapLayout = lay_out(facts.cluster, 0.0)
        self.traffic: dict[LinkKey, Traffic] = {}

    @property
    def ref(self) -> Ref | None:
        """What is chosen in the picture: a link, a node or a network."""
        return self._ref

    def refresh(self) -> None:
        """Takes over the cluster and the newest figures."""
        self.traffic = traffic_of(self._facts)
        self._lay_out()
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:
        """As large as the picture needs."""
        return QSize(round(self.places.width), round(self.places.height))

    def choose(self, ref: Ref | None) -> None:
        """Chooses an object, and says so to whoever acts on it."""
        self._ref = ref
        self._describe()
        self.update()
        if ref is not None:
            self.chosen.emit((ref,))

    def words_of(self, ref: Ref | None) -> str:
        """What the picture says of an object; empty for what it does not show."""
        cluster = self._facts.cluster
        if ref is None:
            return ""
        if ref.kind is Kind.LINK and ref.link in cluster.links:
            return link_words(self._facts, ref.link, self.traffic.get(ref.link, _NOT_KNOWN))
        if ref.kind is Kind.NODE and ref.node in cluster.nodes:
            return node_words(self._facts, ref.node)
        if ref.kind is Kind.NETWORK and ref.network in cluster.networks:
            return "\n".join(network_words(self._facts, ref.network))
        return ""

    def ref_at(self, place: QPointF) -> Ref | None:
        """The object at a place of the picture."""
        node = self.places.node_at(place)
        if node is not None:
            return node_ref(node)
        link = self.places.link_at(place)
        if link is not None:
            return link_ref(*link)
        network = self.places.network_at(place)
        return None if network is None else Ref(Kind.NETWORK, network)

    def place_of(self, ref: Ref) -> QRectF:
        """Where an object stands, to be scrolled to."""
        if ref.kind is Kind.LINK and ref.link in self.places.lines:
            line = self.places.lines[ref.link]
            return QRectF(line.start, line.end).adjusted(-30, 0, 30, 0)
        if ref.kind is Kind.NODE:
            return self.places.nodes.get(ref.node, QRectF())
        return self.places.rails.get(ref.network, QRectF())

    # What Qt calls

    def event(self, event: QEvent) -> bool:
        """Shows what is under the pointer in words."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.words_of(self.ref_at(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The picture takes the room there is."""
        super().resizeEvent(event)
        self._lay_out()

    def paintEvent(self, event: QPaintEvent) -> None:
        """See MapPainter."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        MapPainter(painter, self._facts, self.places, self.traffic, self._ref if self.hasFocus() else None).paint(
            QRectF(event.rect()), self._ref
        )
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses what is clicked."""
        self.choose(self.ref_at(event.position()))
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens it."""
        ref = self.ref_at(event.position())
        if ref is not None:
            self.opened.emit(ref)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The commands on what is chosen."""
        if self._ref is None:
            return
        place = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            place = self.mapToGlobal(self.place_of(self._ref).center().toPoint())
        self.menu_wanted.emit(QPoint(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk from node to node and from network to network; Enter opens."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self._walk(*step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._ref is not None:
            self.opened.emit(self._ref)
        else:
            super().keyPressEvent(event)

    def _walk(self, across: int, down: int) -> None:
        """Rows are the nodes (0) and each network's links; a place without a link is passed over."""
        nodes, networks = sorted(self.places.nodes), sorted(self.places.rails)
        if not nodes:
            return
        column, row = 0, 0
        if self._ref is not None and self._ref.kind in (Kind.NODE, Kind.LINK) and self._ref.node in nodes:
            column = nodes.index(self._ref.node) + across
            row = (networks.index(self._ref.network) + 1 if self._ref.kind is Kind.LINK else 0) + down
        column = min(len(nodes) - 1, max(0, column))
        row = min(len(networks), max(0, row))
        node = nodes[column]
        if row and (node, networks[row - 1]) in self.places.lines:
            self.choose(link_ref(node, networks[row - 1]))
        elif not row:
            self.choose(node_ref(node))

    def _lay_out(self) -> None:
        parent = self.parentWidget()
        width = parent.width() if parent is not None else self.width()
        places = lay_out(self._facts.cluster, float(width))
        least = QSize(round(places.width) if places.width > width else 0, round(places.height))
        if least != self.minimumSize():
            self.setMinimumSize(least)
        self.places = places

    def _describe(self) -> None:
        cut = sum(not link.up for link in self._facts.cluster.links.values())
        whole = tr("{count} links, {cut} of them cut", count=len(self._facts.cluster.links), cut=cut)
        parted = sum(bool(one.partition) for one in self._facts.cluster.networks.values())
        if parted:
            whole += ", " + counted(parted, "{count} network partitioned", "{count} networks partitioned")
        self.setAccessibleDescription(self.words_of(self._ref) or whole)
