"""Several frames as one: the net change, every event, the newest of what only the newest matters of."""

from __future__ import annotations

from hvgui.cluster.cluster import Changes
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.net_changes import NetChanges
from hvgui.lab.frames import SAMPLES_A_FRAME, Frame


def one_frame(frames: tuple[Frame, ...]) -> Frame:
    """The frames, oldest first and at least one, as a single one that tells the same net story."""
    last = frames[-1]
    if len(frames) == 1:
        return last
    timeline = next((frame.timeline for frame in reversed(frames) if frame.timeline is not None), None)
    begun = next((place for place in reversed(range(len(frames))) if frames[place].opening is not None), 0)
    # What came before the world was replaced is of another world.
    frames = frames[begun:]
    return Frame(
        time_ns=last.time_ns,
        pace=last.pace,
        changes=_net_changes(frames),
        events=tuple(event for frame in frames for event in frame.events),
        ended_tasks=tuple(task for frame in frames for task in frame.ended_tasks),
        samples=_thinned([sample for frame in frames for sample in frame.samples]),
        migrations=last.migrations,
        streams=last.streams,
        opening=frames[0].opening,
        timeline=timeline,
    )


def _net_changes(frames: tuple[Frame, ...]) -> Changes:
    net = NetChanges()
    for frame in frames:
        net.add(frame.changes)
    return net.total()


def _thinned(samples: list[MetricsSample]) -> tuple[MetricsSample, ...]:
    """At most `SAMPLES_A_FRAME` of them, evenly spread, the newest always among them."""
    if len(samples) <= SAMPLES_A_FRAME:
        return tuple(samples)
    step = len(samples) / SAMPLES_A_FRAME
    return tuple(samples[int((number + 1) * step) - 1] for number in range(SAMPLES_A_FRAME))
