"""Faults that come by themselves: which, where and when is drawn by counter, each is an ordinary request, and so is its
mending. A fault that the cluster would refuse as it stands (the node is down already) does not happen."""

from __future__ import annotations

from collections.abc import Callable
from math import log1p
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.chaos import FaultKind
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.units import nanoseconds
from hvgui.engine import beginnings
from hvgui.engine.agenda import Class, MendDue
from hvgui.engine.chaos_clock import come
from hvgui.engine.randomness import Stream, uniform
from hvgui.requests.catalogue import AnyRequest
from hvgui.requests.faults import CrashNode, CutLink, PowerOnNode, RestoreLink
from hvgui.requests.network_faults import (
    FailWitnessShare,
    HangClusterService,
    HealNetwork,
    PartitionNetwork,
    RestoreWitnessShare,
    SetHeartbeatLoss,
)
from hvgui.requests.problems import blockers
from hvgui.requests.storage_faults import FailLun, FailPath, FailSan, RestoreLun, RestorePath, RestoreSan

if TYPE_CHECKING:
    from hvgui.engine.world import World

Fault = tuple[AnyRequest, AnyRequest | None]
"""What breaks something, and what mends it (None: it mends itself)."""
Draw = Callable[[int], int]
"""A whole number below the one given, another one at each call."""


def due(world: World) -> None:
    """A fault comes, if it can; the next one is drawn."""
    chaos = replace(world.cluster.chaos, last_fault=world.cluster.chaos.last_fault + 1)
    world.cluster.put(chaos)
    counter = 0

    def draw(below: int) -> int:
        nonlocal counter
        counter += 1
        return min(below - 1, int(uniform(chaos.seed, Stream.CHAOS, chaos.last_fault, counter) * below))

    kinds = chaos.all_kinds
    fault = _FAULTS[kinds[draw(len(kinds))]](world.cluster, draw)
    luck = uniform(chaos.seed, Stream.CHAOS_MENDING, chaos.last_fault, 0)
    if fault is not None and not blockers(fault[0].check(world.cluster)):
        world.tell("chaos", f"Chaos: {fault[0].title(world.cluster)}")
        beginnings.begin(world, fault[0])
        if fault[1] is not None:
            seconds = -log1p(-luck) * chaos.mended_after_seconds
            world.agenda.add(world.now_ns + nanoseconds(seconds), Class.NODE, MendDue(fault[1]))
    come(world)


def mend(world: World, request: AnyRequest) -> None:
    """Somebody mends what has been broken, unless somebody else has."""
    if not blockers(request.check(world.cluster)):
        beginnings.begin(world, request)


def _node(cluster: Cluster, draw: Draw) -> NodeId:
    nodes = sorted(cluster.nodes)
    return nodes[draw(len(nodes))]


def _crash(cluster: Cluster, draw: Draw) -> Fault:
    node = _node(cluster, draw)
    return CrashNode(node), PowerOnNode(node)


def _link(cluster: Cluster, draw: Draw) -> Fault | None:
    keys = sorted(cluster.links)
    if not keys:
        return None
    node, network = keys[draw(len(keys))]
    return CutLink(node, network), RestoreLink(node, network)


def _partition(cluster: Cluster, draw: Draw) -> Fault:
    group = tuple(node for node in sorted(cluster.nodes) if draw(2))
    return PartitionNetwork((group or (_node(cluster, draw),),)), HealNetwork()


def _hang(cluster: Cluster, draw: Draw) -> Fault:
    return HangClusterService(_node(cluster, draw)), None


def _heartbeats(cluster: Cluster, draw: Draw) -> Fault | None:
    networks = sorted(one.id for one in cluster.networks.values() if one.role is not NetworkRole.NONE)
    if not networks:
        return None
    network = networks[draw(len(networks))]
    return SetHeartbeatLoss(network, (50 + draw(51)) / 100), SetHeartbeatLoss(network, 0.0)


def _san(cluster: Cluster, draw: Draw) -> Fault | None:
    sans = sorted(cluster.sans)
    san = sans[draw(len(sans))] if sans else None
    return None if san is None else (FailSan(san), RestoreSan(san))


def _lun(cluster: Cluster, draw: Draw) -> Fault | None:
    luns = sorted(cluster.luns)
    lun = luns[draw(len(luns))] if luns else None
    return None if lun is None else (FailLun(lun), RestoreLun(lun))


def _path(cluster: Cluster, draw: Draw) -> Fault | None:
    sans, node = sorted(cluster.sans), _node(cluster, draw)
    san = sans[draw(len(sans))] if sans else None
    return None if san is None else (FailPath(node, san), RestorePath(node, san))


def _witness(_cluster: Cluster, _draw: Draw) -> Fault:
    return FailWitnessShare(), RestoreWitnessShare()


_FAULTS: dict[FaultKind, Callable[[Cluster, Draw], Fault | None]] = {
    FaultKind.CRASH: _crash,
    FaultKind.LINK: _link,
    FaultKind.PARTITION: _partition,
    FaultKind.HANG: _hang,
    FaultKind.HEARTBEATS: _heartbeats,
    FaultKind.SAN: _san,
    FaultKind.LUN: _lun,
    FaultKind.PATH: _path,
    FaultKind.WITNESS: _witness,
}
