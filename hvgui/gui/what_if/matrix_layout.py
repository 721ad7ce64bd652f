"""Where everything stands in the picture of trials: nodes by nodes for crashes, a row for drains, one for more load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF

from hvgui.cluster.ids import NodeId
from hvgui.cluster.what_if import WhatIfCase, WhatIfKind

LEAST_CELL, MOST_CELL = 9.0, 112.0
_MOST_CELL_HEIGHT = 44.0
GAP = 8.0
"""Between the crashes and the rows below them."""
WIDE_HEAD = 46.0
"""A column of at least this width has its name written across; narrower ones upwards."""


@dataclass(frozen=True)
class Row:
    """One row: the crashes of a node with each other one, every single crash, every drain, or more load."""

    kind: WhatIfKind
    node: NodeId | None = None
    """That of a row of pairs; None: each column's own."""


@dataclass(frozen=True)
class MatrixLayout:
    """The picture in its own coordinates."""

    nodes: tuple[NodeId, ...]
    """The columns."""
    rows: tuple[Row, ...]
    numbers: dict[tuple[int, int], int]
    """By row and column: the number of the trial; a cell that is not in it is not tried."""
    cell_width: float
    cell_height: float
    head_left: float
    head_top: float
    tops: tuple[float, ...] = field(default=())
    """By row, below the heads."""

    @property
    def columns(self) -> int:
        """How many; one where no trial is of nodes."""
        return max(1, len(self.nodes))

    @property
    def width(self) -> float:
        """Of everything."""
        return self.head_left + self.cell_width * self.columns + 1

    @property
    def height(self) -> float:
        """Of everything."""
        return self.head_top + (self.tops[-1] + self.cell_height if self.tops else 0.0) + 1

    @property
    def are_heads_upright(self) -> bool:
        """Whether the columns' names are written upwards."""
        return self.cell_width < WIDE_HEAD

    def columns_of(self, row: int) -> int:
        """Cells in a row: that of more load is one, as wide as all."""
        return 1 if self.rows[row].kind is WhatIfKind.LOAD else self.columns

    def place(self, row: int, column: int) -> QRectF:
        """A cell's place."""
        top = self.head_top + self.tops[row]
        if self.columns_of(row) == 1:
            return QRectF(self.head_left, top, self.cell_width * self.columns, self.cell_height)
        return QRectF(self.head_left + column * self.cell_width, top, self.cell_width, self.cell_height)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """The row and column there."""
        column = int((point.x() - self.head_left) // self.cell_width)
        if point.x() < self.head_left or column >= self.columns:
            return None
        for row, top in enumerate(self.tops):
            if top <= point.y() - self.head_top < top + self.cell_height:
                return row, min(column, self.columns_of(row) - 1)
        return None

    def cells_in(self, area: QRectF) -> Iterator[tuple[int, int]]:
        """Those of the cells that are tried which an area touches."""
        first = max(0, int((area.left() - self.head_left) // self.cell_width))
        end = min(self.columns, int((area.right() - self.head_left) // self.cell_width) + 1)
        for row, top in enumerate(self.tops):
            if top + self.cell_height < area.top() - self.head_top or top > area.bottom() - self.head_top:
                continue
            columns = range(first, end) if self.columns_of(row) > 1 else range(min(1, max(0, end)))
            yield from ((row, column) for column in columns if (row, column) in self.numbers)

    def cell_of(self, number: int) -> tuple[int, int] | None:
        """A cell of a trial: of a pair the one below the diagonal."""
        cells = [cell for cell, one in self.numbers.items() if one == number]
        return max(cells, default=None)


def lay_out(
    cases: Sequence[WhatIfCase], room: tuple[float, float], heads: tuple[float, float], zoom: float = 1.0
) -> MatrixLayout:
    """The picture for these trials in so much room (width, height). `heads`: what the longest name of a node, and of a
    row, needs in width. `zoom`: 1 fills the room as far as cells may shrink and grow."""
    kinds = {case.kind for case in cases}
    nodes = tuple(sorted({node for case in cases for node in case.nodes}))
    rows = _rows(cases, nodes)
    head_left = max(heads) + 14.0
    width = min(MOST_CELL, max(LEAST_CELL, (room[0] - head_left - 2) / max(1, len(nodes)))) * zoom
    head_top = (20.0 if width >= WIDE_HEAD else heads[0] + 12.0) if nodes else 4.0
    fitting = (room[1] - head_top - GAP * (len(kinds) - 1) - 2) / max(1, len(rows))
    height = min(width, min(_MOST_CELL_HEIGHT, max(LEAST_CELL, fitting)) * zoom)
    tops, top = [], 0.0
    for number, row in enumerate(rows):
        if number and rows[number - 1].kind is not row.kind:
            top += GAP
        tops.append(top)
        top += height
    return MatrixLayout(nodes, rows, _numbers(cases, nodes, rows), width, height, head_left, head_top, tuple(tops))


def _rows(cases: Sequence[WhatIfCase], nodes: tuple[NodeId, ...]) -> tuple[Row, ...]:
    crashes = [case for case in cases if case.kind is WhatIfKind.CRASH]
    rows: list[Row] = []
    pairs = [set(case.nodes) for case in crashes if len(case.nodes) > 1]
    if pairs:
        # Where only one node's pairs are tried, its row says it all.
        shared = set.intersection(*pairs)
        alone = len(shared) == 1 and all(shared <= set(case.nodes) for case in crashes)
        rows += [Row(WhatIfKind.CRASH, node) for node in (sorted(shared) if alone else nodes)]
    elif crashes:
        rows.append(Row(WhatIfKind.CRASH))
    kinds = {case.kind for case in cases}
    rows += [Row(kind) for kind in (WhatIfKind.DRAIN, WhatIfKind.LOAD) if kind in kinds]
    return tuple(rows)


def _numbers(
    cases: Sequence[WhatIfCase], nodes: tuple[NodeId, ...], rows: tuple[Row, ...]
) -> dict[tuple[int, int], int]:
    by_nodes = {(case.kind, case.nodes): number for number, case in enumerate(cases)}
    found: dict[tuple[int, int], int] = {}
    for number, row in enumerate(rows):
        if row.kind is WhatIfKind.LOAD:
            found[number, 0] = by_nodes[row.kind, ()]
            continue
        for column, node in enumerate(nodes):
            together = (node,) if row.node in (None, node) else (min(node, row.node), max(node, row.node))
            one = by_nodes.get((row.kind, together))
            if one is not None:
                found[number, column] = one
    return found
