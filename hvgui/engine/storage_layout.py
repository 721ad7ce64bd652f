"""Reading from the records which guest's input and output goes where; done again whenever they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NodeId
from hvgui.cluster.storage import Lun, LunUse, Volume, VolumeState
from hvgui.cluster.storage_access import (
    Access,
    is_working,
    lun_access,
    path_bytes_per_second,
    reaches_lun,
    volume_access,
)
from hvgui.engine.physics.storage import DIRECT, NO_WAY, REDIRECTED, Layout

if TYPE_CHECKING:
    from hvgui.engine.world import World

_WAYS = {Access.DIRECT: DIRECT, Access.REDIRECTED: REDIRECTED, Access.WAITING: NO_WAY, Access.NONE: NO_WAY}


def layout_of(world: World) -> Layout:
    """The layout as it is now."""
    if world.layout is None:
        world.layout = _read(world.cluster, len(world.guests.work))
    return world.layout


def _read(cluster: Cluster, vms: int) -> Layout:
    carried = {volume.lun: volume for volume in cluster.volumes.values()}
    rows = max(cluster.luns, default=-1) + 1
    entries = _entries(cluster)
    bytes_per_io = np.zeros(vms)
    for vm in cluster.vms.values():
        bytes_per_io[vm.id] = vm.load.disk_bytes_per_io
    san, volume, coordinator = (np.zeros(rows, dtype=np.int64) for _ in range(3))
    volume -= 1
    for lun in cluster.luns.values():
        san[lun.id] = lun.san
        if lun.id in carried:
            volume[lun.id], coordinator[lun.id] = carried[lun.id].id, carried[lun.id].coordinator
    way = _ways(cluster, carried, rows)
    sans = sorted(cluster.sans)
    nodes = max(cluster.nodes, default=-1) + 1
    paths = [path_bytes_per_second(cluster, NodeId(node), one) for node in range(nodes) for one in sans]
    return Layout(
        vm=np.array([one[0] for one in entries], dtype=np.int64),
        lun=np.array([one[1] for one in entries], dtype=np.int64),
        share=np.array([one[2] for one in entries], dtype=np.float64),
        bytes_per_io=bytes_per_io,
        san=san,
        volume=volume,
        coordinator=coordinator,
        way=way,
        path_bytes_per_second=np.array(paths, dtype=np.float64),
        san_bytes_per_second=np.array([cluster.sans[one].bytes_per_second * cluster.sans[one].up for one in sans]),
        san_iops=np.array([cluster.sans[one].iops * cluster.sans[one].up for one in sans]),
        san_latency_seconds=np.array([cluster.sans[one].latency_seconds for one in sans]),
        is_redirected=bool((way == REDIRECTED).any()),
    )


def _entries(cluster: Cluster) -> list[tuple[int, int, float]]:
    """(VM, LUN, share) by VM, then LUN: a guest's operations spread evenly over its disks."""
    found: list[tuple[int, int, float]] = []
    for vm in cluster.vms.values():
        count: dict[int, int] = {}
        for disk in vm.disks:
            lun = cluster.volumes[disk.volume].lun if disk.volume is not None else disk.lun
            if lun is not None:
                count[lun] = count.get(lun, 0) + 1
        found.extend((vm.id, lun, number / len(vm.disks)) for lun, number in sorted(count.items()))
    return found


def _ways(cluster: Cluster, carried: dict[LunId, Volume], rows: int) -> NDArray[np.int8]:
    nodes = max(cluster.nodes, default=-1) + 1
    table = np.zeros((nodes, rows), dtype=np.int8)
    for lun in cluster.luns.values():
        volume = carried.get(lun.id)
        if volume is not None:
            _volume_ways(cluster, lun, volume, table)
        elif lun.use is not LunUse.SHARED_VOLUME and lun.owner is not None:
            table[lun.owner, lun.id] = _WAYS[lun_access(cluster, lun.owner, lun)]
    return table


def _volume_ways(cluster: Cluster, lun: Lun, volume: Volume, table: NDArray[np.int8]) -> None:
    """Nearly always everybody is direct; only where something is amiss each node is asked."""
    plain = volume.state is VolumeState.DIRECT and volume.moving_to is None and lun.paths is None
    amiss = any(not path.up for path in cluster.paths.values() if path.san == lun.san)
    coordinator = volume.coordinator
    if plain and not amiss and is_working(cluster, coordinator) and reaches_lun(cluster, coordinator, lun):
        table[:, lun.id] = DIRECT
        return
    for node in cluster.nodes:
        table[node, lun.id] = _WAYS[volume_access(cluster, node, volume)]
