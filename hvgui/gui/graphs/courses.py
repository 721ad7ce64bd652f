"""Courses: a migration as lines and bands over time, from a recording, from an ended task, or from a forecast.

The rest falls as a saw tooth: a pass begins with all that it has to send and ends with nothing of that left, while
the guest has dirtied what the next pass begins with. Where a task has ended its own passes are drawn, which are exact;
while it runs, what the frames told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hvgui.cluster.profiles import MigrationTimings
from hvgui.cluster.tasks import MemoryPass, MigrationResult, Phase, Task, TaskKind
from hvgui.cluster.units import in_seconds
from hvgui.gui.graphs.recordings import (
    DIRTY,
    LINK,
    MOVING_OWNERSHIP,
    PASS,
    PASS_SENT,
    PHASE,
    READING,
    REST,
    SENT,
    TIME,
    Recording,
    code_of,
)
from hvgui.gui.graphs.rings import Series

_NOT_COPYING = (Phase.BLACKOUT, Phase.SAVING, Phase.MOVING_OWNERSHIP, Phase.READING)
_STANDING_CODES = tuple(float(code_of(phase)) for phase in _NOT_COPYING)
_COPYING_CODE = float(code_of(Phase.COPYING))
_ENOUGH_ROWS = 60
"""With fewer (at fast playback), means over the passes tell the rates better than lines between far moments."""
_EMPTY = (np.empty(0), np.empty(0))


@dataclass(frozen=True)
class PassSpan:
    """One pass: its number, when it ran, what it sent, and what it left dirty (None while it runs)."""

    number: int
    start_seconds: float
    end_seconds: float
    sent_bytes: float
    rest_bytes: float | None


@dataclass(frozen=True)
class Course:
    """What there is to draw of a migration. Times are seconds on the lab's clock unless shifted."""

    kind: TaskKind
    start_seconds: float
    end_seconds: float
    """When it ended, or the last moment known of one that runs."""
    has_ended: bool
    rest: tuple[Series, Series] = _EMPTY
    sent: tuple[Series, Series] = _EMPTY
    dirty: tuple[Series, Series] = _EMPTY
    link: tuple[Series, Series] = _EMPTY
    passes: tuple[PassSpan, ...] = ()
    blackout: tuple[float, float] | None = None
    """When the VM stood still."""
    result: MigrationResult | None = None

    @property
    def blackout_seconds(self) -> float:
        """Length of the blackout so far; 0 before it."""
        if self.result is not None:
            return self.result.blackout_seconds
        return self.blackout[1] - self.blackout[0] if self.blackout else 0.0

    @property
    def stall_seconds(self) -> float:
        """How long the VM's stream stalled because of it."""
        return self.result.stall_seconds if self.result is not None else 0.0

    def shifted(self, by_seconds: float) -> Course:
        """The same course, begun later by so much."""
        passes = tuple(
            replace(one, start_seconds=one.start_seconds + by_seconds, end_seconds=one.end_seconds + by_seconds)
            for one in self.passes
        )
        blackout = (self.blackout[0] + by_seconds, self.blackout[1] + by_seconds) if self.blackout else None
        return replace(
            self,
            start_seconds=self.start_seconds + by_seconds,
            end_seconds=self.end_seconds + by_seconds,
            passes=passes,
            blackout=blackout,
            rest=(self.rest[0] + by_seconds, self.rest[1]),
            sent=(self.sent[0] + by_seconds, self.sent[1]),
            dirty=(self.dirty[0] + by_seconds, self.dirty[1]),
            link=(self.link[0] + by_seconds, self.link[1]),
        )


