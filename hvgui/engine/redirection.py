"""Over which links a node reaches a volume's coordinator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hvgui.cluster.ids import NodeId
from hvgui.cluster.storage_access import redirection_network

if TYPE_CHECKING:
    from hvgui.engine.world import World


def network_rows(world: World, node: NodeId, coordinator: NodeId) -> tuple[int, int] | None:
    """The sending side of the node and the receiving side of the coordinator, on the first network that joins them;
    None where no network does."""
    network = redirection_network(world.cluster, node, coordinator)
    if network is None:
        return None
    up, down = world.rows.up((node, network)), world.rows.down((coordinator, network))
    return None if up is None or down is None else (up, down)
