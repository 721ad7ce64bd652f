"""What the session tells whoever watches: the cluster's net change, events, figures, and how fast time goes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.cluster import Changes, ClusterRecord
from hvgui.cluster.events import Event
from hvgui.cluster.ids import NodeId, VmId
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


class Opening(msgspec.Struct, frozen=True):
    """Where a watcher begins: the cluster as it is, the moment, and the last events of the lab."""

    record: ClusterRecord
    time_ns: int
    events: tuple[Event, ...]
    name: str
    """The lab's name, for the window's title."""


class CommandMark(msgspec.Struct, frozen=True, gc=False):
    """An accepted request on the timeline."""

    number: int
    """Its number in the journal; rises along every line of history."""
    branch: int
    """The branch whose journal it stands in."""
    time_ns: int
    title: str
    """What it does, in the words of the moment it was asked: `Live migrate SQL01 to NODE2`."""
    undone: bool = False
    """On the line that is lived, but ahead of the present: redo brings it back."""
    on_line: bool = True
    """Whether it belongs to the line that is lived (or looked at), the parents' part included."""
    do: str = ""
    """The name of its request (`live-migrate`, `crash-node` ...); empty where that can't be read."""


class BranchMark(msgspec.Struct, frozen=True):
    """A branch: a line of history that leaves its parent's at a moment."""

    id: int
    name: str
    parent: int | None
    parted_ns: int
    """The moment at which it leaves its parent; the lab's first moment where it has none."""
    last_ns: int
    """The last moment that is kept of it."""
    commands: int
    """Commands of its own, undone ones included, the parents' not."""


class Timeline(msgspec.Struct, frozen=True):
    """The lab's past: what was asked, the branches, the moment of the present and the one that is looked at."""

    branch: int
    """The branch that is lived."""
    branch_name: str
    present_ns: int
    """The moment of the present as of this record; while time goes, `Frame.time_ns` is newer."""
    looking_at_ns: int | None = None
    """The moment of the past that is shown; None: the present is. While it is set, requests are refused (problem code
    `in-the-past`) and time does not play."""
    looking_at_branch: int | None = None
    """The branch to whose line that moment belongs."""
    commands: tuple[CommandMark, ...] = ()
    """Of all branches, by rising number; the newest `MOST_COMMANDS` of a long lab."""
    commands_left_out: int = 0
    """Older ones that are not among `commands`."""
    branches: tuple[BranchMark, ...] = ()
    """By rising id."""
    undo_title: str | None = None
    """What `undo` would take back; None where there is nothing, or where a look at the past has to end first."""
    redo_title: str | None = None
    """What `redo` would bring back; None where there is nothing."""
    older_until_ns: int = -1
    """Up to this moment another version of hvgui has lived the line that is shown: of that time there are kept states
    alone. -1: of none."""


MOST_COMMANDS = 5_000
"""Commands a `Timeline` holds at most."""


class Difference(msgspec.Struct, frozen=True):
    """One thing that two branches do not have in common."""

    kind: str
    """`vm`, `node`, `volume`, `network` or `link`."""
    id: int
    name: str
    what: str
    """Which property, in words: `owner node`, `state`, `memory` ..."""
    first: str
    """Its value in the first branch, in words; empty where the object is not there."""
    second: str
    sentence: str
    """All of that for people: `SQL01 runs on NODE1 in main, on NODE2 in What if.`"""


class Comparison(msgspec.Struct, frozen=True):
    """What differs between two branches, each at a moment of its own."""

    first: BranchMark
    second: BranchMark
    first_ns: int
    second_ns: int
    """The moments compared."""
    parted_ns: int
    """Up to this moment they share their past."""
    differences: tuple[Difference, ...]
    only_in_first: tuple[CommandMark, ...]
    """Commands that the other one's line does not have."""
    only_in_second: tuple[CommandMark, ...]
    sentences: tuple[str, ...]
    """The comparison in words: what parts them, each difference, commands of one alone."""


