"""The pieces of a partitioned network's rail: nodes beside each other on one side share a piece."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

from hvgui.cluster.networks import Network
from hvgui.gui.network.map_layout import MapLayout

PIECE_GAP = 14.0


@dataclass(frozen=True)
class Piece:
    """A part of the rail, and the letter of its side."""

    place: QRectF
    letter: str
    is_first: bool


def rail_pieces(network: Network, places: MapLayout, rail: QRectF) -> tuple[Piece, ...]:
    """From left to right, parted where the side changes from one node to the next."""
    runs: list[tuple[int, float, float]] = []
    for node in sorted(places.nodes, key=lambda one: places.nodes[one].left()):
        side, box = network.group_of(node), places.nodes[node]
        if runs and runs[-1][0] == side:
            runs[-1] = (side, runs[-1][1], box.right())
        else:
            runs.append((side, box.left() if runs else rail.left(), box.right()))
    return tuple(
        Piece(QRectF(left, rail.top(), right - left, rail.height()), _letter(side, len(network.partition)), not number)
        for number, (side, left, right) in enumerate(runs)
    )


def _letter(side: int, groups: int) -> str:
    """A, B, C ...; who is named in no group comes last."""
    return chr(ord("A") + (side if side >= 0 else groups) % 26)
