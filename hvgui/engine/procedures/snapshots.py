"""Taking snapshots, going back to them, and deleting them. Merging what is deleted stands in `snapshot_merging`.

==============  =============================================  ======================================================
Procedure       Step                                           Cancel; node dead; VM's disks lost (turned off: not
                                                               while it is busy)
==============  =============================================  ======================================================
Take            WRITING the memory of a VM that runs, while    cancelled, it runs on; fails, VM lost; fails, VM
                it runs on                                     stands still. Nothing is frozen
(at once)       the disks are frozen, the VM goes on above     -
Take and apply  WRITING, as above                              as above; nothing is frozen and nothing applied
(at once)       frozen, and the other snapshot applied         -
==============  =============================================  ======================================================

Going back is done at once: the VM comes to rest, its newest files go, and it stands above the snapshot's. Should the
room for the memory be gone once it is written, nothing is frozen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.snapshots import HeldSettings, Snapshot, TakenOf, by_id, children, descendants
from hvgui.cluster.tasks import Phase, TaskKind, TaskState
from hvgui.cluster.units import format_clock
from hvgui.cluster.vm_settings import NetworkAdapter
from hvgui.engine import register
from hvgui.engine.procedures import disks, saved_state, snapshot_files
from hvgui.engine.procedures.course import course
from hvgui.engine.procedures.procedure import Procedure, keep, keep_until
from hvgui.engine.resource_beginnings import with_demand
from hvgui.requests.problems import blockers
from hvgui.requests.snapshots import added_since, room_problems

if TYPE_CHECKING:
    from hvgui.engine.world import World


class TakeSnapshotProcedure(Procedure, frozen=True, kw_only=True, tag="take-snapshot"):
    """The memory of a VM on its way to the disk."""

    name: str
    memory_bytes: int
    flow: int | None = None
    then_apply: int = 0
    """The snapshot that is applied afterwards; 0: none."""
    size_bytes: int = 0
    """What is written; 0 in labs of older versions."""

    def timer(self, world: World) -> None:
        """See Procedure.timer."""
        _taken(world, self)

    def flow_ended(self, world: World) -> None:
        """See Procedure.flow_ended."""
        _taken(world, self)

    def cancel(self, world: World) -> None:
        """See Procedure.cancel."""
        _end(world, self, TaskState.CANCELLED, "was cancelled; nothing is frozen")

    def node_lost(self, world: World, node: NodeId) -> None:
        """See Procedure.node_lost."""
        register.lose_vm(world, self.vm)
        record = world.cluster.nodes[node]
        _end(world, self, TaskState.FAILED, f"failed: {record.name} {record.fate}, and the VM with it")

    def storage_lost(self, world: World, cause: str) -> None:
        """See Procedure.storage_lost."""
        _end(world, self, TaskState.FAILED, f"failed: {cause}")

    def storage_changed(self, world: World) -> None:
        """See Procedure.storage_changed."""
        flow = saved_state.reroute(world, self, self.flow)
        if flow != self.flow:
            keep(world, replace(self, flow=flow))


def _end(world: World, procedure: TakeSnapshotProcedure, state: TaskState, how: str) -> None:
    """Without a snapshot; the VM goes on as it was, if it does."""
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    text = f"Taking a snapshot of {world.cluster.vms[procedure.vm].name} {how}"
    register.end_task(world, procedure.task, state, text)


def take(world: World, vm_id: VmId, name: str, then_apply: int = 0) -> TaskId | None:
    """Freezes a VM at once, or once its memory is on the disk; then applies another snapshot where one is given."""
    vm = world.cluster.vms[vm_id]
    called = name.strip() or f"{vm.name} - {format_clock(world.now_ns)}"
    if vm.state in (VmState.OFF, VmState.SAVED):
        _freeze(world, vm, called, vm.saved_bytes)
        world.tell("snapshot-taken", f"The snapshot '{called}' of {vm.name} is taken", vm=vm.id, node=vm.owner)
        if then_apply:
            apply(world, vm_id, then_apply)
        return None
    kind = TaskKind.APPLY_SNAPSHOT if then_apply else TaskKind.SNAPSHOT
    task = register.open_task(world, kind, vm, vm.owner, Phase.SAVING)
    procedure = TakeSnapshotProcedure(
        **course(world, task, vm, vm.owner),
        name=called,
        memory_bytes=vm.assigned_bytes,
        then_apply=then_apply,
        size_bytes=saved_state.plan(world.cluster, vm).state_bytes,
    )
    world.tell("snapshot-began", f"A snapshot of {vm.name} is being taken", vm=vm.id, node=vm.owner, task=task)
    flow = saved_state.open_flow(world, task, vm)
    if flow is None:
        keep_until(world, procedure, saved_state.local_seconds(world.cluster, vm))
    else:
        keep(world, replace(procedure, flow=flow))
    return task


def _taken(world: World, procedure: TakeSnapshotProcedure) -> None:
    """The memory is on the disk."""
    vm = world.cluster.vms[procedure.vm]
    # Whatever has become of the VM: one that stands still for want of room would need none by its state.
    no_room = blockers(tuple(room_problems(world.cluster, vm, procedure.memory_bytes)))
    if no_room:
        _end(world, procedure, TaskState.FAILED, f"failed: {no_room[0].message}")
        return
    if procedure.flow is not None:
        world.flows.close(procedure.flow)
    _freeze(world, vm, procedure.name, procedure.memory_bytes)
    text = f"The snapshot '{procedure.name}' of {vm.name} is taken"
    if procedure.then_apply:
        world.tell("snapshot-taken", text, vm=vm.id, node=vm.owner, task=procedure.task)
        text = apply(world, vm.id, procedure.then_apply)
    register.end_task(world, procedure.task, TaskState.SUCCEEDED, text)


def _freeze(world: World, vm: VirtualMachine, name: str, memory_bytes: int) -> None:
    number = vm.last_snapshot + 1
    if any(not disk.path for disk in vm.disks):
        vm = replace(vm, disks=tuple(disks.with_path(world, vm, disk) for disk in vm.disks))
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
        held=_held(vm),
        taken_of=TakenOf.RUNNING if vm.state.holds_memory else TakenOf.SAVED if memory_bytes else TakenOf.OFF,
    )
    now = tuple(snapshot_files.above(disk, number) for disk in vm.disks)
    frozen = replace(vm, snapshots=(*vm.snapshots, one), current_snapshot=number, last_snapshot=number, disks=now)
    register.keep_vm(world, frozen)
    for disk in one.disks[:1]:
        snapshot_files.occupy(world, disk, memory_bytes)
    world.layout = None


def _held(vm: VirtualMachine) -> HeldSettings:
    return HeldSettings(
        adapters=vm.adapters,
        guest=vm.guest,
        scheduling=vm.scheduling,
        notes=vm.notes,
        scsi_controllers=vm.scsi_controller_count,
        booted_vendor=vm.booted_vendor,
    )


# Going back


def apply(world: World, vm_id: VmId, snapshot_id: int) -> str:
    """The VM stands above a snapshot's files, with its settings and its memory. Gives that as a sentence."""
    vm = world.cluster.vms[vm_id]
    one = by_id(vm.snapshots)[snapshot_id]
    if vm.state.holds_memory:
        register.stop_vm(world, vm, VmState.OFF)
        world.freed[vm.owner] = None
    for disk in added_since(vm):
        disks.detach(world, vm_id, disk.slot, delete_file=False)
    vm = world.cluster.vms[vm_id]
    for disk in vm.disks:
        snapshot_files.occupy(world, disk, -disk.file_bytes)
    number = vm.last_snapshot + 1
    # The demand is a share of the startup memory: it stays what it is in bytes.
    load = with_demand(vm.load, vm.memory.settings.startup_bytes / one.memory.settings.startup_bytes)
    if load != vm.load:
        world.guests.forget_curves()
    back = replace(
        vm,
        state=VmState.SAVED if one.memory_bytes else VmState.OFF,
        saved_bytes=one.memory_bytes,
        assigned_bytes=0,
        vcpus=one.vcpus,
        memory=one.memory,
        load=load,
        seen_features=one.seen_features if one.memory_bytes else (),
        processor_compatibility=one.processor_compatibility,
        disks=tuple(snapshot_files.above(disk, number) for disk in one.disks),
        current_snapshot=one.id,
        last_snapshot=number,
    )
    # Nothing builds any more on a deleted snapshot on which it stood.
    register.keep_vm(world, _with_settings(world.cluster, _without_leaves(world, back), one.held))
    world.layout = None
    world.suspects[vm_id] = None
    text = f"{vm.name} is as it was in '{one.name}' and {back.state.value}"
    world.tell("snapshot-applied", text, vm=vm.id, node=vm.owner)
    return text


