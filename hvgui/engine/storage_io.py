"""Guests' input and output as time passes: what they take from who shares the storage, and redirected flows.

Direct input and output needs no flow a guest: who saves a state or writes a new disk finds the SAN's and the path's
bandwidth lessened by what the guests want, but never below half of it (the two kinds share as two parties would).
What goes through a coordinator is one flow for each node and volume over the cluster network, capped at what the
guests want: it shares the links with migrations and streams as everybody does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from hvgui.cluster.ids import NodeId, SanId, VolumeId
from hvgui.engine import storage_growth
from hvgui.engine.flows import redirection_owner
from hvgui.engine.physics import storage
from hvgui.engine.physics.guests import Use
from hvgui.engine.physics.storage import REDIRECTED, Column, Layout, Served, Wanted
from hvgui.engine.redirection import network_rows
from hvgui.engine.storage_layout import layout_of

if TYPE_CHECKING:
    from hvgui.engine.world import RedirectionKey, World

LEAST_PART = 0.5
"""What saved states and new disks get at least of a SAN or path that guests would fill."""
FOLLOWED_WITHIN = 0.02
"""A redirected flow follows what its guests want once that differs by more than this part."""


def tick(world: World) -> None:
    """A whole second has begun: guests want something else now."""
    share(world)
    layout = layout_of(world) if world.redirected or world.layout is None else world.layout
    if layout.is_redirected or world.redirected:
        _follow_redirection(world, layout)
    storage_growth.tick(world)


def share(world: World) -> None:
    """Let saved states and new disks share with the guests what they go over."""
    members, rows = world.flows.sharing.members, world.rows
    busy = [san for san in sorted(world.cluster.sans) if rows.san(san) in members]
    if not busy:
        return
    layout = layout_of(world)
    want = wanted_now(world, layout)
    sans = len(layout.san_iops)
    on_paths = storage.summed(want.path, want.bytes_per_second, len(layout.path_bytes_per_second))
    # Summed node by node: a server more, with nothing on its paths, must not change the last digit.
    on_sans = storage.summed(np.arange(len(on_paths)) % sans, on_paths, sans)
    for number, san in enumerate(sorted(world.cluster.sans)):
        if san not in busy:
            continue
        taken = float(on_sans[number]) + world.background.get(san, 0.0)
        _lessen(world, rows.san(san), float(layout.san_bytes_per_second[number]), taken)
        for node in world.cluster.nodes:
            row = rows.path(node, san)
            if row in members:
                index = node * sans + number
                _lessen(world, row, float(layout.path_bytes_per_second[index]), float(on_paths[index]))


def _lessen(world: World, row: int, capacity: float, taken: float) -> None:
    world.flows.sharing.set_capacity(row, max(capacity - taken, LEAST_PART * capacity))


def wanted_now(world: World, layout: Layout) -> Wanted:
    """What every guest wants at the present whole second."""
    owner, active, _, _ = world.guests.assignment()
    iops = world.guests.wanted_now(Use.DISK, world.cluster, world.seed) * active
    return storage.wanted(layout, np.minimum(iops, world.guests.most_iops), owner)


def background_of(world: World) -> dict[SanId, float]:
    """What guests want of each SAN (bytes a second), those cut away before included."""
    layout = layout_of(world)
    want = wanted_now(world, layout)
    on_san = storage.summed(layout.san[layout.lun], want.bytes_per_second, len(layout.san_iops))
    return {
        san: float(on_san[number]) + world.background.get(san, 0.0)
        for number, san in enumerate(sorted(world.cluster.sans))
    }


# Redirected input and output


def _follow_redirection(world: World, layout: Layout) -> None:
    """Open, cap and close the flows of redirected input and output as the guests want now."""
    wants = _redirected_wants(layout, wanted_now(world, layout))
    for key in [key for key in sorted(world.redirected) if key not in wants]:
        world.flows.close(world.redirected.pop(key))
    sharing = world.flows.sharing
    for key in sorted(wants):
        node, volume = key
        links = network_rows(world, node, world.cluster.volumes[volume].coordinator)
        row = world.redirected.get(key)
        if row is not None and links != sharing.links_of[row]:
            world.flows.close(world.redirected.pop(key))
            row = None
        if links is None:
            continue
        if row is None:
            world.redirected[key] = world.flows.open(redirection_owner(node, volume), links, wants[key])
        elif abs(sharing.caps[row] - wants[key]) > FOLLOWED_WITHIN * sharing.caps[row]:
            sharing.set_cap(row, wants[key])


def _redirected_wants(layout: Layout, want: Wanted) -> dict[RedirectionKey, float]:
    """Bytes a second that each node wants to read and write through each volume's coordinator."""
    through = (want.way == REDIRECTED) & (want.bytes_per_second > 0.0)
    if not through.any():
        return {}
    volumes = len(layout.volume)
    key = want.node[through] * volumes + layout.lun[through]
    total = np.bincount(key, weights=want.bytes_per_second[through])
    return {
        (NodeId(int(one) // volumes), VolumeId(int(layout.volume[int(one) % volumes]))): float(total[one])
        for one in np.flatnonzero(total)
    }


# Figures


class IoFigures(msgspec.Struct, frozen=True, eq=False):
    """The figures of one moment. Row i of a column is the VM, LUN or volume with id i."""

    vm_iops: Column
    vm_iops_wanted: Column
    lun_iops: Column
    lun_bytes_per_second: Column
    lun_latency_seconds: Column
    volume_direct_bytes_per_second: Column
    volume_redirected_bytes_per_second: Column
    volume_iops: Column
    volume_latency_seconds: Column
    volume_free_bytes: Column


def figures(world: World) -> IoFigures:
    """What guests read and write at the present whole second, and how long it takes."""
    layout = layout_of(world)
    owner, active, _, _ = world.guests.assignment()
    vm_wanted = world.guests.wanted_now(Use.DISK, world.cluster, world.seed) * active
    through = np.minimum(vm_wanted, world.guests.most_iops)
    want = storage.wanted(layout, through, owner)
    served = _served(world, layout, want)
    elsewhere = 1.0 - storage.summed(layout.vm, layout.share, len(vm_wanted))
    iops, moved = want.iops * served.part, want.bytes_per_second * served.part
    vm_iops = storage.summed(layout.vm, iops, len(vm_wanted)) + through * np.maximum(elsewhere, 0.0)
    rows = len(layout.san)
    lun_iops = storage.summed(layout.lun, iops, rows)
    detour = want.way == REDIRECTED
    redirected = storage.summed(layout.lun[detour], moved[detour], rows)
    lun_bytes = storage.summed(layout.lun, moved, rows)
    latency = storage.latency_seconds(layout.san_latency_seconds, served.utilisation)[layout.san]
    latency = np.where((layout.way > 0).any(axis=0), latency, 0.0) if rows else latency
    longer = latency + _detour_seconds(world, layout, want, served, rows)
    volumes = _Volumes(world, layout)
    return IoFigures(
        vm_iops=vm_iops,
        vm_iops_wanted=vm_wanted,
        lun_iops=lun_iops,
        lun_bytes_per_second=lun_bytes,
        lun_latency_seconds=latency,
        volume_direct_bytes_per_second=volumes.column(lun_bytes - redirected),
        volume_redirected_bytes_per_second=volumes.column(redirected),
        volume_iops=volumes.column(lun_iops),
        volume_latency_seconds=volumes.column(longer),
        volume_free_bytes=volumes.free(),
    )


def _served(world: World, layout: Layout, want: Wanted) -> Served:
    sharing, rows = world.flows.sharing, world.rows
    on_paths, on_sans = np.zeros(len(layout.path_bytes_per_second)), np.zeros(len(layout.san_iops))
    for number, san in enumerate(sorted(world.cluster.sans)):
        on_sans[number] = world.background.get(san, 0.0)
        for flow in sharing.members.get(rows.san(san), ()):
            on_sans[number] += sharing.rates[flow]
        for node in world.cluster.nodes:
            for flow in sharing.members.get(rows.path(node, san), ()):
                on_paths[node * len(layout.san_iops) + number] += sharing.rates[flow]
    return storage.serve(layout, want, on_paths, on_sans, _network_part(world, layout, want))


def _network_part(world: World, layout: Layout, want: Wanted) -> Column:
    """By entry, what the cluster network lets through of what is redirected."""
    part = np.ones(len(want.iops))
    through = want.way == REDIRECTED
    if not through.any():
        return part
    wants = _redirected_wants(layout, want)
    for (node, volume), bytes_per_second in wants.items():
        row = world.redirected.get((node, volume))
        rate = world.flows.sharing.rates[row] if row is not None else 0.0
        mine = through & (want.node == node) & (layout.volume[layout.lun] == volume)
        part[mine] = min(1.0, rate / bytes_per_second)
    return part


def _detour_seconds(world: World, layout: Layout, want: Wanted, served: Served, rows: int) -> Column:
    """By LUN, what the way through the coordinator adds to an operation, on the mean of all its operations."""
    added, weight = np.zeros(rows), storage.summed(layout.lun, want.iops * served.part, rows)
    for (node, volume), flow in world.redirected.items():
        lun = world.cluster.volumes[volume].lun
        mine = (want.way == REDIRECTED) & (want.node == node) & (layout.lun == lun)
        added[lun] += float((want.iops * served.part)[mine].sum()) * _crossing_seconds(world, flow)
    return np.divide(added, weight, out=np.zeros(rows), where=weight > 0.0)


def _crossing_seconds(world: World, flow: int) -> float:
    """There and back over the flow's links, longer the fuller they are."""
    sharing, links = world.flows.sharing, world.cluster.links
    seconds, fullest = 0.0, 0.0
    for row in sharing.links_of[flow]:
        used, capacity = sum(sharing.rates[one] for one in sharing.members[row]), sharing.capacities[row]
        fullest = max(fullest, used / capacity if capacity > 0.0 else 1.0)
        key = world.rows.link_of(row)
        if key is not None:
            seconds += 2.0 * links[key].latency_seconds
    return float(storage.latency_seconds(seconds, fullest))


class _Volumes:
    """Columns by volume out of columns by LUN."""

    def __init__(self, world: World, layout: Layout) -> None:
        self._volumes = world.cluster.volumes
        self._size = world.cluster.last_volume_id + 1
        self._layout = layout
        self._ids = np.array(list(self._volumes), dtype=np.int64)
        self._luns = np.array([volume.lun for volume in self._volumes.values()], dtype=np.int64)

    def column(self, by_lun: Column) -> Column:
        made = np.zeros(self._size)
        made[self._ids] = by_lun[self._luns]
        return made

    def free(self) -> Column:
        made = np.zeros(self._size)
        for volume in self._volumes.values():
            made[volume.id] = volume.size_bytes - volume.used_bytes
        return made
