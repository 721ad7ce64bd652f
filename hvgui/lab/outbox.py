"""The outbox: what the engine thread has to tell, coalesced until the window takes it.

Net changes replace each other by record, progress is the newest, samples are thinned; events and ended tasks are kept
one and all, however long nobody drains. The lock is held only for dictionary updates and swaps, never while a frame is
built, so neither side waits for the other.
"""

from __future__ import annotations

import threading

from hvgui.cluster.cluster import Changes
from hvgui.cluster.events import Event
from hvgui.cluster.metrics import MetricsSample, MigrationProgress, StreamProgress
from hvgui.cluster.net_changes import NetChanges
from hvgui.cluster.tasks import Task
from hvgui.lab.frames import SAMPLES_A_FRAME, Frame, Opening, Pace, Timeline


class _Pending:
    """What has come since the last drain."""

    def __init__(self) -> None:
        self.changes = NetChanges()
        self.events: list[Event] = []
        self.ended_tasks: list[Task] = []
        self.samples: list[MetricsSample] = []
        self.stride = 1
        self.skipped = 0
        self.opening: Opening | None = None
        self.timeline: Timeline | None = None

    def takes_next(self) -> bool:
        """Every first sample, then every second, every fourth ... so that what is kept stays evenly spread."""
        self.skipped += 1
        if self.skipped < self.stride:
            return False
        self.skipped = 0
        return True

    def add_sample(self, sample: MetricsSample) -> None:
        self.samples.append(sample)
        if len(self.samples) > SAMPLES_A_FRAME:
            self.samples = self.samples[::2]
            self.stride *= 2


class Outbox:
    """Filled by the engine thread, drained by any other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending = _Pending()
        self._fresh = False
        self._wanted = True
        self._time_ns = 0
        self._pace = Pace()
        self._migrations: tuple[MigrationProgress, ...] = ()
        self._streams: tuple[StreamProgress, ...] = ()

    @property
    def wants_progress(self) -> bool:
        """Whether somebody has drained since progress was last given: else it would be worked out for nobody."""
        return self._wanted

    def event(self, event: Event) -> None:
        """An event: never dropped."""
        with self._lock:
            self._pending.events.append(event)
            self._fresh = True

    def task_ended(self, task: Task) -> None:
        """An ended task: never dropped."""
        with self._lock:
            self._pending.ended_tasks.append(task)
            self._fresh = True

    def replace_world(self, opening: Opening, timeline: Timeline | None) -> None:
        """Another world is shown from now on, which the timeline belongs to: both come in one frame. What was told of
        the world before is forgotten, but not the session's own events."""
        with self._lock:
            before, self._pending = self._pending, _Pending()
            self._pending.events = [event for event in before.events if event.serial < 0]
            self._pending.opening, self._pending.timeline = opening, timeline or before.timeline
            self._migrations, self._streams = (), ()
            self._time_ns = opening.time_ns
            self._fresh = True

    def timeline(self, timeline: Timeline) -> None:
        """The timeline, which has changed."""
        with self._lock:
            self._pending.timeline = timeline
            self._fresh = True

    def takes_next_sample(self) -> bool:
        """Whether the next second's figures are wanted; asked once a second, so that none are made for nobody."""
        with self._lock:
            return self._pending.takes_next()

    def sample(self, sample: MetricsSample) -> None:
        """A second's figures, if `takes_next_sample` said so."""
        with self._lock:
            self._pending.add_sample(sample)
            self._fresh = True

    def publish(self, time_ns: int, pace: Pace, changes: Changes) -> None:
        """The moment reached, how time goes, and the net change since the last call."""
        with self._lock:
            if changes:
                self._pending.changes.add(changes)
            self._fresh = self._fresh or bool(changes) or time_ns != self._time_ns or pace != self._pace
            self._time_ns, self._pace = time_ns, pace

    def progress(self, migrations: tuple[MigrationProgress, ...], streams: tuple[StreamProgress, ...]) -> None:
        """What is under way, as of the moment last published: the newest replaces the one before."""
        with self._lock:
            self._fresh = self._fresh or migrations != self._migrations or streams != self._streams
            self._migrations, self._streams = migrations, streams
            self._wanted = False

    def drain(self) -> tuple[Frame, ...]:
        """Everything since the last drain as one frame; nothing where nothing came."""
        with self._lock:
            self._wanted = True
            if not self._fresh:
                return ()
            pending, self._pending, self._fresh = self._pending, _Pending(), False
            time_ns, pace, migrations, streams = self._time_ns, self._pace, self._migrations, self._streams
        return (
            Frame(
                time_ns=time_ns,
                pace=pace,
                changes=pending.changes.total(),
                events=tuple(pending.events),
                ended_tasks=tuple(pending.ended_tasks),
                samples=tuple(pending.samples),
                migrations=migrations,
                streams=streams,
                opening=pending.opening,
                timeline=pending.timeline,
            ),
        )
