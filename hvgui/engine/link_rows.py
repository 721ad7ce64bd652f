"""Which row of the shared links stands for what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from hvgui.cluster.cluster import Cluster, LinkKey
from hvgui.cluster.ids import NodeId, SanId
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.storage_access import path_bytes_per_second


class LinkRows:
    """Which row of the shared links stands for what: a node's sending and receiving side, a SAN, a node's path to a
    SAN. Never changed: where a server comes or goes, others take its place (see `servers`)."""

    __slots__ = ("_down", "_keys", "_nodes", "_path", "_san", "_up", "link_nodes")

    def __init__(self, links: Iterable[LinkKey], sans: Iterable[SanId], nodes: Iterable[NodeId]) -> None:
        keys = self._keys = sorted(links)
        self._up = {key: 2 * row for row, key in enumerate(keys)}
        self._down = {key: 2 * row + 1 for row, key in enumerate(keys)}
        self._nodes = [key[0] for key in keys for _side in range(2)]
        self.link_nodes = np.array([key[0] for key in keys], dtype=np.int64)
        """The node of each link, in the order of their sending sides' rows, which are the even ones."""
        targets = sorted(sans)
        self._san = {san: 2 * len(keys) + row for row, san in enumerate(targets)}
        first = 2 * len(keys) + len(targets)
        pairs = ((node, san) for node in sorted(nodes) for san in targets)
        self._path = {pair: first + row for row, pair in enumerate(pairs)}

    def up(self, key: LinkKey) -> int | None:
        """The sending side of a node's link."""
        return self._up.get(key)

    def down(self, key: LinkKey) -> int | None:
        """The receiving side of a node's link."""
        return self._down.get(key)

    def san(self, san: SanId) -> int:
        """A SAN's bandwidth."""
        return self._san[san]

    def path(self, node: NodeId, san: SanId) -> int:
        """A node's way to a SAN."""
        return self._path[(node, san)]

    def places_in(self, other: LinkRows) -> list[int | None]:
        """Where each of these rows stands among others, in order; None: nowhere any more. What stands in both has the
        same order in both, for both are sorted."""
        ways: tuple[tuple[dict[Any, int], dict[Any, int]], ...] = (
            (self._up, other._up),
            (self._down, other._down),
            (self._san, other._san),
            (self._path, other._path),
        )
        found = {row: there.get(key) for here, there in ways for key, row in here.items()}
        return [found[row] for row in range(len(found))]

    def client_links_first(self, cluster: Cluster) -> list[int]:
        """The places of all links in the order of their keys, those of networks that are open to clients first."""
        roles = {network.id: network.role for network in cluster.networks.values()}
        places = range(len(self._keys))
        return sorted(places, key=lambda place: roles[self._keys[place][1]] is not NetworkRole.CLUSTER_AND_CLIENT)

    @property
    def storage(self) -> range:
        """The rows of SANs and paths."""
        first = len(self._nodes)
        return range(first, first + len(self._san) + len(self._path))

    def link_of(self, row: int) -> LinkKey | None:
        """The link whose side it is; None for a SAN or a path."""
        return self._keys[row // 2] if row < len(self._nodes) else None

    def node_of(self, row: int) -> NodeId | None:
        """The node whose link it is; None for a SAN or a path."""
        return self._nodes[row] if row < len(self._nodes) else None

    def capacities(self, cluster: Cluster) -> list[float]:
        """What every row can carry (bytes a second)."""
        by_row: dict[int, float] = {}
        for key, row in self._up.items():
            by_row[row] = by_row[row + 1] = cluster.links[key].goodput_bytes_per_second
        for san, row in self._san.items():
            by_row[row] = cluster.sans[san].bytes_per_second if cluster.sans[san].up else 0.0
        for (node, san), row in self._path.items():
            by_row[row] = path_bytes_per_second(cluster, node, san)
        return [by_row[row] for row in range(len(by_row))]
