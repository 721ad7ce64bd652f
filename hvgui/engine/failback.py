"""Failback: a VM whose preferred owner has come back goes to it, at once or within hours of the day.

Looked at when a node has joined or takes VMs again, when owners or policies are changed, and, as long as somebody would
go and can't yet, when its hours begin or a while later. The lab's day begins with the lab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import Failback, FailoverPolicy, VirtualMachine, VmState
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import beginnings
from hvgui.engine.failback_looks import look_in
from hvgui.requests.lun_groups import neighbours
from hvgui.requests.migration import LiveMigrate, QuickMigrate
from hvgui.requests.problems import blockers

if TYPE_CHECKING:
    from hvgui.engine.world import World

AGAIN_SECONDS = 60.0
"""After so long it is tried again for those who could not go."""
_HOUR_SECONDS = 3600
_DAY_SECONDS = 24 * _HOUR_SECONDS


def due(world: World) -> None:
    """Whoever wants to go back and can, goes; the others are looked at again."""
    world.failback_ns = -1
    waits: list[float] = []
    for vm in tuple(world.cluster.vms.values()):
        if not _wants_back(vm) or not _decides(world, vm):
            continue
        better = _better_owners(world, vm)
        if better and vm.state is VmState.RUNNING:
            seconds = seconds_to_window(vm.failover, world.now_ns)
            if seconds > 0.0:
                waits.append(seconds)
            elif vm.task is not None or not _go(world, vm, better):
                waits.append(AGAIN_SECONDS)
    if waits:
        look_in(world, min(waits))


def _wants_back(vm: VirtualMachine) -> bool:
    return vm.highly_available and bool(vm.preferred_owners) and vm.failover.failback is not Failback.PREVENT


def _decides(world: World, vm: VirtualMachine) -> bool:
    """Of VMs that share a LUN and go together, the most important one that wants back decides where: two with other
    wishes would take each other to and fro for ever."""
    rivals = [vm, *(one for one in neighbours(world.cluster, vm) if _wants_back(one))]
    return min(rivals, key=lambda one: (-one.priority, one.id)) is vm


def _better_owners(world: World, vm: VirtualMachine) -> tuple[NodeId, ...]:
    """Preferred owners that take VMs and come before the present one."""
    order = vm.preferred_owners
    before = order[: order.index(vm.owner)] if vm.owner in order else order
    nodes = world.cluster.nodes
    return tuple(node for node in before if node in nodes and nodes[node].takes_vms and node not in world.missing)


def _go(world: World, vm: VirtualMachine, better: tuple[NodeId, ...]) -> bool:
    """Live where that is possible, else by quick migration."""
    for node in better:
        for request in (LiveMigrate(vm.id, node), QuickMigrate(vm.id, node)):
            problems = blockers(request.check(world.cluster))
            if any(problem.code == "node-busy" for problem in problems):
                break
            if not problems:
                text = f"{vm.name} goes back to {world.cluster.nodes[node].name}, its preferred owner"
                world.tell("failback", text, vm=vm.id, node=node)
                beginnings.begin(world, request)
                return True
    return False


def seconds_to_window(policy: FailoverPolicy, now_ns: int) -> float:
    """How long until a VM may go back; 0: now."""
    if policy.failback is Failback.IMMEDIATELY or policy.from_hour == policy.to_hour:
        return 0.0
    since_midnight = now_ns / NANOSECONDS % _DAY_SECONDS
    begins, ends = policy.from_hour * _HOUR_SECONDS, policy.to_hour * _HOUR_SECONDS
    inside = begins <= since_midnight < ends if begins < ends else not ends <= since_midnight < begins
    return 0.0 if inside else (begins - since_midnight) % _DAY_SECONDS
