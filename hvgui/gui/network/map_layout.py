"""Where everything of the map stands: nodes in a row, each network as a rail below, a line from each to each."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from hvgui.cluster.cluster import Cluster, LinkKey
from hvgui.cluster.ids import NetworkId, NodeId

GUTTER = 222.0
"""At the left, where networks say who they are."""
MARGIN = 16.0
NODE_HEIGHT = 44.0
RAIL_HEIGHT = 22.0
LEAST_NODE = 92.0
MOST_NODE = 168.0
_GAP = 18.0
_BELOW_NODES = 66.0
_BETWEEN_RAILS = 62.0
_NEAR = 7.0
"""So close to a line a click means it."""


@dataclass(frozen=True)
class Line:
    """A link: from the node down to the network's rail."""

    start: QPointF
    end: QPointF


@dataclass(frozen=True)
class MapLayout:
    """Places of one picture, in pixels."""

    nodes: dict[NodeId, QRectF]
    rails: dict[NetworkId, QRectF]
    lines: dict[LinkKey, Line]
    width: float
    height: float

    def node_at(self, place: QPointF) -> NodeId | None:
        """The node there."""
        return next((node for node, box in self.nodes.items() if box.contains(place)), None)

    def network_at(self, place: QPointF) -> NetworkId | None:
        """The network whose rail, or whose name beside it, is there."""
        for network, rail in self.rails.items():
            if rail.adjusted(-GUTTER, -8, 0, 8).contains(place):
                return network
        return None

    def link_at(self, place: QPointF) -> LinkKey | None:
        """The link whose line is nearest, if it is near."""
        near = [
            (abs(place.x() - line.start.x()), key)
            for key, line in self.lines.items()
            if line.start.y() - 2 <= place.y() <= line.end.y() + _NEAR
        ]
        distance, key = min(near, default=(_NEAR + 1, None))
        return key if distance <= _NEAR else None


def lay_out(cluster: Cluster, width: float) -> MapLayout:
    """Places for a cluster in a picture at least so wide; wider where the nodes need it."""
    nodes, networks = sorted(cluster.nodes), sorted(cluster.networks)
    room = width - GUTTER - 2 * MARGIN
    each = min(MOST_NODE, max(LEAST_NODE, room / max(1, len(nodes)) - _GAP))
    boxes = {
        node: QRectF(GUTTER + MARGIN + number * (each + _GAP), MARGIN, each, NODE_HEIGHT)
        for number, node in enumerate(nodes)
    }
    end = GUTTER + MARGIN + max(1, len(nodes)) * (each + _GAP)
    first = MARGIN + NODE_HEIGHT + _BELOW_NODES
    rails = {
        network: QRectF(GUTTER, first + number * _BETWEEN_RAILS, end - GUTTER, RAIL_HEIGHT)
        for number, network in enumerate(networks)
    }
    lines = {
        (node, network): _line(boxes[node], rails[network], networks.index(network), len(networks))
        for node, network in cluster.links
        if node in boxes and network in rails
    }
    height = first + len(networks) * _BETWEEN_RAILS + MARGIN
    return MapLayout(boxes, rails, lines, max(width, end + MARGIN), height)


def _line(box: QRectF, rail: QRectF, number: int, of: int) -> Line:
    """Lines of one node stand side by side, so that those of lower rails pass the upper ones."""
    across = box.left() + (number + 1) * box.width() / (of + 1)
    return Line(QPointF(across, box.bottom()), QPointF(across, rail.top()))
