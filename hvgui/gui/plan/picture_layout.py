"""Where the nodes stand in the picture: cells of one size in rows, a legend above, for many nodes a profile of all."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

MARGIN, GAP = 10.0, 8.0
LEGEND = 24.0
PROFILE = 96.0
MANY = 24
"""Of more nodes than this a profile of all is drawn above them."""
LEAST_WIDE, MOST_WIDE = 88.0, 330.0
"""A cell is never narrower, nor wider."""
_LEAST_HIGH, _MOST_HIGH = 106.0, 240.0
_HEAD, _FOOT = 36.0, 18.0
"""Of a cell: name and VMs above its bars, what they are below them."""


@dataclass(frozen=True)
class PictureLayout:
    """Places in logical pixels."""

    number: int
    columns: int
    width: float
    height: float
    """Of the whole picture."""
    cell_width: float
    cell_height: float
    top: float
    """Of the first row."""

    @property
    def profile(self) -> QRectF:
        """Where the profile stands; empty where there is none."""
        if self.number <= MANY:
            return QRectF()
        return QRectF(MARGIN, LEGEND + 4, self.width - 2 * MARGIN, PROFILE)

    def cell(self, number: int) -> QRectF:
        """A node's cell."""
        row, column = divmod(number, self.columns)
        left = MARGIN + column * (self.cell_width + GAP)
        return QRectF(left, self.top + row * (self.cell_height + GAP), self.cell_width, self.cell_height)

    def number_at(self, place: QPointF) -> int:
        """The node there; -1: none."""
        column = int((place.x() - MARGIN) // (self.cell_width + GAP))
        row = int((place.y() - self.top) // (self.cell_height + GAP))
        number = row * self.columns + column
        if not (0 <= column < self.columns and row >= 0 and number < self.number):
            return -1
        return number if self.cell(number).contains(place) else -1

    def rows_in(self, area: QRectF) -> range:
        """The numbers of the nodes whose rows an area touches."""
        each = self.cell_height + GAP
        first = max(0, int((area.top() - self.top) // each))
        last = max(first, int((area.bottom() - self.top) // each) + 1)
        return range(min(self.number, first * self.columns), min(self.number, last * self.columns))


def lay_out(number: int, width: float, height: float, least_wide: float = LEAST_WIDE) -> PictureLayout:
    """Cells for so many nodes; as wide and high as there is room for, within bounds. `least_wide`: for their names."""
    room = max(least_wide, width - 2 * MARGIN)
    top = LEGEND + 4 + (PROFILE + GAP if number > MANY else 0.0)
    most = max(1, int((room + GAP) // (least_wide + GAP)))
    columns = max(1, min(most, number))
    rows = max(1, -(-number // columns))
    columns = max(1, -(-number // rows))  # as many as fill the rows evenly
    cell_width = min(MOST_WIDE, (room + GAP) / columns - GAP)
    cell_height = min(_MOST_HIGH, max(_LEAST_HIGH, (height - top - MARGIN + GAP) / rows - GAP))
    whole = top + rows * (cell_height + GAP) - GAP + MARGIN
    return PictureLayout(number, columns, max(width, room + 2 * MARGIN), whole, cell_width, cell_height, top)


@dataclass(frozen=True)
class Bars:
    """The four bars of a cell: their tracks, each as high as 100 %."""

    memory_before: QRectF
    memory_after: QRectF
    processor_before: QRectF
    processor_after: QRectF


def bars_of(cell: QRectF) -> Bars:
    """Two pairs beside each other, before and after touching."""
    area = cell.adjusted(8, _HEAD, -8, -_FOOT)
    half = (area.width() - 10) / 2
    each = min(44.0, half / 2)

    def pair(left: float) -> tuple[QRectF, QRectF]:
        start = left + (half - 2 * each) / 2
        first = QRectF(start, area.top(), each - 1, area.height())
        return first, QRectF(start + each + 1, area.top(), each - 1, area.height())

    return Bars(*pair(area.left()), *pair(area.left() + half + 10))
