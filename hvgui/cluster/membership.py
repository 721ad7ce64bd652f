"""Which side of a cluster goes on: votes counted among the nodes that hear each other, and who holds the witness."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from hvgui.cluster.hearing import Side, is_alive, sides
from hvgui.cluster.ids import LunId, NodeId
from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.nodes import Node
from hvgui.cluster.quorum import QuorumModel, QuorumSettings, Tally, dynamic_votes, needed_of, recommended_model
from hvgui.cluster.storage import LunUse
from hvgui.cluster.storage_access import reaches_lun

if TYPE_CHECKING:
    from hvgui.cluster.cluster import Cluster


class Standing(msgspec.Struct, frozen=True, gc=False):
    """How a cluster stands: which nodes are it, with which votes. For diagrams and sentences."""

    model: QuorumModel
    active: Side
    """The nodes that go on together; empty: there is no quorum."""
    tally: Tally
    has_witness: bool
    """Whether the model has one, and the nodes hold it."""
    forced: bool = False
    """Whether they go on without quorum, because somebody has said so."""


def model_of(cluster: Cluster) -> QuorumModel:
    """The quorum model in force: the one chosen, or the recommended one."""
    if cluster.quorum.model is not None:
        return cluster.quorum.model
    return recommended_model(len(members(cluster)), has_disk=witness_lun(cluster) is not None)


def members(cluster: Cluster) -> tuple[NodeId, ...]:
    """Nodes that belong to the cluster, up or down."""
    return tuple(node.id for node in cluster.nodes.values() if node.is_member)


def witness_lun(cluster: Cluster) -> LunId | None:
    """The disk witness, or what would be it."""
    chosen = cluster.quorum.witness_lun
    if chosen is not None and chosen in cluster.luns:
        return chosen
    return next((lun.id for lun in cluster.luns.values() if lun.use is LunUse.WITNESS), None)


def reaches_witness(cluster: Cluster, node: NodeId) -> bool:
    """Whether a node could hold the witness of the model in force."""
    model = model_of(cluster)
    if not model.has_witness:
        return False
    if model.needs_disk:
        lun = witness_lun(cluster)
        return lun is not None and reaches_lun(cluster, node, cluster.luns[lun])
    return cluster.quorum.share_up and _reaches_share(cluster, node)


def _reaches_share(cluster: Cluster, node: NodeId) -> bool:
    """The share is out there, behind a network for clients; in a partition, on the side of those in no group (or of
    the first group, where all are in one)."""
    wanted = cluster.quorum.share_network
    if not cluster.networks:
        return True
    for network in cluster.networks.values():
        open_to_it = network.id == wanted if wanted is not None else network.role is NetworkRole.CLUSTER_AND_CLIENT
        link = cluster.links.get((node, network.id))
        if open_to_it and link is not None and link.goodput_bytes_per_second > 0.0:
            grouped = {one for group in network.partition for one in group}
            place = -1 if set(cluster.nodes) - grouped else 0
            if not network.partition or network.group_of(node) == place:
                return True
    return False


def witness_side(cluster: Cluster, found: Sequence[Side]) -> Side:
    """The side that holds the witness: that of its owner, which defends it; else the largest that reaches it, else the
    one with the lowest number. Empty: nobody reaches it, or there is none."""
    able = [side for side in found if any(reaches_witness(cluster, node) for node in side)]
    if not able:
        return ()
    lun = witness_lun(cluster) if model_of(cluster).needs_disk else None
    owner = cluster.luns[lun].owner if lun is not None else None
    if owner is not None:
        for side in able:
            if owner in side and reaches_witness(cluster, owner):
                return side
    return min(able, key=lambda side: (-len(side), side))


def tally_of(cluster: Cluster, side: Iterable[NodeId], *, with_witness: bool) -> Tally:
    """The votes of some nodes, of all there are."""
    model = model_of(cluster)
    if model is QuorumModel.DISK_ONLY:
        return Tally(int(with_witness), 1)
    voting = {node for node in members(cluster) if cluster.nodes[node].has_vote}
    witness = int(model.has_witness and cluster.quorum.witness_votes)
    return Tally(sum(node in voting for node in side) + witness * int(with_witness), len(voting) + witness)


def standing_among(cluster: Cluster, nodes: Iterable[NodeId]) -> Standing:
    """Who of these nodes, all alive, goes on: the one side with quorum, or that of nodes started by force."""
    found = sides(cluster, nodes)
    holder = witness_side(cluster, found)
    best: tuple[Side, Tally] = ((), tally_of(cluster, (), with_witness=False))
    for side in found:
        votes = tally_of(cluster, side, with_witness=side == holder)
        if votes.has_quorum:
            return Standing(model_of(cluster), side, votes, side == holder)
        if votes.present > best[1].present:
            best = (side, votes)
    for side in found:
        if any(node in cluster.quorum.forced for node in side):
            votes = tally_of(cluster, side, with_witness=side == holder)
            return Standing(model_of(cluster), side, votes, side == holder, forced=True)
    return Standing(model_of(cluster), (), best[1], bool(holder) and best[0] == holder)


def dealt_votes(cluster: Cluster, among: Collection[NodeId]) -> tuple[Node | QuorumSettings, ...]:
    """Dynamic quorum: the records that change when those nodes, who are the cluster, share the votes."""
    if not among or not cluster.profile.features.dynamic_quorum:
        return ()
    has_witness = model_of(cluster).has_witness and any(reaches_witness(cluster, node) for node in among)
    voting, witness = dynamic_votes(among, has_witness=has_witness)
    found: list[Node | QuorumSettings] = [
        replace(cluster.nodes[node], has_vote=node in voting)
        for node in members(cluster)
        if cluster.nodes[node].has_vote != (node in voting)
    ]
    if cluster.quorum.witness_votes != witness:
        found.append(replace(cluster.quorum, witness_votes=witness))
    return tuple(found)


def may_leave(cluster: Cluster, node: NodeId) -> bool:
    """Whether the cluster keeps its quorum without a node, and with one vote less still: nobody may count on luck.

    Under dynamic quorum the votes of those who leave in good order are withdrawn, so that it goes by who is left; with
    the disk alone it takes two nodes that reach it.
    """
    now = standing(cluster)
    left = [one for one in now.active if one != node]
    if node not in now.active or now.forced or len(left) < 2:
        return False
    if now.model is QuorumModel.DISK_ONLY:
        return sum(reaches_witness(cluster, one) for one in left) >= 2
    if cluster.profile.features.dynamic_quorum:
        has_witness = now.model.has_witness and any(reaches_witness(cluster, one) for one in left)
        voting, witness = dynamic_votes(left, has_witness=has_witness)
        votes = len(voting) + int(witness)
        return votes - 1 >= needed_of(votes)
    return tally_of(cluster, left, with_witness=now.has_witness).spare >= 1


def standing(cluster: Cluster) -> Standing:
    """How the cluster stands with the nodes that are alive now, whether or not it has noticed yet."""
    return standing_among(cluster, (node for node in cluster.nodes if is_alive(cluster, node)))