class Figures(msgspec.Struct, frozen=True, eq=False):
    """The graphs' history over a span of one line of history. Arrays share their first axis: one row a moment."""

    time_ns: NDArray[np.int64]
    """(rows,) rising; a few seconds apart in the last hour, a minute apart before."""
    node_cpu_share: NDArray[np.float32]
    """(rows, nodes) 0..1; not a number where the server was not there, as in the three below"""
    node_memory_bytes: NDArray[np.float32]
    node_sent_bytes_per_second: NDArray[np.float32]
    node_received_bytes_per_second: NDArray[np.float32]
    vms_cpu_share: NDArray[np.float32]
    """(rows,) mean over the cluster's VMs of the delivered processor share, 0..1"""
    vms_memory_bytes: NDArray[np.float32]
    """(rows,) assigned to all VMs together"""
    vms_memory_demand_bytes: NDArray[np.float32]
    """(rows,) wanted by all VMs together"""


class VmFigures(msgspec.Struct, frozen=True, eq=False):
    """The history of one VM's figures over a span of one line of history. Arrays have one entry a moment; what is not
    known of a moment is not a number."""

    time_ns: NDArray[np.int64]
    """Rising, spaced as those of `Figures`."""
    cpu_share: NDArray[np.float64]
    """0..1, to a thousandth"""
    cpu_wanted_share: NDArray[np.float64]
    memory_bytes: NDArray[np.float64]
    """To a mebibyte."""
    memory_demand_bytes: NDArray[np.float64]


class Salvage(msgspec.Struct, frozen=True):
    """What could be read of a damaged lab file, and what could not."""

    path: Path
    """The damaged file; it is as it was."""
    to: Path
    """The new lab file that holds what could be read."""
    reached_ns: int
    """The last moment of the branch that is lived in the new file."""
    commands_read: int
    commands_lost: int
    """At least so many."""
    events_read: int
    events_lost: int
    checkpoints_read: int
    checkpoints_lost: int
    sentences: tuple[str, ...]
    """What was lost, for people; empty where everything could be read."""


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
    opening: Opening | None = None
    """Where the world was replaced (undo, a look at the past, another branch): build every mirror anew from this. Then
    the frame's changes, events, ended tasks and samples are those that came after it."""
    timeline: Timeline | None = None
    """The timeline, where it has changed since the frame before."""


SAMPLES_A_FRAME = 60


class Receipt(msgspec.Struct, frozen=True):
    """The answer to a submitted request, given once it is committed to the lab file (or refused)."""

    accepted: bool
    problems: tuple[Problem, ...] = ()
    task: int | None = None
    """TaskId of the procedure begun, if the request began one."""
    command: int | None = None
    """Number of the command in the journal."""


class Span(msgspec.Struct, frozen=True):
    """A figure as a range over the forecast's runs: the middle, the least and the greatest."""

    middle: float
    low: float
    high: float


class MemoryCourse(msgspec.Struct, frozen=True, eq=False):
    """The memory of one node's VMs in the next minute, second by second. Columns as `vms`, rows as `times_seconds`."""

    node: NodeId
    times_seconds: NDArray[np.float64]
    """The lab's clock."""
    vms: tuple[VmId, ...]
    assigned_bytes: NDArray[np.float64]
    demand_bytes: NDArray[np.float64]
    """Of the VM that the request is about."""


class SnapshotOutlook(msgspec.Struct, frozen=True):
    """What a request on snapshots writes and frees, and the merging that follows."""

    written_bytes: int = 0
    """Memory, onto the disk."""
    freed_bytes: int = 0
    """At once."""
    place: str = ""
    """Where the memory goes; empty: on a node's own disk, or nowhere."""
    free_bytes: int = 0
    """What is free there then."""
    merge_waits: str = ""
    """What the merging waits for, as a sentence; empty: nothing."""
    merge_bytes: int = 0
    """What it moves."""
    merge_freed_bytes: int = 0
    merge_seconds: float | None = None
    """None: nothing is merged, or that has no end within a day."""


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
    memory: MemoryCourse | None = None
    """Who gives and who gets memory, where the request moves some."""
    snapshots: SnapshotOutlook | None = None
    """What becomes of files, where the request is one on snapshots."""
