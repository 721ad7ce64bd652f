"""Storage in words: how a volume or LUN is reached at the moment, and by whom."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.storage import Lun, LunUse, San, VirtualDisk, Volume, VolumeState
from hvgui.cluster.storage_access import (
    Access,
    disk_access,
    is_working,
    lun_is_online,
    path_bytes_per_second,
    path_is_up,
    volume_state,
)
from hvgui.cluster.units import format_link_speed
from hvgui.gui.wording import node_name
from hvgui.gui.words import tr

VOLUME_STATES = {
    VolumeState.DIRECT: ("Direct", "good"),
    VolumeState.REDIRECTED: ("Redirected", "warning"),
    VolumeState.MAINTENANCE: ("Maintenance", "warning"),
    VolumeState.OFFLINE: ("Offline", "bad"),
}
"""Each state's word and tone."""
ACCESS_WORDS = {
    Access.DIRECT: ("Direct", "good"),
    Access.REDIRECTED: ("Redirected", "warning"),
    Access.WAITING: ("Waiting", "warning"),
    Access.NONE: ("None", "bad"),
}


def volume_words(cluster: Cluster, volume: Volume) -> tuple[str, str]:
    """The state of a volume as it is now, with its tone; what it is on its way to, where it is."""
    if volume.going is VolumeState.MAINTENANCE:
        return tr("Going into maintenance"), "warning"
    if volume.going is not None:
        return tr("Going offline"), "warning"
    if volume.moving_to is not None:
        return tr("Moving to {node}", node=node_name(cluster, volume.moving_to)), "warning"
    word, tone = VOLUME_STATES[volume_state(cluster, volume)]
    return tr(word), tone


def lun_words(cluster: Cluster, lun: Lun) -> tuple[str, str]:
    """Whether somebody reaches a LUN, with its tone."""
    if not lun.up or not cluster.sans[lun.san].up:
        return tr("Failed"), "bad"
    if lun.moving_to is not None:
        return tr("Moving to {node}", node=node_name(cluster, lun.moving_to)), "warning"
    return (tr("Online"), "good") if lun_is_online(cluster, lun.id) else (tr("Offline"), "bad")


def access_words(access: Access) -> tuple[str, str]:
    """How something is reached, with its tone."""
    word, tone = ACCESS_WORDS[access]
    return tr(word), tone


def path_words(cluster: Cluster, node: NodeId, san: San) -> str:
    """A node's way to a SAN: its speed, or that it is broken."""
    if not is_working(cluster, node):
        return tr("node is down")
    if not san.up:
        return tr("the SAN has failed")
    if not path_is_up(cluster, node, san.id):
        return tr("path has failed")
    return format_link_speed(path_bytes_per_second(cluster, node, san.id))


def place_words(cluster: Cluster, disk: VirtualDisk) -> str:
    """Where a disk's file lies: the volume, the LUN, or the node."""
    if disk.volume is not None and disk.volume in cluster.volumes:
        return cluster.volumes[disk.volume].name
    if disk.lun is not None and disk.lun in cluster.luns:
        return cluster.luns[disk.lun].name
    if disk.local_node is not None:
        return tr("{node}, local", node=node_name(cluster, disk.local_node))
    return tr("local")


def disk_words(cluster: Cluster, owner: NodeId, disk: VirtualDisk) -> tuple[str, str]:
    """How a VM on that node reaches the disk, with its tone."""
    return access_words(disk_access(cluster, owner, disk))


def use_words(lun: Lun) -> str:
    """What a LUN is used for, as Failover Cluster Manager says it."""
    return tr(_USES[lun.use])


_USES = {
    LunUse.AVAILABLE: "Available storage",
    LunUse.VM: "Virtual machine storage",
    LunUse.SHARED_VOLUME: "Cluster shared volume",
    LunUse.WITNESS: "Disk witness in quorum",
}
