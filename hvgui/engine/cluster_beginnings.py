"""What requests on the cluster as a whole begin: its networks' faults, its heartbeats, its quorum."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from hvgui.cluster.chaos import Chaos
from hvgui.cluster.events import Level
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VmState
from hvgui.engine import register
from hvgui.engine.chaos_clock import come
from hvgui.engine.failback_looks import look_now
from hvgui.engine.procedures import network_faults as faults
from hvgui.requests import network_faults as asked
from hvgui.requests import quorum
from hvgui.requests.chaos import StartChaos, StopChaos
from hvgui.requests.failover_policy import SetFailoverPolicy, SetOwners
from hvgui.requests.request import Request, node_names

if TYPE_CHECKING:
    from hvgui.engine.world import World


def _set_heartbeat(world: World, request: quorum.SetHeartbeat) -> None:
    """What is being missed already keeps its time."""
    world.cluster.put(request.heartbeat)
    beat = request.heartbeat
    text = f"Heartbeats go every {beat.same_subnet_delay_ms} ms now, and {beat.same_subnet_threshold} may be missed"
    world.tell("heartbeat-set", text)


def _set_owners(world: World, request: SetOwners) -> None:
    vm = world.cluster.vms[request.vm]
    owners = "every node" if request.possible is None else _names(world, request.possible)
    register.keep_vm(world, replace(vm, preferred_owners=request.preferred, possible_owners=request.possible))
    text = f"{vm.name} may be owned by {owners}; preferred: {_names(world, request.preferred) or 'none'}"
    world.tell("owners-set", text, vm=vm.id)
    _look_at(world)


def _set_policy(world: World, request: SetFailoverPolicy) -> None:
    """Failures that have been counted still are; a group that is failed is looked at again."""
    vm = world.cluster.vms[request.vm]
    changed = replace(
        vm,
        failover=request.policy,
        anti_affinity=request.anti_affinity,
        start_delay_seconds=request.start_delay_seconds,
        priority=request.priority,
        is_failed=False,
    )
    register.keep_vm(world, changed)
    if vm.state is VmState.CRITICAL:
        world.lost[vm.id] = None
    world.tell("failover-policy-set", f"{vm.name} has another failover policy", vm=vm.id)
    _look_at(world)


def _look_at(world: World) -> None:
    """Lost VMs may start now, others may go back."""
    world.unplaced = True
    look_now(world)


def _names(world: World, nodes: tuple[NodeId, ...]) -> str:
    return node_names(world.cluster, nodes)


def _start_chaos(world: World, request: StartChaos) -> None:
    world.cluster.put(
        Chaos(
            request.faults_per_hour,
            request.kinds,
            request.chaos_seed,
            request.mended_after_seconds,
            since_ns=world.now_ns,
        )
    )
    come(world)
    world.tell("chaos-began", f"Faults come by themselves, {request.faults_per_hour:g} an hour", Level.WARNING)


def _stop_chaos(world: World) -> None:
    world.cluster.put(replace(world.cluster.chaos, faults_per_hour=0.0))
    world.tell("chaos-ended", "No more faults come by themselves")


CLUSTER_BEGINNINGS: dict[type[Request], Callable[[World, Any], Any]] = {
    asked.PartitionNetwork: lambda world, one: faults.partition(world, one.network, one.groups),
    asked.HealNetwork: lambda world, one: faults.heal(world, one.network),
    asked.SetHeartbeatLoss: lambda world, one: faults.set_heartbeat_loss(world, one.network, one.node, one.loss),
    asked.HangClusterService: lambda world, one: faults.hang_service(world, one.node),
    asked.FailWitnessShare: lambda world, _one: faults.set_share(world, up=False),
    asked.RestoreWitnessShare: lambda world, _one: faults.set_share(world, up=True),
    quorum.SetQuorum: lambda world, one: faults.set_quorum(world, one.settings(world.cluster)),
    quorum.SetHeartbeat: _set_heartbeat,
    SetOwners: _set_owners,
    StartChaos: _start_chaos,
    StopChaos: lambda world, _one: _stop_chaos(world),
    SetFailoverPolicy: _set_policy,
    quorum.ForceQuorum: lambda world, one: faults.force_quorum(world, one.node),
}
