"""How a cluster stands, for people: of one that is stopped also which votes are there to begin again with."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.hearing import is_alive
from hvgui.cluster.membership import Standing, standing, standing_among
from hvgui.cluster.nodes import NodeState


def shown_standing(cluster: Cluster) -> Standing:
    """As `standing`; where all nodes have stopped for want of quorum, with the votes of those that wait for it."""
    now = standing(cluster)
    if now.active or any(is_alive(cluster, node) for node in cluster.nodes):
        return now
    waiting = [node.id for node in cluster.nodes.values() if node.is_member and node.state is NodeState.ISOLATED]
    if not waiting:
        return now
    then = standing_among(cluster, waiting)
    return Standing(then.model, (), then.tally, then.has_witness)
