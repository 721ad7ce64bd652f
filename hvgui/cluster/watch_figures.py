"""What the load watch sees at one moment, for whoever shows it: the loads of every node, tip or no tip."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.load_watch import LoadWatch, WatchedResource
from hvgui.cluster.metrics import Column

RESOURCE_ROW = {resource: row for row, resource in enumerate(WatchedResource)}
"""The row of each resource in the columns below."""


class WatchFigures(msgspec.Struct, frozen=True, eq=False):
    """Shares of what a node has, by resource and node id; above 1 where its guests want more than there is."""

    time_ns: int
    now: Column
    """(resources, nodes): what is wanted at this moment."""
    samples: Column
    """(samples, resources, nodes): the window, oldest first; without nodes while the watch is off. To be read
    only."""
    filled: NDArray[np.int64]
    """By node: how many of the newest samples count; fewer than all of them after something has changed there."""

    def counted(self, node: int) -> int:
        """How many samples of a node count."""
        return int(self.filled[node]) if node < len(self.filled) else 0

    def window(self, resource: WatchedResource, node: int) -> tuple[float, ...]:
        """The samples of a node that count, oldest first."""
        counted = self.counted(node)
        if not counted:
            return ()
        return tuple(self.samples[len(self.samples) - counted :, RESOURCE_ROW[resource], node].tolist())

    def share(self, resource: WatchedResource, node: int) -> float:
        """The mean of the samples that count; where none does, what is wanted at this moment."""
        window = self.window(resource, node)
        if window:
            return sum(window) / len(window)
        return float(self.now[RESOURCE_ROW[resource], node]) if node < self.now.shape[1] else 0.0

    def shares(self, node: int) -> tuple[float, ...]:
        """Likewise of every resource, in the order of `WatchedResource`."""
        return tuple(self.share(resource, node) for resource in WatchedResource)

    def pressure(self, watch: LoadWatch, node: int) -> float:
        """The largest share as a part of its limit: above 1 the node has too much to do."""
        return max(self.share(resource, node) / watch.limit(resource) for resource in WatchedResource)
