"""Taking snapshots, going back to them, and merging the files of those that were deleted.

=========  =============================================  =====================================================
Procedure  Step                                           Node dead; VM's disks lost (no cancel; turned off: not
                                                          while it is busy)
=========  =============================================  =====================================================
Take       WRITING the memory of a VM that runs, while    fails, VM lost; fails, VM stands still. Nothing is
           it runs on                                     frozen
(at once)  the disks are frozen, the VM goes on above     -
Merge      MERGING one file into the one below it         ends, goes on once the VM is off again; ends, goes on
                                                          later. Both files are as they were
=========  =============================================  =====================================================

Going back is done at once: the VM comes to rest, its newest files go, and it stands above the snapshot's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import Snapshot, Tree, by_id, children, descendants, mergeable
from hvgui.cluster.storage import DiskKind, VirtualDisk
from hvgui.cluster.tasks import Phase, TaskKind, TaskState
from hvgui.cluster.units import format_bytes, format_clock
from hvgui.engine import register, storage_growth
from hvgui.engine.procedures import saved_state
from hvgui.engine.procedures.course import course
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until
from hvgui.requests.snapshots import merge_may_begin
from hvgui.requests.storage_losses import vms_above

if TYPE_CHECKING:
    from hvgui.engine.world import World


class TakeSnapshotProcedure(Procedure, frozen=True, kw_only=True, tag="take-snapshot"):
    """The memory of a VM on its way to the disk."""

    name: str
    memory_bytes: int
    flow: int | None = None

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        _taken(world, self)

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        _taken(world, self)

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        _close(world, self.flow)
        register.lose_vm(world, self.vm)
        vm, record = world.cluster.vms[self.vm].name, world.cluster.nodes[node]
        text = f"Taking a snapshot of {vm} failed: {record.name} {record.fate}, and the VM with it"
        register.end_task(world, self.task, TaskState.FAILED, text)

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        _close(world, self.flow)
        name = world.cluster.vms[self.vm].name
        register.end_task(world, self.task, TaskState.FAILED, f"Taking a snapshot of {name} failed: {cause}")

    def storage_changed(self, world: World) -> None:
        """See Procedure.storage_changed."""
        flow = saved_state.reroute(world, self, self.flow)
        if flow != self.flow:
            keep(world, replace(self, flow=flow))


def take(world: World, vm_id: VmId, name: str) -> TaskId | None:
    """Freezes a VM at once, or once its memory is on the disk."""
    vm = world.cluster.vms[vm_id]
    called = name.strip() or f"{vm.name} - {format_clock(world.now_ns)}"
    if vm.state in (VmState.OFF, VmState.SAVED):
        _freeze(world, vm, called, vm.saved_bytes)
        world.tell("snapshot-taken", f"The snapshot '{called}' of {vm.name} is taken", vm=vm.id, node=vm.owner)
        return None
    task = register.open_task(world, TaskKind.SNAPSHOT, vm, vm.owner, Phase.SAVING)
    procedure = TakeSnapshotProcedure(**course(world, task, vm, vm.owner), name=called, memory_bytes=vm.assigned_bytes)
    world.tell("snapshot-began", f"A snapshot of {vm.name} is being taken", vm=vm.id, node=vm.owner, task=task)
    flow = saved_state.open_flow(world, task, vm)
    if flow is None:
        keep_until(world, procedure, saved_state.local_seconds(world.cluster, vm))
    else:
        keep(world, replace(procedure, flow=flow))
    return task


def _taken(world: World, procedure: TakeSnapshotProcedure) -> None:
    _close(world, procedure.flow)
    _freeze(world, world.cluster.vms[procedure.vm], procedure.name, procedure.memory_bytes)
    name = world.cluster.vms[procedure.vm].name
    text = f"The snapshot '{procedure.name}' of {name} is taken"
    register.end_task(world, procedure.task, TaskState.SUCCEEDED, text)


def _freeze(world: World, vm: VirtualMachine, name: str, memory_bytes: int) -> None:
    number = vm.last_snapshot + 1
    one = Snapshot(
        id=number,
        name=name,
        taken_ns=world.now_ns,
        disks=vm.disks,
        vcpus=vm.vcpus,
        memory=vm.memory,
        parent=vm.current_snapshot,
        memory_bytes=memory_bytes,
        seen_features=vm.seen_features,
        processor_compatibility=vm.processor_compatibility,
    )
    disks = tuple(_above(disk, number) for disk in vm.disks)
    frozen = replace(vm, snapshots=(*vm.snapshots, one), current_snapshot=number, last_snapshot=number, disks=disks)
    register.keep_vm(world, frozen)
    _occupy(world, one.disks[:1], memory_bytes)
    world.layout = None


def _above(disk: VirtualDisk, number: int) -> VirtualDisk:
    """An empty differencing disk above one whose file is frozen."""
    stem = _stem(disk.path)
    return replace(disk, kind=DiskKind.DIFFERENCING, file_bytes=0, path=f"{stem}_{number:04d}.avhd", parent=disk.path)


def _stem(path: str) -> str:
    """A file's path without its ending and without the number of a snapshot."""
    stem, dot, ending = path.rpartition(".")
    if not dot or "\\" in ending:
        return path
    head, line, number = stem.rpartition("_")
    return head if line and len(number) == 4 and number.isdigit() and ending == "avhd" else stem


