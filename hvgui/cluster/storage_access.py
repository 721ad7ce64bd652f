"""How each node reaches each LUN and each Cluster Shared Volume at the moment: what the window shows, what checks ask
and what the engine's flows follow, all from the same rules.

=================================  =============================================================================
What is so                         What follows for a node that is up
=================================  =============================================================================
its path to the SAN is up          direct, unless somebody has turned redirected access on
its path is down, the              redirected: all it reads and writes goes over the cluster network to the
coordinator's is up                coordinator, and from there to the SAN; offline where no network joins the two
nobody who is up has a path        offline
SAN or LUN has failed              offline
somebody turned maintenance on     maintenance: nobody reads or writes it
=================================  =============================================================================

A LUN that is no Cluster Shared Volume is reached by its owner alone, over the owner's path.
"""

from __future__ import annotations

import enum

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.hearing import are_joined
from hvgui.cluster.ids import LunId, NetworkId, NodeId, SanId
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.storage import Lun, LunUse, VirtualDisk, Volume, VolumeState


class Access(enum.Enum):
    """How a node reaches a volume or LUN."""

    DIRECT = "direct"
    REDIRECTED = "redirected"
    WAITING = "waiting"
    """Its owner or coordinator is just changing: reads and writes wait for that."""
    NONE = "none"

    @property
    def is_there(self) -> bool:
        """Whether data can be read and written, now or within moments."""
        return self is not Access.NONE


def path_is_up(cluster: Cluster, node: NodeId, san: SanId) -> bool:
    """Whether the SAN answers and the node's way to it is in order."""
    path = cluster.paths.get((node, san))
    return cluster.sans[san].up and (path is None or path.up)


def path_bytes_per_second(cluster: Cluster, node: NodeId, san: SanId) -> float:
    """What a node's way to a SAN carries; 0 while it is down."""
    path = cluster.paths.get((node, san))
    if path is None:
        return cluster.sans[san].bytes_per_second
    return path.bytes_per_second if path.up else 0.0


def reaches_lun(cluster: Cluster, node: NodeId, lun: Lun) -> bool:
    """Whether a node could read and write the LUN by itself: it is presented to it, works, and the way is in order."""
    presented = lun.paths is None or node in lun.paths
    return presented and lun.up and path_is_up(cluster, node, lun.san)


def is_working(cluster: Cluster, node: NodeId) -> bool:
    """Whether a node takes part in the cluster."""
    record = cluster.nodes.get(node)
    return record is not None and record.state in (NodeState.UP, NodeState.PAUSED)


def volume_access(cluster: Cluster, node: NodeId, volume: Volume) -> Access:
    """How a node reaches a Cluster Shared Volume; see the table of this module."""
    if volume.state in (VolumeState.MAINTENANCE, VolumeState.OFFLINE) or not is_working(cluster, node):
        return Access.NONE
    lun = cluster.luns[volume.lun]
    coordinator = volume.coordinator
    by_itself = reaches_lun(cluster, node, lun)
    through = is_working(cluster, coordinator) and reaches_lun(cluster, coordinator, lun)
    if volume.moving_to is not None or (by_itself and not through and node != coordinator):
        # Without a coordinator nobody keeps the file system's records: all wait until another one has taken over.
        heir = volume.moving_to
        inherits = heir is not None and is_working(cluster, heir) and reaches_lun(cluster, heir, lun)
        return Access.WAITING if by_itself or through or inherits else Access.NONE
    if node == coordinator:
        return Access.DIRECT if by_itself else Access.NONE
    if by_itself and volume.state is VolumeState.DIRECT:
        return Access.DIRECT
    joined = through and redirection_network(cluster, node, coordinator) is not None
    return Access.REDIRECTED if joined else Access.NONE


def lun_access(cluster: Cluster, node: NodeId, lun: Lun) -> Access:
    """How a node reaches a LUN that is no Cluster Shared Volume: its owner alone does."""
    if lun.owner != node or not is_working(cluster, node) or not reaches_lun(cluster, node, lun):
        return Access.NONE
    return Access.WAITING if lun.moving_to is not None else Access.DIRECT


def disk_access(cluster: Cluster, node: NodeId, disk: VirtualDisk) -> Access:
    """How a VM on that node reaches one of its disks. A disk of no known place is on the node itself."""
    if disk.volume is not None:
        return volume_access(cluster, node, cluster.volumes[disk.volume])
    if disk.lun is not None:
        lun = cluster.luns[disk.lun]
        if lun.use is LunUse.SHARED_VOLUME:
            return Access.DIRECT if reaches_lun(cluster, node, lun) else Access.NONE
        return lun_access(cluster, node, lun)
    if disk.local_node is not None and disk.local_node != node:
        return Access.NONE
    return Access.DIRECT


def volume_state(cluster: Cluster, volume: Volume) -> VolumeState:
    """The state to show: the worst way in which a node that works reaches it, or what somebody has set."""
    if volume.state in (VolumeState.MAINTENANCE, VolumeState.OFFLINE):
        return volume.state
    ways = [volume_access(cluster, node, volume) for node in cluster.nodes if is_working(cluster, node)]
    if not any(way.is_there for way in ways):
        return VolumeState.OFFLINE
    return VolumeState.DIRECT if all(way is Access.DIRECT for way in ways) else VolumeState.REDIRECTED


def lun_is_online(cluster: Cluster, lun: LunId) -> bool:
    """Whether somebody who works reaches the LUN: its owner, where it has one."""
    record = cluster.luns[lun]
    if record.owner is not None and record.use is not LunUse.SHARED_VOLUME:
        return is_working(cluster, record.owner) and reaches_lun(cluster, record.owner, record)
    return any(is_working(cluster, node) and reaches_lun(cluster, node, record) for node in cluster.nodes)


def redirection_network(cluster: Cluster, node: NodeId, coordinator: NodeId) -> NetworkId | None:
    """The network over which a node's redirected input and output goes to the coordinator; None: none joins them."""
    for network in redirection_networks(cluster):
        if are_joined(cluster, network, node, coordinator):
            return network
    return None


def redirection_networks(cluster: Cluster) -> tuple[NetworkId, ...]:
    """Networks that redirected input and output takes, the cluster's own (lowest metric) first."""
    usable = [network for network in cluster.networks.values() if network.role is not NetworkRole.NONE]
    return tuple(network.id for network in sorted(usable, key=lambda network: (network.metric, network.id)))
