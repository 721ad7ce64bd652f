"""Who hears whom, for the map: nodes deaf to the chosen one, nodes that are cut off, links that lose heartbeats."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster, LinkKey
from hvgui.cluster.hearing import hears, is_alive
from hvgui.cluster.ids import NodeId
from hvgui.gui.facts import Facts
from hvgui.gui.objects import Kind, Ref


def deaf_to(cluster: Cluster, chosen: Ref | None) -> frozenset[NodeId]:
    """Living nodes that do not hear the chosen node; empty where none is chosen, or it sends nothing."""
    if chosen is None or chosen.kind is not Kind.NODE or chosen.node not in cluster.nodes:
        return frozenset()
    if not is_alive(cluster, chosen.node):
        return frozenset()
    return frozenset(
        node for node in cluster.nodes if is_alive(cluster, node) and not hears(cluster, chosen.node, node)
    )


def is_cut_off(facts: Facts, node: NodeId) -> bool:
    """Whether a node is alive, and not among those that go on as the cluster."""
    return is_alive(facts.cluster, node) and node not in facts.standing.active


def loses_heartbeats(facts: Facts, key: LinkKey) -> bool:
    """Whether heartbeats over a link get lost, for its own or its network's sake."""
    return bool(facts.cluster.links[key].heartbeat_loss or facts.cluster.networks[key[1]].heartbeat_loss)