def _occupy(world: World, disks: tuple[VirtualDisk, ...], more_bytes: int) -> None:
    """What memory or files take where disks lie (below zero: give back)."""
    for disk in disks:
        if disk.volume is not None and more_bytes:
            storage_growth.occupy(world, disk.volume, more_bytes)


# Going back


def apply(world: World, vm_id: VmId, snapshot_id: int) -> None:
    """The VM stands above a snapshot's files, with its settings and its memory."""
    vm = world.cluster.vms[vm_id]
    one = by_id(vm.snapshots)[snapshot_id]
    if vm.state.holds_memory:
        register.stop_vm(world, vm, VmState.OFF)
        world.freed[vm.owner] = None
    vm = world.cluster.vms[vm_id]
    for disk in vm.disks:
        _occupy(world, (disk,), -disk.file_bytes)
    number = vm.last_snapshot + 1
    back = replace(
        vm,
        state=VmState.SAVED if one.memory_bytes else VmState.OFF,
        saved_bytes=one.memory_bytes,
        assigned_bytes=0,
        vcpus=one.vcpus,
        memory=one.memory,
        seen_features=one.seen_features if one.memory_bytes else (),
        processor_compatibility=one.processor_compatibility,
        disks=tuple(_above(disk, number) for disk in one.disks),
        current_snapshot=one.id,
        last_snapshot=number,
    )
    register.keep_vm(world, back)
    world.layout = None
    world.suspects[vm_id] = None
    text = f"{vm.name} is as it was in '{one.name}' and {back.state.value}"
    world.tell("snapshot-applied", text, vm=vm.id, node=vm.owner)


def revert(world: World, vm_id: VmId) -> None:
    """Back to the snapshot that "Now" builds on."""
    apply(world, vm_id, world.cluster.vms[vm_id].current_snapshot)


def rename(world: World, vm_id: VmId, snapshot_id: int, name: str) -> None:
    """Another name."""
    vm = world.cluster.vms[vm_id]
    before = by_id(vm.snapshots)[snapshot_id].name
    changed = tuple(replace(one, name=name.strip()) if one.id == snapshot_id else one for one in vm.snapshots)
    register.keep_vm(world, replace(vm, snapshots=changed))
    text = f"The snapshot '{before}' of {vm.name} is called '{name.strip()}' now"
    world.tell("snapshot-renamed", text, vm=vm.id, node=vm.owner)


# Deleting and merging


def delete(world: World, vm_id: VmId, snapshot_id: int, *, subtree: bool) -> None:
    """A snapshot goes from the tree; files that nobody builds on go at once, others wait to be merged."""
    vm = world.cluster.vms[vm_id]
    gone = {snapshot_id, *(one.id for one in descendants(vm.snapshots, snapshot_id) if subtree)}
    name = by_id(vm.snapshots)[snapshot_id].name
    for one in vm.snapshots:
        if one.id in gone and one.memory_bytes:
            _occupy(world, one.disks[:1], -one.memory_bytes)
    marked = tuple(replace(one, is_deleted=True, memory_bytes=0) if one.id in gone else one for one in vm.snapshots)
    tree = _without_leaves(world, marked, vm.current_snapshot)
    register.keep_vm(world, replace(vm, snapshots=tree))
    world.suspects[vm_id] = None
    more = f" and {len(gone) - 1} below it" if len(gone) > 1 else ""
    waits = "; its files will be merged" if any(one.is_deleted for one in tree) else ""
    world.tell("snapshot-deleted", f"The snapshot '{name}' of {vm.name}{more} is deleted{waits}", vm=vm.id)


def _without_leaves(world: World, tree: Tree, current: int) -> Tree:
    """Deleted snapshots on whose files nobody builds: their files go."""
    while True:
        leaf = next((one for one in tree if one.is_deleted and one.id != current and not children(tree, one.id)), None)
        if leaf is None:
            return tree
        for disk in leaf.disks:
            _occupy(world, (disk,), -disk.file_bytes)
        tree = tuple(one for one in tree if one.id != leaf.id)


class MergeProcedure(Procedure, frozen=True, kw_only=True, tag="merge-snapshots"):
    """The file above a deleted snapshot on its way into that snapshot's own."""

    snapshot: int
    flow: int | None = None

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        _merged(world, self)

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        _merged(world, self)

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        _close(world, self.flow)
        vm = world.cluster.vms[self.vm]
        if vm.state.holds_memory:
            register.lose_vm(world, self.vm)
        record = world.cluster.nodes[node]
        text = f"Merging the snapshots of {vm.name} broke off: {record.name} {record.fate}"
        register.end_task(world, self.task, TaskState.FAILED, text)

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        _close(world, self.flow)
        name = world.cluster.vms[self.vm].name
        register.end_task(world, self.task, TaskState.FAILED, f"Merging the snapshots of {name} broke off: {cause}")

    def storage_changed(self, world: World) -> None:
        """See Procedure.storage_changed."""
        flow = saved_state.reroute(world, self, self.flow)
        if flow != self.flow:
            keep(world, replace(self, flow=flow))


