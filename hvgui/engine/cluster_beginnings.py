"""What requests on the cluster as a whole begin: its networks' faults, its heartbeats, its quorum."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hvgui.engine.procedures import network_faults as faults
from hvgui.requests import network_faults as asked
from hvgui.requests import quorum
from hvgui.requests.request import Request

if TYPE_CHECKING:
    from hvgui.engine.world import World


def _set_heartbeat(world: World, request: quorum.SetHeartbeat) -> None:
    """What is being missed already keeps its time."""
    world.cluster.put(request.heartbeat)
    beat = request.heartbeat
    text = f"Heartbeats go every {beat.same_subnet_delay_ms} ms now, and {beat.same_subnet_threshold} may be missed"
    world.tell("heartbeat-set", text)


CLUSTER_BEGINNINGS: dict[type[Request], Callable[[World, Any], Any]] = {
    asked.PartitionNetwork: lambda world, one: faults.partition(world, one.network, one.groups),
    asked.HealNetwork: lambda world, one: faults.heal(world, one.network),
    asked.SetHeartbeatLoss: lambda world, one: faults.set_heartbeat_loss(world, one.network, one.node, one.loss),
    asked.HangClusterService: lambda world, one: faults.hang_service(world, one.node),
    asked.FailWitnessShare: lambda world, _one: faults.set_share(world, up=False),
    asked.RestoreWitnessShare: lambda world, _one: faults.set_share(world, up=True),
    quorum.SetQuorum: lambda world, one: faults.set_quorum(world, one.settings(world.cluster)),
    quorum.SetHeartbeat: _set_heartbeat,
    quorum.ForceQuorum: lambda world, one: faults.force_quorum(world, one.node),
}
