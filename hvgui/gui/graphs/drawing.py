"""What a chart is told to draw: lines, bands and an axis, as plain values without Qt or pyqtgraph."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hvgui.gui.graphs.colours import Role
from hvgui.gui.graphs.quantities import Clock, Quantity
from hvgui.gui.graphs.rings import Series


@dataclass(frozen=True)
class LineStyle:
    """How one line looks and what it is called; fixed for a chart's life."""

    name: str
    role: Role
    dashed: bool = False
    filled: bool = False
    stepped: bool = False
    """Between two points the line keeps the earlier value."""


@dataclass(frozen=True)
class ChartStyle:
    """A chart's title, quantity, clock and lines."""

    title: str
    quantity: Quantity
    lines: tuple[LineStyle, ...]
    clock: Clock = Clock.LAB
    least_top: float = 0.0
    """The axis never ends below this."""


@dataclass(frozen=True)
class Band:
    """A span of time set off from the rest, with a word on it. A short one is drawn wide enough to be seen."""

    start_seconds: float
    end_seconds: float
    role: Role
    label: str = ""
    strong: bool = True


Line = tuple[Series, Series]
EMPTY_LINE: Line = (np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Drawing:
    """One picture: a line for each of the style's lines, bands, and the span of time to show."""

    lines: tuple[Line, ...]
    start_seconds: float
    end_seconds: float
    bands: tuple[Band, ...] = ()
    words: str = ""
    """The picture in words, for those who don't see it."""
    figures: dict[int, str | None] = field(default_factory=dict)
    """Legend figures by line that are not simply the line's last value; None leaves the line out, "" its figure."""


def value_at(line: Line, moment_seconds: float, *, stepped: bool = False) -> float | None:
    """A line's value at a moment, between its points as drawn; None outside of it."""
    times, values = line
    if not len(times) or not times[0] <= moment_seconds <= times[-1]:
        return None
    after = int(np.searchsorted(times, moment_seconds, side="right"))
    if stepped or after >= len(times) or after == 0:
        return float(values[min(max(after - 1, 0), len(values) - 1)])
    span = times[after] - times[after - 1]
    share = (moment_seconds - times[after - 1]) / span if span > 0 else 0.0
    return float(values[after - 1] + share * (values[after] - values[after - 1]))


def as_steps(line: Line) -> Line:
    """The same line with its corners written out."""
    times, values = line
    if len(times) < 2:
        return line
    return np.repeat(times, 2)[1:], np.repeat(values, 2)[:-1]
