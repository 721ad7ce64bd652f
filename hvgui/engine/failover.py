"""The cluster brings lost VMs back: who is next, where to, and who has to wait for what.

VMs that are lost (critical) stand in `world.lost`. They are looked at when something has become free, storage has
changed, or the membership has: by priority, then in the order of their ids. Whoever finds no node waits, its record
says why, and it starts by itself as soon as a node takes it. A VM whose node is dead waits until the cluster knows
that, and nothing is done without quorum. From 2012 on a node takes a VM, too, for which others with dynamic memory have
to give way first; its memory is held once it is free, and never before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import Priority, VirtualMachine, VmState
from hvgui.cluster.membership import members, standing
from hvgui.cluster.nodes import ServiceState
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import ownership, register
from hvgui.engine.procedures.failover import fail_over
from hvgui.requests.migration_checks import processor_problems
from hvgui.requests.placement import Placement, Rooms, moving_group, place
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World

HOUR_SECONDS = 3600.0


def place_lost(world: World, freed: Iterable[NodeId] = ()) -> None:
    """Whoever is lost and finds a node sets out for it; whoever does not, waits. Where nothing has happened but that
    memory has become free on some nodes, only those are looked at whom it is enough for, with what others there would
    give back."""
    cluster = world.cluster
    everybody, world.unplaced = world.unplaced, False
    if not world.lost:
        return
    rooms = Rooms(cluster)
    # A dead node gives all its memory back with the last of its VMs, and is of use to nobody.
    able = [node for node in freed if cluster.nodes[node].has_power]
    room = max((rooms.free(node) + rooms.given_up(node) for node in able), default=0)
    has_quorum, seen = bool(standing(cluster).active), set[VmId]()
    for vm_id in sorted(world.lost, key=lambda vm: (-cluster.vms[vm].priority if vm in cluster.vms else 0, vm)):
        vm = cluster.vms.get(vm_id)
        if vm is None or vm.state is not VmState.CRITICAL or vm.is_failed:
            del world.lost[vm_id]
        elif vm_id in seen:
            continue
        elif vm.task is None and (everybody or vm.memory_bytes <= room) and not _unknown_yet(world, vm):
            if vm.highly_available and not has_quorum:
                wait(world, vm, f"{vm.name} can't start: the cluster has no quorum.")
            else:
                seen.update(_bring_back(world, vm, rooms))


def _unknown_yet(world: World, vm: VirtualMachine) -> bool:
    """Whether the cluster does not know yet that the VM is lost, or its node hangs and answers nobody."""
    owner = world.cluster.nodes[vm.owner]
    hangs = owner.is_up and owner.service is ServiceState.HUNG
    return vm.highly_available and (owner.is_unnoticed or vm.owner in world.missing or hangs)


def _bring_back(world: World, vm: VirtualMachine, rooms: Rooms) -> tuple[VmId, ...]:
    """Those who go together are looked at once, as the most important one of them. Gives who that was."""
    group = moving_group(world.cluster, vm)
    if any(_unknown_yet(world, one) for one in group):
        return ()
    found = place(world.cluster, group, world.missing, rooms)
    for one in group:
        if vm.highly_available and one.priority is Priority.NO_AUTO_START:
            _leave_off(world, one, found)
            rooms.placed(one.owner)
        elif found.node is None:
            wait(world, one, found.why.replace(vm.name, one.name, 1))
        elif not _has_failed(world, one, found.node):
            fail_over(world, world.cluster.vms[one.id], found.node)
        if found.node is not None:
            rooms.placed(found.node)
    return tuple(one.id for one in group)


def wait(world: World, vm: VirtualMachine, why: str) -> None:
    """A VM waits, and its record says what for; the first time, and when that changes, an event does."""
    if vm.pending == why:
        return
    register.keep_vm(world, replace(vm, pending=why))
    world.tell("failover-pending", why, Level.WARNING, vm=vm.id, node=vm.owner)


def _leave_off(world: World, vm: VirtualMachine, found: Placement) -> None:
    """Who is not to start by itself goes to another node and stays off there."""
    register.stop_vm(world, vm, VmState.OFF)
    text = f"{vm.name} is off: it is not started automatically"
    world.tell("not-started", text, Level.WARNING, vm=vm.id, node=vm.owner)
    if found.node is not None and found.node != vm.owner:
        ownership.give(world, replace(world.cluster.vms[vm.id], owner=found.node))


def _has_failed(world: World, vm: VirtualMachine, to: NodeId) -> bool:
    """Whether this failover is one too many in its period; else it counts from now on."""
    if to == vm.owner or not vm.highly_available:
        return False
    policy = vm.failover
    most = max(1, len(members(world.cluster)) - 1) if policy.most_failures is None else policy.most_failures
    since_ns = world.now_ns - round(policy.period_hours * HOUR_SECONDS * NANOSECONDS)
    counted = tuple(moment for moment in vm.failed_over_ns if moment > since_ns)
    if len(counted) < most:
        register.keep_vm(world, replace(vm, failed_over_ns=(*counted, world.now_ns)))
        return False
    times = "once" if most == 1 else f"{most} times"
    why = f"{vm.name} has failed over {times} in {policy.period_hours:g} hours and is left failed."
    register.keep_vm(world, replace(vm, is_failed=True, pending=why, failed_over_ns=counted))
    world.tell("group-failed", why, Level.ERROR, vm=vm.id, node=vm.owner)
    return True


def move_resting(world: World, node: NodeId) -> None:
    """Groups that were off or saved on a node that is gone: others take them, so that they can be started there."""
    cluster = world.cluster
    for vm_id in sorted(cluster.vms_on(node)):
        vm = cluster.vms[vm_id]
        if vm.highly_available and vm.task is None and vm.state in (VmState.OFF, VmState.SAVED):
            to = home_for_resting(world, vm)
            if to is not None:
                ownership.give(world, replace(vm, owner=to))


def home_for_resting(world: World, vm: VirtualMachine, without: Iterable[NodeId] = ()) -> NodeId | None:
    """A node for a VM that needs no memory now; who has seen a processor goes where it can be restored."""
    cluster = world.cluster
    light = replace(vm, saved_bytes=0, memory=replace(vm.memory, settings=replace(vm.memory.settings, startup_bytes=0)))
    if vm.state is VmState.SAVED:
        suited = tuple(node for node in cluster.nodes if not blockers(processor_problems(cluster, vm, node)))
        allowed = suited if vm.possible_owners is None else tuple(set(suited) & set(vm.possible_owners))
        light = replace(light, possible_owners=tuple(sorted(allowed)))
    return place(cluster, (light,), {*world.missing, *without}).node


def lost_vms(world: World) -> dict[VmId, None]:
    """Who is lost, as the records have it."""
    lost = (vm.id for vm in world.cluster.vms.values() if vm.state is VmState.CRITICAL and not vm.is_failed)
    return dict.fromkeys(lost)
