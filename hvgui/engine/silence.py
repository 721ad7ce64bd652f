"""Whose heartbeats are missed, and since when: in the world for the engine, in the node's record for who looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId

if TYPE_CHECKING:
    from hvgui.engine.world import World


def begin(world: World, node: NodeId) -> None:
    """From this moment on the others miss a node's heartbeats."""
    world.missing[node] = world.now_ns
    world.cluster.put(replace(world.cluster.nodes[node], silent_since_ns=world.now_ns))


def end(world: World, node: NodeId) -> None:
    """A node is heard again, or has been given up; nothing where nobody missed it."""
    if world.missing.pop(node, None) is not None:
        world.cluster.put(replace(world.cluster.nodes[node], silent_since_ns=None))


def with_silence(cluster: ClusterRecord, missing: dict[NodeId, int]) -> ClusterRecord:
    """A kept cluster with what its nodes' records did not say in checkpoints of before they could."""
    nodes = tuple(replace(node, silent_since_ns=missing.get(node.id)) for node in cluster.nodes)
    return replace(cluster, nodes=nodes) if nodes != cluster.nodes else cluster
