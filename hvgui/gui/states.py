"""States, phases and kinds of tasks in the words of Hyper-V Manager and Failover Cluster Manager, and their icons."""

from __future__ import annotations

from hvgui.cluster.machines import VmState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.tasks import Phase, TaskKind, TaskState

VM_STATES = {
    VmState.OFF: "Off",
    VmState.STARTING: "Starting",
    VmState.RUNNING: "Running",
    VmState.PAUSED: "Paused",
    VmState.SAVING: "Saving",
    VmState.SAVED: "Saved",
    VmState.RESTORING: "Restoring",
    VmState.STOPPING: "Stopping",
    VmState.PAUSED_CRITICAL: "Paused-Critical",
    VmState.CRITICAL: "Critical",
}
NODE_STATES = {
    NodeState.UP: "Up",
    NodeState.DOWN: "Down",
    NodeState.PAUSED: "Paused",
    NodeState.JOINING: "Joining",
    NodeState.ISOLATED: "Isolated",
}
TASK_KINDS = {
    TaskKind.LIVE_MIGRATION: "Live migration",
    TaskKind.QUICK_MIGRATION: "Quick migration",
    TaskKind.MOVE: "Move",
    TaskKind.START: "Start",
    TaskKind.SHUT_DOWN: "Shut down",
    TaskKind.SAVE: "Save",
    TaskKind.ADD_DISKS: "Add disks",
    TaskKind.SNAPSHOT: "Take snapshot",
    TaskKind.MERGE: "Merge snapshots",
    TaskKind.IMPORT: "Import",
    TaskKind.CLONE: "Clone",
    TaskKind.FAILOVER: "Failover",
    TaskKind.APPLY_SNAPSHOT: "Take and apply snapshot",
}
PHASES = {
    Phase.QUEUED: "Waiting in the queue",
    Phase.SETUP: "Setting up",
    Phase.COPYING: "Copying memory",
    Phase.BLACKOUT: "Blackout",
    Phase.ARP: "Updating the switches",
    Phase.SAVING: "Saving state",
    Phase.MOVING_OWNERSHIP: "Moving ownership",
    Phase.READING: "Reading saved state",
    Phase.SHUTTING_DOWN: "Shutting down",
    Phase.STARTING: "Starting",
    Phase.CREATING_DISKS: "Creating disks",
    Phase.WAITING_FOR_LUN: "Waiting for the others on its LUN",
    Phase.WAITING_FOR_MEMORY: "Waiting for others to give memory",
    Phase.MERGING: "Merging snapshots",
    Phase.COPYING_FILES: "Copying files",
    Phase.ENDED: "Ended",
}
TASK_STATES = {
    TaskState.QUEUED: "Queued",
    TaskState.RUNNING: "Running",
    TaskState.SUCCEEDED: "Succeeded",
    TaskState.FAILED: "Failed",
    TaskState.CANCELLED: "Cancelled",
}
VM_ICONS = {
    VmState.OFF: ("player-stop", "muted"),
    VmState.STARTING: ("player-play", "accent"),
    VmState.RUNNING: ("filled-player-play", "good"),
    VmState.PAUSED: ("filled-player-pause", "warning"),
    VmState.SAVING: ("download", "accent"),
    VmState.SAVED: ("device-floppy", "muted"),
    VmState.RESTORING: ("history", "accent"),
    VmState.STOPPING: ("player-stop", "warning"),
    VmState.PAUSED_CRITICAL: ("filled-player-pause", "bad"),
    VmState.CRITICAL: ("circle-x", "bad"),
}
"""Name and tint of the icon of each state; the state always stands beside it in words."""
MIGRATING_ICON = ("transfer", "accent")
TEMPLATE, TEMPLATE_ICON = "Template", ("template", "muted")
"""The state of a VM that is a pattern for others, and its icon."""
CONFLICT_ICON = ("alert-triangle", "warning")
"""Of a VM that runs and has its computer name and SID in common with another one that runs in its network."""
PENDING_ICON = ("hourglass", "warning")
"""Of a VM that the cluster starts as soon as it can."""
NODE_ICONS = {
    NodeState.UP: ("server-2", "good"),
    NodeState.DOWN: ("server-off", "bad"),
    NodeState.PAUSED: ("server-2", "warning"),
    NodeState.JOINING: ("server-bolt", "accent"),
    NodeState.ISOLATED: ("server-off", "warning"),
}
