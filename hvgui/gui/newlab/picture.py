"""What will come to be, drawn: networks above, nodes with their VMs in the middle, the storage system below."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from hvgui.cluster.networks import SLOW_LINK, NetworkRole
from hvgui.cluster.units import format_bytes, format_link_speed, format_rate
from hvgui.exchange.lab_layout import Layout, layout_of
from hvgui.exchange.lab_plan import LabPlan
from hvgui.gui.theme import Colours, colours
from hvgui.gui.words import counted, tr

MOST_DRAWN = 4
"""Nodes that are drawn as such; of more, the first ones and how many there are."""
_LINE = 30.0
_DOTS_A_ROW = 5
_MOST_DOTS = 15


class LabPicture(QWidget):
    """Follows the plan; says the same in words to who can't see it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lab picture")
        self.setMinimumSize(QSize(250, 250))
        self._plan: LabPlan | None = None
        self._layout: Layout | None = None

    def follow(self, plan: LabPlan) -> None:
        """Draws a plan that can be laid out."""
        self._plan, self._layout = plan, layout_of(plan)
        self.setAccessibleName(tr("Picture of the lab"))
        self.setAccessibleDescription("; ".join(said(plan)))
        self.update()

    def sizeHint(self) -> QSize:
        """Qt's own."""
        return QSize(270, 300)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Networks, nodes, storage."""
        plan, layout = self._plan, self._layout
        if plan is None or layout is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = colours()
        width, height = float(self.width()), float(self.height())
        networks_end = _LINE * len(plan.networks)
        boxes = _boxes(plan.nodes, width, networks_end + 16.0, height - 74.0)
        self._draw_networks(painter, look, plan, boxes)
        self._draw_storage(painter, look, plan, boxes, QRectF(width * 0.15, height - 46.0, width * 0.7, 42.0))
        for row, box in enumerate(boxes):
            self._draw_node(painter, look, plan, layout, row, box)
        painter.end()

    def _draw_networks(self, painter: QPainter, look: Colours, plan: LabPlan, boxes: list[QRectF]) -> None:
        for number, network in enumerate(plan.networks):
            y = _LINE * number + 22.0
            slow = network.bytes_per_second < SLOW_LINK
            unused = network.role is NetworkRole.NONE
            tint = QColor(look.warning if slow else look.muted if unused else look.accent)
            painter.setPen(QPen(tint, 2.0, Qt.PenStyle.DashLine if unused else Qt.PenStyle.SolidLine))
            painter.drawLine(QPointF(4.0, y), QPointF(self.width() - 4.0, y))
            painter.setPen(QPen(tint, 1.0))
            for box in boxes:
                x = box.left() + box.width() * (number + 1) / (len(plan.networks) + 1)
                painter.drawLine(QPointF(x, y), QPointF(x, box.top()))
        for number, network in enumerate(plan.networks):
            words = f"{network.name}  {format_link_speed(network.bytes_per_second)}"
            place = QRectF(4.0, _LINE * number + 3.0, self.width() - 8.0, 17.0)
            room = min(place.width(), painter.fontMetrics().horizontalAdvance(words) + 4.0)
            # Cables of the networks above would run through the letters.
            painter.fillRect(QRectF(place.left(), place.top(), room, place.height()), QColor(look.window))
            painter.setPen(QColor(look.text))
            self._write(painter, place, words, Qt.AlignmentFlag.AlignLeft)

    def _draw_storage(
        self, painter: QPainter, look: Colours, plan: LabPlan, boxes: list[QRectF], place: QRectF
    ) -> None:
        painter.setPen(QPen(QColor(look.muted), 1.0))
        for box in boxes:
            painter.drawLine(QPointF(box.center().x(), box.bottom()), QPointF(place.center().x(), place.top()))
        painter.setBrush(QColor(look.raised))
        painter.setPen(QPen(QColor(look.border), 1.2))
        painter.drawRoundedRect(place, 6.0, 6.0)
        painter.setPen(QColor(look.text))
        upper, lower = place.adjusted(4, 3, -4, -20), place.adjusted(4, 20, -4, -3)
        self._write(painter, upper, f"{plan.san}  {format_rate(plan.san_bytes_per_second)}")
        painter.setPen(QColor(look.muted))
        self._write(painter, lower, _disks(plan))

    def _draw_node(
        self, painter: QPainter, look: Colours, plan: LabPlan, layout: Layout, row: int, box: QRectF
    ) -> None:
        more = plan.nodes > MOST_DRAWN and row == MOST_DRAWN - 1
        painter.setBrush(QColor(look.base))
        pen = QPen(QColor(look.border), 1.2, Qt.PenStyle.DashLine if more else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.drawRoundedRect(box, 5.0, 5.0)
        painter.setPen(QColor(look.text))
        if more:
            self._write(painter, box, tr("{count} more", count=plan.nodes - MOST_DRAWN + 1))
            return
        self._write(painter, QRectF(box.left(), box.top() + 3.0, box.width(), 17.0), f"{plan.node_prefix}{row + 1}")
        painter.setPen(Qt.PenStyle.NoPen)
        vms = [vm for vm in layout.placed if vm.node == row]
        for number, vm in enumerate(vms[:_MOST_DOTS]):
            painter.setBrush(QColor(look.warning if vm.is_controller else look.good))
            across, down = number % _DOTS_A_ROW, number // _DOTS_A_ROW
            painter.drawRoundedRect(
                QRectF(box.left() + 7.0 + across * 9.5, box.top() + 24.0 + down * 9.5, 7.0, 7.0), 1.5, 1.5
            )
        painter.setPen(QColor(look.muted))
        words = counted(len(vms), "{count} VM", "{count} VMs")
        self._write(painter, QRectF(box.left(), box.bottom() - 19.0, box.width(), 17.0), words)

    @staticmethod
    def _write(
        painter: QPainter, place: QRectF, text: str, where: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignHCenter
    ) -> None:
        short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(place, where | Qt.AlignmentFlag.AlignVCenter, short)


def _boxes(nodes: int, width: float, top: float, bottom: float) -> list[QRectF]:
    """The places of the nodes that are drawn, side by side."""
    drawn = min(nodes, MOST_DRAWN)
    gap = 8.0
    each = min(110.0, (width - gap * (drawn + 1)) / drawn)
    left = (width - drawn * each - (drawn - 1) * gap) / 2
    height = max(60.0, min(110.0, bottom - top))
    return [QRectF(left + row * (each + gap), top, each, height) for row in range(drawn)]


def _disks(plan: LabPlan) -> str:
    if plan.shared_volumes:
        return counted(plan.volumes, "{count} Cluster Shared Volume", "{count} Cluster Shared Volumes")
    return tr("a LUN for each VM")


def said(plan: LabPlan) -> tuple[str, ...]:
    """The plan as sentences, a line each."""
    machines = ", ".join(f"{group.count} × {tr(group.kind)}" for group in plan.machines)
    networks = ", ".join(f"{one.name} ({format_link_speed(one.bytes_per_second)})" for one in plan.networks)
    lines = [
        tr("Cluster {cluster} on {platform}", cluster=plan.cluster, platform=plan.profile),
        tr("Domain {domain}", domain=plan.domain or "–"),
        tr(
            "{nodes} with {memory} each",
            nodes=counted(plan.nodes, "{count} node", "{count} nodes"),
            memory=format_bytes(plan.memory_bytes),
        ),
        tr("Networks: {networks}", networks=networks),
        tr("{san}: {disks}", san=plan.san, disks=_disks(plan)),
        tr("Virtual machines: {machines}", machines=machines or tr("none")),
    ]
    if plan.domain_controller:
        lines.append(tr("A domain controller beside them, not clustered"))
    if plan.video:
        lines.append(tr("A client watches a film from the first file server"))
    return tuple(lines)
