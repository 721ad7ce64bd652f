"""How long a live migration has still to go, as a range: its own pre-copy run ahead at the present rates."""

from __future__ import annotations

from hvgui.engine.physics import precopy
from hvgui.engine.physics.precopy import Precopy, StepKind

MORE_THAN_NOW = 1.1
"""The long end of the range: the guest works a tenth more than now, or than usual where it now does less."""
_MOST_FLOWS = 100


def seconds_left(
    copy: Precopy, flow_left_bytes: float, bytes_per_second: float, pace: float
) -> tuple[float | None, float | None]:
    """Shortest and longest time to the end of the blackout: the guest writes nothing more; it writes on.

    `pace` is the guest's work a second. None: it does not end as things are (no bandwidth, or passes without end).
    """
    if bytes_per_second <= 0.0:
        return None, None
    shortest = _run_ahead(copy, flow_left_bytes, bytes_per_second, 0.0)
    return shortest, _run_ahead(copy, flow_left_bytes, bytes_per_second, MORE_THAN_NOW * max(pace, 1.0))


def _run_ahead(copy: Precopy, left_bytes: float, bytes_per_second: float, pace: float) -> float | None:
    timings = copy.course.timings
    seconds = 0.0
    for _ in range(_MOST_FLOWS):
        span = left_bytes / bytes_per_second
        seconds += span
        step = precopy.end_flow(precopy.advance(copy, span * pace), bytes_per_second)
        if step.blackout is not None:
            return seconds + step.blackout.seconds_at(timings.stop_line_bytes_per_second or bytes_per_second)
        copy, left_bytes = step.state, step.state.flow_bytes
        if step.kind is StepKind.AGAIN:
            seconds += timings.sync_seconds
            copy = precopy.advance(copy, timings.sync_seconds * pace)
    return None