def _with_settings(cluster: Cluster, vm: VirtualMachine, held: HeldSettings | None) -> VirtualMachine:
    """The VM with the settings that a snapshot holds; older ones hold none of these."""
    if held is None:
        return vm
    # A copy's snapshots of before the copy do not know whose copy it is.
    guest = replace(held.guest, identity=held.guest.identity or vm.guest.identity)
    return replace(
        vm,
        adapters=_adapters(cluster, vm, held.adapters),
        guest=guest,
        scheduling=held.scheduling,
        notes=held.notes,
        scsi_controllers=held.scsi_controllers,
        booted_vendor=held.booted_vendor,
    )


def _adapters(cluster: Cluster, vm: VirtualMachine, held: tuple[NetworkAdapter, ...]) -> tuple[NetworkAdapter, ...]:
    """Adapters as they were, each with the MAC address that it has now; one whose network is gone is unconnected. One
    that the VM has lost keeps the address of then, unless another VM has got that."""
    macs = [adapter.mac for adapter in vm.adapters]
    others = {adapter.mac for other in cluster.vms.values() if other.id != vm.id for adapter in other.adapters}
    found = []
    for number, adapter in enumerate(held):
        mac = macs[number] if number < len(macs) else adapter.mac
        if number >= len(macs) and (mac in others or mac in macs):
            mac = ""
        network = adapter.network if adapter.network in cluster.networks else None
        found.append(replace(adapter, mac=mac, network=network))
    return tuple(found)


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


