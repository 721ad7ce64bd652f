"""Objects in words: states, phases, what a VM is doing, ranges of time left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.cluster import Cluster, Record, Settings
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.networks import Link
from hvgui.cluster.storage import DetachedDisk, StoragePath
from hvgui.cluster.tasks import Phase, Task, TaskState
from hvgui.cluster.units import format_seconds, in_seconds
from hvgui.gui.objects import Kind, Ref, record_of
from hvgui.gui.states import (
    CONFLICT_ICON,
    MIGRATING_ICON,
    NODE_STATES,
    PENDING_ICON,
    PHASES,
    TASK_KINDS,
    TASK_STATES,
    TEMPLATE,
    TEMPLATE_ICON,
    VM_ICONS,
    VM_STATES,
)
from hvgui.gui.words import tr
from hvgui.requests.twins import is_in_conflict

if TYPE_CHECKING:
    from hvgui.cluster.metrics import MigrationProgress
    from hvgui.gui.facts import Facts

__all__ = [
    "BRANCHES",
    "NODE_STATES",
    "PHASES",
    "TASK_KINDS",
    "TASK_STATES",
    "elapsed",
    "is_pending",
    "node_name",
    "pass_per_mille",
    "ref_name",
    "task_step",
    "time_left",
    "uptime",
    "vm_doing",
    "vm_icon",
    "vm_state",
]

BRANCHES = {
    Kind.SERVICES: ("Services and applications", "device-desktop"),
    Kind.NODES: ("Nodes", "server-2"),
    Kind.STORAGE: ("Storage", "database"),
    Kind.VOLUMES: ("Cluster Shared Volumes", "folders"),
    Kind.NETWORKS: ("Networks", "network"),
    Kind.EVENTS: ("Cluster Events", "calendar-event"),
}
"""The branches of the tree as Failover Cluster Manager names them, with their icons."""


def vm_state(vm: VirtualMachine) -> str:
    """The VM's state in a word: that it is a template; of one that is lost, whether the cluster waits to start it or
    has given up."""
    if vm.is_template or vm.is_failed:
        return tr(TEMPLATE if vm.is_template else "Failed")
    return tr("Pending") if is_pending(vm) else tr(VM_STATES[vm.state])


def is_pending(vm: VirtualMachine) -> bool:
    """Whether the cluster has lost it and starts it by itself as soon as it can."""
    return bool(vm.pending) and not vm.is_failed and vm.task is None


def node_name(cluster: Cluster, node: NodeId) -> str:
    """The node's name; a dash for a node that is not there."""
    record = cluster.nodes.get(node)
    return record.name if record is not None else "–"


def vm_icon(cluster: Cluster, vm: VirtualMachine) -> tuple[str, str]:
    """Name and tint of the VM's icon: on its way to another node, in conflict with its twin, or its state."""
    task = cluster.tasks.get(vm.task) if vm.task is not None else None
    if task is not None and task.kind.is_migration and task.state is TaskState.RUNNING:
        return MIGRATING_ICON
    if vm.is_template or is_pending(vm):
        return TEMPLATE_ICON if vm.is_template else PENDING_ICON
    return CONFLICT_ICON if is_in_conflict(cluster, vm) else VM_ICONS[vm.state]


def vm_doing(facts: Facts, vm: VirtualMachine) -> str:
    """What has hold of the VM now: `To NODE2: pass 3, 45 %`; of one that waits, for what; empty if nothing has."""
    task = facts.cluster.tasks.get(vm.task) if vm.task is not None else None
    if task is None:
        return vm.pending
    if not task.kind.is_migration:
        return tr(PHASES[task.phase])
    return tr("To {node}: {step}", node=node_name(facts.cluster, task.target), step=task_step(facts, task))


def task_step(facts: Facts, task: Task) -> str:
    """The task's phase; while memory is copied, the pass and how much of it has been sent."""
    progress = facts.progress.get(task.id)
    if task.phase is not Phase.COPYING:
        return tr(PHASES[task.phase])
    number = max(1, task.pass_number, progress.pass_number if progress else 0)
    if progress is None:
        return tr("pass {number}", number=number)
    return tr("pass {number}, {percent} %", number=number, percent=pass_per_mille(progress) // 10)


def pass_per_mille(progress: MigrationProgress) -> int:
    """How much of this pass has been sent, 0..1000."""
    whole = progress.pass_sent_bytes + progress.rest_bytes
    return 1000 if whole <= 0 else min(1000, progress.pass_sent_bytes * 1000 // whole)


def time_left(progress: MigrationProgress | None) -> str:
    """Time left as a range: `12 s – 20 s`; a dash where it cannot be told."""
    if progress is None or progress.seconds_left_low is None:
        return "–"
    low = format_seconds(progress.seconds_left_low)
    if progress.seconds_left_high is None:
        return tr("{low} or longer", low=low)
    high = format_seconds(progress.seconds_left_high)
    return low if low == high else f"{low} – {high}"


def elapsed(facts: Facts, task: Task) -> str:
    """How long the task has run, or ran; a dash while it waits."""
    if task.started_ns is None:
        return "–"
    end = task.ended_ns if task.ended_ns is not None else facts.time_ns
    return format_seconds(max(0.0, in_seconds(end - task.started_ns)))


def uptime(facts: Facts, vm: VirtualMachine) -> str:
    """How long the VM has run; for one that ran when the lab was opened, the least that is known."""
    if not vm.state.holds_memory:
        return ""
    since = facts.running_since_ns.get(vm.id)
    if since is None and facts.time_ns == 0:
        return "–"
    span = format_seconds(max(0.0, in_seconds(facts.time_ns - (since or 0))))
    return span if since is not None else tr("over {span}", span=span)


def ref_name(cluster: Cluster, ref: Ref) -> str:
    """The object's name; empty for what is no longer there."""
    if ref.kind is Kind.CLUSTER:
        return cluster.name
    if ref.kind in BRANCHES:
        return tr(BRANCHES[ref.kind][0])
    record = record_of(cluster, ref)
    if ref.kind is Kind.DISK and isinstance(record, VirtualMachine):
        return next(disk.name for disk in record.disks if disk.slot == ref.disk[1])
    return "" if record is None else _record_name(cluster, record)


def _record_name(cluster: Cluster, record: Record) -> str:
    match record:
        case Link():
            return f"{node_name(cluster, record.node)} – {cluster.networks[record.network].name}"
        case StoragePath():
            return f"{node_name(cluster, record.node)} – {cluster.sans[record.san].name}"
        case Task():
            return tr(TASK_KINDS[record.kind])
        case DetachedDisk():
            return record.disk.name
    return cluster.name if isinstance(record, Settings) else record.name
