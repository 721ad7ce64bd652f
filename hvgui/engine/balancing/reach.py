"""Who may run where, and over which network they would go: the checks of a migration, for all VMs and nodes at once.

VMs with the same claims (owners, processor, disks) form a class, which is looked at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NetworkId, VolumeId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.metrics import Column
from hvgui.cluster.nodes import Node
from hvgui.cluster.storage import Volume, VolumeState
from hvgui.cluster.storage_access import is_working, reaches_lun, volume_access
from hvgui.requests.lun_groups import own_luns
from hvgui.requests.migration_checks import network_order, processor_problems

Mask = NDArray[np.bool_]
_Home = tuple[str, int]
_Claims = tuple[object, ...]


class Reach:
    """Classes are numbered as they are met."""

    def __init__(self, cluster: Cluster, nodes: list[Node]) -> None:
        self._cluster, self._nodes = cluster, nodes
        self._classes: dict[_Claims, int] = {}
        self._rows: list[Mask] = []
        self._networks: dict[tuple[NetworkId, ...], int] = {}
        self._rates: list[Column] = []
        self._homes: dict[_Home, Mask] = {}
        self._processors: dict[tuple[object, ...], Mask] = {}
        self._own: dict[tuple[LunId, ...], bool] = {}

    def class_of(self, vm: VirtualMachine) -> int:
        """The number of the VM's class."""
        homes = _homes(vm)
        seen = () if vm.processor_compatibility else vm.seen_features
        vendor = vm.booted_vendor or self._cluster.nodes[vm.owner].processor.vendor
        claims = (vm.possible_owners, vendor, seen, homes)
        number = self._classes.get(claims)
        if number is None:
            number = self._classes[claims] = len(self._rows)
            row = self._processor_row(vm, (vendor, seen)).copy()
            for home in homes:
                row &= self._home_row(home)
            if vm.possible_owners is not None:
                row &= np.array([node.id in vm.possible_owners for node in self._nodes], dtype=np.bool_)
            self._rows.append(row)
        return number

    def network_of(self, vm: VirtualMachine) -> int:
        """The number of the VM's order of networks."""
        order = vm.migration_networks
        number = self._networks.get(order)
        if number is None:
            number = self._networks[order] = len(self._rates)
            self._rates.append(self._rate(vm))
        return number

    def owns_lun(self, vm: VirtualMachine) -> bool:
        """Whether a LUN changes its owner with the VM."""
        return any(disk.lun is not None and disk.volume is None for disk in vm.disks) and bool(
            own_luns(self._cluster, vm)
        )

    def allowed(self) -> Mask:
        """By class and node."""
        return np.array(self._rows, dtype=np.bool_).reshape(len(self._rows), len(self._nodes))

    def rates(self) -> Column:
        """By order of networks, source and target: bytes a second; 0 where nothing connects them."""
        size = len(self._nodes)
        return np.array(self._rates, dtype=np.float64).reshape(len(self._rates), size, size)

    def _processor_row(self, vm: VirtualMachine, key: tuple[object, ...]) -> Mask:
        row = self._processors.get(key)
        if row is None:
            answers = [not processor_problems(self._cluster, vm, node.id) for node in self._nodes]
            row = self._processors[key] = np.array(answers, dtype=np.bool_)
        return row

    def _home_row(self, home: _Home) -> Mask:
        row = self._homes.get(home)
        if row is None:
            row = self._homes[home] = self._reaches(home)
        return row

    def _reaches(self, home: _Home) -> Mask:
        kind, number = home
        if kind == "local":
            return np.array([node.id == number for node in self._nodes], dtype=np.bool_)
        if kind == "volume":
            return self._reaches_volume(self._cluster.volumes[VolumeId(number)])
        lun = self._cluster.luns[LunId(number)]
        return np.array([reaches_lun(self._cluster, node.id, lun) for node in self._nodes], dtype=np.bool_)

    def _reaches_volume(self, volume: Volume) -> Mask:
        if volume.going is not None or volume.state in (VolumeState.OFFLINE, VolumeState.MAINTENANCE):
            return np.zeros(len(self._nodes), dtype=np.bool_)
        cluster, lun = self._cluster, self._cluster.luns[volume.lun]
        san = cluster.sans[lun.san]
        whole = lun.paths is None and lun.up and san.up and volume.moving_to is None
        broken = any(not path.up and key[1] == lun.san for key, path in cluster.paths.items()) if whole else True
        if not broken and is_working(cluster, volume.coordinator):
            # Nothing is wrong with it: every node that works reaches it.
            return np.ones(len(self._nodes), dtype=np.bool_)
        return np.array([volume_access(cluster, node.id, volume).is_there for node in self._nodes], dtype=np.bool_)

    def _rate(self, vm: VirtualMachine) -> Column:
        """The first network of the order that joins two nodes, and what its slower end carries."""
        window = self._cluster.profile.timings.in_flight_bytes
        rate = np.zeros((len(self._nodes), len(self._nodes)))
        for network in network_order(self._cluster, vm):
            links = [self._cluster.links.get((node.id, network.id)) for node in self._nodes]
            carries = np.array([0.0 if link is None else link.goodput_bytes_per_second for link in links])
            away = np.array([0.0 if link is None else link.latency_seconds for link in links])
            pair = np.minimum(carries[:, np.newaxis], carries)
            if window > 0:
                trip = 2.0 * (away[:, np.newaxis] + away)
                pair = np.minimum(pair, np.divide(window, trip, out=np.full_like(trip, np.inf), where=trip > 0.0))
            rate = np.where(rate > 0.0, rate, pair)
        np.fill_diagonal(rate, 0.0)
        return rate


def _homes(vm: VirtualMachine) -> tuple[_Home, ...]:
    found: dict[_Home, None] = {}
    for disk in vm.disks:
        if disk.local_node is not None:
            found[("local", disk.local_node)] = None
        if disk.volume is not None:
            found[("volume", disk.volume)] = None
        elif disk.lun is not None:
            found[("lun", disk.lun)] = None
    return tuple(sorted(found))
