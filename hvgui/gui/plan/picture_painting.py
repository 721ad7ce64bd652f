"""How the picture is painted: before is hatched, after is solid, so that nothing is told by colour alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPolygonF

from hvgui.cluster.balance_plan import NodeBalance
from hvgui.gui.graphs.colours import Role, line_colour
from hvgui.gui.icons import pixmap
from hvgui.gui.plan.picture_layout import LEGEND, MARGIN, PictureLayout, bars_of
from hvgui.gui.plan.words import memory_after, memory_before, processor_after, processor_before, share_words
from hvgui.gui.theme import colours
from hvgui.gui.words import counted, tr

_WIDE = 140.0
"""From this width on a cell has room for figures and whole words."""
_ARROW_HEAD = 9.0


@dataclass(frozen=True)
class Shown:
    """A node as the picture shows it."""

    name: str
    balance: NodeBalance
    memory_bytes: int
    is_emptied: bool = False


@dataclass(frozen=True)
class Arrow:
    """A move as the picture shows it: from which cell to which, and what of their memory it is."""

    source: int
    target: int
    memory_bytes: int
    on_the_way: bool = False


def vms_words(node: Shown) -> str:
    """How many VMs a node has, before and after: `8 → 7 VMs`."""
    balance = node.balance
    if node.is_emptied:
        return tr("empty afterwards")
    if balance.vms_before == balance.vms_after:
        return counted(balance.vms_after, "{count} VM", "{count} VMs")
    return tr("{before} → {after} VMs", before=balance.vms_before, after=balance.vms_after)


class PicturePainter:
    """Paints one picture once."""

    def __init__(self, painter: QPainter, places: PictureLayout, nodes: Sequence[Shown]) -> None:
        self._painter, self._places, self._nodes = painter, places, nodes
        self._scheme = colours()
        self._metrics = QFontMetrics(painter.font())

    def paint(self, area: QRectF, current: int, arrows: Sequence[Arrow]) -> None:
        """What the area shows: legend, profile, cells, and the chosen moves over them."""
        if area.top() < self._places.top:
            self._paint_legend()
            if not self._places.profile.isEmpty():
                self._paint_profile(self._places.profile)
        ends = {arrow.source for arrow in arrows} | {arrow.target for arrow in arrows}
        for number in self._places.rows_in(area):
            self._paint_cell(number, is_current=number == current, is_end=number in ends)
        for arrow in arrows:
            self._paint_shares(arrow)
        for arrow in arrows:
            self._paint_arrow(arrow)

    # Above the nodes

    def _paint_legend(self) -> None:
        left = MARGIN
        for words, role, is_after in (
            (tr("Memory before"), Role.MAIN, False),
            (tr("after"), Role.MAIN, True),
            (tr("Processors before"), Role.SECOND, False),
            (tr("after"), Role.SECOND, True),
        ):
            box = QRectF(left, LEGEND / 2 - 6, 13, 13)
            self._fill(box, role, is_after=is_after)
            left = self._words(left + 18, words) + 14
        for drawing, words in ((("circle-check", "good"), tr("N-1 covered")), (("alert-triangle", "warning"), "")):
            self._painter.drawPixmap(QPointF(left, LEGEND / 2 - 8), pixmap(*drawing, 16))
            left = self._words(left + 20, words or tr("not covered")) + 14

    def _words(self, left: float, words: str) -> float:
        width = self._metrics.horizontalAdvance(words)
        self._painter.setPen(QColor(self._scheme.muted))
        place = QRectF(left, 0, width + 2, LEGEND)
        self._painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        return left + width

    def _paint_profile(self, place: QRectF) -> None:
        """All nodes by how much they carry: a flat line is a balanced cluster."""
        half = (place.width() - 16) / 2
        left = QRectF(place.left(), place.top(), half, place.height())
        balances = [one.balance for one in self._nodes]
        self._paint_curves(
            left,
            tr("Memory of all nodes, by size"),
            (sorted(map(memory_before, balances)), sorted(map(memory_after, balances))),
            Role.MAIN,
        )
        self._paint_curves(
            left.translated(half + 16, 0),
            tr("Processors of all nodes, by size"),
            (sorted(map(processor_before, balances)), sorted(map(processor_after, balances))),
            Role.SECOND,
        )

    def _paint_curves(self, place: QRectF, title: str, curves: tuple[list[float], list[float]], role: Role) -> None:
        """Before is dashed. From the least to the most of all nodes: of a large cluster all differences are small."""
        painter, scheme = self._painter, self._scheme
        painter.setPen(QPen(QColor(scheme.border), 1))
        painter.setBrush(QColor(scheme.base))
        painter.drawRect(place)
        low, high = min(*curves[0], *curves[1]), max(*curves[0], *curves[1])
        inner = place.adjusted(44, 30, -6, -9)
        for values, is_after in zip(curves, (False, True), strict=True):
            pen = QPen(line_colour(role), 2 if is_after else 1.5)
            pen.setStyle(Qt.PenStyle.SolidLine if is_after else Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(_curve(values, inner, low, max(high - low, 0.01)))
        self._text(QRectF(place.left() + 6, place.top() + 2, place.width() - 12, 17), title, scheme.muted)
        height = self._metrics.height()
        for share, middle in ((high, inner.top()), (low, inner.bottom())):
            beside = QRectF(place.left() + 6, middle - height / 2, 38, height)
            self._text(beside, share_words(share), scheme.muted)

    # A node

    def _paint_cell(self, number: int, *, is_current: bool, is_end: bool) -> None:
        painter, scheme = self._painter, self._scheme
        node, cell = self._nodes[number], self._places.cell(number)
        balance = node.balance
        edge = scheme.accent if is_current or is_end else scheme.border
        pen = QPen(QColor(edge), 2 if is_current or is_end else 1)
        if node.is_emptied and not (is_current or is_end):
            pen = QPen(QColor(scheme.muted), 1, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(scheme.base))
        painter.drawRoundedRect(cell, 6, 6)
        mark = ("circle-check", "good") if balance.covered_after else ("alert-triangle", "warning")
        painter.drawPixmap(QPointF(cell.right() - 21, cell.top() + 4), pixmap(*mark, 16))
        height = self._metrics.height()
        room = cell.width() - 32
        name = QRectF(cell.left() + 8, cell.top() + 3, room, height)
        self._text(name, node.name, scheme.text, bold=True, cut=Qt.TextElideMode.ElideMiddle)
        place = QRectF(cell.left() + 8, cell.top() + 3 + height, cell.width() - 16, height)
        self._text(place, vms_words(node), scheme.muted)
        self._paint_bars(cell, balance)

    def _paint_bars(self, cell: QRectF, balance: NodeBalance) -> None:
        bars = bars_of(cell)
        memory = (balance.memory_before, balance.memory_after)
        processors = (balance.processor_before, balance.processor_after)
        self._paint_pair(cell, Role.MAIN, (bars.memory_before, bars.memory_after), memory)
        self._paint_pair(cell, Role.SECOND, (bars.processor_before, bars.processor_after), processors)

    def _paint_pair(self, cell: QRectF, role: Role, tracks: tuple[QRectF, QRectF], shares: tuple[float, float]) -> None:
        for track, share, is_after in zip(tracks, shares, (False, True), strict=True):
            self._painter.setPen(QPen(QColor(self._scheme.border), 1))
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.drawRect(track)
            self._fill(filled(track, share), role, is_after=is_after)
            if share > 1.0:
                self._paint_beyond(track)
        before, after = (share_words(share) for share in shares)
        words = f"{before} → {after}" if cell.width() >= _WIDE else after
        middle = (tracks[0].right() + tracks[1].left()) / 2
        self._caption(QRectF(middle - 60, tracks[0].bottom() + 1, 120, self._metrics.height()), words)

    def _caption(self, place: QRectF, words: str) -> None:
        font = QFont(self._painter.font())
        small = QFont(font)
        small.setPointSizeF(max(6.0, font.pointSizeF() * 0.86))
        self._painter.setFont(small)
        self._painter.setPen(QColor(self._scheme.text))
        self._painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, words)
        self._painter.setFont(font)

    def _paint_beyond(self, track: QRectF) -> None:
        """More than there is: a point at the top."""
        middle, top = track.center().x(), track.top()
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(self._scheme.bad))
        self._painter.drawPolygon(
            QPolygonF([QPointF(middle, top - 5), QPointF(middle + 5, top + 2), QPointF(middle - 5, top + 2)])
        )

    def _fill(self, place: QRectF, role: Role, *, is_after: bool) -> None:
        colour = line_colour(role)
        self._painter.setPen(QPen(colour, 1))
        self._painter.setBrush(QBrush(colour, _AFTER if is_after else _BEFORE))
        self._painter.drawRect(place)

    # The chosen moves

    def _paint_shares(self, arrow: Arrow) -> None:
        """What the VM is of the memory that it leaves, and of that to which it comes."""
        source, target = self._nodes[arrow.source], self._nodes[arrow.target]
        leaves = bars_of(self._places.cell(arrow.source)).memory_before
        comes = bars_of(self._places.cell(arrow.target)).memory_after
        for track, node, share in (
            (leaves, source, source.balance.memory_before),
            (comes, target, target.balance.memory_after),
        ):
            part = arrow.memory_bytes / max(1, node.memory_bytes)
            whole = filled(track, share)
            piece = QRectF(whole.left(), whole.top(), whole.width(), min(whole.height(), part * track.height()))
            self._painter.setPen(QPen(QColor(self._scheme.text), 2))
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.drawRect(piece.adjusted(-1, 0, 1, max(0.0, 3 - piece.height())))

    def _paint_arrow(self, arrow: Arrow) -> None:
        start, end = self._end_of(arrow.source), self._end_of(arrow.target)
        over = QPointF((start.x() + end.x()) / 2, min(start.y(), end.y()) - 26)
        path = QPainterPath(start)
        path.quadTo(over, end)
        pen = QPen(QColor(self._scheme.accent), 2.5)
        pen.setStyle(Qt.PenStyle.DashLine if arrow.on_the_way else Qt.PenStyle.SolidLine)
        for stroke in (QPen(QColor(self._scheme.base), 5), pen):
            self._painter.setPen(stroke)
            self._painter.setBrush(Qt.BrushStyle.NoBrush)
            self._painter.drawPath(path)
        angle = math.atan2(end.y() - over.y(), end.x() - over.x())
        wings = [
            QPointF(end.x() - _ARROW_HEAD * math.cos(angle + way), end.y() - _ARROW_HEAD * math.sin(angle + way))
            for way in (-0.45, 0.45)
        ]
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor(self._scheme.accent))
        self._painter.drawPolygon(QPolygonF([end, *wings]))

    def _end_of(self, number: int) -> QPointF:
        """Where an arrow begins or ends: between the memory bars."""
        bars = bars_of(self._places.cell(number))
        return QPointF((bars.memory_before.right() + bars.memory_after.left()) / 2, bars.memory_before.top() + 4)

    def _text(
        self,
        place: QRectF,
        words: str,
        colour: str,
        *,
        bold: bool = False,
        cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        before = self._painter.font()
        font = QFont(before)
        font.setBold(bold)
        self._painter.setFont(font)
        self._painter.setPen(QColor(colour))
        elided = QFontMetrics(font).elidedText(words, cut, round(place.width()))
        self._painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
        self._painter.setFont(before)


def _curve(values: list[float], place: QRectF, low: float, span: float) -> QPolygonF:
    last = max(1, len(values) - 1)
    return QPolygonF(
        [
            QPointF(
                place.left() + number / last * place.width(), place.bottom() - (value - low) / span * place.height()
            )
            for number, value in enumerate(values)
        ]
    )


_BEFORE, _AFTER = Qt.BrushStyle.BDiagPattern, Qt.BrushStyle.SolidPattern


def filled(track: QRectF, share: float) -> QRectF:
    """As much of a track as a share fills; no more than all of it."""
    height = track.height() * min(1.0, max(0.0, share))
    return QRectF(track.left(), track.bottom() - height, track.width(), height)