# Deleting


def delete(world: World, vm_id: VmId, snapshot_id: int, *, subtree: bool) -> None:
    """A snapshot goes from the tree; files that nobody builds on go at once, others wait to be merged."""
    vm = world.cluster.vms[vm_id]
    gone = {snapshot_id, *(one.id for one in descendants(vm.snapshots, snapshot_id) if subtree)}
    name = by_id(vm.snapshots)[snapshot_id].name
    for one in vm.snapshots:
        if one.id in gone and one.memory_bytes:
            for disk in one.disks[:1]:
                snapshot_files.occupy(world, disk, -one.memory_bytes)
    marked = tuple(replace(one, is_deleted=True, memory_bytes=0) if one.id in gone else one for one in vm.snapshots)
    left = _without_leaves(world, replace(vm, snapshots=marked))
    register.keep_vm(world, left)
    world.suspects[vm_id] = None
    more = f" and {len(gone) - 1} below it" if len(gone) > 1 else ""
    waits = "; its files will be merged" if any(one.is_deleted for one in left.snapshots) else ""
    world.tell("snapshot-deleted", f"The snapshot '{name}' of {vm.name}{more} is deleted{waits}", vm=vm.id)


def _without_leaves(world: World, vm: VirtualMachine) -> VirtualMachine:
    """The VM without deleted snapshots on whose files nobody builds; these go."""
    tree, known = vm.snapshots, by_id(vm.snapshots)
    while True:
        gone = (one for one in tree if one.is_deleted and one.id != vm.current_snapshot and not children(tree, one.id))
        leaf = next(gone, None)
        if leaf is None:
            return vm if tree is vm.snapshots else replace(vm, snapshots=tree)
        below = {disk.path for disk in known[leaf.parent].disks} if leaf.parent else set[str]()
        for disk in leaf.disks:
            snapshot_files.let_go(world, vm, disk, below)
        tree = tuple(one for one in tree if one.id != leaf.id)
