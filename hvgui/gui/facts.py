"""The one view-model: what is known of every object at this moment, and once per tick what of it is new.

Tree, tables, headers and panes all read here and refresh on `refreshed`, at most five times a second, so that a burst
of a thousand changes costs every view one repaint.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from hvgui.cluster.cluster import Changes
from hvgui.cluster.heartbeat import HeartbeatSettings
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.load_watch import Tips
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.membership import Standing
from hvgui.cluster.metrics import MetricsSample, MigrationProgress
from hvgui.cluster.networks import Link, Network
from hvgui.cluster.nodes import Node
from hvgui.cluster.quorum import QuorumSettings
from hvgui.cluster.storage import Lun, San, StoragePath, Volume
from hvgui.cluster.tasks import Task
from hvgui.gui.bridge import Bridge
from hvgui.gui.quorum.shown_standing import shown_standing
from hvgui.gui.wording import vm_state
from hvgui.lab.frames import Frame, Opening

REFRESH_MS = 200
_TURNS_A_FIGURE = 3
_ON_HEARING = (Node, Link, Network, QuorumSettings, HeartbeatSettings)
"""Records that decide who hears whom."""
_ON_VOTES = (*_ON_HEARING, Lun, San, StoragePath)
"""Records that decide who goes on."""


@dataclass
class Refresh:
    """What is new since the refresh before."""

    vms: set[VmId] = field(default_factory=set)
    """VMs whose record, task or progress is another."""
    removed_vms: set[VmId] = field(default_factory=set)
    nodes: set[NodeId] = field(default_factory=set)
    """Nodes whose record is another, or on which VMs came or went."""
    tasks: set[TaskId] = field(default_factory=set)
    ended_tasks: list[Task] = field(default_factory=list)
    things: bool = False
    """Storage, volumes, networks or links; servers that came or went."""
    metrics: bool = False
    """New figures for every node and VM."""
    replaced: bool = False
    """Another world is shown: everything above names all that is there."""

    def __bool__(self) -> bool:
        return bool(
            self.vms or self.removed_vms or self.nodes or self.tasks or self.ended_tasks or self.things or self.metrics
        )


class Facts(QObject):
    """Beside one bridge: the cluster, the newest figures, the progress of migrations, since when each VM runs."""

    refreshed = Signal(object)
    """Refresh."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.cluster = bridge.cluster
        self._haystacks: dict[VmId, tuple[VirtualMachine, str]] = {}
        self._begin()
        self._new = Refresh()
        self._turns = 0
        self._timer = QTimer(self)
        self._timer.setObjectName("facts refresh")
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.flush)
        bridge.world_replaced.connect(self._take_world)
        bridge.cluster_changed.connect(self._take_changes)
        bridge.tasks_ended.connect(self._take_ended)
        bridge.frame_arrived.connect(self._take_frame)

    def _begin(self) -> None:
        vms = self.cluster.vms.values()
        self.progress: dict[TaskId, MigrationProgress] = {}
        self.running_since_ns: dict[VmId, int] = {}
        """Of VMs that were seen to start; those that ran when the lab was opened are not in it."""
        self._owners = {vm.id: vm.owner for vm in vms}
        self._running = {vm.id for vm in vms if vm.state.holds_memory}
        self._seen = dict(self.cluster.vms)
        self._volumes = dict(self.cluster.volumes)
        self._tips = self.cluster.tips
        self._state_of = {vm.id: vm.state for vm in vms}
        self._nodes = set(self.cluster.nodes)
        self._standing: Standing | None = None
        self.states = Counter(self._state_of.values())
        """How many VMs are in each state."""

    @property
    def sample(self) -> MetricsSample | None:
        """The newest figures."""
        return self.bridge.latest

    @property
    def standing(self) -> Standing:
        """Which nodes are the cluster, with which votes; counted once for all who ask."""
        if self._standing is None:
            self._standing = shown_standing(self.cluster)
        return self._standing

    @property
    def time_ns(self) -> int:
        """The lab's clock."""
        return self.bridge.time_ns

    def start(self) -> None:
        """Begins to tick."""
        self._timer.start()

    def stop(self) -> None:
        """Ticks no more."""
        self._timer.stop()

    def flush(self) -> None:
        """Tells what is new, if anything is."""
        if not self._new:
            return
        refresh, self._new = self._new, Refresh()
        # New figures for thousands of rows cost the most painting and can wait for every third refresh.
        self._turns += 1
        if refresh.metrics and self._turns % _TURNS_A_FIGURE:
            refresh.metrics, self._new.metrics = False, True
            if not refresh:
                return
        refresh.vms.intersection_update(self.cluster.vms)
        refresh.nodes.intersection_update(self.cluster.nodes)
        self.refreshed.emit(refresh)

    def _take_world(self, _opening: Opening) -> None:
        """Another world: told at once, since nothing that the views show need be there any more."""
        before = self.cluster
        self.cluster = self.bridge.cluster
        self._haystacks.clear()
        self._begin()
        self._new = Refresh(
            vms=set(self.cluster.vms),
            removed_vms=set(before.vms) - set(self.cluster.vms),
            nodes=set(self.cluster.nodes),
            tasks=set(self.cluster.tasks),
            things=True,
            metrics=True,
            replaced=True,
        )
        self._turns = -1
        self.flush()

    def _take_changes(self, changes: Changes) -> None:
        for record in changes.records:
            if isinstance(record, VirtualMachine):
                self._take_vm(record)
            elif isinstance(record, Node):
                self._new.nodes.add(record.id)
                self._new.things |= record.id not in self._nodes
                self._nodes.add(record.id)
            elif isinstance(record, Task):
                self._new.tasks.add(record.id)
                self._new.vms.add(record.vm)
            elif isinstance(record, Volume):
                self._take_volume(record)
            elif isinstance(record, Tips):
                self._take_tips(record)
            else:
                self._new.things = True
        if any(isinstance(record, _ON_VOTES) for record in changes.records):
            self._standing = None
        if changes.removed_volumes or changes.removed_disks or changes.shared_volumes_enabled:
            self._new.things = True
        for vm in changes.removed_vms:
            self._new.removed_vms.add(vm)
            self._new.vms.discard(vm)
            self._tell_twins(self._seen.pop(vm, None), None)
            self._haystacks.pop(vm, None)
            if vm in self._state_of:
                self.states[self._state_of.pop(vm)] -= 1
            self._running.discard(vm)
            self.running_since_ns.pop(vm, None)
            self._new.nodes.update({self._owners.pop(vm)} if vm in self._owners else ())
        if changes.removed_nodes:
            self._forget_nodes(changes.removed_nodes)

    def _forget_nodes(self, nodes: tuple[NodeId, ...]) -> None:
        """At once: pictures of the nodes may be painted before the next turn."""
        self._new.things, self._standing = True, None
        self._nodes.difference_update(nodes)
        self.flush()

    def _take_tips(self, tips: Tips) -> None:
        """Nodes that are short of something carry a mark."""
        before, self._tips = self._tips, tips
        self._new.nodes.update({tip.node for tip in before.all} ^ {tip.node for tip in tips.all})
        self._new.things = True

    def _take_volume(self, volume: Volume) -> None:
        """That a volume gets fuller is a figure, like those that come every second; anything else is news."""
        before = self._volumes.get(volume.id)
        self._volumes[volume.id] = volume
        if before is not None and replace(before, used_bytes=volume.used_bytes) == volume:
            self._new.metrics = True
        else:
            self._new.things = True

    def _is_only_figures(self, vm: VirtualMachine) -> bool:
        """Whether nothing of a VM is another but what it has of memory, and the size of its disks' files."""
        before = self._seen.get(vm.id)
        self._seen[vm.id] = vm
        if before is None or before.state is not vm.state or len(before.disks) != len(vm.disks):
            return False
        sizes = zip(before.disks, vm.disks, strict=True)
        if before.disks != vm.disks and any(replace(old, file_bytes=new.file_bytes) != new for old, new in sizes):
            return False
        return before != vm and replace(before, disks=vm.disks, assigned_bytes=vm.assigned_bytes) == vm

    def haystack(self, vm: VmId) -> str:
        """The words that a VM is found by: its name, owner, state and tags, in small letters."""
        record = self.cluster.vms[vm]
        kept = self._haystacks.get(vm)
        if kept is not None and kept[0] is record:
            return kept[1]
        owner = self.cluster.nodes[record.owner].name
        words = "\n".join((record.name, owner, vm_state(record), *record.tags)).casefold()
        self._haystacks[vm] = (record, words)
        return words

    def _take_vm(self, vm: VirtualMachine) -> None:
        before = self._seen.get(vm.id)
        if self._is_only_figures(vm):
            self._new.metrics = True
            return
        self._new.vms.add(vm.id)
        self._tell_twins(before, vm)
        state = self._state_of.get(vm.id)
        if state is not vm.state:
            if state is not None:
                self.states[state] -= 1
            self.states[vm.state] += 1
            self._state_of[vm.id] = vm.state
        left = self._owners.get(vm.id)
        if left != vm.owner:
            self._owners[vm.id] = vm.owner
            self._new.nodes.update({vm.owner} if left is None else {vm.owner, left})
        if not vm.state.holds_memory:
            self._running.discard(vm.id)
            self.running_since_ns.pop(vm.id, None)
        elif vm.id not in self._running:
            self._running.add(vm.id)
            self.running_since_ns[vm.id] = self.bridge.time_ns

    def _tell_twins(self, before: VirtualMachine | None, after: VirtualMachine | None) -> None:
        """What one of several copies of an installation does decides whether the others stand in a conflict."""
        for vm in (before, after):
            if vm is not None and vm.guest.identity:
                self._new.vms.update(self.cluster.same_installation(vm.guest.identity))

    def _take_ended(self, tasks: tuple[Task, ...]) -> None:
        self._new.ended_tasks.extend(tasks)
        for task in tasks:
            self.progress.pop(task.id, None)
            self._new.vms.add(task.vm)

    def _take_frame(self, frame: Frame) -> None:
        for progress in frame.migrations:
            task = self.cluster.tasks.get(progress.task)
            if task is not None:
                self.progress[progress.task] = progress
                self._new.tasks.add(task.id)
                self._new.vms.add(task.vm)
        if frame.samples:
            self._new.metrics = True
