"""Video streams as they were: the buffer of each player over time, and when it stood still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hvgui.cluster.metrics import StreamProgress
from hvgui.cluster.units import in_seconds
from hvgui.gui.graphs.rings import RowRing, Series

FEW_STREAMS = 100
_ROWS_FOR_FEW = 4_096
_ROWS_FOR_MANY = 512
_LEAST_STEP_SECONDS = 0.1


@dataclass(frozen=True)
class StallSpan:
    """A stall of a stream between two moments of the lab's clock."""

    start_seconds: float
    end_seconds: float


class StreamTrack:
    """One stream's last rows: time, buffer, whether it stalls, stalls so far, their length so far."""

    def __init__(self, rows: int) -> None:
        self._ring = RowRing(rows, 5)

    def take(self, progress: StreamProgress) -> None:
        """One more moment, unless it is too close to the last one and tells nothing new."""
        time = in_seconds(progress.time_ns)
        if len(self._ring):
            last = self._ring.view()[-1]
            if time < last[0]:
                self._ring.forget_after(time)
            elif time - last[0] < _LEAST_STEP_SECONDS and bool(last[2]) == progress.stalled:
                return
        self._ring.append((time, progress.buffer_seconds, progress.stalled, progress.stalls, progress.stall_seconds))

    def buffer(self) -> tuple[Series, Series]:
        """Times and what the player had left to show, seconds."""
        rows = self._ring.view()
        return rows[:, 0], rows[:, 1]

    def totals(self) -> tuple[int, float]:
        """Stalls since the stream began, and their length in all."""
        if not len(self._ring):
            return 0, 0.0
        last = self._ring.view()[-1]
        return int(last[3]), float(last[4])

    def stalls(self) -> tuple[StallSpan, ...]:
        """When it stood still, as near as the moments tell; neighbours joined."""
        rows = self._ring.view()
        if len(rows) < 2:
            return ()
        grown = np.flatnonzero(np.diff(rows[:, 4]) > 1e-9) + 1
        spans: list[StallSpan] = []
        for index in grown:
            length = float(rows[index, 4] - rows[index - 1, 4])
            start, end = _placed(rows[index - 1], rows[index], length)
            if spans and start - spans[-1].end_seconds < 1e-3:
                start = spans.pop().start_seconds
            spans.append(StallSpan(start, end))
        return tuple(spans)


def _placed(before: Series, after: Series, length_seconds: float) -> tuple[float, float]:
    """Where between two moments a stall of known length lay: at the edge at which the player stood still."""
    start, end = float(before[0]), float(after[0])
    if after[2]:
        return max(start, end - length_seconds), end
    if before[2]:
        return start, min(end, start + length_seconds)
    # Over before anybody looked: the buffer lasted a while first, and had refilled since.
    first = min(end - length_seconds, start + float(before[1]))
    return max(start, first), min(end, max(start, first) + length_seconds)


class StreamHistory:
    """The tracks of all streams of a cluster."""

    def __init__(self) -> None:
        self._tracks: dict[int, StreamTrack] = {}

    def take(self, streams: tuple[StreamProgress, ...]) -> None:
        """A frame's streams."""
        rows = _ROWS_FOR_FEW if len(streams) <= FEW_STREAMS else _ROWS_FOR_MANY
        for progress in streams:
            track = self._tracks.get(progress.vm)
            if track is None:
                track = self._tracks[progress.vm] = StreamTrack(rows)
            track.take(progress)

    def track(self, vm: int) -> StreamTrack | None:
        """The stream of a VM, if it has one."""
        return self._tracks.get(vm)

    def clear(self) -> None:
        """Forgets everything."""
        self._tracks.clear()