def course_of_ended(
    task: Task,
    recording: Recording | None = None,
    marks: dict[str, float] | None = None,
    timings: MigrationTimings | None = None,
) -> Course:
    """The course of an ended task; a recording adds the rates as they were seen.

    Of a quick migration `marks` say when its steps met; without them (a forecast) they are placed by the platform's
    `timings`, writing and reading the state taking equally long.
    """
    result = task.result or MigrationResult(0.0, 0, 0.0, 0, converged=True)
    start = in_seconds(task.started_ns if task.started_ns is not None else task.asked_ns)
    end = in_seconds(task.ended_ns if task.ended_ns is not None else task.asked_ns)
    blackout = _blackout_of(task, result, end)
    passes = _pass_spans(result.memory_passes)
    rows = recording.rows() if recording is not None else np.empty((0, 8))
    rates = _rates_of_rows(rows) if len(rows) >= _ENOUGH_ROWS or not passes else _rates_of_passes(passes)
    if task.kind is TaskKind.LIVE_MIGRATION:
        sent = _sent_of_passes(start, passes, blackout, result)
        rest = _rest_of_passes(passes, blackout) if passes else _EMPTY
    else:
        sent, rest = _saved_state(result, blackout, marks or _placed_marks(blackout, timings))
    return Course(
        task.kind,
        start,
        max(end, start),
        has_ended=True,
        rest=rest,
        sent=sent,
        dirty=rates[0],
        link=rates[1],
        passes=passes,
        blackout=blackout,
        result=task.result,
    )


def course_of_running(task: Task, recording: Recording | None, now_seconds: float) -> Course:
    """The course so far of a task that runs; what was seen later than now (in a look back) is not of it."""
    start = in_seconds(task.started_ns if task.started_ns is not None else task.asked_ns)
    rows = recording.rows() if recording is not None else np.empty((0, 8))
    rows = rows[rows[:, TIME] <= now_seconds + 1e-6]
    if not len(rows):
        end = max(start, now_seconds)
        dark = (start, end) if task.kind is not TaskKind.LIVE_MIGRATION else None
        return Course(task.kind, start, end, has_ended=False, blackout=dark)
    dirty, link = _rates_of_rows(rows)
    end = max(float(rows[-1, TIME]), start)
    return Course(
        task.kind,
        start,
        end,
        has_ended=False,
        rest=(rows[:, TIME], rows[:, REST]),
        sent=(rows[:, TIME], rows[:, SENT]),
        dirty=dirty,
        link=link,
        passes=_spans_of_rows(rows),
        # A quick migration is dark from its first byte on.
        blackout=_blackout_of_rows(rows) if task.kind is TaskKind.LIVE_MIGRATION else (start, end),
    )


def _pass_spans(passes: tuple[MemoryPass, ...]) -> tuple[PassSpan, ...]:
    return tuple(
        PassSpan(
            one.number, in_seconds(one.started_ns), in_seconds(one.ended_ns), float(one.sent_bytes), one.rest_bytes
        )
        for one in passes
    )


def _blackout_of(task: Task, result: MigrationResult, end_seconds: float) -> tuple[float, float] | None:
    """A live migration's blackout follows its last pass; the others end with theirs."""
    if result.blackout_seconds <= 0:
        return None
    if result.memory_passes:
        begin = in_seconds(result.memory_passes[-1].ended_ns)
        return (begin, begin + result.blackout_seconds)
    return (end_seconds - result.blackout_seconds, end_seconds)


def _rest_of_passes(passes: tuple[PassSpan, ...], blackout: tuple[float, float] | None) -> tuple[Series, Series]:
    times: list[float] = []
    rest: list[float] = []
    to_send = passes[0].sent_bytes
    for one in passes:
        times += [one.start_seconds, one.end_seconds]
        rest += [to_send, 0.0]
        to_send = one.rest_bytes or 0.0
    times.append(passes[-1].end_seconds)
    rest.append(to_send)
    if blackout is not None:
        times.append(blackout[1])
        rest.append(0.0)
    return np.array(times), np.array(rest)


