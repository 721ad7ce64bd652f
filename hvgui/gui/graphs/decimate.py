"""Decimation: thousands of points as what a screen can show of them, the least and the greatest a column of pixels."""

from __future__ import annotations

import numpy as np

from hvgui.gui.graphs.rings import Series


def decimate(
    times: Series, values: Series, start_seconds: float, end_seconds: float, columns: int
) -> tuple[Series, Series]:
    """The part of a line from `start_seconds` to `end_seconds`, two points a column of pixels at most.

    `times` ascend. One point before and one after the span are kept so that the line reaches the edges. Peaks and dips
    survive: each column keeps its least and its greatest value, in the order in which they came.
    """
    first = max(0, int(np.searchsorted(times, start_seconds, side="left")) - 1)
    last = min(len(times), int(np.searchsorted(times, end_seconds, side="right")) + 1)
    times, values = times[first:last], values[first:last]
    if len(times) <= 2 * columns or columns < 1 or end_seconds <= start_seconds:
        return times, values
    column = ((times - start_seconds) * (columns / (end_seconds - start_seconds))).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    kept = np.union1d(_extreme(values, starts, least=True), _extreme(values, starts, least=False))
    return times[kept], values[kept]


def _extreme(
    values: Series, starts: np.ndarray[tuple[int], np.dtype[np.int64]], *, least: bool
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Where in each group, beginning at `starts`, the least or the greatest value lies first."""
    bound = np.minimum.reduceat(values, starts) if least else np.maximum.reduceat(values, starts)
    lengths = np.diff(np.append(starts, len(values)))
    hits = np.flatnonzero(values == np.repeat(bound, lengths))
    groups = np.searchsorted(starts, hits, side="right")
    return hits[np.flatnonzero(np.diff(groups, prepend=0))]
