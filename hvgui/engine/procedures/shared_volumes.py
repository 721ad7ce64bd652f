"""Cluster Shared Volumes and LUNs as administrators change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from hvgui.cluster.events import Level
from hvgui.cluster.ids import LunId, SanId, VolumeId
from hvgui.cluster.storage import DetachedDisk, Lun, LunUse, Volume, VolumeState
from hvgui.cluster.storage_access import is_working, reaches_lun
from hvgui.requests.new_disks import lun_root

if TYPE_CHECKING:
    from hvgui.engine.world import World


def enable(world: World) -> None:
    """Cluster Shared Volumes are there from now on."""
    world.cluster.enable_shared_volumes()
    world.tell("csv-enabled", f"Cluster Shared Volumes are enabled in {world.cluster.name}")


def add(world: World, lun_id: LunId) -> None:
    """A LUN of the available storage becomes a volume; files that lie on it are there under its path."""
    cluster, lun = world.cluster, world.cluster.luns[lun_id]
    able = [node for node in cluster.nodes if is_working(cluster, node) and reaches_lun(cluster, node, lun)]
    coordinator = lun.owner if lun.owner in able and lun.owner is not None else able[0]
    used = cluster.lun_used_bytes(lun_id)
    volume = Volume(VolumeId(cluster.last_volume_id + 1), _free_name(world), lun_id, coordinator, lun.size_bytes, used)
    cluster.put(volume)
    cluster.put(replace(lun, use=LunUse.SHARED_VOLUME, owner=coordinator, contents=None))
    for key in [key for key, one in cluster.detached_disks.items() if one.disk.lun == lun_id]:
        _relocate(world, cluster.detached_disks[key], lun_root(lun_id), volume.path, volume=volume.id)
    world.storage_changed[lun_id] = None
    name = cluster.nodes[coordinator].name
    world.tell("csv-added", f"{lun.name} is {volume.path} now, coordinated by {name}", node=coordinator)


def remove(world: World, volume_id: VolumeId) -> None:
    """A volume without VMs becomes available storage again; its files stay on the LUN."""
    cluster = world.cluster
    volume = cluster.volumes[volume_id]
    for key in [key for key, one in cluster.detached_disks.items() if one.disk.volume == volume_id]:
        _relocate(world, cluster.detached_disks[key], volume.path, lun_root(volume.lun), lun=volume.lun)
    cluster.remove_volume(volume_id)
    world.volume_moves.pop(volume_id, None)
    cluster.put(replace(cluster.luns[volume.lun], use=LunUse.AVAILABLE, owner=volume.coordinator))
    world.storage_changed[volume.lun] = None
    world.tell("csv-removed", f"{volume.name} is no Cluster Shared Volume any more")


def _relocate(
    world: World,
    detached: DetachedDisk,
    before: str,
    after: str,
    *,
    volume: VolumeId | None = None,
    lun: LunId | None = None,
) -> None:
    """A file of a detached disk is seen under another path; disks that build on it still find it."""
    disk, old_path = detached.disk, detached.disk.path
    rest = old_path[len(before) :] if old_path.lower().startswith(before.lower()) else f"\\{disk.name}"
    path = f"{after}{rest}"
    world.cluster.remove_detached_disk(detached.key)
    moved = replace(detached, disk=replace(disk, volume=volume, lun=lun, path=path))
    world.cluster.put(moved)
    for one in list(world.cluster.detached_disks.values()):
        if one.disk.parent and one.disk.parent.lower() == old_path.lower():
            world.cluster.put(replace(one, disk=replace(one.disk, parent=path)))


def _free_name(world: World) -> str:
    taken = {volume.name for volume in world.cluster.volumes.values()}
    number = next(one for one in range(1, len(taken) + 2) if f"Volume{one}" not in taken)
    return f"Volume{number}"


def set_redirected(world: World, volume_id: VolumeId, *, on: bool) -> None:
    """Every node goes through the coordinator, or directly again."""
    volume = world.cluster.volumes[volume_id]
    world.cluster.put(replace(volume, state=VolumeState.REDIRECTED if on else VolumeState.DIRECT))
    world.storage_changed[volume.lun] = None
    text = f"Redirected access was turned {'on' if on else 'off'} for {volume.name}"
    world.tell("redirected-access", text, Level.WARNING if on else Level.INFORMATION)


def bring_back(world: World, volume_id: VolumeId) -> None:
    """A volume is there again after maintenance, or online again."""
    volume = world.cluster.volumes[volume_id]
    world.cluster.put(replace(volume, state=VolumeState.DIRECT))
    world.storage_changed[volume.lun] = None
    world.tell("volume-state", f"{volume.name} is online")


def create_lun(world: World, san: SanId, name: str, size_bytes: int) -> None:
    """A new LUN is there as available storage, owned by the first node that reaches it."""
    cluster = world.cluster
    lun = Lun(LunId(max(cluster.luns, default=-1) + 1), name.strip(), san, size_bytes)
    able = (node for node in cluster.nodes if is_working(cluster, node) and reaches_lun(cluster, node, lun))
    cluster.put(replace(lun, owner=next(able, None)))
    world.layout = None
    world.tell("lun-created", f"{lun.name} was made on {cluster.sans[san].name}")
