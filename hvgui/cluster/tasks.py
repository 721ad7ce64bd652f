"""Tasks: what is under way on the cluster, at which step it is, and how it ended."""

from __future__ import annotations

import enum

import msgspec

from hvgui.cluster.ids import NetworkId, NodeId, TaskId, VmId


class TaskKind(enum.Enum):
    """What a task does; the value is also the name of the request that asks for it."""

    LIVE_MIGRATION = "live-migrate"
    QUICK_MIGRATION = "quick-migrate"
    MOVE = "move"
    START = "start"
    SHUT_DOWN = "shut-down"
    SAVE = "save"
    ADD_DISKS = "add-disks"
    SNAPSHOT = "take-snapshot"
    MERGE = "merge-snapshots"
    IMPORT = "import-vm"
    CLONE = "clone-vm"
    FAILOVER = "failover"
    """The cluster's own: nobody asks for it."""
    APPLY_SNAPSHOT = "apply-snapshot"

    @property
    def is_migration(self) -> bool:
        """Whether the VM changes its owner."""
        return self in (TaskKind.LIVE_MIGRATION, TaskKind.QUICK_MIGRATION, TaskKind.MOVE)


class TaskState(enum.Enum):
    """Whether a task waits, runs, or how it ended."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (TaskState.QUEUED, TaskState.RUNNING)


class Phase(enum.Enum):
    """The step a task is at, in the order of each procedure."""

    QUEUED = "waiting in the queue"
    SETUP = "setting up"
    COPYING = "copying memory"
    BLACKOUT = "blackout"
    ARP = "updating the switches"
    SAVING = "saving state"
    MOVING_OWNERSHIP = "moving ownership"
    READING = "reading saved state"
    SHUTTING_DOWN = "shutting down"
    STARTING = "starting"
    CREATING_DISKS = "creating disks"
    WAITING_FOR_LUN = "waiting for the others on its LUN"
    WAITING_FOR_MEMORY = "waiting for others to give memory"
    MERGING = "merging snapshots"
    COPYING_FILES = "copying files"
    ENDED = "ended"


class MemoryPass(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One pass of a live migration, as it went."""

    number: int
    started_ns: int
    ended_ns: int
    sent_bytes: int
    rest_bytes: int
    """Dirty bytes known at its end: what the next pass, or the blackout, has to send."""


class MigrationResult(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a migration did, as the article's reader would measure it."""

    duration_seconds: float
    passes: int
    blackout_seconds: float
    sent_bytes: int
    converged: bool
    """False: the passes were stopped by force and the blackout had to send what was left."""
    streams_stalled: int = 0
    stall_seconds: float = 0.0
    connections_lost: int = 0
    memory_passes: tuple[MemoryPass, ...] = ()


class Task(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One task. `message` says how it stands or why it ended as it did."""

    id: TaskId
    kind: TaskKind
    vm: VmId
    source: NodeId
    target: NodeId
    """The node the VM will be on: the source itself for what is no migration."""
    state: TaskState
    phase: Phase
    asked_ns: int
    started_ns: int | None = None
    ended_ns: int | None = None
    network: NetworkId | None = None
    reserved_bytes: int = 0
    """Memory held for the VM on the target until it runs there."""
    pass_number: int = 0
    message: str = ""
    result: MigrationResult | None = None

    @property
    def can_cancel(self) -> bool:
        """Only before the blackout: MSCS allows it in Setup and Data Transfer. Disks may always be left unmade,
        snapshots untaken, files unmerged."""
        cancellable = (Phase.QUEUED, Phase.SETUP, Phase.COPYING, Phase.CREATING_DISKS, Phase.COPYING_FILES)
        of_snapshots = (TaskKind.SNAPSHOT, TaskKind.APPLY_SNAPSHOT, TaskKind.MERGE)
        return not self.state.has_ended and (self.phase in cancellable or self.kind in of_snapshots)
