"""What the session tells whoever watches: the cluster's net change, events, figures, and how fast time goes."""

from __future__ import annotations

import msgspec

from hvgui.cluster.cluster import Changes, ClusterRecord
from hvgui.cluster.events import Event
from hvgui.cluster.metrics import MetricsSample, MigrationProgress, StreamProgress
from hvgui.cluster.tasks import Task
from hvgui.requests.problems import Problem

AS_FAST_AS_POSSIBLE = float("inf")
"""The speed that has no pace: as many simulated seconds a second as the engine's share of the processor allows."""


class Pace(msgspec.Struct, frozen=True):
    """How time goes."""

    playing: bool = False
    wanted_speed: float = 1.0
    """Simulated seconds a second: 1 is real time, `AS_FAST_AS_POSSIBLE` no pace at all."""
    effective_speed: float = 0.0
    """What was reached over the last second."""


class Frame(msgspec.Struct, frozen=True, eq=False):
    """Everything that came about since the frame before."""

    time_ns: int
    pace: Pace
    changes: Changes = Changes()
    events: tuple[Event, ...] = ()
    ended_tasks: tuple[Task, ...] = ()
    """Tasks that ended, with their results."""
    samples: tuple[MetricsSample, ...] = ()
    """Simulated seconds since the frame before, thinned to at most `SAMPLES_A_FRAME`, oldest first."""
    migrations: tuple[MigrationProgress, ...] = ()
    """Migrations that run, at `time_ns`."""
    streams: tuple[StreamProgress, ...] = ()
    """Video streams of the cluster, at `time_ns`."""


SAMPLES_A_FRAME = 60


class Receipt(msgspec.Struct, frozen=True):
    """The answer to a submitted request, given once it is committed to the lab file (or refused)."""

    accepted: bool
    problems: tuple[Problem, ...] = ()
    task: int | None = None
    """TaskId of the procedure begun, if the request began one."""
    command: int | None = None
    """Number of the command in the journal."""


class Opening(msgspec.Struct, frozen=True):
    """Where a watcher begins: the cluster as it is, the moment, and the last events of the lab."""

    record: ClusterRecord
    time_ns: int
    events: tuple[Event, ...]
    name: str
    """The lab's name, for the window's title."""


class Span(msgspec.Struct, frozen=True):
    """A figure as a range over the forecast's runs: the middle, the least and the greatest."""

    middle: float
    low: float
    high: float


class Forecast(msgspec.Struct, frozen=True):
    """What a request will do, from running it on forks of the present world (one for each phase of the writers)."""

    result: str
    """`succeeded`, `failed`, `refused`, or `unfinished` where the horizon came first."""
    message: str
    problems: tuple[Problem, ...] = ()
    duration_seconds: Span | None = None
    passes: Span | None = None
    blackout_seconds: Span | None = None
    sent_bytes: Span | None = None
    converges: bool = True
    streams_stalled: int = 0
    stall_seconds: float = 0.0
    connections_lost: int = 0
    connections_kept: int = 0
    tasks: tuple[Task, ...] = ()
    """Ended tasks of the middle run, with their passes, to be drawn as the predicted course."""
    seconds_of_work: float = 0.0
    """Wall time that the forecast took."""
