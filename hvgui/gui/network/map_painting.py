"""How the map is painted: colours of the scheme, never colour alone: what is cut is dashed and crossed out."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from hvgui.cluster.cluster import LinkKey
from hvgui.cluster.ids import NetworkId, NodeId
from hvgui.gui.facts import Facts
from hvgui.gui.icons import pixmap
from hvgui.gui.network.hearing import deaf_to, is_cut_off, loses_heartbeats
from hvgui.gui.network.map_layout import GUTTER, MapLayout
from hvgui.gui.network.map_words import Traffic, network_words, tone_of
from hvgui.gui.network.pieces import PIECE_GAP, rail_pieces
from hvgui.gui.node_words import node_look, node_state
from hvgui.gui.objects import Kind, Ref
from hvgui.gui.theme import colours
from hvgui.gui.words import tr

_NOT_KNOWN = Traffic(-1.0, -1.0)
_ROUND = 5.0


class MapPainter:
    """Paints one picture once."""

    def __init__(
        self,
        painter: QPainter,
        facts: Facts,
        places: MapLayout,
        traffic: dict[LinkKey, Traffic],
        focused: Ref | None,
    ) -> None:
        self._painter, self._facts, self._places, self._traffic = painter, facts, places, traffic
        self._focused = focused
        self._deaf: frozenset[NodeId] = frozenset()
        self._scheme = colours()
        self._metrics = QFontMetrics(painter.font())

    def paint(self, area: QRectF, chosen: Ref | None) -> None:
        """Everything that the area shows: rails first, lines over them, nodes last."""
        self._deaf = deaf_to(self._facts.cluster, chosen)
        for network, rail in self._places.rails.items():
            self._paint_rail(network, rail, chosen == Ref(Kind.NETWORK, network))
        for key, line in self._places.lines.items():
            if area.left() - 40 <= line.start.x() <= area.right() + 40:
                is_chosen = chosen is not None and chosen.kind is Kind.LINK and chosen.link == key
                self._paint_line(key, line.start, line.end, is_chosen)
        for node, box in self._places.nodes.items():
            if box.intersects(area):
                self._paint_node(node, box, chosen is not None and chosen.kind is Kind.NODE and chosen.node == node)

    def _paint_rail(self, network: NetworkId, rail: QRectF, is_chosen: bool) -> None:
        scheme, painter = self._scheme, self._painter
        if self._facts.cluster.networks[network].partition:
            self._paint_pieces(network, rail, is_chosen)
        else:
            painter.setPen(QPen(QColor(scheme.accent if is_chosen else scheme.border), 2 if is_chosen else 1))
            painter.setBrush(QColor(scheme.selected if is_chosen else scheme.raised))
            painter.drawRoundedRect(rail, _ROUND, _ROUND)
            painter.drawPixmap(QPointF(rail.left() + 6, rail.top() + 3), pixmap("network", "muted", 16))
        name, more = network_words(self._facts, network)
        height = self._metrics.height()
        top = rail.center().y() - height
        self._text(QRectF(10, top, GUTTER - 20, height), name, scheme.text, bold=True)
        self._text(QRectF(10, top + height, GUTTER - 20, height), more, scheme.muted)

    def _paint_pieces(self, network: NetworkId, rail: QRectF, is_chosen: bool) -> None:
        """A partitioned network: a piece for nodes that stand beside each other on one side, its letter in it."""
        scheme, painter = self._scheme, self._painter
        for piece in rail_pieces(self._facts.cluster.networks[network], self._places, rail):
            painter.setPen(QPen(QColor(scheme.accent if is_chosen else scheme.bad), 2 if is_chosen else 1))
            painter.setBrush(QColor(scheme.selected if is_chosen else scheme.raised))
            painter.drawRoundedRect(piece.place, _ROUND, _ROUND)
            words = tr("Side {letter}", letter=piece.letter)
            self._text(piece.place.adjusted(8, 0, -4, 0), words, scheme.on_selected if is_chosen else scheme.text)
            if not piece.is_first:
                self._cross(QPointF(piece.place.left() - PIECE_GAP / 2, rail.center().y()), QColor(scheme.bad))

    def _paint_line(self, key: LinkKey, start: QPointF, end: QPointF, is_chosen: bool) -> None:
        link = self._facts.cluster.links[key]
        share = self._traffic.get(key, _NOT_KNOWN).share_of(link)
        tone = tone_of(link)
        colour = QColor(getattr(self._scheme, tone) if share > 0.005 or tone != "accent" else self._scheme.muted)
        pen = QPen(colour, 1.5 + 5.0 * share)
        if not link.up:
            pen.setStyle(Qt.PenStyle.DashLine)
        elif loses_heartbeats(self._facts, key):
            pen.setStyle(Qt.PenStyle.DotLine)
        painter = self._painter
        if is_chosen:
            painter.setPen(QPen(QColor(self._scheme.selected), 13))
            painter.drawLine(start, end)
        painter.setPen(pen)
        painter.drawLine(start, end)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(end, 4.0, 4.0)
        if not link.up:
            self._cross(QPointF(start.x(), start.y() + 18), colour)
        elif share > 0.005:
            # Names of neighbouring lines stand in two rows, so that neither hides the other.
            row = list(self._places.rails).index(key[1]) % 2
            below = QPointF(start.x(), start.y() + row * (self._metrics.height() + 2))
            self._label(below, f"{share:.0%}" if share >= 0.01 else "<1 %", colour)

    def _cross(self, place: QPointF, colour: QColor) -> None:
        self._painter.setPen(QPen(colour, 2.5))
        for way in (1, -1):
            self._painter.drawLine(place + QPointF(-6, -6 * way), place + QPointF(6, 6 * way))

    def _label(self, start: QPointF, words: str, colour: QColor) -> None:
        """How busy a link is, on a ground of its own so that the lines behind do not disturb it."""
        width = self._metrics.horizontalAdvance(words) + 8
        place = QRectF(start.x() - width / 2, start.y() + 12, width, self._metrics.height())
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(self._scheme.base))
        self._painter.drawRoundedRect(place, 3, 3)
        self._painter.setPen(colour)
        self._painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_node(self, node: NodeId, box: QRectF, is_chosen: bool) -> None:
        scheme, painter = self._scheme, self._painter
        record = self._facts.cluster.nodes[node]
        name, tint = node_look(record)
        edge = scheme.accent if is_chosen else getattr(scheme, tint) if tint != "good" else scheme.border
        painter.setPen(QPen(QColor(edge), 2 if is_chosen else 1))
        painter.setBrush(QColor(scheme.selected if is_chosen else scheme.base))
        painter.drawRoundedRect(box, _ROUND, _ROUND)
        painter.drawPixmap(QPointF(box.left() + 7, box.top() + 6), pixmap(name, tint, 16))
        height, left = self._metrics.height(), box.left() + 28
        room = box.width() - 34
        self._text(QRectF(left, box.top() + 4, room, height), record.name, scheme.text, bold=True)
        is_apart = is_cut_off(self._facts, node)
        shown = tr("Cut off from the others") if is_apart else node_state(record)
        tint = "bad" if is_apart else tint
        tone = scheme.muted if tint == "good" else getattr(scheme, tint)
        self._text(QRectF(left, box.top() + 4 + height, room, height), shown, tone)
        if node in self._deaf:
            painter.drawPixmap(QPointF(box.right() - 24, box.top() + 5), pixmap("heartbeat", "bad", 16))
            self._cross(QPointF(box.right() - 16, box.top() + 13), QColor(scheme.bad))

    def _text(self, place: QRectF, words: str, colour: str, *, bold: bool = False) -> None:
        painter = self._painter
        font = QFont(painter.font())
        font.setBold(bold)
        before = painter.font()
        painter.setFont(font)
        painter.setPen(QColor(colour))
        elided = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, round(place.width()))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
        painter.setFont(before)