def concerned(world: World) -> tuple[VmId, ...]:
    """VMs with snapshots to which something has happened at this instant: themselves, their storage or their node."""
    found = dict.fromkeys(world.suspects)
    for lun in world.storage_changed:
        found.update(dict.fromkeys(vms_above(world.cluster, lun)))
    for node in world.freed:
        found.update(dict.fromkeys(world.cluster.vms_on(node)))
    vms = world.cluster.vms
    return tuple(vm for vm in sorted(found) if vm in vms and vms[vm].snapshots)


def start_merges(world: World, vms: tuple[VmId, ...]) -> None:
    """Whoever of these may merge now begins to."""
    for vm_id in vms:
        vm = world.cluster.vms.get(vm_id)
        if vm is None or not vm.snapshots or not merge_may_begin(world.cluster, vm):
            continue
        ghost = mergeable(vm.snapshots, vm.current_snapshot)
        if ghost is None or saved_state.is_out_of_reach(world.cluster, vm):
            continue
        task = register.open_task(world, TaskKind.MERGE, vm, vm.owner, Phase.MERGING)
        procedure = MergeProcedure(**course(world, task, vm, vm.owner), snapshot=ghost.id)
        size = sum(disk.file_bytes for disk in _disks_above(world.cluster.vms[vm_id], ghost))
        text = f"Files of {vm.name}'s snapshots are being merged, {format_bytes(size)}"
        world.tell("merge-began", text, vm=vm.id, node=vm.owner, task=task)
        _carry(world, procedure, vm, size)


def _carry(world: World, procedure: MergeProcedure, vm: VirtualMachine, size_bytes: int) -> None:
    flow = saved_state.open_flow(world, procedure.task, vm, float(max(1, size_bytes)))
    if flow is None:
        keep_until(world, procedure, size_bytes / saved_state.LOCAL_DISK_BYTES_PER_SECOND)
    else:
        keep(world, replace(procedure, flow=flow))


def _disks_above(vm: VirtualMachine, ghost: Snapshot) -> tuple[VirtualDisk, ...]:
    """The disks of the one that builds on a deleted snapshot: another snapshot's, or the VM's own."""
    above = children(vm.snapshots, ghost.id)
    return above[0].disks if above else vm.disks


def _merged(world: World, procedure: MergeProcedure) -> None:
    _close(world, procedure.flow)
    vm = world.cluster.vms[procedure.vm]
    ghost = by_id(vm.snapshots)[procedure.snapshot]
    above = children(vm.snapshots, ghost.id)
    upper = above[0].disks if above else vm.disks
    disks = tuple(_one_file(world, disk, ghost) for disk in upper)
    for disk in ghost.disks:
        if disk.path not in {one.parent for one in upper}:
            _occupy(world, (disk,), -disk.file_bytes)
    tree = tuple(one for one in vm.snapshots if one.id != ghost.id)
    moved = {disk.path: merged.path for disk, merged in zip(upper, disks, strict=True)}
    if above:
        changed = replace(above[0], parent=ghost.parent, disks=disks)
        tree = tuple(changed if one.id == changed.id else one for one in tree)
        tree = tuple(_reparented(one, moved) for one in tree)
        own = tuple(_on(disk, moved) for disk in vm.disks)
        vm = replace(vm, snapshots=tree, disks=own)
    else:
        vm = replace(vm, snapshots=tree, disks=disks, current_snapshot=ghost.parent)
    register.keep_vm(world, vm)
    world.layout = None
    text = f"The files of '{ghost.name}' of {vm.name} are merged"
    register.end_task(world, procedure.task, TaskState.SUCCEEDED, text)


def _one_file(world: World, upper: VirtualDisk, ghost: Snapshot) -> VirtualDisk:
    """The disk above and the frozen one as one file, in the place of the frozen one."""
    lower = next((disk for disk in ghost.disks if disk.path == upper.parent), None)
    if lower is None:
        return upper
    size = (
        lower.size_bytes if lower.kind is DiskKind.FIXED else min(lower.size_bytes, lower.file_bytes + upper.file_bytes)
    )
    _occupy(world, (upper,), size - lower.file_bytes - upper.file_bytes)
    return replace(upper, kind=lower.kind, file_bytes=size, path=lower.path, parent=lower.parent)


def _on(disk: VirtualDisk, moved: dict[str, str]) -> VirtualDisk:
    return replace(disk, parent=moved[disk.parent]) if disk.parent in moved else disk


def _reparented(one: Snapshot, moved: dict[str, str]) -> Snapshot:
    disks = tuple(_on(disk, moved) for disk in one.disks)
    return replace(one, disks=disks) if disks != one.disks else one


def _close(world: World, flow: int | None) -> None:
    if flow is not None:
        world.flows.close(flow)
