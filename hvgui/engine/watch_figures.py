"""What the nodes' guests want, as the load watch takes it, and what it has seen of that so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hvgui.cluster.metrics import Column
from hvgui.cluster.watch_figures import WatchFigures
from hvgui.engine.balancing.loads import present_loads
from hvgui.engine.balancing.population import scales
from hvgui.engine.balancing.relief import MEASURES_WATCHED

if TYPE_CHECKING:
    from hvgui.engine.world import World


def present_shares(world: World) -> tuple[Column, Column]:
    """Columns by watched resource and node (shares of what it has), and by resource and VM (in its own unit)."""
    loads = present_loads(world)
    wants = np.array(
        [loads.processors, loads.memory_bytes, loads.disk_bytes_per_second, loads.network_bytes_per_second]
    )
    size = max(world.cluster.nodes, default=-1) + 1
    owner = world.guests.assignment()[0]
    shares = np.array([np.bincount(owner, weights=want, minlength=size) for want in wants])
    nodes = list(world.cluster.nodes.values())
    scale = np.zeros((len(wants), size))
    scale[:, [node.id for node in nodes]] = scales(world.cluster, nodes)[list(MEASURES_WATCHED)]
    return shares * scale, wants


def watch_figures(world: World) -> WatchFigures:
    """As of the world's clock; changes nothing. With the watch off there is no window, but what is wanted now."""
    shares, _ = present_shares(world)
    return WatchFigures(world.now_ns, shares, world.watch.samples, world.watch.filled)