def _placed_marks(blackout: tuple[float, float] | None, timings: MigrationTimings | None) -> dict[str, float]:
    """Where the steps of a quick migration meet if writing and reading the state take equally long."""
    if blackout is None or timings is None:
        return {}
    fixed = timings.quick_flush_seconds + timings.group_move_seconds + timings.quick_fixed_seconds
    writing = max(0.0, blackout[1] - blackout[0] - fixed) / 2
    saved = blackout[0] + writing + timings.quick_flush_seconds
    return {MOVING_OWNERSHIP: saved, READING: saved + timings.group_move_seconds}


def _saved_state(
    result: MigrationResult, blackout: tuple[float, float] | None, marks: dict[str, float]
) -> tuple[tuple[Series, Series], tuple[Series, Series]]:
    """What a quick migration has saved to the disk, and what of it is still to be read on the other node."""
    if blackout is None or not result.sent_bytes or MOVING_OWNERSHIP not in marks or READING not in marks:
        return _EMPTY, _EMPTY
    size = float(result.sent_bytes)
    saved = np.array([blackout[0], marks[MOVING_OWNERSHIP], blackout[1]]), np.array([0.0, size, size])
    return saved, (np.array([marks[READING], blackout[1]]), np.array([size, 0.0]))


def _sent_of_passes(
    start: float, passes: tuple[PassSpan, ...], blackout: tuple[float, float] | None, result: MigrationResult
) -> tuple[Series, Series]:
    times, sent = [start], [0.0]
    for one in passes:
        times += [one.start_seconds, one.end_seconds]
        sent += [sent[-1], sent[-1] + one.sent_bytes]
    if blackout is not None:
        times += list(blackout)
        sent += [sent[-1], max(sent[-1], float(result.sent_bytes))]
    return np.array(times), np.array(sent)


def _rates_of_passes(passes: tuple[PassSpan, ...]) -> tuple[tuple[Series, Series], tuple[Series, Series]]:
    """Means over each pass, as steps: new dirty bytes, and bytes sent, a second."""
    lasting = [one for one in passes if one.end_seconds > one.start_seconds]
    times = np.array([moment for one in lasting for moment in (one.start_seconds, one.end_seconds)])
    lengths = np.array([one.end_seconds - one.start_seconds for one in lasting])
    dirty = np.array([one.rest_bytes or 0.0 for one in lasting])
    sent = np.array([one.sent_bytes for one in lasting])
    return (times, np.repeat(dirty / lengths, 2)), (times, np.repeat(sent / lengths, 2))


def _rates_of_rows(rows: Series) -> tuple[tuple[Series, Series], tuple[Series, Series]]:
    return (rows[:, TIME], rows[:, DIRTY]), (rows[:, TIME], rows[:, LINK])


def _spans_of_rows(rows: Series) -> tuple[PassSpan, ...]:
    copying = rows[rows[:, PHASE] == _COPYING_CODE]
    if not len(copying):
        return ()
    starts = np.flatnonzero(np.diff(copying[:, PASS], prepend=-1.0))
    ends = np.append(starts[1:], len(copying)) - 1
    spans: list[PassSpan] = []
    for first, last in zip(starts, ends, strict=True):
        following = last + 1 < len(copying)
        end = float(copying[last + 1, TIME]) if following else _end_of_last_pass(rows, copying)
        sent = float(copying[last, SENT] - (copying[first, SENT] - copying[first, PASS_SENT]))
        rest = float(copying[last + 1, REST]) if following else None
        spans.append(PassSpan(int(copying[first, PASS]), float(copying[first, TIME]), end, sent, rest))
    return tuple(spans)


def _end_of_last_pass(rows: Series, copying: Series) -> float:
    later = rows[rows[:, TIME] > copying[-1, TIME]]
    return float(later[0, TIME]) if len(later) else float(copying[-1, TIME])


def _blackout_of_rows(rows: Series) -> tuple[float, float] | None:
    standing = rows[np.isin(rows[:, PHASE], _STANDING_CODES), TIME]
    return (float(standing[0]), float(standing[-1])) if len(standing) else None
