"""A world begins: a cluster as somebody has recorded it, at rest, at time 0."""

from __future__ import annotations

import msgspec

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.engine import membership
from hvgui.engine.agenda import Agenda
from hvgui.engine.flows import Flows
from hvgui.engine.guests import Guests
from hvgui.engine.link_rows import LinkRows
from hvgui.engine.load_columns import LoadColumns
from hvgui.engine.memory_columns import MemoryColumns
from hvgui.engine.streams import first_stream
from hvgui.engine.world import World


def settled(record: ClusterRecord, seed: int = 0) -> World:
    """A world at time 0 in which the cluster is as recorded. Tasks of the record are not continued."""
    vms = tuple(_at_rest(vm) for vm in record.vms)
    world = World.__new__(World)
    world.cluster = Cluster(msgspec.structs.replace(record, vms=vms, tasks=()))
    world.seed, world.now_ns = seed, 0
    world.last_event, world.last_task = 0, max((int(task.id) for task in record.tasks), default=-1)
    world.rows = LinkRows(world.cluster.links, world.cluster.sans, world.cluster.nodes)
    world.agenda = Agenda()
    world.flows = Flows(world.rows.capacities(world.cluster))
    world.guests, world.memory = Guests(world.cluster), MemoryColumns(world.cluster)
    world.procedures, world.waiting, world.streams, world.recoveries = {}, {}, {}, {}
    world.watch = LoadColumns()
    world.halted, world.unreachable, world.joining, world.freed, world.news = {}, {}, {}, {}, []
    world.stopped, world.volume_moves, world.lun_moves, world.redirected = {}, {}, {}, {}
    world.storage_changed, world.background, world.layout, world.short = {}, {}, None, {}
    world.drains, world.failback_ns = {}, -1
    world.missing, world.lossy, world.hung, world.regroup, world.unplaced = {}, {}, {}, False, False
    world.lost = {vm.id: None for vm in vms if vm.state is VmState.CRITICAL and not vm.is_failed}
    world.suspects = {vm.id: None for vm in vms if vm.state is VmState.PAUSED_CRITICAL}
    world.guests.reach(0, world.cluster, seed)
    for vm in world.cluster.vms.values():
        if vm.clients.video is not None:
            world.streams[vm.id] = first_stream(world, vm, vm.clients.video)
    world.flows.settle(0)
    membership.settle_in(world)
    return world


def _at_rest(vm: VirtualMachine) -> VirtualMachine:
    """A VM with nothing in mid-course: what had begun is taken as done, and who runs has its memory."""
    state = _RESTING.get(vm.state, vm.state)
    assigned = (vm.assigned_bytes or vm.memory.settings.startup_bytes) if state.holds_memory else 0
    saved = vm.saved_bytes
    if state is VmState.SAVED and vm.state is VmState.SAVING:
        saved = vm.assigned_bytes
    return msgspec.structs.replace(vm, state=state, assigned_bytes=assigned, saved_bytes=saved, task=None)


_RESTING = {
    VmState.STARTING: VmState.RUNNING,
    VmState.RESTORING: VmState.RUNNING,
    VmState.SAVING: VmState.SAVED,
    VmState.STOPPING: VmState.OFF,
}
